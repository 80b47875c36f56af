"""Schemathesis over our own API: whatever fits or misfits its OpenAPI page, the answers are as it declares.

Half of the calls are about things that exist; random ids alone would never get past 404.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.routing import Mount

from postroom.web.app import make_app
from tests.example import calls
from tests.systems import SYSTEMS
from tests.wire.hostile import spoil
from tests.wire.own.house import BASE, House, Process, client, create, state, submit
from tests.wire.own.test_tus import begin, metadata

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")  # of tus
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
MODES = {
    mode.value: mode for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
}
EXAMPLES = 12  # of each operation, in each mode


def _never() -> Any:
    raise NotImplementedError("only the description is wanted")


def described() -> dict[str, Any]:
    """The OpenAPI page of our own API, without a server."""
    (own,) = [
        route.app
        for route in make_app(_never, SYSTEMS).routes
        if isinstance(route, Mount) and route.path == BASE
    ]
    page: dict[str, Any] = own.openapi()  # type: ignore[attr-defined]
    return page


SCHEMA = schemathesis.openapi.from_dict(described())
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}


@pytest.fixture(scope="module")
def things(house: House, server: Process) -> Iterator[dict[str, Any]]:
    """Jobs in every kind of state, a document and an artifact of them, and a key."""
    _, secret = house.key()
    with client(server.url, secret) as api:
        done = submit(api, b"artifact", b"fail", workflow="probe-finish", externalId="x")
        state(api, done)
        document = api.get(f"/jobs/{done}/documents").json()["items"][0]["id"]
        cancelled = create(api)
        api.post(f"/jobs/{cancelled}/cancel")
        jobs = [done, cancelled, create(api), create(api)]
        upload = begin(api, jobs[-1], 1000).rpartition("/")[2]
        yield {"secret": secret, "jobs": jobs, "done": done, "document": document, "upload": upload}


def test_the_page_names_every_call_with_its_problems() -> None:
    assert len(OPERATIONS) >= 16
    for path, methods in described()["paths"].items():
        for method, operation in methods.items():
            declared = set(operation["responses"])
            assert {"401", "403"} <= declared, (method, path)
            assert any(status.startswith("2") for status in declared), (method, path)
            if "{" in path:
                assert "404" in declared, (method, path)
            if method == "post":
                names = {parameter["name"] for parameter in operation["parameters"]}
                assert "Idempotency-Key" in names, path
                assert {"409", "422"} <= declared, path


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_one_that_is_declared(
    server: Process, things: dict[str, Any], label: str, mode: str
) -> None:
    operation = OPERATIONS[label]

    @calls(EXAMPLES)
    @given(operation.as_strategy(generation_mode=MODES[mode]), st.data())
    def run(case: Any, data: st.DataObject) -> None:
        if "id" in (case.path_parameters or {}) and data.draw(st.booleans()):
            # The events of a job that has not ended would keep us for ever.
            jobs = [things["done"]] if label.endswith("/events") else things["jobs"]
            case.path_parameters["id"] = data.draw(st.sampled_from(jobs))
            if "document" in case.path_parameters:
                case.path_parameters |= {"id": things["done"], "document": things["document"]}
            if "name" in case.path_parameters:
                case.path_parameters["name"] = data.draw(st.sampled_from(["copy.txt", "all.txt", "x"]))
            if case.method == "DELETE":
                case.path_parameters["id"] = _new(server, things["secret"])
        if "upload" in (case.path_parameters or {}) and data.draw(st.booleans()):
            case.path_parameters["upload"] = things["upload"]
        if label == "POST /uploads" and data.draw(st.booleans()):
            case.headers["Upload-Metadata"] = metadata(job=data.draw(st.sampled_from(things["jobs"])))
        if MODES[mode] is schemathesis.GenerationMode.POSITIVE and data.draw(st.booleans()):
            spoil(case, data)
        headers = {"Authorization": f"Bearer {things['secret']}"}
        response = case.call(base_url=server.url + BASE, headers=headers, timeout=300)
        if response.content == b"Invalid HTTP request received.":
            return  # an address of more than 64 kB: the HTTP server's own answer, no application was asked
        case.validate_response(response, checks=CHECKS)

    run()


def _new(server: Process, secret: str) -> str:
    with client(server.url, secret) as api:
        return create(api)


def test_the_page_and_its_viewer_are_served(server: Process) -> None:
    page = httpx.get(f"{server.url}{BASE}/openapi.json").json()
    assert page["openapi"].startswith("3.1")
    assert set(page["paths"]) == set(described()["paths"])
    viewer = httpx.get(f"{server.url}{BASE}/docs")
    assert viewer.headers["content-type"].startswith("text/html")

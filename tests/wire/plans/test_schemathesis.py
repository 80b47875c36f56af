"""Schemathesis over the desk's contract: whatever fits or misfits it, no answer is a server error.

A part of the calls is about a project, a job and entities that exist; random ids would never get past 404.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from tests.example import calls
from tests.wire.hostile import spoil
from tests.wire.own.house import Process
from tests.wire.plans.agreement import CONTRACT
from tests.wire.plans.conftest import Office
from tests.wire.plans.library import fill
from tests.wire.plans.site import Site

_PAGE = copy.deepcopy(CONTRACT)
_PAGE["paths"] = {path: item for path, item in _PAGE["paths"].items() if path.startswith("/api/open/v1")}
for _item in _PAGE["paths"].values():  # all on one host here
    for _operation in (_item, *(value for value in _item.values() if isinstance(value, dict))):
        _operation.pop("servers", None)
        for _media in _operation.get("requestBody", {}).get("content", {}).values():
            _media.pop("encoding", None)  # types that Schemathesis cannot write
SCHEMA = schemathesis.openapi.from_dict(_PAGE)
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}


@pytest.fixture(scope="module")
def library(office: Office, desk_server: Process) -> Iterator[Site]:
    """One of its own: calls at random make jobs in it, which other tests would count."""
    with Site(desk_server.url, office.key()[1]) as made:
        fill(made)
        yield made


@pytest.fixture(scope="module")
def there(library: Site) -> dict[str, str]:
    """Ids that exist, by the name of their parameter."""
    base = f"/projects/{library.project}"
    found = {"projectId": library.project}
    for kind, name in (
        ("files", "fileId"),
        ("sheets", "sheetId"),
        ("regions", "regionId"),
        ("docs", "docId"),
    ):
        found[name] = library.call("GET", f"{base}/{kind}", 200).json()[kind][0][name]
    one = library.call("GET", f"{base}/specifications", 200).json()["specifications"][0]
    ids = {
        "specificationId": one["specificationId"],
        "sectionId": one["specificationId"],
        "specId": one["fileId"],
    }
    job = library.job()
    told = library.instruction(job, b"never sent")
    return {**found, **ids, "jobId": job, "documentId": told["documentId"]}


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", OPERATIONS)
def test_nothing_that_fits_or_misfits_the_contract_is_a_server_error(
    library: Site, there: dict[str, str], label: str, mode: schemathesis.GenerationMode
) -> None:
    @calls(5)
    @given(OPERATIONS[label].as_strategy(generation_mode=mode), st.data())
    def run(case: Any, data: st.DataObject) -> None:
        real = data.draw(st.booleans())
        if real and case.path_parameters:
            for name in case.path_parameters:
                case.path_parameters[name] = there.get(name, case.path_parameters[name])
        if mode is schemathesis.GenerationMode.POSITIVE and data.draw(st.booleans()):
            spoil(case, data)
        response = case.call(
            base_url=library.url, headers={"Authorization": f"Bearer {library.key}"}, timeout=300
        )
        assert response.status_code < 500, (label, response.status_code, response.text[:500])

    with contextlib.suppress(Unsatisfiable):  # any text is a token: nothing misfits
        run()

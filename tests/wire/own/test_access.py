"""Who may do what: keys, scopes, desks, and that another account's things do not exist, nor those of an
account's other environment, on every route."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.wire.own.house import House, Process, client, create, problem, state, submit
from tests.wire.own.test_tus import BYTES, TUS, begin


@pytest.fixture(scope="module")
def paths(server: Process) -> dict[str, dict[str, Any]]:
    """The routes as the OpenAPI page names them, so that a new one is covered by being there."""
    found: dict[str, dict[str, Any]] = httpx.get(
        f"{server.url}/postroom/v1/openapi.json", timeout=300
    ).json()["paths"]
    assert len(found) > 10
    return found


class _Ids(dict[str, str]):
    """Placeholders of systems' own routes, whatever their names are."""

    def __missing__(self, name: str) -> str:
        return "x"


def requests(paths: dict[str, dict[str, Any]], **ids: str) -> list[tuple[str, str]]:
    """(method, path) of every operation, its placeholders filled."""
    return [(method, path.format_map(_Ids(ids))) for path, methods in paths.items() for method in methods]


NOBODY = dict.fromkeys(("id", "document"), "0197f0c0-0000-7000-8000-000000000000") | {"name": "x"}


def said(response: httpx.Response, status: int, code: str) -> str:
    """The sentence of a problem. An answer to HEAD has none: its status and type must do."""
    if response.request.method == "HEAD":
        assert (response.status_code, response.content) == (status, b"")
        assert response.headers["content-type"] == "application/problem+json"
        return ""
    detail: str = problem(response, status, code=code)["detail"]
    return detail


def test_every_route_asks_for_a_key(server: Process, paths: dict[str, dict[str, Any]]) -> None:
    with client(server.url, None) as nobody:
        for method, path in requests(paths, **NOBODY):
            response = nobody.request(method, path)
            said(response, 401, "unauthenticated")
            assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer pr_live_unknown"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic cHJfbGl2ZV94OnkK"},
        {"Authorization": "Bearer " + "x" * 5000},
        {"Authorization": b"Bearer \xff\xfe"},
        {"X-API-Key": "pr_live_unknown"},
        {"X-API-Key": ""},
    ],
)
def test_a_key_that_is_none_is_refused(server: Process, headers: dict[str, Any]) -> None:
    problem(httpx.get(f"{server.url}/postroom/v1/jobs", headers=headers), 401, code="unauthenticated")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/jobs", 200),
        ("/bills/webhooks", 200),
        ("/plans/projects", 200),
        ("/plans/nothing/grep?pattern=a", 404),
        ("/certificates/nothing/provenance", 404),
        ("/conversion/jobs/nothing", 404),
        ("/revenue/nothing/records", 200),
    ],
)
def test_both_headers_are_taken_by_every_part(server: Process, secret: str, path: str, status: int) -> None:
    for headers in (
        {"Authorization": f"Bearer {secret}"},
        {"Authorization": f"bearer {secret}"},
        {"X-API-Key": secret},
    ):
        assert httpx.get(f"{server.url}/postroom/v1{path}", headers=headers).status_code == status


def test_a_revoked_key_is_refused_on_the_next_request(house: House, server: Process) -> None:
    key, secret = house.key()
    with client(server.url, secret) as api:
        create(api)
        house.sql("UPDATE api_key SET revoked_at = now() WHERE id = $1", key)
        problem(api.get("/jobs"), 401)
        problem(api.post("/jobs", json={"workflow": "probe"}), 401)


def test_a_key_without_the_scope_is_refused_on_every_route(
    house: House, server: Process, paths: dict[str, dict[str, Any]]
) -> None:
    for scope in ("read", "write"):
        _, secret = house.key(scopes=[scope])
        with client(server.url, secret) as api:
            for method, path in requests(paths, **NOBODY):
                needed = "read" if method == "get" else "write"
                response = api.request(method, path)
                if needed == scope:
                    assert response.status_code not in (401, 403), (method, path)
                else:
                    detail = said(response, 403, "forbidden")
                    assert method == "head" or f"'{needed}'" in detail


def test_a_key_of_another_desk_is_refused_on_every_route(
    house: House, server: Process, paths: dict[str, dict[str, Any]]
) -> None:
    _, secret = house.key(desks=["bills"])
    with client(server.url, secret) as api:
        for method, path in requests(paths, **NOBODY):
            detail = said(api.request(method, path), 403, "forbidden")
            assert method == "head" or "not for the desk" in detail


def test_two_keys_of_an_account_see_the_same_jobs(house: House, server: Process) -> None:
    first, second = house.key("shared-account")[1], house.key("shared-account")[1]
    with client(server.url, first) as one, client(server.url, second) as two:
        job = create(one)
        assert two.get(f"/jobs/{job}").status_code == 200


@pytest.fixture(params=["production", "sandbox"])
def environments(
    request: pytest.FixtureRequest, house: House, server: Process
) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """Clients of one account: one in this environment, one in the other."""
    account = f"a-{secrets.token_hex(4)}"
    other = {"production": "sandbox", "sandbox": "production"}[request.param]
    own, foreign = (house.key(account, environment=name)[1] for name in (request.param, other))
    with client(server.url, own) as first, client(server.url, foreign) as second:
        yield first, second


def test_the_things_of_another_account_do_not_exist_on_any_route(
    api: httpx.Client, stranger: httpx.Client, paths: dict[str, dict[str, Any]]
) -> None:
    nothing_exists(api, stranger, paths)


def test_the_things_of_the_other_environment_do_not_exist_on_any_route(
    environments: tuple[httpx.Client, httpx.Client], paths: dict[str, dict[str, Any]]
) -> None:
    nothing_exists(*environments, paths)


def nothing_exists(api: httpx.Client, stranger: httpx.Client, paths: dict[str, dict[str, Any]]) -> None:
    """A job of the one, on every route, to the other."""
    job = submit(api, b"artifact", workflow="probe-finish")
    before = state(api, job)
    (document,) = api.get(f"/jobs/{job}/documents").json()["items"]
    tried = 0
    for name in ("copy.txt", "all.txt"):
        for method, path in requests(paths, id=job, document=document["id"], name=name):
            if job in path:
                problem(stranger.request(method, path), 404, code="not_found")
                tried += 1
    assert tried > 20
    assert stranger.get("/jobs").json()["items"] == []
    assert api.get(f"/jobs/{job}").json() == before
    assert api.get(f"/jobs/{job}/documents/{document['id']}/artifacts/copy.txt").content == b"artifact"


# The addresses under which a desk shows a job that somebody names: of its own API, and of its part of ours.
DESK_JOBS = {
    "bills": ["/v2.2/job/{id}", "/postroom/v1/bills/jobs/{id}/documents"],
    "plans": ["/api/open/v1/jobs/job_{hex}"],
    "revenue": ["/v1/shop/batch/{id}/status", "/v1/shop/batch/{id}/failures"],
    "conversion": ["/conversion/v1.0/rest/jobs/{id}", "/postroom/v1/conversion/jobs/{id}"],
    "certificates": ["/api/v1/jobs/{id}"],
}


@pytest.mark.parametrize("desk", DESK_JOBS)
def test_a_desk_shows_no_job_of_another_desk(house: House, server: Process, desk: str) -> None:
    account = f"a-{secrets.token_hex(4)}"
    given = {"plans": {"project": "x"}, "revenue": {"site": "shop", "type": "revenue"}}
    with client(server.url, house.key(account)[1]) as api:
        jobs = []
        for workflow in ("inspect", "plans", "bills", "revenue", "archive-pdfa-2", "certificates"):
            sent = api.post("/jobs", json={"workflow": workflow, "options": given.get(workflow, {})})
            if sent.status_code == 201 and sent.json()["system"] != desk:
                jobs.append(UUID(sent.json()["id"]))
    assert len(jobs) >= 3
    secret = house.key(account, desks=[desk, "postroom"])[1]
    for job in jobs:
        for path in DESK_JOBS[desk]:
            response = httpx.get(
                f"{server.url}{path.format(id=job, hex=job.hex)}",
                headers={"X-API-Key": secret, "Authorization": f"Bearer {secret}"},
                timeout=300,
            )
            assert response.status_code == 404, (path, response.text)


def test_an_open_job_of_another_account_takes_no_documents(
    house: House, api: httpx.Client, stranger: httpx.Client
) -> None:
    job = create(api)
    with house.nothing_stored():
        problem(stranger.post(f"/jobs/{job}/documents", params={"name": "a"}, content=b"ok"), 404)
        problem(stranger.post(f"/jobs/{job}/documents", files={"file": b"ok"}), 404)


def test_a_resumable_upload_of_the_other_environment_does_not_exist(
    environments: tuple[httpx.Client, httpx.Client],
) -> None:
    own, foreign = environments
    address = begin(own, create(own), 5)
    assert foreign.head(address, headers=TUS).status_code == 404
    headers = {**BYTES, "Upload-Offset": "0"}
    assert foreign.patch(address, content=b"hello", headers=headers).status_code == 404
    assert foreign.delete(address, headers=TUS).status_code == 404
    assert own.patch(address, content=b"hello", headers=headers).status_code == 204


def test_the_environments_of_an_account_share_no_idempotency_keys(
    environments: tuple[httpx.Client, httpx.Client],
) -> None:
    headers = {"Idempotency-Key": "1"}
    first, second = (one.post("/jobs", json={"workflow": "probe"}, headers=headers) for one in environments)
    assert (first.status_code, second.status_code) == (201, 201)
    assert "idempotent-replayed" not in second.headers
    assert first.json()["id"] != second.json()["id"]


@pytest.mark.parametrize(
    "id", ["x", "1", "%00", "..%2f..", "0" * 5000, "%F0%28", "null", "'; DROP TABLE job"]
)
def test_what_is_no_id_names_nothing(api: httpx.Client, paths: dict[str, dict[str, Any]], id: str) -> None:
    of_jobs = {path: methods for path, methods in paths.items() if path.startswith("/jobs/{id}")}
    for method, path in requests(of_jobs, id=id, document=id, name="x"):
        problem(api.request(method, path), 404)


def test_unknown_addresses_methods_and_trailing_slashes_are_problems(api: httpx.Client) -> None:
    job = create(api)
    for path in ("/nothing", "/jobs/", f"/jobs/{job}/", f"/jobs/{job}/nothing", "//jobs", "/"):
        problem(api.get(path), 404, code="not_found")
    for method, path in (
        ("PUT", "/jobs"),
        ("POST", f"/jobs/{job}"),
        ("DELETE", "/jobs"),
        ("GET", f"/jobs/{job}/close"),
    ):
        response = api.request(method, path)
        problem(response, 405, code="method_not_allowed")
        assert response.headers["allow"]


def test_a_client_is_told_what_can_be_done_with_documents(house: House, server: Process) -> None:
    _, secret = house.key("Tenant 8", scopes=["read"], desks=["postroom"])
    with client(server.url, secret) as one:
        found = {flow["name"]: flow for flow in one.get("/workflows").json()["workflows"]}
    assert found["inspect"]["system"] == "inspect"
    assert "passwords: list of strings" in found["inspect"]["options"]
    with client(server.url, "nobody") as other:
        problem(other.get("/workflows"), 401, code="unauthenticated")


def test_a_key_says_whose_it_is_and_only_one_that_may_write_how_webhooks_are_signed(
    house: House, server: Process
) -> None:
    for scopes, shown in ((["all"], True), (["read"], False)):
        _, secret = house.key("Tenant 7", scopes=scopes, desks=["postroom"], environment="sandbox")
        with client(server.url, secret) as one:
            found = one.get("/account").json()
        assert (found["account"], found["environment"]) == ("Tenant 7", "sandbox")
        assert (found["desks"], found["scopes"]) == (["postroom"], scopes)
        assert (found["webhookSecret"] or "").startswith("whsec_") is shown

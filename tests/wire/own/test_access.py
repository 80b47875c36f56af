"""Who may do what: keys, scopes, desks, and that another account's things do not exist, on every route."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.wire.own.house import House, Process, client, create, problem, state, submit


@pytest.fixture(scope="module")
def paths(server: Process) -> dict[str, dict[str, Any]]:
    """The routes as the OpenAPI page names them, so that a new one is covered by being there."""
    found: dict[str, dict[str, Any]] = httpx.get(f"{server.url}/postroom/v1/openapi.json").json()["paths"]
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


def test_the_things_of_another_account_do_not_exist_on_any_route(
    api: httpx.Client, stranger: httpx.Client, paths: dict[str, dict[str, Any]]
) -> None:
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


def test_an_open_job_of_another_account_takes_no_documents(
    house: House, api: httpx.Client, stranger: httpx.Client
) -> None:
    job = create(api)
    with house.nothing_stored():
        problem(stranger.post(f"/jobs/{job}/documents", params={"name": "a"}, content=b"ok"), 404)
        problem(stranger.post(f"/jobs/{job}/documents", files={"file": b"ok"}), 404)


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

"""Proves the calls about projects, and who may make them."""

from __future__ import annotations

import httpx
import pytest

from tests.wire.own.house import Process
from tests.wire.plans.conftest import Office
from tests.wire.plans.site import BASE, Site


def test_a_new_project_is_first_provisioning_and_then_ready(site: Site) -> None:
    body = site.call("POST", "/projects", 202, json={"name": "Harbor Clinic"}).json()
    assert body["project"]["status"] == "provisioning"
    assert body["project"]["runtime"]["status"] == "starting"
    assert body["project"]["projectKind"] == "open_api"
    assert body["project"]["id"].startswith("proj_")
    assert body["billing"] == {"availableCredits": 1_000_000, "creditsCharged": 0, "requiredCredits": 0}
    found = site.call("GET", f"/projects/{body['project']['id']}", 200).json()["project"]
    assert (found["status"], found["runtime"]["status"]) == ("ready", "running")
    assert site.call("GET", "/projects", 200).json()["projects"] == [found]


def test_a_name_is_unique_within_an_account_and_only_there(site: Site, stranger: Site) -> None:
    site.call("POST", "/projects", 202, json={"name": "One"})
    site.refused("POST", "/projects", 409, "project_name_taken", json={"name": "One"})
    stranger.call("POST", "/projects", 202, json={"name": "One"})


@pytest.mark.parametrize("name", [None, "", "   ", 7, "x" * 181, ["a"], "a\x00b"])
def test_a_name_that_is_none_is_refused(site: Site, name: object) -> None:
    error = site.refused("POST", "/projects", 400, "validation_failed", json={"name": name})
    assert error["details"] == {"field": "name"}


def test_a_name_of_180_characters_is_taken_as_it_is(site: Site) -> None:
    name = "ä" * 180
    assert site.call("POST", "/projects", 202, json={"name": name}).json()["project"]["name"] == name


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b'"x"', b"\xff", b"null"])
def test_a_body_that_is_no_object_is_refused(site: Site, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    site.refused("POST", "/projects", 400, "invalid_request", content=body, headers=headers)


def test_a_stranger_sees_nothing(site: Site, stranger: Site) -> None:
    job = site.job()
    for method, path in (
        ("GET", f"/projects/{site.project}"),
        ("GET", f"/projects/{site.project}/summary"),
        ("GET", f"/projects/{site.project}/jobs"),
        ("POST", f"/projects/{site.project}/jobs"),
        ("GET", f"/projects/{site.project}/sheets"),
        ("GET", f"/jobs/{job}"),
        ("POST", f"/jobs/{job}/cancel"),
        ("POST", f"/jobs/{job}/uploads/complete"),
        ("GET", f"/jobs/{job}/result"),
    ):
        stranger.refused(method, path, 404, "not_found")
    assert stranger.call("GET", "/projects", 200).json() == {"projects": []}


@pytest.mark.parametrize("value", ["proj_1", "x", "job_" + "0" * 32, "proj_" + "0" * 32, "proj_" + "A" * 32])
def test_what_is_no_id_names_nothing(site: Site, value: str) -> None:
    site.refused("GET", f"/projects/{value}", 404, "not_found")


def test_a_project_is_summed_up(site: Site) -> None:
    body = site.call("GET", f"/projects/{site.project}/summary", 200).json()
    assert body["projectSummary"]["projectId"] == site.project
    assert body["projectSummary"]["entityCounts"]["files"] == 0
    assert body["projectSummary"]["keyFiles"] == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer nobody"},
        {"Authorization": "Basic abc"},
        {"X-API-Key": "pgk_live_x"},
    ],
)
def test_without_a_key_nothing_is_told(desk_server: Process, headers: dict[str, str]) -> None:
    response = httpx.get(f"{desk_server.url}{BASE}/projects", headers=headers)
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "unauthorized"
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_key_without_the_scope_is_refused(office: Office, desk_server: Process) -> None:
    account = f"scopes-{desk_server.url[-5:]}"
    with Site(desk_server.url, office.key(account, scopes=["read"])[1]) as reader:
        assert reader.call("GET", "/projects", 200).json() == {"projects": []}
        reader.refused("POST", "/projects", 403, "insufficient_scope", json={"name": "x"})
    with Site(desk_server.url, office.key(account, desks=["bills"])[1]) as other:
        other.refused("GET", "/projects", 403, "insufficient_scope")


def test_an_address_that_is_none_is_told_in_the_envelope(desk_server: Process) -> None:
    response = httpx.get(f"{desk_server.url}{BASE}/nothing")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")
    response = httpx.delete(f"{desk_server.url}{BASE}/projects")
    assert (response.status_code, response.json()["error"]["code"]) == (405, "invalid_request")


def test_our_own_api_lists_and_forgets_projects(site: Site, stranger: Site) -> None:
    project = site.project
    found = site.http.get("/postroom/v1/plans/projects").json()["items"]
    assert [one["id"] for one in found] == [project]
    job = site.job()
    assert stranger.http.delete(f"/postroom/v1/plans/projects/{project}").status_code == 404
    assert site.http.delete(f"/postroom/v1/plans/projects/{project}").status_code == 409
    site.call("POST", f"/jobs/{job}/cancel", 200)
    assert site.http.delete(f"/postroom/v1/plans/projects/{project}").status_code == 204
    assert site.call("GET", "/projects", 200).json() == {"projects": []}

"""Proves that drawings which come by our own API end in a project of the desk, that twins never race, and that
the two environments of an account share nothing."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor

from tests.wire.own.house import Process, until
from tests.wire.plans.conftest import Office
from tests.wire.plans.paper import pdf, sheet
from tests.wire.plans.site import Site


def _own(site: Site, options: dict[str, str], data: bytes) -> str:
    body = {"workflow": "plans", "options": options}
    answer = site.http.post("/postroom/v1/jobs", json=body)
    assert answer.status_code == 201, answer.text
    job = answer.json()["id"]
    files = {"file": ("tower.pdf", data, "application/pdf")}
    assert site.http.post(f"/postroom/v1/jobs/{job}/documents", files=files).status_code == 201
    assert site.http.post(f"/postroom/v1/jobs/{job}/close").status_code == 202
    until(lambda: site.http.get(f"/postroom/v1/jobs/{job}").json()["status"] == "succeeded")
    return str(job)


def test_a_job_of_our_own_api_fills_the_project_that_it_names(site: Site) -> None:
    job = _own(site, {"project": "Tower"}, sheet("A-7", "ROOF PLAN", "WALLABY"))
    (project,) = site.call("GET", "/projects", 200).json()["projects"]
    assert project["name"] == "Tower"
    found = site.call("GET", f"/projects/{project['id']}/sheets", 200).json()["sheets"]
    assert [one["sheetNumber"] for one in found] == ["A-7"]
    (listed,) = site.call("GET", f"/projects/{project['id']}/jobs", 200).json()["jobs"]
    assert listed["id"] == f"job_{job.replace('-', '')}"
    assert (listed["status"], listed["billing"]["creditsDebited"]) == ("complete", 10)
    assert site.result(listed["id"])["documents"][0]["fileName"] == "tower.pdf"


def test_a_job_that_names_no_project_goes_to_the_inbox(site: Site) -> None:
    _own(site, {}, pdf("letter"))
    assert [one["name"] for one in site.call("GET", "/projects", 200).json()["projects"]] == ["Inbox"]


def test_the_same_form_many_times_at_once_makes_one_document(site: Site) -> None:
    job, data = site.job(), pdf("race", producer="race")
    with ThreadPoolExecutor(6) as pool:
        answers = [one.result().json() for one in [pool.submit(site.form, job, data) for _ in range(6)]]
    assert len({answer["uploads"][0]["documentId"] for answer in answers}) == 1
    assert sorted(answer["status"] for answer in answers) == ["skipped"] * 5 + ["uploaded"]
    assert len(site.get(job)["files"]) == 1


def test_projects_and_jobs_of_the_other_environment_do_not_exist(
    office: Office, desk_server: Process
) -> None:
    account = f"a-{secrets.token_hex(4)}"
    live, test = (office.key(account, environment=name)[1] for name in ("production", "sandbox"))
    with Site(desk_server.url, live) as site, Site(desk_server.url, test) as sandbox:
        for one in (site, sandbox):  # a name that one has is free in the other
            one.call("POST", "/projects", 202, json={"name": "Tower"})
        (project,) = site.call("GET", "/projects", 200).json()["projects"]
        job = _own(site, {"project": "Tower"}, sheet("A-7", "ROOF PLAN", "WALLABY"))
        shown = f"job_{job.replace('-', '')}"
        assert len(site.call("GET", f"/projects/{project['id']}/jobs", 200).json()["jobs"]) == 1

        (other,) = sandbox.call("GET", "/projects", 200).json()["projects"]
        assert other["id"] != project["id"]
        assert sandbox.call("GET", f"/projects/{other['id']}/jobs", 200).json()["jobs"] == []
        sandbox.refused("GET", f"/projects/{project['id']}", 404, "not_found")
        sandbox.refused("GET", f"/projects/{project['id']}/sheets", 404, "not_found")
        sandbox.refused("GET", f"/jobs/{shown}", 404, "not_found")
        sandbox.refused("POST", f"/jobs/{shown}/cancel", 404, "not_found")
        assert sandbox.http.get("/postroom/v1/plans/Tower/grep?pattern=WALLABY").json()["hits"] == []
        assert site.http.get("/postroom/v1/plans/Tower/grep?pattern=WALLABY").json()["hits"] != []
        assert sandbox.http.get(f"/postroom/v1/plans/{project['id']}/grep?pattern=A").status_code == 404
        assert sandbox.http.delete(f"/postroom/v1/plans/projects/{project['id']}").status_code == 404
        assert [one["id"] for one in sandbox.http.get("/postroom/v1/plans/projects").json()["items"]] == [
            other["id"]
        ]

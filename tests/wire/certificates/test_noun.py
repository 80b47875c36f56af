"""Proves contractors, entities, jobs, assignments, requirements, trackers, sessions: and who may see them."""

from __future__ import annotations

import base64
import time
from typing import Any

import httpx
import pytest

from tests.wire.certificates.conftest import Office
from tests.wire.certificates.paper import PASSES, hollow
from tests.wire.certificates.site import BASE, Site
from tests.wire.own.house import Process

DAY = 86400


def test_a_placeholder_becomes_an_ordinary_contractor(site: Site) -> None:
    (one,) = site.bulk(("a.pdf", hollow()))["certificates"]
    path = f"/contractors/{one['contractor']}"
    site.put(path, {"custom_metadata": {"crew": "north"}, "phone": ""})
    found = site.put(path, {"email": "jane@xyz.example.com", "first_name": "Jane"})
    assert (found["email"], found["first_name"], found["last_name"]) == (
        "jane@xyz.example.com",
        "Jane",
        "Contractor",
    )
    assert found["custom_metadata"] == {"crew": "north"}
    (shown,) = site.get(f"/trackers/{site.tracker}/certificates")
    assert (shown["placeholder"], shown["certificate"]) == (False, one["id"])
    taken = site.contractor()
    site.refused("PUT", path, 400, "duplicate_email", json={"email": taken["email"].upper()})


def test_custom_metadata_is_merged(site: Site) -> None:
    path = f"/contractors/{site.contractor(custom_metadata={'a': '1', 'b': '2'})['id']}"
    assert site.put(path, {"custom_metadata": {"a": "", "c": 3}})["custom_metadata"] == {"b": "2", "c": 3}
    assert site.put(path, {"custom_metadata": {}})["custom_metadata"] is None


def test_forms_with_brackets_are_taken(site: Site) -> None:
    text = (
        "email=f%40abc.example.com&first_name=F&last_name=G&address[line1]=Main+St&address[postalcode]=94000"
    )
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    found = site.call("POST", "/contractors", 201, content=text.encode(), headers=headers).json()
    assert found["address"]["line1"] == "Main St"
    assert found["address"]["postalcode"] == "94000"


def test_lists_are_paged_newest_first(site: Site) -> None:
    ids = [site.entity(name=f"E{n}")["id"] for n in range(5)][::-1]
    assert [one["id"] for one in site.get("/entities")] == ids
    assert [one["id"] for one in site.get("/entities", limit=2)] == ids[:2]
    assert [one["id"] for one in site.get("/entities", limit=2, starting_after=ids[1])] == ids[2:4]
    assert [one["id"] for one in site.get("/entities", limit=2, ending_before=ids[4])] == ids[2:4]
    assert site.get("/entities", ending_before=ids[0]) == []
    assert site.get("/files/certificates") == []


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "x"},
        {"limit": "1.0"},
        {"limit": ""},
        {"starting_after": "en_none"},
        {"ending_before": "\0"},
    ],
)
def test_a_page_that_is_none_is_refused(site: Site, params: dict[str, str]) -> None:
    for noun in ("contractors", "entities", "jobs", "files/certificates", "events", "webhook_endpoints"):
        site.refused("GET", f"/{noun}", 400, "invalid_input", params=params)


def test_both_cursors_at_once_are_refused(site: Site) -> None:
    one = site.entity()["id"]
    site.refused(
        "GET", "/entities", 400, "invalid_input", params={"starting_after": one, "ending_before": one}
    )


def test_the_email_filter_is_exact(site: Site) -> None:
    one = site.contractor(email="Ann@abc.example.com")
    assert site.get("/contractors", email="Ann@abc.example.com") == [one]
    assert site.get("/contractors", email="ann@abc.example.com") == []
    site.refused(
        "POST",
        "/contractors",
        400,
        "duplicate_email",
        json={"email": "ann@ABC.example.com", "first_name": "A", "last_name": "B"},
    )


def test_what_is_deleted_is_gone_and_its_address_free(site: Site) -> None:
    one = site.contractor()
    gone = site.call("DELETE", f"/contractors/{one['id']}").json()
    assert (gone["id"], gone["object"], gone["deleted"]) == (one["id"], "contractor", True)
    for method in ("GET", "DELETE"):
        site.refused(method, f"/contractors/{one['id']}", 404, "resource_not_found")
    assert site.get("/contractors") == []
    site.contractor(email=one["email"])


def test_a_job_asks_for_an_approved_category_and_an_entity(site: Site) -> None:
    body = {
        "name": "N",
        "description": "D",
        "wage": 100,
        "wage_type": "flatfee",
        "entity": site.entity()["id"],
    }
    site.refused("POST", "/jobs", 400, "missing_job_category_code", json=body)
    site.refused("POST", "/jobs", 400, "invalid_job_category_code", json={**body, "category_code": "jc_x"})
    good = {**body, "category_code": "jc_design"}
    site.refused("POST", "/jobs", 400, "invalid_entity_id", json={**good, "entity": "en_x"})
    site.refused("POST", "/jobs", 400, "invalid_input", json={**good, "wage": 99})
    job = site.post("/jobs", good)
    assert site.put(f"/jobs/{job['id']}", {"wage": "200", "category_code": "jc_x"}) == {**job, "wage": 200}
    assert {"category_code": "jc_design", "name": "Design and media"} in site.get("/category_codes")


def test_dates_of_assignments(site: Site) -> None:
    ids = {"contractor": site.contractor()["id"], "job": site.job()["id"]}
    now = int(time.time())
    site.refused(
        "POST", "/assignments", 400, "effective_date_invalid", json={**ids, "effective_date": now - 5}
    )
    start = (now // DAY + 2) * DAY
    for end in (start - DAY, start + 400 * DAY):
        body = {**ids, "effective_date": start, "end_date": end}
        site.refused("POST", "/assignments", 400, "end_date_invalid", json=body)
    made = site.post("/assignments", {**ids, "effective_date": start, "end_date": start + 60})
    assert made["end_date"] == start + DAY
    tomorrow = site.post("/assignments", ids)["effective_date"]
    assert tomorrow in {(moment // DAY + 1) * DAY for moment in (now, int(time.time()))}
    for name in ids:
        site.refused("POST", "/assignments", 404, "resource_not_found", json={**ids, name: "xx_none"})


def test_cancelling(site: Site, office: Office) -> None:
    job, contractor = site.job()["id"], site.contractor()["id"]
    site.refused("POST", "/assignments/cancel", 404, "resource_not_found", json={"job_id": "jb_none"})
    site.refused("POST", "/assignments/cancel", 404, "resource_not_found", json={"job_id": job})
    one = site.post("/assignments", {"contractor": contractor, "job": job})
    two = site.post("/assignments", {"contractor": contractor, "job": job})
    site.refused("POST", "/assignments/cancel", 400, "invalid_input", json={"job_id": job})
    site.call("DELETE", f"/assignments/{two['id']}")
    body = {"job_id": job, "reason": "client_request"}
    found = site.post("/assignments/cancel", body, 200)
    assert (found["id"], found["cancelled"], found["cancellation_reason"]) == (
        one["id"],
        True,
        "client_request",
    )
    site.refused("POST", "/assignments/cancel", 400, "assignment_already_cancelled", json=body)
    event = site.get("/events")[0]
    assert (event["type"], event["data"]) == ("assignment.cancelled", found)
    assert site.get(f"/events/{event['id']}") == event
    other = site.job()["id"]
    begun = site.post("/assignments", {"contractor": contractor, "job": other})
    office.sql("UPDATE coi_assignment SET effective_date = 1 WHERE id = $1", begun["id"])
    site.refused("POST", "/assignments/cancel", 400, "assignment_already_started", json={"job_id": other})


def test_there_is_one_default_requirement(site: Site) -> None:
    first, second = site.requirement(is_default=True), site.requirement()
    path = f"/insurance_requirements/{first}"
    site.refused("DELETE", path, 400, "invalid_input")
    site.refused("PUT", path, 400, "invalid_input", json={"is_default": False})
    site.put(f"/insurance_requirements/{second}", {"is_default": True})
    assert not site.get(path)["is_default"]
    site.call("DELETE", path)
    site.refused("GET", path, 404, "resource_not_found")


@pytest.mark.parametrize("rules", [None, [], "x", [{}], [{**PASSES, "check": "guess"}], [[]], {"a": 1}])
def test_a_requirement_needs_rules(site: Site, rules: Any) -> None:
    site.refused("POST", "/insurance_requirements", 400, "invalid_input", json={"name": "R", "rules": rules})


def test_sessions_of_trackers(site: Site) -> None:
    mine, other = site.tracker, site.new_tracker()
    session = site.post("/tracker_sessions", {"tracker": mine})
    late = site.post("/tracker_sessions", {"tracker": mine, "expires_at": 1})
    assert (session["status"], late["status"]) == ("open", "expired")
    assert site.get(f"/tracker_sessions/{session['id']}") == session
    person = {"email": "a@abc.example.com", "first_name": "A", "last_name": "B", "business_name": "C"}
    path, files = "/files/external_certificates/tracker", [("a.pdf", hollow())]
    for fields, reason in (
        ({}, "missing_field"),
        ({"tracker_session_id": late["id"]}, "session_not_open"),
        ({"tracker_session_id": session["id"], "tracker_id": other}, "invalid_field"),
        ({"tracker_session_id": session["id"], "create_new_contractor": "maybe"}, "invalid_field"),
    ):
        body = site.upload(path, files, 400, **person, **fields).json()
        assert [one["reason"] for one in body["details"]] == [reason]
    made = site.upload(path, files, tracker_session_id=session["id"], **person).json()
    (shown,) = site.get(f"/trackers/{mine}/certificates")
    assert (shown["tracker_session"], shown["contractor"]) == (session["id"], made["contractor"])
    again = {**person, "create_new_contractor": "TRUE", "tracker_id": mine}
    assert site.upload(path, files, 400, **again).json()["error_code"] == "duplicate_email"
    person["first_name"] = "New"
    assert site.upload(path, files, **person, tracker_id=mine).json()["contractor"] == made["contractor"]
    assert site.get(f"/contractors/{made['contractor']}")["first_name"] == "New"


def test_upload_sessions_and_tasks(site: Site) -> None:
    owner, other = site.contractor(company_name="Kept"), site.contractor()
    session = site.post("/coi_upload_sessions", {"contractor": owner["id"]})
    person = {"email": owner["email"], "first_name": "Q", "last_name": "R", "company_name": "New"}
    path, files = "/files/external_certificates/upload", [("a.pdf", hollow(1)), ("b.pdf", hollow(2))]
    common = {"coi_upload_session_id": session["id"], **person}
    found = site.upload(path, files[:1], field="certificate", **common).json()
    assert (found["contractor"], found["filename"]) == (owner["id"], "a.pdf")
    assert site.get(f"/contractors/{owner['id']}")["company_name"] == "Kept"
    site.upload(path, files[:1], field="certificate", contractor_id=owner["id"], **common)
    assert site.get(f"/contractors/{owner['id']}")["company_name"] == "New"
    wrong = site.upload(path, files[:1], 400, field="certificate", contractor_id=other["id"], **common).json()
    assert wrong["param"] == "contractor_id"
    task = site.upload(f"{path}/bulk", files, **common).json()
    assert (task["count"], task["filenames"], task["contractor"]) == (2, ["a.pdf", "b.pdf"], owner["id"])
    shown = site.get(f"/files/external_certificates/tasks/{task['id']}")
    assert len(shown["certificates"]) == 2


# --- who may ---------------------------------------------------------------------------------------------


def test_every_form_of_authorization_is_taken(office: Office, desk_server: Process) -> None:
    key = office.key()[1]
    encoded = base64.b64encode(f"{key}:".encode()).decode()
    for value in (f"Basic {encoded}", f"Bearer {key}", f"Basic {key}", key, f"bearer {key}"):
        headers = {"Authorization": value}
        assert httpx.get(f"{desk_server.url}{BASE}/events", headers=headers).json() == [], value
    for headers in ({}, {"Authorization": ""}, {"Authorization": "Basic"}, {"Authorization": "Basic OmE="}):
        refused = httpx.get(f"{desk_server.url}{BASE}/events", headers=headers)
        assert (refused.status_code, refused.json()["error_code"]) == (401, "invalid_api_key")


def test_environments_never_mix(office: Office, desk_server: Process) -> None:
    account = f"two-{time.time_ns()}"
    live, test = (office.key(account, environment=name)[1] for name in ("production", "sandbox"))
    with Site(desk_server.url, live) as one, Site(desk_server.url, test) as two:
        made = one.contractor()
        two.refused("GET", f"/contractors/{made['id']}", 404, "resource_not_found")
        assert two.get("/contractors") == []
        two.contractor(email=made["email"])
        for site, good, bad in ((one, "production", "sandbox"), (two, "sandbox", "production")):
            site.call("GET", "/contractors", 200, headers={"Ten99Policy-Environment": good})
            said = {"Ten99Policy-Environment": bad}
            site.refused("GET", "/contractors", 403, "insufficient_permissions", headers=said)


def test_a_stranger_sees_nothing(site: Site, stranger: Site) -> None:
    (one,) = site.bulk(("a.pdf", hollow()))["certificates"]
    for path in (
        f"/files/certificates/{one['id']}",
        f"/files/certificates/{one['id']}/pdf",
        f"/contractors/{one['contractor']}",
        f"/assignments/{one['assignment']}",
        f"/trackers/{site.tracker}",
        f"/trackers/{site.tracker}/certificates",
    ):
        stranger.refused("GET", path, 404, "resource_not_found")
    stranger.bulk(("a.pdf", hollow()), tracker_id=site.tracker, status=404)
    assert stranger.get("/files/certificates") == []


def test_scopes_and_desks_are_kept(office: Office, desk_server: Process) -> None:
    for given in ({"scopes": ["read"]}, {"desks": ["bills"]}):
        with Site(desk_server.url, office.key(**given)[1]) as site:
            site.refused("POST", "/entities", 403, "insufficient_permissions", json={"name": "x"})

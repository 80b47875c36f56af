"""Proves a certificate's way: read, held against the right requirement, decided by persons, read once more."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
from typing import Any

import httpx
import pytest

from postroom.ports import Paces
from postroom.systems.certificates import announce, sample
from tests.receiver import answer, receiver
from tests.wire.certificates import agreement
from tests.wire.certificates.conftest import Office
from tests.wire.certificates.paper import FAILS, FAILS_TOO, PASSES, bomb, certificate, hollow
from tests.wire.certificates.site import Site
from tests.wire.own.house import Process


def test_a_certificate_is_read_and_approved(site: Site) -> None:
    data, truth = certificate()
    found = site.reviewed(data, PASSES)
    assert found["status"] == "approved"
    review = found["review_results"]
    assert review["summary"] == {"total_rules": 1, "passed": 1, "failed": 0}
    assert [one["result"] for one in review["audit_results"]] == ["pass"]
    agreement.schema("ParsedCertificate").validate(review["parsed_certificate_json"])
    verdicts = sample.compare(truth, review["parsed_certificate_json"])
    assert set(verdicts.values()) == {"right"}
    path = f"/files/certificates/{found['id']}"
    assert site.get(path)["review_results"] is None
    assert set(site.get(path, expand="review_results")["review_results"]) == {
        "id",
        "status",
        "summary",
        "created",
    }
    assert site.get("/files/certificates", **{"expand[]": "review_results.full"}) == [found]
    site.refused("GET", path, 400, "invalid_input", params={"expand": "everything"})
    pdf = site.call("GET", f"{path}/pdf")
    assert pdf.content == data
    assert found["pdf_url"] == str(pdf.request.url)


def test_what_is_no_certificate_ends_as_an_error(site: Site) -> None:
    good, _ = certificate()
    body = site.bulk(("bad.pdf", hollow()), ("good.pdf", good))
    bad, fine = (site.ended(one["id"]) for one in body["certificates"])
    assert (bad["status"], bad["review_results"]) == ("error", None)
    assert fine["status"] == "approved"
    site.refused(
        "POST", f"/files/certificates/{bad['id']}/review", 400, "invalid_input", json={"action": "deny"}
    )


def test_without_any_requirement_it_is_an_error(site: Site) -> None:
    (one,) = site.bulk(("a.pdf", certificate()[0]), tracker_id=site.new_tracker())["certificates"]
    assert site.ended(one["id"])["status"] == "error"
    assert "no insurance requirement" in _own(site, "GET", f"/{one['id']}/provenance").json()["problem"]


def test_the_first_of_the_requirements_counts(site: Site) -> None:
    """Each case has one more place that names a requirement; it wins over those before."""
    entity = site.entity()["id"]
    default = site.requirement(PASSES, name="default", is_default=True)
    category = site.requirement(PASSES, name="category", category_codes=["jc_design"])
    of_entity = site.requirement(PASSES, name="entity", entities=[entity])
    of_tracker, named = site.requirement(PASSES, name="tracker"), site.requirement(PASSES, name="named")
    cases: list[tuple[dict[str, Any], str | None, str]] = [
        ({}, None, default),
        ({"category_code": "jc_design"}, None, category),
        ({"category_code": "jc_design", "entity": entity}, None, of_entity),
        ({"entity": entity, "insurance_requirement": of_tracker}, None, of_tracker),
        ({"entity": entity, "insurance_requirement": of_tracker}, named, named),
    ]
    made = []
    for tracker, requirement, wanted in cases:
        entry = {"filename": "a.pdf"} | ({"insurance_requirement_id": requirement} if requirement else {})
        (one,) = site.bulk(
            ("a.pdf", certificate()[0]), tracker_id=site.new_tracker(**tracker), certificates_metadata=[entry]
        )["certificates"]
        made.append((one["id"], wanted))
    for one, wanted in made:
        site.ended(one)
        assert _own(site, "GET", f"/{one}/provenance").json()["requirement"] == wanted


def test_a_reviewer_decides(site: Site) -> None:
    found = site.reviewed(certificate()[0], PASSES, FAILS, FAILS_TOO)
    assert found["status"] == "flagged"
    assert found["review_results"]["summary"] == {"total_rules": 3, "passed": 1, "failed": 2}
    passed, first, second = found["review_results"]["audit_results"]
    path = f"/files/certificates/{found['id']}/review"

    def act(action: str, rule: str | None = None, status: int = 200) -> Any:
        return site.post(path, {"action": action, "audit_result": rule, "note": "seen"}, status)

    act("approve", status=400)
    act("approve_rule", status=400)
    act("approve_rule", passed["id"], 400)
    act("approve_rule", "car_none", 404)
    assert act("approve_rule", first["id"])["review_results"]["summary"]["failed"] == 1
    act("approve", status=400)
    act("approve_rule", second["id"])
    act("unapprove_rule", second["id"])
    act("approve", status=400)
    act("approve_rule", second["id"])
    approved = act("approve")
    assert approved["status"] == approved["review_results"]["status"] == "approved"
    shown = [(one["result"], one["manually_approved"]) for one in approved["review_results"]["audit_results"]]
    assert shown == [("pass", False), ("fail", True), ("fail", True)]
    assert act("deny")["status"] == "denied"
    for action in ("approve", "deny"):
        act(action, status=400)
    kinds = [event["type"] for event in site.get("/events")]
    assert kinds == ["certificate.denied", "certificate.approved", "certificate.flagged"]
    decisions = _own(site, "GET", f"/{found['id']}/provenance").json()["decisions"]
    assert [one["action"] for one in decisions][-2:] == ["approve", "deny"]


def _own(site: Site, method: str, path: str, **headers: str) -> httpx.Response:
    url = f"{site.url}/postroom/v1/certificates{path}"
    return httpx.request(method, url, headers={"Authorization": f"Bearer {site.key}", **headers}, timeout=60)


def test_a_certificate_is_read_once_more(site: Site) -> None:
    requirement = site.requirement(PASSES)
    tracker = site.new_tracker(insurance_requirement=requirement)
    (one,) = site.bulk(("a.pdf", certificate()[0]), tracker_id=tracker)["certificates"]
    first = site.ended(one["id"])
    values = _own(site, "GET", f"/{one['id']}/provenance").json()["values"]
    assert values["insured.name"]["page"] == 1
    site.put(f"/insurance_requirements/{requirement}", {"rules": [FAILS]})
    key = {"Idempotency-Key": "again-1"}
    told = _own(site, "POST", f"/{one['id']}/review", **key)
    assert told.status_code == 202, told.text
    twice = _own(site, "POST", f"/{one['id']}/review", **key)
    assert (twice.content, twice.headers["idempotent-replayed"]) == (told.content, "true")
    second = site.ended(one["id"])
    assert (first["status"], second["status"]) == ("approved", "flagged")
    assert first["review_results"]["id"] != second["review_results"]["id"]
    path = f"/files/certificates/{one['id']}/review"
    site.post(path, {"action": "deny"}, 200)
    assert _own(site, "POST", f"/{one['id']}/review").status_code == 409
    assert _own(site, "POST", "/ci_none/review").status_code == 404


# --- webhooks ------------------------------------------------------------------------------------------


def _verify(raw: bytes, header: str, secret: str, now: int) -> bool:
    """As the contract prints it."""
    part = dict(x.split("=", 1) for x in header.split(","))
    mac = hmac.new(secret.encode(), part["t"].encode() + b"." + raw, hashlib.sha256).hexdigest()
    return hmac.compare_digest(mac, part["v1"]) and abs(now - int(part["t"])) <= 300


def test_a_bomb_costs_only_its_own_certificate(site: Site, office: Office) -> None:
    data, _ = certificate()
    sent = site.bulk(("good.pdf", data), ("bomb.pdf", bomb()), ("better.pdf", certificate(2)[0]))
    found = {one["filename"]: site.ended(one["id"]) for one in sent["certificates"]}
    assert [found[name]["status"] for name in ("good.pdf", "bomb.pdf", "better.pdf")] == [
        "approved",
        "error",
        "approved",
    ]
    assert found["bomb.pdf"]["review_results"] is None


def test_webhooks_come_again_after_the_times_of_the_contract() -> None:
    (kind,) = {type(form) for form in announce.FORMATS.values()}
    assert issubclass(kind, announce.Announcement)
    assert isinstance(announce.Announcement(), Paces)
    minute, hour = 60, 3600
    assert announce.Announcement.retries == (minute, 5 * minute, 30 * minute, 2 * hour, 12 * hour)


async def test_webhooks_are_signed_and_say_what_the_event_says(site: Site, office: Office) -> None:
    async with receiver(answer(200)) as all_, receiver(answer(200)) as errors:

        def act() -> tuple[dict[str, Any], dict[str, Any]]:
            one = site.post("/webhook_endpoints", {"url": all_.url})
            body = {"url": errors.url, "events": ["certificate.error"], "description": "Only these"}
            site.post("/webhook_endpoints", body)
            assert one["events"] == ["*"]
            site.reviewed(certificate()[0], PASSES)
            site.reviewed(hollow())
            return one, site.get("/events")

        endpoint, events = await asyncio.to_thread(act)
        for _ in range(600):
            if all_.requests and errors.requests:
                break
            await asyncio.sleep(0.1)
        (told,), (failed,) = all_.requests, errors.requests
    error, approved = events
    assert json.loads(told.body) == approved
    assert json.loads(failed.body) == error
    assert [one["type"] for one in (approved, error)] == ["certificate.approved", "certificate.error"]
    agreement.schema("CertificateEvent").validate(approved)
    header = told.headers["ten99policy-signature"]
    sent = int(header.partition(",")[0].removeprefix("t="))
    assert _verify(told.body, header, endpoint["secret"], sent)
    assert not _verify(told.body + b" ", header, endpoint["secret"], sent)
    assert not _verify(told.body, header, "whsec_other", sent)


def test_endpoints(site: Site) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    text = b"url=https://hooks.example.com/coi&events[]=certificate.approved&events[]=certificate.flagged"
    made = site.call("POST", "/webhook_endpoints", 201, content=text, headers=headers).json()
    assert made["events"] == ["certificate.approved", "certificate.flagged"]
    assert made["secret"].startswith("whsec_")
    path = f"/webhook_endpoints/{made['id']}"
    assert site.get(path) == made
    assert site.put(path, {"url": "https://other.example.com/", "events": ["*"]})["events"] == ["*"]
    assert site.call("DELETE", path).json()["object"] == "webhook_endpoint"
    site.refused("GET", path, 404, "resource_not_found")


def test_a_key_that_may_only_read_sees_no_secret(office: Office, desk_server: Process) -> None:
    account = f"a-{secrets.token_hex(4)}"
    whole, narrow = office.key(account)[1], office.key(account, scopes=["read"])[1]
    with Site(desk_server.url, whole) as site, Site(desk_server.url, narrow) as reader:
        made = site.call("POST", "/webhook_endpoints", 201, json={"url": "https://x.example.com/"}).json()
        path = f"/webhook_endpoints/{made['id']}"
        for found in (reader.get(path), *reader.get("/webhook_endpoints")):
            assert found == {**made, "secret": ""}
        assert site.get(path)["secret"] == made["secret"] != ""


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": ""},
        {"url": "hooks.example.com"},
        {"url": "ftp://hooks.example.com/"},
        {"url": "https://"},
        {"url": "https://x.example.com/", "events": ["certificate.lost"]},
        {"url": "https://x.example.com/\r\nX: y"},
        {"url": 7},
    ],
)
def test_an_endpoint_that_is_none_is_refused(site: Site, body: dict[str, Any]) -> None:
    site.refused("POST", "/webhook_endpoints", 400, "invalid_input", json=body)

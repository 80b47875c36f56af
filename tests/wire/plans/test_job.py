"""Proves the calls about jobs: create, list, read, cancel, result, and which call fits which state."""

from __future__ import annotations

from datetime import datetime, timedelta

import httpx
import pytest

from tests.wire.plans.paper import pdf
from tests.wire.plans.site import Site


def test_a_new_job_accepts_files_at_once_and_lives_for_seven_days(site: Site) -> None:
    body = site.call("POST", f"/projects/{site.project}/jobs", 202, json={"externalId": "bid-552"}).json()
    assert set(body) == {"job"}
    job = body["job"]
    assert (job["status"], job["externalId"], job["projectId"]) == (
        "awaiting_uploads",
        "bid-552",
        site.project,
    )
    assert job["limits"] == {"maxDeclaredBytes": 10_000_000_000, "maxFiles": 100}
    assert (job["files"], job["pageCount"], job["resultUrl"], job["error"]) == ([], None, None, None)
    assert job["billing"]["creditsDebited"] == 0
    lived = datetime.fromisoformat(job["expiresAt"]) - datetime.fromisoformat(job["createdAt"])
    assert lived == timedelta(days=7)
    assert job["createdAt"].endswith("Z") and len(job["createdAt"]) == 24
    assert site.get(job["id"]) == job


def test_a_job_needs_no_body(site: Site) -> None:
    path = f"/projects/{site.project}/jobs"
    assert site.call("POST", path, 202).json()["job"]["externalId"] is None
    assert site.call("POST", path, 202, json={}).json()["job"]["externalId"] is None
    assert site.call("POST", path, 202, json={"unknown": 1}).json()["job"]["externalId"] is None


@pytest.mark.parametrize("external", ["", 7, "x" * 181, "a\nb"])
def test_an_external_id_that_is_none_is_refused(site: Site, external: object) -> None:
    path = f"/projects/{site.project}/jobs"
    site.refused("POST", path, 400, "validation_failed", json={"externalId": external})


def test_jobs_are_listed_newest_first(site: Site) -> None:
    jobs = [site.job() for _ in range(3)]
    listed = site.call("GET", f"/projects/{site.project}/jobs", 200).json()["jobs"]
    assert [job["id"] for job in listed] == jobs[::-1]


def test_a_job_goes_from_upload_to_result(site: Site) -> None:
    job = site.job()
    (document,) = site.upload(job, pdf("One", "Two"), classification="documents")
    found = site.get(job)
    assert found["status"] == "uploading"
    assert [(file["status"], file["documentId"]) for file in found["files"]] == [("uploaded", document)]
    assert found["files"][0]["id"] != document
    body = site.complete(job).json()
    assert body["job"]["status"] == "preflighting"
    assert set(body) == {"job"}
    found = site.ended(job)
    assert (found["status"], found["pageCount"], found["successfulPageCount"]) == ("complete", 2, 2)
    assert found["completedAt"] is not None and found["error"] is None
    assert f"/api/open/v1/jobs/{job}/result?" in found["resultUrl"]
    assert found["files"][0]["status"] == "completed"
    assert found["billing"] == {"creditsDebited": 2, "creditsReserved": 0}
    result = site.result(job)
    assert result == site.result(job)
    assert result["job"]["id"] == job and result["warnings"] == [] and result["errors"] == []
    (told,) = result["documents"]
    assert (told["documentId"], told["status"], told["classification"]) == (
        document,
        "completed",
        "documents",
    )
    assert (told["pageCount"], told["successfulPageCount"], told["failedPageCount"]) == (2, 2, 0)
    assert told["specifications"] is None and told["docs"] is not None
    usage = result["usage"]
    assert (usage["pageCount"], usage["drawingPageCount"], usage["documentPageCount"]) == (2, 0, 2)
    assert (usage["creditsDebited"], usage["creditsReserved"]) == (2, 2)


def test_the_address_of_a_result_opens_it_without_a_key_and_nothing_else(site: Site) -> None:
    job, found = site.run(pdf("x"), classification="documents")
    url = found["resultUrl"]
    assert httpx.get(url).json() == site.result(job)
    other, _ = site.run(pdf("y"), classification="documents")
    for wrong in (url[:-1] + ("0" if url[-1] != "0" else "1"), url.replace(job, other), url.split("&")[0]):
        assert httpx.get(wrong).status_code == 401
    assert httpx.get(url.replace("/result", "")).status_code == 401


def test_a_broken_file_fails_and_the_others_go_on(site: Site) -> None:
    job = site.job()
    good, broken, empty = site.upload(job, pdf("Good"), b"%PDF-1.7\nnothing", b"", classification="documents")
    site.complete(job)
    found = site.ended(job)
    assert found["status"] == "completed_with_errors"
    assert [file["status"] for file in found["files"]] == ["completed", "failed", "failed"]
    result = site.result(job)
    assert [one["documentId"] for one in result["errors"]] == [broken, empty]
    assert [one["status"] for one in result["documents"]] == ["completed", "failed", "failed"]
    assert result["documents"][2]["error"]["code"] == "empty_document"
    assert result["documents"][0]["documentId"] == good


def test_a_job_of_which_nothing_can_be_used_fails_and_has_no_result(site: Site) -> None:
    job, found = site.run(b"%PDF-1.7\nnothing")
    assert (found["status"], found["resultUrl"]) == ("failed", None)
    assert found["error"]["code"] == "no_usable_document"
    site.refused("GET", f"/jobs/{job}/result", 409, "result_not_available")


def test_more_pages_than_a_job_may_have_fail_it(site: Site) -> None:
    few = pdf(*["page"] * 80)
    _, found = site.run(few, pdf(*["other"] * 80), classification="documents")
    assert (found["status"], found["error"]["code"]) == ("failed", "page_limit_exceeded")
    assert found["billing"]["creditsDebited"] == 0


def test_the_same_bytes_twice_are_processed_once(site: Site) -> None:
    data = pdf("Once", producer="twin")
    job = site.job()
    first = site.upload(job, data, classification="documents")
    again = site.form(job, data).json()
    assert again["status"] == "skipped"
    assert [(one["documentId"], one["status"]) for one in again["uploads"]] == [(first[0], "skipped")]
    mixed = site.form(job, data, pdf("New"), data).json()
    assert mixed["status"] == "uploaded"
    assert [one["status"] for one in mixed["uploads"]] == ["skipped", "uploaded", "skipped"]
    assert len(site.get(job)["files"]) == 2
    other = site.job()
    assert site.upload(other, data)[0] != first[0]


def test_a_cancelled_job_is_frozen(site: Site) -> None:
    job = site.job()
    site.upload(job, pdf("x"))
    found = site.call("POST", f"/jobs/{job}/cancel", 200).json()["job"]
    assert (found["status"], found["files"][0]["status"]) == ("cancelled", "cancelled")
    assert found["completedAt"] is not None
    site.refused("POST", f"/jobs/{job}/cancel", 409, "invalid_job_state")
    site.refused("POST", f"/jobs/{job}/uploads/complete", 409, "invalid_job_state")
    site.refused("POST", f"/jobs/{job}/resume", 409, "invalid_job_state")
    site.refused("GET", f"/jobs/{job}/result", 409, "result_not_available")
    assert site.form(job, pdf("late"), status=409).json()["error"]["code"] == "invalid_job_state"
    assert site.announce(job, b"x", status=409).json()["error"]["code"] == "invalid_job_state"
    assert site.get(job) == found


def test_an_ended_job_takes_no_step(site: Site) -> None:
    job, found = site.run(pdf("x"), classification="documents")
    assert found["status"] == "complete"
    for step in ("cancel", "resume", "uploads/complete"):
        site.refused("POST", f"/jobs/{job}/{step}", 409, "invalid_job_state")
    assert site.form(job, pdf("late"), status=409).json()["error"]["code"] == "invalid_job_state"


def test_an_open_job_cannot_be_resumed_and_has_no_result(site: Site) -> None:
    job = site.job()
    site.refused("POST", f"/jobs/{job}/resume", 409, "invalid_job_state")
    site.refused("GET", f"/jobs/{job}/result", 409, "result_not_available")
    site.refused("POST", f"/jobs/{job}/uploads/complete", 409, "no_documents")
    assert site.get(job)["status"] == "awaiting_uploads"


def test_a_result_that_has_expired_is_gone(site: Site, office: object) -> None:
    job, _ = site.run(pdf("x"), classification="documents")
    office.sql(  # type: ignore[attr-defined]
        "UPDATE plan_job SET expires_at = now() - interval '1 minute' WHERE job_id = $1::uuid", job[4:]
    )
    site.refused("GET", f"/jobs/{job}/result", 410, "result_not_available")


def test_a_project_that_is_not_ready_takes_no_job(site: Site, office: object) -> None:
    office.sql(  # type: ignore[attr-defined]
        "UPDATE plan_project SET ready_at = now() + interval '1 hour' WHERE id = $1::uuid", site.project[5:]
    )
    site.refused("POST", f"/projects/{site.project}/jobs", 409, "project_not_ready")
    found = site.call("GET", f"/projects/{site.project}", 200).json()["project"]
    assert (found["status"], found["runtime"]["status"]) == ("provisioning", "starting")

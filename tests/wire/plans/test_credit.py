"""Proves credits: held before, used per page, free again after; and that a job without them can go on."""

from __future__ import annotations

from tests.wire.plans.conftest import Office
from tests.wire.plans.paper import pdf, sheet
from tests.wire.plans.site import Site


def _spend(office: Office, project: str, credits: int) -> None:
    office.sql(
        "INSERT INTO plan_credit (account_id, kind, credits)"
        " SELECT account_id, 'project', $2 FROM plan_project WHERE id = $1::uuid",
        project[5:],
        credits,
    )


def _refund(office: Office, project: str) -> None:
    office.sql(
        "DELETE FROM plan_credit WHERE job_id IS NULL"
        " AND account_id = (SELECT account_id FROM plan_project WHERE id = $1::uuid)",
        project[5:],
    )


def test_drawings_and_documents_cost_what_the_rates_say(site: Site) -> None:
    job = site.job()
    metadata = {
        "files": [
            {"partName": "file0", "classification": "plans"},
            {"partName": "file1", "classification": "documents"},
        ]
    }
    site.form(job, sheet("A-1", "PLAN"), pdf("one", "two", "three"), metadata=metadata)
    site.complete(job)
    found = site.ended(job)
    assert found["billing"] == {"creditsDebited": 13, "creditsReserved": 0}
    usage = site.result(job)["usage"]
    assert (usage["drawingPageCount"], usage["documentPageCount"], usage["pageCount"]) == (1, 3, 4)
    assert (usage["successfulDrawingPageCount"], usage["successfulDocumentPageCount"]) == (1, 3)
    assert (usage["drawingCreditsPerPage"], usage["documentCreditsPerPage"]) == (10, 1)
    assert (usage["creditsReserved"], usage["creditsDebited"]) == (13, 13)
    project = site.call("POST", "/projects", 202, json={"name": "Later"}).json()
    assert project["billing"]["availableCredits"] == 1_000_000 - 13


def test_a_job_without_credits_is_blocked_until_it_is_resumed(site: Site, office: Office) -> None:
    _spend(office, site.project, 999_998)
    job = site.job()
    site.upload(job, pdf("one", "two", "three"), classification="documents")
    site.complete(job)
    blocked = site.until(job, "blocked_insufficient_credits")
    assert (blocked["pageCount"], blocked["billing"]["creditsDebited"]) == (3, 0)
    assert blocked["error"] is None
    assert blocked["statusReason"] == "The job's pages cost 1 credits more than there are."
    assert site.form(job, pdf("late"), status=409).json()["error"]["code"] == "invalid_job_state"
    site.refused("GET", f"/jobs/{job}/result", 409, "result_not_available")
    site.refused("POST", f"/jobs/{job}/resume", 402, "insufficient_credits")
    assert site.get(job)["status"] == "blocked_insufficient_credits"
    _refund(office, site.project)
    resumed = site.call("POST", f"/jobs/{job}/resume", 200).json()["job"]
    assert resumed["status"] in ("preflighting", "processing", "complete")
    found = site.ended(job)
    assert (found["status"], found["billing"]["creditsDebited"]) == ("complete", 3)
    assert "statusReason" not in found
    error = site.refused("POST", f"/jobs/{job}/resume", 409, "invalid_job_state")
    assert error["message"] == "The job is complete and cannot be resumed."


def test_a_blocked_job_can_be_cancelled(site: Site, office: Office) -> None:
    _spend(office, site.project, 1_000_000)
    job = site.job()
    site.upload(job, pdf("one"), classification="documents")
    site.complete(job)
    site.until(job, "blocked_insufficient_credits")
    assert site.call("POST", f"/jobs/{job}/cancel", 200).json()["job"]["status"] == "cancelled"


def test_a_blocked_job_expires_with_its_time(site: Site, office: Office) -> None:
    _spend(office, site.project, 1_000_000)
    job = site.job()
    site.upload(job, pdf("one"), classification="documents")
    site.complete(job)
    site.until(job, "blocked_insufficient_credits")
    office.sql("UPDATE job SET expires_at = now() - interval '1 second' WHERE id = $1::uuid", job[4:])
    found = site.until(job, "expired")
    assert found["error"]["code"] == "job_expired" and found["completedAt"] is not None


def test_pages_that_failed_are_free(site: Site) -> None:
    job, found = site.run(pdf("good"), b"%PDF-1.4 broken", classification="documents")
    assert (found["status"], found["billing"]["creditsDebited"]) == ("completed_with_errors", 1)
    assert site.result(job)["usage"]["creditsDebited"] == 1


def test_what_is_held_for_one_job_is_not_there_for_another(site: Site, office: Office) -> None:
    _spend(office, site.project, 999_995)
    office.sql(
        "INSERT INTO plan_credit (account_id, job_id, kind, credits)"
        " SELECT account_id, gen_random_uuid(), 'reserve', 4 FROM plan_project WHERE id = $1::uuid",
        site.project[5:],
    )
    job = site.job()
    site.upload(job, pdf("one", "two"), classification="documents")
    site.complete(job)
    site.until(job, "blocked_insufficient_credits")

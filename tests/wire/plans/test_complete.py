"""Proves the completion of uploads to the letter of its published page, idempotency included."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.wire.plans import agreement
from tests.wire.plans.conftest import Office
from tests.wire.plans.paper import pdf
from tests.wire.plans.site import Site


def _ready(site: Site) -> str:
    job = site.job()
    site.upload(job, pdf("x"), classification="documents")
    return job


@pytest.mark.parametrize("content", [b"", b"{}", b"  \n", b'{"unknown": [1]}'])
def test_the_body_is_optional_and_absent_means_an_empty_object(site: Site, content: bytes) -> None:
    job = _ready(site)
    answer = site.call("POST", f"/jobs/{job}/uploads/complete", 202, content=content)
    assert answer.json()["job"]["id"] == job
    assert answer.json()["job"]["status"] == "preflighting"
    assert "idempotent" not in answer.json()
    agreement.schema("CompleteUploadsResponse").validate(answer.json())
    assert site.ended(job)["status"] == "complete"


def test_a_repeat_with_the_key_returns_the_job_as_it_is_now(site: Site) -> None:
    job = _ready(site)
    first = site.complete(job, key="done-1").json()
    assert "idempotent" not in first
    ended = site.ended(job)
    again = site.complete(job, key="done-1").json()
    assert again == {"job": ended, "idempotent": True}
    # Whatever the body says: no comparison is documented.
    other = site.complete(job, key="done-1", documentIds=["doc_nothing"]).json()
    assert other == again
    assert site.get(job) == ended


def test_without_the_key_or_with_another_one_the_second_call_is_refused(site: Site) -> None:
    job = _ready(site)
    site.complete(job, key="done-1")
    assert site.complete(job, 409).json()["error"]["code"] == "invalid_job_state"
    assert site.complete(job, 409, key="done-2").json()["error"]["code"] == "invalid_job_state"


def test_only_calls_that_succeeded_are_remembered(site: Site) -> None:
    job = site.job()
    assert site.complete(job, 409, key="k").json()["error"]["code"] == "no_documents"
    site.upload(job, pdf("x"), classification="documents")
    assert "idempotent" not in site.complete(job, key="k").json()
    assert site.complete(job, key="k").json()["idempotent"] is True


def test_one_key_serves_two_jobs_and_two_accounts(site: Site, stranger: Site) -> None:
    for one in (site, site, stranger):
        assert "idempotent" not in one.complete(_ready(one), key="same").json()


@pytest.mark.parametrize("key", ["", "x" * 257])
def test_a_key_that_is_none_is_refused(site: Site, key: str) -> None:
    job = _ready(site)
    assert site.complete(job, 400, key=key).json()["error"]["code"] == "validation_failed"
    path = f"/projects/{site.project}/jobs"
    site.refused("POST", path, 400, "validation_failed", headers={"Idempotency-Key": key})
    assert site.complete(job, key="x" * 256).json()["job"]["status"] == "preflighting"


def test_many_calls_in_flight_at_once_process_the_job_once(site: Site, office: Office) -> None:
    job = _ready(site)
    with ThreadPoolExecutor(8) as pool:
        answers = [
            one.result().json() for one in [pool.submit(site.complete, job, key="k") for _ in range(8)]
        ]
    assert sorted("idempotent" in answer for answer in answers) == [False] + [True] * 7
    assert {answer["job"]["id"] for answer in answers} == {job}
    found = site.ended(job)
    assert (found["status"], found["billing"]["creditsDebited"]) == ("complete", 1)
    (row,) = office.sql(
        "SELECT count(*) FILTER (WHERE kind = 'check') AS checks,"
        " count(*) FILTER (WHERE kind = 'process') AS processes FROM chunk WHERE job_id = $1::uuid",
        job[4:],
    )
    assert (row["checks"], row["processes"]) == (1, 1)


def test_many_calls_without_a_key_process_the_job_once(site: Site) -> None:
    job = _ready(site)
    with ThreadPoolExecutor(8) as pool:
        codes = [
            one.result().status_code for one in [pool.submit(site.complete, job, None) for _ in range(8)]
        ]
    assert sorted(codes) == [202] + [409] * 7
    assert site.ended(job)["billing"]["creditsDebited"] == 1


def test_creating_a_job_with_a_key_makes_one(site: Site) -> None:
    path, headers = f"/projects/{site.project}/jobs", {"Idempotency-Key": "job-552"}
    given = {"externalId": "bid", "webhookUrl": "https://hooks.example.com/pg"}
    first = site.call("POST", path, 202, json=given, headers=headers).json()
    assert first["webhookSigningSecret"].startswith("wss_")
    again = site.call("POST", path, 202, json=given, headers=headers).json()
    assert again == {"job": first["job"], "idempotent": True}
    with ThreadPoolExecutor(6) as pool:
        calls = [
            pool.submit(site.call, "POST", path, 202, headers={"Idempotency-Key": "other"}) for _ in range(6)
        ]
        answers = [one.result().json() for one in calls]
    assert len({answer["job"]["id"] for answer in answers}) == 1
    assert sum("idempotent" not in answer for answer in answers) == 1
    assert len(site.call("GET", path, 200).json()["jobs"]) == 2


def test_only_the_named_documents_are_processed_and_the_others_reported(site: Site) -> None:
    job = site.job()
    wanted, left = site.upload(job, pdf("wanted"), pdf("left out"), classification="documents")
    site.complete(job, documentIds=[wanted])
    found = site.ended(job)
    assert found["status"] == "complete"
    assert (found["pageCount"], found["billing"]["creditsDebited"]) == (1, 1)
    result = site.result(job)
    assert [(one["documentId"], one["code"]) for one in result["warnings"]] == [(left, "not_included")]
    assert result["errors"] == []


def test_a_document_that_the_client_lost_is_reported_with_its_words(site: Site) -> None:
    job = site.job()
    (good,) = site.upload(job, pdf("good"), classification="documents")
    lost = site.instruction(job, pdf("lost"))["documentId"]
    failed = {"documentId": lost, "code": "network_error", "message": "connection reset", "more": 1}
    site.complete(job, failedUploads=[failed])
    found = site.ended(job)
    assert found["status"] == "completed_with_errors"
    assert [file["status"] for file in found["files"]] == ["completed", "failed"]
    result = site.result(job)
    (error,) = result["errors"]
    assert (error["documentId"], error["code"], error["message"]) == (
        lost,
        "network_error",
        "connection reset",
    )
    told = result["documents"][1]
    assert (told["status"], told["successfulPageCount"], told["error"]["code"]) == (
        "failed",
        0,
        "network_error",
    )
    assert result["documents"][0]["documentId"] == good
    assert (
        error["details"] == told["error"]["details"] == found["files"][1]["error"]["details"] == {"more": 1}
    )


def test_a_job_whose_every_document_was_lost_fails(site: Site) -> None:
    job = site.job()
    lost = site.instruction(job, pdf("lost"))["documentId"]
    site.complete(job, failedUploads=[{"documentId": lost}])
    assert site.until(job, "failed")["error"] is not None


def test_an_announced_document_that_nobody_names_fails_as_incomplete(site: Site) -> None:
    job = site.job()
    site.upload(job, pdf("good"), classification="documents")
    forgotten = site.instruction(job, pdf("never sent"))["documentId"]
    site.complete(job)
    assert site.ended(job)["status"] == "completed_with_errors"
    (error,) = site.result(job)["errors"]
    assert (error["documentId"], error["code"]) == (forgotten, "upload_incomplete")


WRONG: list[tuple[str, object]] = [
    ("documentIds", "doc_x"),
    ("documentIds", [7]),
    ("documentIds", ["doc_x"]),
    ("documentIds", ["doc_" + "0" * 32]),
    ("directUploads", {}),
    ("directUploads", [7]),
    ("directUploads", [{"documentId": "doc_" + "0" * 32}]),
    ("directUploads", [{"documentId": "doc_" + "0" * 32, "uploadToken": "tok"}]),
    (
        "multipartUploads",
        [{"documentId": "doc_" + "0" * 32, "uploadToken": "t", "multipartUploadId": "mpu_1"}],
    ),
    ("failedUploads", [{}]),
    ("failedUploads", [{"documentId": "doc_" + "0" * 32, "log": "x" * 70_000}]),
    ("failedUploads", [{"documentId": "doc_" + "0" * 32}]),
    ("failedUploads", [{"documentId": "doc_" + "0" * 32, "log": json.loads("[" * 300 + "]" * 300)}]),
]


@pytest.mark.parametrize(("member", "value"), WRONG)
def test_a_completion_that_names_what_is_not_there_is_refused(site: Site, member: str, value: object) -> None:
    job = _ready(site)
    assert site.complete(job, 400, **{member: value}).json()["error"]["code"] in (
        "validation_failed",
        "invalid_upload_token",
    )
    assert site.get(job)["status"] == "uploading"


def test_a_document_that_documentIds_names_twice_is_refused(site: Site) -> None:
    job = site.job()
    (one,) = site.upload(job, pdf("x"), classification="documents")
    error = site.complete(job, 400, documentIds=[one, one]).json()["error"]
    assert (error["code"], error["details"]) == ("validation_failed", {"field": "documentIds"})
    assert site.get(job)["status"] == "uploading"


@pytest.mark.parametrize("content", [b"{", b"[]", b"7", b"\x00", b'{"documentIds":'])
def test_a_body_that_is_no_object_is_refused(site: Site, content: bytes) -> None:
    job = _ready(site)
    headers = {"Content-Type": "application/json"}
    path = f"/jobs/{job}/uploads/complete"
    site.refused("POST", path, 400, "invalid_request", content=content, headers=headers)
    assert site.get(job)["status"] == "uploading"

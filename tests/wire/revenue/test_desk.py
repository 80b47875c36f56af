"""Proves the desk's calls: each one, each path, who may, and what is answered when not."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.wire.own.house import Process
from tests.wire.revenue import agreement
from tests.wire.revenue.site import HEAD, Site, file, row

_STATUS = [
    *["status", "totalRows", "processedRows", "percentageProgress", "successCount", "failureCount"],
    *["createdDateTime", "completedDateTime", "failureReason"],
]


def test_the_status_is_the_published_page_field_for_field(site: Site) -> None:
    job, found = site.run(file(row(), row(), row(value="12x")))
    assert list(found) == _STATUS
    assert found["status"] == "partialcomplete"
    assert (found["totalRows"], found["processedRows"], found["percentageProgress"]) == (3, 3, 100)
    assert (found["successCount"], found["failureCount"], found["failureReason"]) == (2, 1, None)
    for name in ("createdDateTime", "completedDateTime"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", found[name])
    assert site.status(job) == found


def test_each_outcome_has_its_word(site: Site) -> None:
    assert site.run(file(row()))[1]["status"] == "complete"
    assert site.run(file(row(), row(value="x")))[1]["status"] == "partialcomplete"
    job, found = site.run(file(row(value="x"), row(ra="")))
    assert (found["status"], found["successCount"], found["failureCount"]) == ("failed", 0, 2)
    assert found["failureReason"] is None  # the rows are to blame, not the file
    assert len(site.failures(job, "json").json()) == 2


def test_rows_are_counted_from_creation(site: Site) -> None:
    job = site.submit(file(*(row() for _ in range(30))))
    assert site.status(job)["totalRows"] == 30


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("path", ["/%s/batch", "/%s/batch/upload", "/batch/%s", "/%s/upload/batch"])
def test_every_path_and_method_takes_a_file(site: Site, method: str, path: str) -> None:
    opportunity = (
        "OpportunityDateTime,CurrencyCode,OpportunityValue,PipelineStage,RaId\n2024-01-01,GBP,1,Won,ra\n"
    )
    for kind, data in (("revenue", file(row())), ("opportunity", opportunity.encode())):
        response = site.send(data, path=path % kind, method=method)
        assert response.status_code == 202, response.text
        assert site.ended(response.json()["jobId"])["status"] == "complete"


def test_the_list_names_all_jobs_newest_first(site: Site) -> None:
    assert site.call("GET", "/batch/jobs").json() == []
    old = site.submit(file(row()))
    new = site.submit(b"OpportunityDateTime,CurrencyCode,OpportunityValue,PipelineStage\n", "opportunity")
    site.ended(old), site.ended(new)
    assert site.call("GET", "/batch/jobs").json() == [
        {
            "jobId": new,
            "jobType": "opportunity",
            "status": "failed",
            "percentageProgress": 100,
            "failureReason": "The file was empty.",
        },
        {
            "jobId": old,
            "jobType": "revenue",
            "status": "complete",
            "percentageProgress": 100,
            "failureReason": None,
        },
    ]


@pytest.mark.parametrize("kind", ["revenue", "opportunity"])
def test_a_template_can_be_sent_as_it_is(site: Site, kind: str) -> None:
    response = site.call("GET", f"/{kind}/template")
    assert response.headers["content-disposition"] == f'attachment; filename="{kind}_template.csv"'
    assert response.text.count("\n") == 2
    job, found = site.run(response.content, kind)
    assert found["status"] == "complete", site.failures(job).text


def test_a_key_is_its_own_token(site: Site, desk_server: Process) -> None:
    url = f"{desk_server.url}/v1/login"
    for given in (
        {"data": {"username": "me", "password": site.key}},
        {"data": {"Username": "me", "Password": site.key}},
        {"files": {"username": (None, "me"), "password": (None, site.key)}},
    ):
        response = httpx.post(url, **given)  # type: ignore[arg-type]
        assert response.status_code == 200, response.text
        agreement.check(response)
        token = response.json()["access_token"]
        with Site(desk_server.url, token, site.name) as other:
            assert other.call("GET", "/batch/jobs").status_code == 200
    for given, status in (
        ({"data": {"username": "me", "password": "wrong"}}, 401),
        ({"data": {"username": "me"}}, 400),
        ({"content": b"\xff\xff"}, 400),
        ({"json": {"username": "me", "password": "x"}}, 400),
    ):
        response = httpx.post(url, **given)  # type: ignore[arg-type]
        assert response.status_code == status
        agreement.check(response)


def test_without_a_good_token_nothing_is_told(desk_server: Process, site: Site) -> None:
    job, _ = site.run(file(row()))
    for header in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": site.key}):
        with httpx.Client(base_url=f"{desk_server.url}/v1/{site.name}", headers=header) as client:
            answers = [
                client.get("/batch/jobs"),
                client.get(f"/batch/{job}/status"),
                client.get(f"/batch/{job}/failures"),
                client.get(f"/opportunity/batch/{job}/failures"),
                client.get("/revenue/template"),
                client.post("/revenue/batch", files={"file": ("a.csv", file(row()))}),
            ]
        for response in answers:
            assert response.status_code == 401
            assert response.headers["www-authenticate"] == "Bearer"
            agreement.check(response)


def test_a_key_for_another_desk_is_forbidden(office: object, desk_server: Process) -> None:
    secret = office.key(desks=["postroom"])[1]  # type: ignore[attr-defined]
    with Site(desk_server.url, secret) as other:
        assert other.call("GET", "/batch/jobs").status_code == 403
        assert other.send(file(row())).status_code == 403


def test_a_site_belongs_to_the_account_that_used_it_first(site: Site, stranger: Site) -> None:
    job, _ = site.run(file(row(value="x")))
    with Site(str(stranger.http.base_url), stranger.key, site.name) as thief:
        for path in (
            *["/batch/jobs", "/revenue/template", f"/batch/{job}/status", f"/batch/{job}/failures"],
            f"/opportunity/batch/{job}/failures",
        ):
            assert thief.call("GET", path, checked="failures" in path or "status" in path).status_code == 404
        assert thief.send(file(row()), checked=False).status_code == 404
        records = thief.http.get(f"/postroom/v1/revenue/{site.name}/records")
        assert records.status_code == 404
    # Its job is no job of another site either.
    assert stranger.call("GET", f"/batch/{job}/status").status_code == 404
    assert len(site.call("GET", "/batch/jobs").json()) == 1


def test_what_there_is_not_is_404(site: Site) -> None:
    job, _ = site.run(file(row()))
    for path in (f"/batch/{'0' * 8}-0000-7000-8000-{'0' * 12}/status", "/batch/nonsense/status"):
        assert site.call("GET", path).status_code == 404
    assert site.call("GET", f"/opportunity/batch/{job}/failures").status_code == 404
    assert site.http.get("/v1/nothing/here").json()["message"]
    assert site.http.get("/v1/nothing/here").status_code == 404
    assert site.http.delete(f"/v1/{site.name}/batch/jobs").status_code == 405
    assert site.http.get(f"/v1/{'x' * 300}/batch/jobs").status_code == 404
    assert site.http.get("/v1/a%00b/batch/jobs").status_code == 404


def test_a_kind_that_there_is_none_of_fails_its_job(site: Site) -> None:
    response = site.send(b"anything", "contacts", checked=False)
    assert response.status_code == 202
    found = site.ended(response.json()["jobId"])
    assert (found["status"], found["totalRows"]) == ("failed", 0)
    assert found["failureReason"] == "The job type is not supported."
    failures = site.failures(response.json()["jobId"], "json")
    assert failures.json() == []
    assert site.failures(response.json()["jobId"]).text.startswith("RowNumber,")


def test_failures_wait_for_the_end_and_know_two_formats(site: Site) -> None:
    job = site.submit(file(*(row() for _ in range(20_000))))
    early = site.failures(job)
    late = site.ended(job)
    assert early.status_code in (200, 409), early.text
    assert late["status"] == "complete"
    assert site.failures(job, "json").json() == []
    assert site.failures(job).text == f"RowNumber,{HEAD},ErrorMessage\n"
    assert site.failures(job, "xml").status_code == 400


def test_the_same_file_twice_makes_two_jobs(site: Site) -> None:
    data = file(row())
    assert site.submit(data) != site.submit(data)

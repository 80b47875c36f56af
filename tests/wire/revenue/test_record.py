"""Proves that rows become records once each: repeats, updates, many chunks, many jobs; and that they can be read."""

from __future__ import annotations

import csv
import io
import random
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.example import examples
from tests.unit.systems.revenue import oracle
from tests.unit.systems.revenue.files import files
from tests.wire.own.house import Process, until
from tests.wire.revenue.conftest import Office
from tests.wire.revenue.site import Site, file, row


def big(rows: int, *, seed: int, repeats: int = 0, bad: float = 0.0) -> bytes:
    """Rows over several chunks. repeats: rows that take the reference of another, anywhere in the file."""
    draw = random.Random(seed)
    references = [f"B-{number:07}" for number in range(rows)]
    for _ in range(repeats):
        references[draw.randrange(rows)] = references[draw.randrange(rows)]
    draw.shuffle(references)
    filler = "x" * 60
    return file(
        *(
            row(reference=name, payload=filler, value="bad" if draw.random() < bad else str(number))
            for number, name in enumerate(references, 1)
        )
    )


def same_as_the_oracle(site: Site, data: bytes, kind: str = "revenue") -> None:
    expected = oracle.judge(data, kind, datetime.now(UTC))
    if expected.refused:
        assert [(number, text) for number, _, text in site.refusal(data, kind)] == expected.refused
        return
    job, found = site.run(data, kind)
    assert found["failureReason"] == expected.fatal
    assert (found["totalRows"], found["successCount"], found["failureCount"]) == (
        *(expected.rows, len(expected.stored), len(expected.failed)),
    )
    if expected.fatal:
        return
    lines = [b"RowNumber," + expected.header + b",ErrorMessage\n"]
    for number, (raw, message) in sorted(expected.failed.items()):
        lines.append(b'%d,%b,"%b"\n' % (number, raw, message.encode()))
    assert site.failures(job).content == b"".join(lines)
    told = [(entry["rowNumber"], entry["errorMessage"]) for entry in site.failures(job, "json").json()]
    assert told == [(number, message) for number, (_, message) in sorted(expected.failed.items())]
    records = {record["rowNumber"]: record for record in site.records(type=kind, job=job)}
    assert records.keys() == expected.stored.keys()
    for number, wanted in expected.stored.items():
        record = records[number]
        assert (record["reference"] or "") == wanted.get("Reference", "")
        assert record["currencyCode"] == wanted["CurrencyCode"]
        assert record["labels"] == wanted["Label"]
        assert float(record["value"]) == float(str(wanted[oracle.KINDS[kind]["value"]]))
        moment = datetime.fromisoformat(str(wanted[oracle.KINDS[kind]["date"]]))
        assert datetime.fromisoformat(record["date"]) == moment
        for name in ("raId", "emailAddress", "phoneNumber", "payloadValue"):
            assert (record[name] or "") == wanted.get(name[0].upper() + name[1:], "")
        properties = oracle._properties(str(wanted.get("AdditionalDataProperties") or "Name=x,Value="))
        if wanted.get("AdditionalDataProperties"):
            assert [(one["name"], one["value"]) for one in record["additionalData"]] == properties


@settings(
    max_examples=examples(12),
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(data=st.data())
def test_torture_files_end_as_the_oracle_says(
    office: Office, desk_server: object, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from(["revenue", "opportunity"]))
    content = data.draw(files(kind))
    with Site(desk_server.url, office.key()[1]) as site:  # type: ignore[attr-defined]
        same_as_the_oracle(site, content, kind)


def test_the_lowest_row_of_a_reference_wins_in_whatever_chunk_it_stands(site: Site) -> None:
    same_as_the_oracle(site, big(80_000, seed=1, repeats=3_000, bad=0.02))


def test_a_file_of_nothing_but_repeats_stores_one_row_each(site: Site) -> None:
    data = file(*(row(reference=f"N-{number % 7}", value=str(number)) for number in range(500)))
    _, found = site.run(data)
    assert (found["successCount"], found["failureCount"]) == (7, 493)
    assert [record["value"] for record in site.records()] == [str(number) for number in range(7)]


def test_a_stored_reference_is_updated_and_others_stay(site: Site) -> None:
    site.run(file(row(reference="U-1", value="1", label="Old"), row(reference="U-2", value="2")))
    job, found = site.run(file(row(reference="U-1", value="10", ra="", email="a@b"), row(reference="U-3")))
    assert found["status"] == "complete"
    records = {record["reference"]: record for record in site.records()}
    assert {name: record["value"] for name, record in records.items()} == {
        "U-1": "10",
        "U-2": "2",
        "U-3": "99.50",
    }
    assert records["U-1"]["raId"] is None
    assert records["U-1"]["labels"] == ["Deal"]
    assert records["U-1"]["jobId"] == job


def test_kinds_and_accounts_do_not_share_references(site: Site, stranger: Site) -> None:
    site.run(file(row(reference="K")))
    head = "OpportunityDateTime,CurrencyCode,OpportunityValue,PipelineStage,RaId,Reference"
    line = "2024-01-01,GBP,5,Won,ra,K"
    assert site.run(file(line, head=head), "opportunity")[1]["status"] == "complete"
    stranger.run(file(row(reference="K", value="7")))
    assert [record["value"] for record in site.records()] == ["99.50"]
    assert [record["pipelineStage"] for record in site.records(type="opportunity")] == ["Won"]
    assert [record["value"] for record in stranger.records()] == ["7"]


def test_opportunities_without_a_reference_are_all_kept(site: Site) -> None:
    head = "OpportunityDateTime,CurrencyCode,OpportunityValue,PipelineStage,RaId,Reference"
    data = file(*["2024-01-01,GBP,5,Won,ra,"] * 3, "2024-01-01,GBP,5,Won,ra,X", head=head)
    site.run(data, "opportunity")
    site.run(data, "opportunity")
    references = [record["reference"] for record in site.records(type="opportunity")]
    assert sorted(references, key=str) == [None] * 6 + ["X"]


def test_long_references_are_told_apart(site: Site) -> None:
    long = "L" * 5_000
    job, found = site.run(file(*(row(reference=name) for name in (long + "a", long + "b", long + "a"))))
    assert (found["successCount"], found["failureCount"]) == (2, 1)
    assert {record["reference"] for record in site.records()} == {long + "a", long + "b"}
    assert site.records(reference=long + "b")[0]["rowNumber"] == 2
    assert site.failures(job, "json").json()[0]["errorMessage"] == "'Reference' must be unique."


def test_two_jobs_at_once_with_the_same_references_wait_and_never_deadlock(site: Site) -> None:
    one, two = big(40_000, seed=2, repeats=500), big(40_000, seed=3, repeats=500)
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(site.run, [one, two]))
    for data, (_, status) in zip((one, two), found, strict=True):
        unique = len({line.split(b",")[9] for line in data.splitlines()[1:]})
        assert (status["successCount"], status["failureCount"]) == (unique, 40_000 - unique)
    # Each record is as one of the two files left it, whole.
    values = [
        {
            line.split(b",")[9].decode(): line.split(b",")[2].decode()
            for line in reversed(data.splitlines()[1:])
        }
        for data in (one, two)
    ]
    jobs = [job for job, _ in found]
    records = site.records()
    assert len(records) == len(values[0].keys() | values[1].keys())
    for record in records:
        assert record["value"] == values[jobs.index(record["jobId"])][record["reference"]]


def test_records_can_be_paged_filtered_and_exported(site: Site) -> None:
    rows = [
        row(
            reference=f"P-{n:02}",
            date=f"2024-01-{n + 1:02}",
            currency="GBP" if n % 2 else "EUR",
            label=f"L{n % 3}",
        )
        for n in range(20)
    ]
    job, _ = site.run(file(*rows))
    assert [record["reference"] for record in site.records(limit=3)] == [f"P-{n:02}" for n in range(20)]
    assert len(site.records(currency="GBP")) == 10
    assert len(site.records(label="L0")) == 7
    assert [r["reference"] for r in site.records(since="2024-01-05", before="2024-01-07T00:00:00Z")] == [
        "P-04",
        "P-05",
    ]
    assert len(site.records(job=job)) == 20
    assert site.records(reference="P-07")[0]["date"] == "2024-01-08T00:00:00"
    export = site.http.get(f"/postroom/v1/revenue/{site.name}/records", params={"format": "csv"})
    assert export.headers["content-type"].startswith("text/csv")
    assert len(list(csv.reader(io.StringIO(export.text)))) == 21
    assert site.run(export.content)[1]["status"] == "complete"
    assert len(site.records()) == 20


@pytest.mark.parametrize(
    "query",
    [
        "type=x",
        "format=x",
        "limit=0",
        "limit=x",
        "cursor=%ff",
        "cursor=AA==",
        "since=x",
        "job=x",
        "label=%00",
    ],
)
def test_a_bad_query_is_told_and_no_more(site: Site, query: str) -> None:
    response = site.http.get(f"/postroom/v1/revenue/{site.name}/records?{query}")
    assert response.status_code == 400, response.text
    assert response.json()["field"] == query.partition("=")[0]


def test_a_job_through_our_own_api_does_the_same(site: Site) -> None:
    options = {"site": site.name, "type": "revenue"}
    job = site.http.post("/postroom/v1/jobs", json={"workflow": "revenue", "options": options}).json()["id"]
    for name in ("a", "b"):
        data = file(row(reference=f"{name}-1"), row(reference=f"{name}-1"), row(value="x"))
        sent = site.http.post(f"/postroom/v1/jobs/{job}/documents", files={"file": (f"{name}.csv", data)})
        assert sent.status_code == 201
    assert site.http.post(f"/postroom/v1/jobs/{job}/close").status_code == 202

    def reached() -> bool:
        return site.http.get(f"/postroom/v1/jobs/{job}").json()["endedAt"] is not None

    until(reached)
    assert {record["reference"] for record in site.records()} == {"a-1", "b-1"}
    assert site.ended(job)["failureCount"] == 4
    assert site.failures(job).text.count("\n") == 5


def test_the_desk_shows_a_retried_job_and_one_of_our_own_api_though_no_row_of_them_was_ever_stored(
    site: Site,
) -> None:
    first, _ = site.run(file())
    again = site.http.post(f"/postroom/v1/jobs/{first}/retry").json()["id"]
    options = {"site": site.name, "type": "revenue"}
    own = site.http.post("/postroom/v1/jobs", json={"workflow": "revenue", "options": options}).json()["id"]
    sent = site.http.post(f"/postroom/v1/jobs/{own}/documents", files={"file": ("a.csv", b"\xff\xfe,\xe9")})
    assert sent.status_code == 201
    assert site.call("GET", f"/batch/{own}/status").status_code == 404  # open: it may yet come to nothing
    assert site.http.post(f"/postroom/v1/jobs/{own}/close").status_code == 202
    assert site.ended(again)["failureReason"] == "The file was empty."
    assert site.ended(own)["failureReason"] == "The file could not be read."
    assert [job["jobId"] for job in site.call("GET", "/batch/jobs").json()] == [own, again, first]


def test_a_job_of_our_own_api_for_the_site_of_another_can_be_closed_and_comes_to_nothing(
    site: Site, stranger: Site
) -> None:
    site.run(file(row(reference="mine")))
    options = {"site": site.name, "type": "revenue"}
    job = stranger.http.post("/postroom/v1/jobs", json={"workflow": "revenue", "options": options}).json()[
        "id"
    ]
    data = file(row(reference="theirs"))
    assert stranger.http.post(
        f"/postroom/v1/jobs/{job}/documents", files={"file": ("a.csv", data)}
    ).is_success
    assert stranger.http.post(f"/postroom/v1/jobs/{job}/close").status_code == 202
    until(lambda: stranger.http.get(f"/postroom/v1/jobs/{job}").json()["status"] == "failed")
    assert [record["reference"] for record in site.records()] == ["mine"]
    assert len(site.call("GET", "/batch/jobs").json()) == 1


def test_a_job_that_is_forgotten_takes_its_failures_along_and_leaves_its_records(
    site: Site, office: Office
) -> None:
    job, _ = site.run(file(row(), row(value="bad")))
    (number,) = office.sql("SELECT number FROM revenue_upload WHERE job_id = $1", job)
    assert site.http.delete(f"/postroom/v1/jobs/{job}").status_code == 204
    assert site.call("GET", f"/batch/{job}/status").status_code == 404
    assert (
        office.sql("SELECT count(*) AS n FROM revenue_failure WHERE upload = $1", number["number"])[0]["n"]
        == 0
    )
    assert [record["jobId"] for record in site.records()] == [None]


def test_an_empty_date_beside_a_given_one_is_null_where_every_reference_is_its_own_key(site: Site) -> None:
    # The backslash keeps the block out of the simple format; the column of references is left out of the copy.
    head = "RevenueClosedDate,CurrencyCode,Value,EmailAddress,LeadDate,Reference"
    rows = ["2024-03-01,GBP,1,a\\b@c.example,2024-02-01,L-1", '2024-03-01,GBP,2,d@e.example,"",L-2']
    same_as_the_oracle(site, file(*rows, head=head))


def test_a_site_belongs_to_one_environment_of_its_account(office: Office, desk_server: Process) -> None:
    account = f"a-{secrets.token_hex(4)}"
    live, test = (office.key(account, environment=name)[1] for name in ("production", "sandbox"))
    with Site(desk_server.url, live) as site, Site(desk_server.url, test, site.name) as sandbox:
        job, _ = site.run(file(row("A")))
        assert len(site.records()) == 1
        for path in (f"/postroom/v1/revenue/{site.name}/records", f"/postroom/v1/jobs/{job}"):
            assert site.http.get(path).status_code == 200
            assert sandbox.http.get(path).status_code == 404
        assert sandbox.failures(job).status_code == 404
        assert sandbox.send(file(row("A", value="1")), checked=False).status_code == 404
        assert [one["value"] for one in site.records()] == ["99.50"]

"""Proves what becomes of each kind of file: refused with all problems, failed with its reason, or taken."""

from __future__ import annotations

import http.client
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from tests.wire.own.house import Process, until
from tests.wire.revenue.conftest import Office
from tests.wire.revenue.site import HEAD, Site, file, row


def test_what_is_no_form_is_415(site: Site) -> None:
    response = site.call("POST", "/revenue/batch", content=file(row()), headers={"Content-Type": "text/csv"})
    assert response.status_code == 415


def test_a_form_without_a_file_is_400(site: Site) -> None:
    response = site.call("POST", "/revenue/batch", files={"note": (None, "text")})
    assert response.status_code == 400


def test_the_first_file_is_taken_whatever_its_field(site: Site) -> None:
    response = site.send(file(row()), field="anything")
    assert response.status_code == 202


@pytest.mark.parametrize(
    ("data", "problems"),
    [
        (b"", [(None, None, "The file has no header row.")]),
        (b"\n\r\n\n", [(None, None, "The file has no header row.")]),
        (b",,,\n", [(None, None, "The file has no header row.")]),
        (
            file(row(), row() + ",more", "a,b", row()),
            [
                (2, None, "The row has 12 columns but the header has 11."),
                (3, None, "The row has 2 columns but the header has 11."),
            ],
        ),
        (
            file(head=HEAD + ",value,Extra,extra,LABEL"),
            [(None, "Value", "Duplicate column 'Value'."), (None, "extra", "Duplicate column 'extra'.")],
        ),
        (
            b"Value,CurrencyCode\n1,GBP\n",
            [
                (None, "RevenueClosedDate", "Missing required column 'RevenueClosedDate'."),
                (None, "Label", "At least one 'Label' column must be provided."),
                (None, "Reference", "Missing required column 'Reference'."),
            ],
        ),
        (file(row(), row(ra='"never closed')), [(2, None, "A quote is opened and never closed.")]),
        (file(row(), row(ra="a\0b")), [(2, None, "The file must not contain NUL bytes.")]),
    ],
    ids=["empty", "blank", "no names", "ragged", "repeated", "missing", "quote", "nul"],
)
def test_a_broken_file_is_refused_with_every_problem(
    site: Site, office: Office, data: bytes, problems: list[tuple[int | None, str | None, str]]
) -> None:
    with office.nothing_stored():
        assert site.refusal(data) == problems


def test_a_refusal_lists_a_thousand_problems_at_most(site: Site) -> None:
    problems = site.refusal(file(*["x"] * 3000))
    assert [number for number, _, _ in problems] == list(range(1, 1001))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (file(), "The file was empty."),
        (HEAD.encode(), "The file was empty."),
        (file(row()).decode().encode("utf-16"), "The file could not be read."),
        (file(row(label="Größe")).decode().encode("latin-1"), "The file could not be read."),
        (bytes(range(128, 256)) * 20, "The file could not be read."),
    ],
    ids=["header only", "no line break", "utf-16", "latin-1", "junk"],
)
def test_a_file_that_cannot_be_worked_on_fails_its_job(site: Site, data: bytes, reason: str) -> None:
    job, found = site.run(data)
    assert found["status"] == "failed"
    assert (found["failureReason"], found["totalRows"], found["percentageProgress"]) == (reason, 0, 100)
    assert site.failures(job, "json").json() == []
    assert site.failures(job).text.count("\n") == 1


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
def test_every_line_break_and_a_mark_work(site: Site, line_break: str, mark: bytes) -> None:
    rows = [row(reference="A"), "", row(value="12x"), "", "", row(ra='"two' + line_break + 'lines"')]
    job, found = site.run(mark + file(*rows, line_break=line_break))
    assert (found["totalRows"], found["successCount"], found["failureCount"]) == (3, 2, 1)
    assert site.failures(job, "json").json()[0]["rowNumber"] == 2
    assert {record["reference"] for record in site.records()} > {"A"}
    assert "two" + line_break + "lines" in {record["raId"] for record in site.records()}


def test_cells_that_look_like_formulas_come_back_unchanged(site: Site) -> None:
    cells = ["=1+1", "+44 1", "-x", "@a", "\t=x", '"=HYPERLINK(""a"")"']
    job, found = site.run(file(*(row(ra=cell, value="bad") for cell in cells)))
    assert found["failureCount"] == len(cells)
    lines = site.failures(job).content.decode().split("\n")[1:-1]
    assert [line.split(",")[4] for line in lines] == cells
    site.run(file(row(reference="F", ra="=1+1")))
    assert [record["raId"] for record in site.records(reference="F")] == ["=1+1"]


def test_ten_thousand_columns_work(site: Site) -> None:
    more = [f"Extra{number}" for number in range(9_989)]
    head = ",".join([*more[:5000], HEAD, *more[5000:]])
    rows = [",".join([*["x"] * 5000, row(value=value), *["y"] * 4989]) for value in ("1", "2", "bad")]
    job, found = site.run(file(*rows, head=head))
    assert (found["successCount"], found["failureCount"]) == (2, 1)
    assert (
        site.failures(job).content
        == f"RowNumber,{head},ErrorMessage\n3,{rows[2]},\"'Value' must be a valid number.\"\n".encode()
    )
    assert len(site.failures(job, "json").json()[0]) == 10_002


def test_one_line_of_fifty_megabytes_works(site: Site) -> None:
    job, found = site.run(file(row(), row(payload="x" * (50 << 20)), row(value="bad")))
    assert (found["successCount"], found["failureCount"]) == (2, 1)
    assert site.failures(job, "json").json()[0]["rowNumber"] == 3


def test_an_upload_that_is_cut_off_leaves_nothing(site: Site, office: Office, desk_server: Process) -> None:
    body = b"--b\r\n" + b'Content-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + file(row())
    with office.nothing_stored():
        port = urlsplit(desk_server.url).port
        for ending in (b"", b"\r\n--b"):
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            client.putrequest("POST", f"/v1/{site.name}/revenue/batch")
            client.putheader("Authorization", f"Bearer {site.key}")
            client.putheader("Content-Type", "multipart/form-data; boundary=b")
            client.putheader("Content-Length", "1000000")
            client.endheaders(body + ending)
            client.close()
        # The same, but the client stays: the body is complete and its form is not.
        response = site.call(
            "POST",
            "/revenue/batch",
            content=body,
            headers={"Content-Type": "multipart/form-data; boundary=b"},
        )
        assert response.status_code == 400
    until(lambda: site.call("GET", "/batch/jobs").json() == [])


def test_rules_are_applied_in_their_order_and_one_message_is_told(site: Site) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    today = datetime.now(UTC).date().isoformat()
    rows = [
        (row(ra="", value="12x"), "At least one visitor identifier must be provided."),
        (row(value="12x", date=""), "'Value' must be a valid number."),
        (row(value="", date=""), "'Value' is required."),
        (row(date="", currency="x"), "'RevenueClosedDate' is required."),
        (row(date="2024-02-30", currency="x"), "'RevenueClosedDate' must be a valid ISO 8601 date."),
        (row(date=tomorrow), "'RevenueClosedDate' must not be a future date."),
        (row(date=today), None),
        (row(currency="", label=""), "'CurrencyCode' is required."),
        (row(currency="gbp", label=""), "'CurrencyCode' must be a valid ISO 4217 currency code."),
        (row(label=" ", reference=" "), "'Label' is required."),
        (row(reference=" ", lead="x"), "'Reference' is required."),
        (row(reference="twice"), None),
        (row(reference=" twice ", lead="x"), "'Reference' must be unique."),
        (row(lead="2024-3-1", properties="x"), "'LeadDate' must be a valid ISO 8601 date."),
        (row(lead=tomorrow, properties="x"), "'LeadDate' must not be a future date."),
        (row(properties="x"), "'AdditionalDataProperties' is not in the correct format."),
        (row(properties='"Name=a,Value=b;Name=c,Value=;"'), None),
    ]
    job, found = site.run(file(*(line for line, _ in rows)))
    told = {entry["rowNumber"]: entry["errorMessage"] for entry in site.failures(job, "json").json()}
    assert told == {number: message for number, (_, message) in enumerate(rows, 1) if message}
    assert found["failureCount"] == len(told)


def test_failures_come_back_byte_for_byte(site: Site) -> None:
    head = 'revenuecloseddate ,"CurrencyCode",VALUE,RaId,Label,label,Reference,"Extra, one"'
    good = "2024-01-01,GBP,1,ra,Deal,,OK,x"
    bad = [
        '2024-01-01,GBP,"12""x", ra ,Deal,In,"R ""1""",é',
        '2024-01-01,GBP,1,,Deal,"a\nb",R-2,"x\r\ny"',
        "2024-01-01,GBP,1,ra,Deal,,OK,  ",
    ]
    data = "\r\n".join([head, bad[0], "", good, bad[1], bad[2]]).encode()
    job, found = site.run(b"\xef\xbb\xbf" + data)
    assert (found["totalRows"], found["failureCount"]) == (4, 3)
    response = site.failures(job)
    assert response.headers["content-type"].startswith("text/csv")
    assert response.content.decode() == (
        f"RowNumber,{head},ErrorMessage\n1,{bad[0]},\"'VALUE' must be a valid number.\"\n".replace(
            "'VALUE'", "'Value'"
        )
        + f'3,{bad[1]},"At least one visitor identifier must be provided."\n'
        f"4,{bad[2]},\"'Reference' must be unique.\"\n"
    )
    assert site.failures(job, "json").json()[0] == {
        "rowNumber": 1,
        "revenueClosedDate": "2024-01-01",
        "currencyCode": "GBP",
        "value": '12"x',
        "raId": " ra ",
        "label": ["Deal", "In"],
        "reference": 'R "1"',
        "Extra, one": "é",
        "errorMessage": "'Value' must be a valid number.",
    }


def test_a_file_of_failures_can_be_mended_and_sent_again(site: Site) -> None:
    job, _ = site.run(file(row(reference="M-1"), row(reference="M-2", value="12x")))
    mended = site.failures(job).content.replace(b"12x", b"12")
    assert site.run(mended)[1]["status"] == "complete"
    assert {record["reference"]: record["value"] for record in site.records()} == {
        "M-1": "99.50",
        "M-2": "12",
    }


def test_a_strict_desk_refuses_rows_too(strict: Site) -> None:
    data = file(
        row(reference="S-1"),
        row(reference="S-1", lead="x"),
        row(ra="", value="12x", date="", label="", reference=" ", properties="x"),
        row(currency="", lead="2999-01-01"),
        row(payload="x" * 41),
    )
    assert strict.refusal(data) == [
        (2, "LeadDate", "'LeadDate' must be a valid ISO 8601 date."),
        (2, "Reference", "'Reference' must be unique."),
        (3, "RevenueClosedDate", "'RevenueClosedDate' is required."),
        (3, "Value", "'Value' must be a valid number."),
        (3, None, "At least one visitor identifier must be provided."),
        (3, "Label", "'Label' is required."),
        (3, "Reference", "'Reference' is required."),
        (3, "AdditionalDataProperties", "'AdditionalDataProperties' is not in the correct format."),
        (4, "CurrencyCode", "'CurrencyCode' is required."),
        (4, "LeadDate", "'LeadDate' must not be a future date."),
        (5, None, "A cell is longer than allowed."),
    ]
    assert strict.run(file(row(), row()))[1]["status"] == "complete"


@pytest.mark.parametrize(
    "data", [bytes(range(1, 256)) * 20, file(row(label="café")).decode().encode("latin-1")]
)
def test_a_strict_desk_refuses_what_it_cannot_read(strict: Site, data: bytes) -> None:
    assert strict.refusal(data) == [(None, None, "The file could not be read.")]
    assert strict.call("GET", "/batch/jobs").json() == []


def test_limits_that_are_set_are_kept(strict: Site) -> None:
    assert strict.send(file(*(row() for _ in range(51)))).status_code == 413
    assert strict.send(file(*(row() for _ in range(400)))).status_code == 413
    assert strict.send(file(*(row() for _ in range(50)))).status_code == 202

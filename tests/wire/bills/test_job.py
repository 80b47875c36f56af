"""Jobs: what becomes of files that are no good, what a call is refused for, who may see what."""

from __future__ import annotations

import io
import socket
import uuid
from typing import Any

import httpx
import pypdfium2
import pytest
from PIL import Image

from tests.wire.bills.conftest import Office
from tests.wire.bills.host import Host
from tests.wire.bills.office import EMPTY, Client, bill, leaflet

PDF_OF_MANY = 151


def _dead() -> str:
    """An address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/bill.pdf"


def _pages(count: int) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(count):
        document.new_page(200, 200)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_a_dead_address_costs_that_document_only_and_is_named(client: Client, elsewhere: Host) -> None:
    urls = {
        "unreachable": _dead(),
        "refused": f"{elsewhere.url}/refused/1.pdf?sig=x",
        "slow": f"{elsewhere.url}/slow/2.pdf",
        "oversize": f"{elsewhere.url}/endless/3.pdf",
        "no document": elsewhere.put("page.html", b"<!doctype html><html><body>Sign in</body></html>"),
        "broken": elsewhere.put("cut.pdf", bill(3)[:700]),
        "good": elsewhere.put("good.pdf", bill(3)),
    }
    done = client.ended(client.bulk(list(urls.values())).json()["id"])
    files = dict(zip(urls, client.files(done["id"]), strict=True))
    assert done == {
        **EMPTY,
        "id": done["id"],
        "status": "COMPLETED",
        "parsedDocumentIds": [files["good"]["id"]],
    }
    assert {name: file["status"] for name, file in files.items() if name != "good"} == {
        "unreachable": "failed",
        "refused": "failed",
        "slow": "failed",
        "oversize": "failed",
        "no document": "rejected",
        "broken": "failed",
    }
    errors = {name: file["error"] for name, file in files.items()}
    assert errors.pop("good") is None
    assert errors["oversize"]["code"] == "too_large"
    assert errors["no document"]["message"] == "Unsupported file type."
    assert all(error["code"] and error["message"] for error in errors.values())
    assert "403" in errors["refused"]["message"]
    for name, file in files.items():
        assert file["url"] == urls[name]
        if name != "good":
            assert client.call("GET", f"/document/{file['id']}").status_code == 404


def test_a_job_of_which_nothing_could_be_downloaded_is_terminated(client: Client, elsewhere: Host) -> None:
    done = client.ended(client.bulk([_dead(), f"{elsewhere.url}/nothing.pdf"]).json()["id"])
    reason = "None of the submitted files could be downloaded."
    assert done == {**EMPTY, "id": done["id"], "status": "TERMINATED", "terminationReason": reason}


def test_a_job_of_unusable_files_is_terminated_with_the_reason(client: Client, elsewhere: Host) -> None:
    urls = [elsewhere.put(f"{name}.pdf", f"a text, {name}".encode()) for name in "ab"]
    done = client.ended(client.bulk(urls).json()["id"])
    assert done["status"] == "TERMINATED"
    expected = "None of the submitted files could be processed: Unsupported file type."
    assert done["terminationReason"] == expected


def test_a_job_of_files_that_are_too_large_says_so_in_the_contracts_words(
    client: Client, elsewhere: Host
) -> None:
    done = client.ended(client.bulk([f"{elsewhere.url}/endless"]).json()["id"])
    expected = "None of the submitted files could be processed: File exceeds the 25 MB limit."
    assert (done["status"], done["terminationReason"]) == ("TERMINATED", expected)


def test_a_job_of_duplicates_and_other_papers_is_completed(client: Client) -> None:
    assert client.run(leaflet(4))["nonUtilityDocumentIds"]
    again = client.run(leaflet(4))
    # A duplicate is looked for first, so what is no bill is a duplicate the second time.
    assert again["status"] == "COMPLETED"
    assert (again["duplicates"], again["nonUtilityDocumentIds"]) == (1, [])


def test_pictures_are_told_by_content_and_a_blank_one_is_no_bill(client: Client) -> None:
    out = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(out, "PNG")
    assert client.run(out.getvalue(), name="bill.pdf")["nonUtilityDocumentIds"]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"PK\x03\x04 no bill", "Unsupported file type."),
        (b"", "The submitted file is empty."),
        (b"%PDF-1.7\n" + bytes(26 << 20), "File exceeds the 25 MB limit."),
        (_pages(PDF_OF_MANY), "PDF exceeds the 150 page limit."),
    ],
    ids=["format", "empty", "size", "pages"],
)
def test_a_single_file_is_refused_at_once_and_leaves_nothing(
    client: Client, office: Office, data: bytes, text: str
) -> None:
    with office.nothing_stored():
        response = client.send(data)
        assert (response.status_code, response.json()) == (400, {"document": [text]})
    assert client.get(f"/job/company/{client.company}")["jobs"] == []


def test_a_form_without_the_file_is_refused(client: Client) -> None:
    path = f"/job/company/{client.company}"
    response = client.call("POST", path, files={"other": ("a.pdf", b"x")})
    assert (response.status_code, response.json()) == (400, {"document": ["No file was submitted."]})
    assert client.call("POST", path, json={}).status_code == 415


ID = str(uuid.uuid4())


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, {"documents": ["This field is required."]}),
        ({"documents": []}, {"documents": ["This list may not be empty."]}),
        ({"documents": "https://x"}, {"documents": ['Expected a list of items but got type "str".']}),
        ({"documents": ["https://a.example/1", ""]}, {"documents": {"1": ["This field may not be blank."]}}),
        (
            {"documents": ["ftp://a.example/1", "https://a.example/2", 7]},
            {"documents": {"0": ["URL must start with https://."], "2": ["Not a valid string."]}},
        ),
        ({"documents": ["https://"]}, {"documents": {"0": ["The URL must begin with https or http://."]}}),
        ({"documents": ["https://a.example"], "siteId": "x"}, {"siteId": ["Must be a valid UUID."]}),
        (
            {"documents": ["https://a.example"], "siteId": ID},
            {"siteId": ["Site not found for this company."]},
        ),
    ],
)
def test_a_bulk_call_that_is_wrong_says_what_by_field_and_index(
    client: Client, body: dict[str, Any], problem: dict[str, Any]
) -> None:
    response = client.call("POST", f"/job/company/{client.company}/bulk", json=body)
    assert (response.status_code, response.json()) == (400, problem)


def test_bodies_that_are_no_json_object_are_refused(client: Client) -> None:
    path = f"/job/company/{client.company}/bulk"
    json = {"Content-Type": "application/json"}
    assert client.call("POST", path, content=b"{", headers=json).status_code == 400
    assert client.call("POST", path, content=b"[]", headers=json).status_code == 400
    assert (
        client.call("POST", path, content=b"a=b", headers={"Content-Type": "text/plain"}).status_code == 415
    )


def test_an_archived_site_and_one_of_another_company_take_no_bills(client: Client, stranger: Client) -> None:
    archived = client.made(f"/site/company/{client.company}", {"name": "Old"})["id"]
    assert client.call("DELETE", f"/site/{archived}").status_code == 204
    foreign = stranger.made(f"/site/company/{stranger.company}", {"name": "Theirs"})["id"]
    for site in (archived, foreign):
        assert client.bulk(["https://a.example/1.pdf"], site).json() == {
            "siteId": ["Site not found for this company."]
        }
        assert client.send(bill(1), site).json() == {"siteId": ["Site not found for this company."]}


def test_an_inactive_company_takes_no_bills(client: Client, office: Office) -> None:
    office.sql("UPDATE bill_company SET is_active = false WHERE id = $1", uuid.UUID(client.company))
    for response in (client.bulk(["https://a.example/1.pdf"]), client.send(bill(1))):
        assert (response.status_code, response.json()) == (400, {"detail": "The company is not active."})


def test_a_company_that_became_inactive_terminates_its_jobs(
    client: Client, office: Office, elsewhere: Host
) -> None:
    elsewhere.delay = 1.0
    job = client.bulk([elsewhere.put("1.pdf", bill(1))]).json()["id"]
    office.sql("UPDATE bill_company SET is_active = false WHERE id = $1", uuid.UUID(client.company))
    done = client.ended(job)
    assert done["status"] == "TERMINATED"
    assert "The company is not active." in done["terminationReason"]


def test_an_operator_stops_a_job_and_it_is_terminated(client: Client, elsewhere: Host) -> None:
    elsewhere.delay = 3.0
    job = client.bulk([elsewhere.put("1.pdf", bill(1))]).json()["id"]
    response = client.http.post(f"/postroom/v1/jobs/{job}/cancel", json={"reason": "Stopped by hand."})
    assert response.status_code == 200, response.text
    done = client.ended(job)
    assert done == {
        **EMPTY,
        "id": job,
        "status": "TERMINATED",
        "terminationReason": "Stopped by hand.",
    }


def test_jobs_are_listed_newest_first(client: Client) -> None:
    jobs = [client.run(bill(seed))["id"] for seed in (1, 2)]
    found = client.get(f"/job/company/{client.company}")
    assert [job["id"] for job in found["jobs"]] == jobs[::-1]
    assert (found["totalJobs"], found["perPage"], found["totalPages"]) == (2, 100, 1)


def test_what_is_anothers_is_403_and_what_is_not_there_404(client: Client, stranger: Client) -> None:
    job = client.run(bill(1))["id"]
    for path in (f"/job/{job}", f"/company/{client.company}", f"/job/company/{client.company}"):
        response = stranger.call("GET", path)
        body = {"detail": "You do not have permission to perform this action."}
        assert (response.status_code, response.json()) == (403, body)
    for path in (f"/job/{ID}", "/job/nothing", f"/company/{ID}", f"/document/{ID}", f"/usage/{ID}"):
        response = client.call("GET", path)
        assert (response.status_code, response.json()) == (404, {"detail": "Not found."})


def test_the_key_is_asked_for_on_every_version(client: Client) -> None:
    for version in ("v2", "v2.1", "v2.2"):
        assert client.get("/ping", version=version)["version"] == version
        none = client.http.get(f"/{version}/ping", headers={"X-API-KEY": ""})
        assert (none.status_code, none.json()) == (
            401,
            {"detail": "Authentication credentials were not provided."},
        )
        bad = client.http.get(f"/{version}/ping", headers={"x-api-key": "pr_live_nobody"})
        assert (bad.status_code, bad.json()) == (401, {"detail": "Invalid API key."})
    wrong = client.http.put("/v2/ping")
    assert (wrong.status_code, wrong.json()) == (405, {"detail": 'Method "PUT" not allowed.'})


def test_a_key_without_the_desk_or_the_scope_is_403(client: Client, office: Office) -> None:
    reader = office.key(scopes=("read",))[1]
    url = str(client.http.base_url)
    other = office.key(desks=("inspect",))[1]
    assert (
        httpx.post(f"{url}/v2/company", json={"name": "x"}, headers={"X-API-KEY": reader}).status_code == 403
    )
    assert httpx.get(f"{url}/v2/ping", headers={"X-API-KEY": other}).status_code == 403


def test_every_address_of_a_large_call_is_accounted_for_and_fetches_are_bounded(
    client: Client, elsewhere: Host
) -> None:
    urls = [
        _dead() if place % 20 == 0 else elsewhere.put(f"{place}.txt", f"text {place}".encode())
        for place in range(200)
    ]
    done = client.ended(client.bulk(urls).json()["id"])
    assert done["status"] == "TERMINATED"
    files = client.files(done["id"])
    assert [file["url"] for file in files] == urls
    assert sum(file["status"] == "failed" for file in files) == 10
    assert sum(file["status"] == "rejected" for file in files) == 190
    assert elsewhere.most_at_once <= 8  # POSTROOM_FETCH_CONCURRENCY of one worker

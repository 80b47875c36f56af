"""Proves form uploads: what is taken, what is refused, and that a refused one leaves nothing."""

from __future__ import annotations

import json
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.wire.own.house import until
from tests.wire.plans.conftest import Office
from tests.wire.plans.paper import pdf, sha256
from tests.wire.plans.site import BASE, Site


def test_each_file_is_told_with_what_is_known_of_it(site: Site) -> None:
    data = pdf("x")
    entry = {
        "partName": "file0",
        "fileName": "Grundriß.pdf",
        "contentType": "application/pdf",
        "classification": "plans",
        "sha256": sha256(data),
    }
    body = site.form(site.job(), data, metadata={"clientUploadFlowId": "f-1", "files": [entry]}).json()
    (told,) = body["uploads"]
    assert told.pop("documentId").startswith("doc_")
    assert told == {**entry, "fileSize": len(data), "status": "uploaded"}
    assert (body["status"], body["job"]["status"]) == ("uploaded", "uploading")
    assert body["job"]["files"][0]["fileName"] == "Grundriß.pdf"


def test_a_part_without_an_entry_speaks_for_itself(site: Site) -> None:
    body = site.form(site.job(), pdf("x"), names=["A set.pdf"]).json()
    (told,) = body["uploads"]
    assert (told["fileName"], told["contentType"], told["classification"]) == (
        "A set.pdf",
        "application/pdf",
        None,
    )


def test_an_entry_needs_only_the_name_of_its_part(site: Site) -> None:
    body = site.form(site.job(), pdf("x"), metadata={"files": [{"partName": "file0"}]}).json()
    assert body["uploads"][0]["fileName"] == "set-0.pdf"


def test_an_entry_without_the_name_of_a_part_means_the_part_in_its_place(site: Site) -> None:
    entries = [{"fileName": "x.pdf"}, {"fileName": "y.pdf"}]
    body = site.form(site.job(), pdf("x"), pdf("y"), metadata={"files": entries}).json()
    assert [one["fileName"] for one in body["uploads"]] == ["x.pdf", "y.pdf"]


BAD: list[tuple[str, object]] = [
    ("names a missing part", {"files": [{"partName": "file7"}]}),
    ("two entries for one part", {"files": [{"partName": "file0"}, {"partName": "file0"}]}),
    ("no object", {"files": [7]}),
    ("no list", {"files": {}}),
    ("unknown class", {"files": [{"partName": "file0", "classification": "novel"}]}),
    ("class is a list", {"files": [{"partName": "file0", "classification": []}]}),
    ("short digest", {"files": [{"partName": "file0", "sha256": "ab"}]}),
    ("upper-case digest", {"files": [{"partName": "file0", "sha256": "A" * 64}]}),
    ("name is a number", {"files": [{"partName": "file0", "fileName": 7}]}),
]


@pytest.mark.parametrize("metadata", [value for _, value in BAD], ids=[name for name, _ in BAD])
def test_metadata_that_does_not_fit_is_refused(site: Site, office: Office, metadata: object) -> None:
    job = site.job()
    with office.nothing_stored():
        assert (
            site.form(job, pdf("x"), metadata=metadata, status=400).json()["error"]["code"]
            == "validation_failed"
        )
    assert site.get(job)["status"] == "awaiting_uploads"


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '"x"', "null", "{]"])
def test_metadata_that_is_no_json_object_is_refused(site: Site, office: Office, text: str) -> None:
    job = site.job()
    parts: list[tuple[str, Any]] = [
        ("metadata", (None, text)),
        ("file0", ("a.pdf", pdf("x"), "application/pdf")),
    ]
    with office.nothing_stored():
        site.refused("POST", f"/jobs/{job}/files", 400, "invalid_request", files=parts)


def test_a_form_without_metadata_or_without_a_file_is_refused(site: Site, office: Office) -> None:
    job = site.job()
    with office.nothing_stored():
        file = ("a.pdf", pdf("x"), "application/pdf")
        site.refused("POST", f"/jobs/{job}/files", 400, "validation_failed", files=[("file0", file)])
        only = [("metadata", (None, "{}"))]
        site.refused("POST", f"/jobs/{job}/files", 400, "validation_failed", files=only)


@pytest.mark.parametrize("names", [["file0", "file0"], ["file"], ["upload"], ["File0"], ["filex"]])
def test_parts_of_another_name_or_of_one_name_twice_are_refused(
    site: Site, office: Office, names: list[str]
) -> None:
    job = site.job()
    parts: list[tuple[str, Any]] = [("metadata", (None, "{}"))]
    parts += [(name, ("a.pdf", pdf("x"), "application/pdf")) for name in names]
    with office.nothing_stored():
        site.refused("POST", f"/jobs/{job}/files", 400, "validation_failed", files=parts)


def test_a_digest_that_is_not_that_of_the_bytes_refuses_the_whole_form(site: Site, office: Office) -> None:
    job = site.job()
    files = [{"partName": "file1", "sha256": "0" * 64}]
    with office.nothing_stored():
        answer = site.form(job, pdf("x"), pdf("y"), metadata={"files": files}, status=400)
    assert answer.json()["error"]["code"] == "checksum_mismatch"


def test_a_body_that_is_no_form_is_refused(site: Site) -> None:
    job = site.job()
    for kind in ("application/json", "text/plain", ""):
        site.refused(
            "POST",
            f"/jobs/{job}/files",
            415,
            "invalid_request",
            content=b"{}",
            headers={"Content-Type": kind},
        )
    headers = {"Content-Type": "multipart/form-data"}
    site.refused("POST", f"/jobs/{job}/files", 400, "invalid_request", content=b"{}", headers=headers)


def test_101_files_are_too_many_in_one_form_and_over_several(site: Site, office: Office) -> None:
    job = site.job()
    tiny = [f"%PDF-{n}".encode() for n in range(101)]
    with office.nothing_stored():
        assert site.form(job, *tiny, status=413).json()["error"]["code"] == "file_limit_exceeded"
    assert len(site.form(job, *tiny[:60]).json()["uploads"]) == 60
    with office.nothing_stored():
        assert site.form(job, *tiny[60:], status=413).json()["error"]["code"] == "file_limit_exceeded"
    assert len(site.form(job, *tiny[60:100]).json()["job"]["files"]) == 100


def test_a_client_that_stops_in_mid_body_leaves_nothing(site: Site, office: Office) -> None:
    job = site.job()
    with office.nothing_stored():
        address = urlsplit(site.url)
        head = (
            f"POST {BASE}/jobs/{job}/files HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"Authorization: Bearer {site.key}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
            "Content-Length: 100000\r\n\r\n"
        )
        part = '--b\r\nContent-Disposition: form-data; name="file0"; filename="a.pdf"\r\n\r\n'
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(head.encode() + part.encode() + b"x" * 20_000)
            until(lambda: any("incoming" in name or name for name in office.files()))
    assert site.get(job)["files"] == []


def test_metadata_may_come_last_and_as_a_file(site: Site) -> None:
    job = site.job()
    text = json.dumps({"files": [{"partName": "file0", "fileName": "named.pdf"}]})
    parts: list[tuple[str, Any]] = [
        ("file0", ("a.pdf", pdf("x"), "application/pdf")),
        ("metadata", ("metadata.json", text, "application/json")),
    ]
    body = site.call("POST", f"/jobs/{job}/files", 200, files=parts).json()
    assert body["uploads"][0]["fileName"] == "named.pdf"

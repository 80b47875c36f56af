"""Proves what is refused at the door, and that a key makes a call happen once."""

from __future__ import annotations

import json
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.wire.certificates.conftest import Office
from tests.wire.certificates.paper import hollow
from tests.wire.certificates.site import BASE, BULK, Site

LIMIT = 15 * 1024 * 1024


def _reasons(body: dict[str, Any]) -> list[str]:
    return [one["reason"] for one in body["details"]]


def raw(site: Site, *parts: bytes, kind: str = "multipart/form-data; boundary=xx") -> httpx.Response:
    body = b"".join(b"--xx\r\n" + part + b"\r\n" for part in parts) + b"--xx--\r\n"
    return site.call("POST", BULK, None, content=body, headers={"Content-Type": kind})


def part(head: str, data: bytes = b"") -> bytes:
    return f"Content-Disposition: form-data; {head}".encode() + b"\r\n\r\n" + data


def test_bodies_that_are_no_form_are_refused(site: Site) -> None:
    for content, kind in (
        (b"", None),
        (b"{}", "application/json"),
        (b"x", "multipart/form-data"),
        (b"--xx\r\nno end", "multipart/form-data; boundary=xx"),
        (b"a=b", "application/x-www-form-urlencoded"),
    ):
        headers = {"Content-Type": kind} if kind else {}
        site.refused("POST", BULK, 400, "bad_request", content=content, headers=headers)


def test_a_file_must_be_a_file_with_a_name(site: Site) -> None:
    tracker = part('name="tracker_id"', site.tracker.encode())
    assert _reasons(raw(site, tracker).json()) == ["missing_file"]
    assert _reasons(raw(site, tracker, part('name="certificates"', b"%PDF")).json()) == ["missing_file"]
    nameless = (
        b'Content-Disposition: form-data; name="certificates"\r\nContent-Type: application/pdf\r\n\r\n%PDF'
    )
    assert _reasons(raw(site, tracker, nameless).json()) == ["missing_filename"]
    empty = part('name="certificates"; filename=""', b"%PDF")
    assert _reasons(raw(site, tracker, empty).json()) == ["missing_filename"]


def test_a_part_without_a_type_takes_that_of_its_name(site: Site) -> None:
    tracker = part('name="tracker_id"', site.tracker.encode())
    found = raw(site, tracker, part('name="certificates"; filename="C:\\\\x\\\\a.PDF"', hollow()))
    assert found.status_code == 201, found.text
    assert found.json()["certificates"][0]["filename"] == "a.PDF"
    extended = part('name="certificates"; filename="x.exe"; filename*=UTF-8\'\'sch%C3%B6n.pdf', hollow())
    assert raw(site, tracker, extended).json()["certificates"][0]["filename"] == "schön.pdf"


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (("a.txt", hollow()), "invalid_extension"),
        (("pdf", hollow()), "invalid_extension"),
        (("a.pdf", hollow(), "application/octet-stream"), "invalid_mime_type"),
        (("a.pdf", b""), "empty_file"),
        (("a.pdf", b" %PDF-1.4"), "invalid_magic_bytes"),
        (("a.pdf", b"\xef\xbb\xbf%PDF-1.4"), "invalid_magic_bytes"),
        (("a.pdf", b"%PD"), "invalid_magic_bytes"),
    ],
)
def test_a_file_that_is_none_is_refused(site: Site, file: Any, reason: str) -> None:
    body = site.bulk(("good.pdf", hollow()), file, status=400)
    (detail,) = body["details"]
    assert (detail["index"], detail["reason"], detail["filename"]) == (1, reason, file[0])


def test_types_are_compared_without_parameters_and_case(site: Site) -> None:
    site.bulk(("a.pdf", hollow(), "Application/PDF; version=1.4"))


def test_five_hundred_files_one_of_them_a_byte_too_large(site: Site, office: Office) -> None:
    tracker = site.tracker
    files = [(f"{n}.pdf", hollow(n)) for n in range(500)]
    files[250] = ("250.pdf", hollow().ljust(LIMIT + 1, b" "))
    stored = office.stored()
    body = site.bulk(*files, tracker_id=tracker, status=400)
    (detail,) = body["details"]
    assert (detail["index"], detail["reason"]) == (250, "file_too_large")
    assert office.stored() == stored
    assert site.get("/contractors") == []


def test_fifteen_megabytes_are_taken(site: Site) -> None:
    assert len(site.bulk(("a.pdf", hollow().ljust(LIMIT, b" ")))["certificates"]) == 1


def test_too_many_files(site: Site) -> None:
    body = site.bulk(*((f"{n}.pdf", b"%PDF") for n in range(602)), status=400)
    assert _reasons(body) == ["too_many_files", "too_many_files"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "metadata_invalid_json"),
        ("[1,]", "metadata_invalid_json"),
        ('[{"filename": "a.pdf", "filename": "b.pdf"}]', "metadata_invalid_json"),
        ("[NaN]", "metadata_invalid_json"),
        ("[" * 100_000, "metadata_invalid_json"),
        ("[" * 50 + "]" * 50, "metadata_invalid_json"),
        ("[" + "9" * 5000 + "]", "metadata_invalid_json"),
        ("{}", "metadata_invalid_shape"),
        ("[1]", "metadata_invalid_shape"),
        ("null", "metadata_invalid_shape"),
        ('[{"filename": "b.pdf"}]', "metadata_unmatched_filename"),
        ('[{"filename": "A.pdf"}]', "metadata_unmatched_filename"),
        ('[{"filename": "a.pdf"}, {"filename": "a.pdf"}]', "metadata_duplicate_filename"),
        ('[{"filename": 7}]', "invalid_field"),
        ('[{"filename": "a.pdf", "contractor": 7}]', "invalid_field"),
        ('[{"filename": "a.pdf", "contractor": {"email": "x"}}]', "invalid_field"),
        (
            '[{"filename": "a.pdf", "contractor": {"email": "a@b.example.com\\nBcc: c@d.example.com"}}]',
            "invalid_field",
        ),
        ('[{"filename": "a.pdf", "contractor": {"email": "a@b.example.com\\n"}}]', "invalid_field"),
        ('[{"filename": "a.pdf", "contractor": {"first_name": "\\ud800"}}]', "invalid_field"),
        ('[{"filename": "a.pdf", "contractor": {"first_name": ["x"]}}]', "invalid_field"),
        ('[{"filename": "a.pdf", "insurance_requirement_id": 7}]', "invalid_field"),
    ],
)
def test_metadata_that_is_none_is_refused(site: Site, text: str, reason: str) -> None:
    body = site.bulk(("a.pdf", hollow()), certificates_metadata=text, status=400)
    assert reason in _reasons(body)


def test_five_megabytes_of_metadata_are_refused(site: Site) -> None:
    text = json.dumps([{"filename": "a.pdf", "x": "y" * (5 << 20)}])
    body = site.bulk(("a.pdf", hollow()), certificates_metadata=text, status=400)
    assert body["param"] == "certificates_metadata"


def test_names_are_paired_by_their_last_part_in_nfc(site: Site) -> None:
    name = "Müller.pdf"
    apart = unicodedata.normalize("NFD", name)
    given = [{"filename": f"/home/x/{name}", "contractor": {"email": "m@abc.example.com"}}]
    (one,) = site.bulk((apart, hollow()), certificates_metadata=given)["certificates"]
    assert (one["email"], one["filename"]) == ("m@abc.example.com", apart)


def test_a_name_of_4000_characters_is_cut_and_still_paired(site: Site) -> None:
    name = "é" * 4000 + ".pdf"
    disposition = f'name="certificates"; filename="x.pdf"; filename*=UTF-8\'\'{quote(name)}'
    given = [{"filename": name, "contractor": {"email": "long@abc.example.com"}}]
    found = raw(
        site,
        part('name="tracker_id"', site.tracker.encode()),
        part('name="certificates_metadata"', json.dumps(given).encode()),
        part(disposition, hollow()),
    ).json()["certificates"][0]
    assert found["email"] == "long@abc.example.com"
    assert len(found["filename"]) == 255
    assert found["filename"].endswith(".pdf")


def test_entries_of_one_name_go_in_order_and_nameless_ones_by_place(site: Site) -> None:
    given = [{"filename": "a.pdf", "contractor": {"email": f"{n}@abc.example.com"}} for n in range(2)]
    files = [("a.pdf", hollow(n)) for n in range(3)]
    found = site.bulk(*files, certificates_metadata=given)["certificates"]
    assert [one["email_was_generated"] for one in found] == [False, False, True]
    assert [one["email"][0] for one in found[:2]] == ["0", "1"]
    nameless = [{"contractor": {"email": f"n{n}@abc.example.com"}} for n in range(3)]
    found = site.bulk(*files, certificates_metadata=nameless)["certificates"]
    assert [one["email"] for one in found] == [f"n{n}@abc.example.com" for n in range(3)]
    assert (
        _reasons(site.bulk(*files, certificates_metadata=nameless[:2], status=400)) == ["missing_field"] * 2
    )


def test_tracker_bulk_must_describe_every_file(site: Site) -> None:
    path, files = "/files/external_certificates/tracker/bulk", [("a.pdf", hollow(1)), ("b.pdf", hollow(2))]
    person = {"email": "t@abc.example.com", "first_name": "T", "last_name": "U"}

    def refused(*entries: Any) -> list[str]:
        fields = {"certificates_metadata": list(entries)} if entries != (None,) else {}
        return _reasons(site.upload(path, files, 400, tracker_id=site.tracker, **fields).json())

    assert refused(None) == ["missing_field"]
    assert refused() == ["metadata_missing_for_file"] * 2
    entry = {"filename": "a.pdf", "contractor": person}
    assert refused(entry) == ["metadata_missing_for_file"]
    assert refused(entry, {"filename": "b.pdf"}) == ["missing_field"]
    assert refused(entry, {"filename": "b.pdf", "contractor": {"email": "x@abc.example.com"}}) == [
        "missing_field",
        "missing_field",
    ]
    both = [{"filename": name, "contractor": person} for name in ("b.pdf", "a.pdf")]
    found = site.upload(path, files, tracker_id=site.tracker, certificates_metadata=both).json()
    assert [one["filename"] for one in found["certificates"]] == ["a.pdf", "b.pdf"]
    assert len({one["contractor"] for one in found["certificates"]}) == 1
    assert [one["id"] for one in site.get("/assignments")] == [found["assignment"]]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"email", "first_name", "last_name"}),
        ({"email": "a@b.example.com", "first_name": " ", "last_name": "x"}, {"first_name"}),
        ({"email": "a@b", "first_name": "a", "last_name": "x" * 501}, {"email", "last_name"}),
        ({"email": "a@b.example.com", "first_name": "a\x00", "last_name": 7}, {"first_name", "last_name"}),
        ({"email": "a@b.example.com", "first_name": "a", "last_name": "b", "address": []}, {"address"}),
        (
            {"email": "a@b.example.com", "first_name": "a", "last_name": "b", "withhold_premium": 2},
            {"withhold_premium"},
        ),
    ],
)
def test_every_problem_of_a_body_is_told(site: Site, body: dict[str, Any], fields: set[str]) -> None:
    found = site.refused("POST", "/contractors", 400, "invalid_input", json=body)
    assert {one["field"] for one in found["details"]} == fields


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"7", b"\xff", b"[" * 100_000, b'{"a":' * 40 + b"1" + b"}" * 40]
)
def test_bodies_that_are_no_object_are_refused(site: Site, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    site.refused("POST", "/entities", 400, "bad_request", content=body, headers=headers)


def test_a_body_of_another_type_is_refused(site: Site) -> None:
    for kind in ("text/plain", "application/xml", "multipart/form-data; boundary=x"):
        site.refused("POST", "/entities", 400, "bad_request", content=b"x", headers={"Content-Type": kind})


@pytest.mark.parametrize("value", ["x", "%00", "..%2f..", "0" * 5000, "%F0%28", "'; DROP TABLE job"])
def test_what_is_no_id_names_nothing(site: Site, value: str) -> None:
    for noun in (
        "contractors",
        "entities",
        "jobs",
        "assignments",
        "trackers",
        "events",
        "files/certificates",
    ):
        response = site.http.get(f"{BASE}/{noun}/{value}")
        assert (response.status_code, response.json()["error_code"]) == (404, "resource_not_found")


# --- once ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["Ten99Policy-Idempotent-Key", "Idempotency-Key"])
def test_a_call_with_a_key_happens_once(site: Site, header: str) -> None:
    headers = {header: "2f1c"}
    first = site.upload(BULK, [("a.pdf", hollow())], tracker_id=site.tracker, headers=headers)
    assert first.headers["ten99policy-idempotent-key"] == "2f1c"
    before = site.counts()
    for files in ([("a.pdf", hollow())], [("other.pdf", hollow(7)), ("b.pdf", hollow())]):
        again = site.upload(BULK, files, tracker_id=site.tracker, headers=headers)
        assert (again.status_code, again.content) == (201, first.content)
    assert site.counts() == before
    # Another path is another scope.
    site.call("POST", "/entities", 201, json={"name": "x"}, headers=headers)


def test_a_refusal_is_not_remembered(site: Site) -> None:
    headers = {"Ten99Policy-Idempotent-Key": "k"}
    site.call("POST", "/entities", 400, json={}, headers=headers)
    made = site.call("POST", "/entities", 201, json={"name": "x"}, headers=headers)
    assert site.call("POST", "/entities", 201, json={"name": "y"}, headers=headers).content == made.content


def test_keys_belong_to_their_account(site: Site, stranger: Site) -> None:
    headers = {"Ten99Policy-Idempotent-Key": "mine"}
    one = site.call("POST", "/entities", 201, json={"name": "x"}, headers=headers).json()
    assert stranger.call("POST", "/entities", 201, json={"name": "x"}, headers=headers).json() != one


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_a_key_that_is_none_is_refused(site: Site, key: str) -> None:
    headers = {"Ten99Policy-Idempotent-Key": key}
    site.refused("POST", "/entities", 400, "invalid_input", json={"name": "x"}, headers=headers)


def test_twins_make_one(site: Site) -> None:
    headers = {"Ten99Policy-Idempotent-Key": "twin"}
    tracker = site.tracker

    def send(_: int) -> httpx.Response:
        return site.upload(BULK, [("a.pdf", hollow())], None, tracker_id=tracker, headers=headers)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(send, range(4)))
    assert {one.status_code for one in found} <= {201, 409}
    assert len({one.content for one in found if one.status_code == 201}) == 1
    assert len(site.get("/files/certificates")) == 1

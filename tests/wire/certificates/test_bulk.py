"""Proves the placeholder bulk upload, exact to the page that it is published on."""

from __future__ import annotations

import re

import pytest

from tests.wire.certificates.conftest import Office
from tests.wire.certificates.paper import hollow
from tests.wire.certificates.site import BULK, Site

# As published, comment and all; the requirement's id and the address that the page hides are the test's.
SAMPLE = """[
  {
    "filename": "cert1.pdf",
    "contractor": {
      "email": "john@abc.example.com",
      "first_name": "John",
      "last_name": "Doe",
      "company_name": "ABC Construction"
    },
    "insurance_requirement_id": "req_123"
  },
  {
    "filename": "cert2.pdf"
    // No contractor details - will generate placeholder
  }
]
"""
GENERATED = re.compile(r"placeholder\+[a-z0-9]{12,}@placeholder\.example\.com")


def test_the_published_sample_is_taken(site: Site) -> None:
    text = SAMPLE.replace("req_123", site.requirement())
    body = site.bulk(("cert1.pdf", hollow(1)), ("cert2.pdf", hollow(2)), certificates_metadata=text)
    assert list(body) == ["certificates", "job", "message"]
    first, second = body["certificates"]
    names = ["assignment", "contractor", "email", "email_was_generated", "filename", "id"]
    assert list(first) == list(second) == names
    assert (first["filename"], first["email"], first["email_was_generated"]) == (
        "cert1.pdf",
        "john@abc.example.com",
        False,
    )
    assert second["filename"] == "cert2.pdf"
    assert second["email_was_generated"] is True
    assert GENERATED.fullmatch(second["email"])
    assert body["message"] == "2 certificates stored; 1 contractor has a generated e-mail address."
    john = site.get(f"/contractors/{first['contractor']}")
    assert (john["first_name"], john["last_name"], john["company_name"]) == (
        "John",
        "Doe",
        "ABC Construction",
    )
    other = site.get(f"/contractors/{second['contractor']}")
    assert (other["first_name"], other["last_name"], other["company_name"]) == (
        "Placeholder",
        "Contractor",
        None,
    )
    assert other["custom_metadata"] == {"placeholder": "true"}


def test_the_address_that_the_published_page_hides_is_none(site: Site) -> None:
    text = SAMPLE.replace("req_123", site.requirement()).replace("john@abc.example.com", "[email protected]")
    first = site.bulk(("cert1.pdf", hollow()), ("cert2.pdf", hollow()), certificates_metadata=text)[
        "certificates"
    ][0]
    assert first["email_was_generated"] is True
    assert site.get(f"/contractors/{first['contractor']}")["company_name"] == "ABC Construction"


@pytest.mark.parametrize("field", ["certificates", "certificates[]", "certificates[0]"])
@pytest.mark.parametrize("metadata", [None, "", "[]", "  "])
def test_without_metadata_everybody_is_made_up(site: Site, field: str, metadata: str | None) -> None:
    fields = {} if metadata is None else {"certificates_metadata": metadata}
    body = site.bulk(("a.pdf", hollow()), ("b.pdf", hollow()), field=field, **fields)
    certificates = body["certificates"]
    assert [one["filename"] for one in certificates] == ["a.pdf", "b.pdf"]
    for name in ("assignment", "contractor", "email", "id"):
        assert len({one[name] for one in certificates}) == 2
    assert all(one["email_was_generated"] for one in certificates)
    for one in certificates:
        assignment = site.get(f"/assignments/{one['assignment']}")
        assert (assignment["job"], assignment["contractor"]) == (body["job"], one["contractor"])
        assert (assignment["bind"], assignment["policy"], assignment["coverage_type"]) == (False, None, [])
        assert assignment["end_date"] - assignment["effective_date"] == 30 * 86400
    job = site.get(f"/jobs/{body['job']}")
    assert (job["name"], job["wage"], job["wage_type"]) == ("Site 7", 100, "flatfee")
    assert job["custom_metadata"]["tracker"] == site.tracker
    assert job["custom_metadata"]["tracker_session"].startswith("ts_")


def test_names_given_without_an_address_are_kept(site: Site) -> None:
    given = [
        {"filename": "a.pdf", "contractor": {"first_name": "Ann", "company_name": "Ann Ltd", "email": " "}}
    ]
    (one,) = site.bulk(("a.pdf", hollow()), certificates_metadata=given)["certificates"]
    assert one["email_was_generated"] is True
    found = site.get(f"/contractors/{one['contractor']}")
    assert (found["first_name"], found["last_name"], found["company_name"]) == (
        "Ann",
        "Contractor",
        "Ann Ltd",
    )


def test_a_known_address_fills_only_what_is_empty(site: Site) -> None:
    known = site.contractor(email="Jane@Xyz.example.com", first_name="Jane", last_name="Smith")
    given = [
        {
            "filename": name,
            "contractor": {"email": " jane@xyz.example.com ", "first_name": "X", "company_name": c},
        }
        for name, c in (("a.pdf", "First Ltd"), ("b.pdf", "Second Ltd"))
    ]
    body = site.bulk(("a.pdf", hollow()), ("b.pdf", hollow()), certificates_metadata=given)
    first, second = body["certificates"]
    assert first["contractor"] == second["contractor"] == known["id"]
    assert first["assignment"] != second["assignment"]
    assert first["email"] == "Jane@Xyz.example.com"
    assert not first["email_was_generated"]
    found = site.get(f"/contractors/{known['id']}")
    assert (found["first_name"], found["company_name"]) == ("Jane", "First Ltd")


def test_each_call_makes_new_placeholders(site: Site) -> None:
    first = site.bulk(("a.pdf", hollow()))
    second = site.bulk(("a.pdf", hollow()))
    for name in ("contractor", "assignment", "id", "email"):
        assert first["certificates"][0][name] != second["certificates"][0][name]
    assert first["job"] != second["job"]


def test_files_of_both_spellings_are_one_list_in_their_order(site: Site) -> None:
    fields = ["certificates[]", "certificates", "certificates[7]", "certificates"]
    parts: list[tuple[str, object]] = [
        (field, (f"{n}.pdf", hollow(n), "application/pdf")) for n, field in enumerate(fields)
    ]
    parts.append(("tracker_id", (None, site.tracker)))
    parts.append(("ignored", ("x.exe", b"MZ", "application/x-dosexec")))
    body = site.call("POST", BULK, 201, files=parts).json()
    assert [one["filename"] for one in body["certificates"]] == ["0.pdf", "1.pdf", "2.pdf", "3.pdf"]


def test_one_bad_file_refuses_all_and_nothing_is_stored(site: Site, office: Office) -> None:
    tracker = site.tracker
    before, stored = site.counts(), office.stored()
    body = site.bulk(
        ("a.pdf", hollow()),
        ("b.png", hollow()),
        ("c.pdf", b"GIF89a"),
        ("d.pdf", b""),
        ("e.pdf", hollow(), "text/plain"),
        tracker_id=tracker,
        certificates_metadata=[
            {"filename": "nobody.pdf"},
            {"filename": "a.pdf", "contractor": {"email": "x"}},
        ],
        status=400,
    )
    found = {(one.get("index"), one["reason"]) for one in body["details"]}
    assert found == {
        (1, "invalid_extension"),
        (2, "invalid_magic_bytes"),
        (3, "empty_file"),
        (4, "invalid_mime_type"),
        (None, "metadata_unmatched_filename"),
        (None, "invalid_field"),
    }
    assert body["message"] == "The name 'b.png' must end in .pdf. 5 more problems: see details."
    assert site.counts() == before
    assert office.stored() == stored


def test_an_inactive_tracker_takes_nothing(site: Site) -> None:
    site.put(f"/trackers/{site.tracker}", {"active": False})
    body = site.bulk(("a.pdf", hollow()), status=400)
    assert [one["reason"] for one in body["details"]] == ["session_not_open"]


def test_unknown_things_are_not_found(site: Site) -> None:
    tracker = site.tracker
    named = [{"filename": "a.pdf", "insurance_requirement_id": "req_none"}]
    for fields in (
        {"tracker_id": "tk_none"},
        {"tracker_id": "x" * 300},
        {"tracker_id": tracker, "certificates_metadata": named},
    ):
        body = site.bulk(("a.pdf", hollow()), status=None, **fields)
        assert body["error_code"] in ("resource_not_found", "invalid_input")
    assert site.counts()["files/certificates"] == 0

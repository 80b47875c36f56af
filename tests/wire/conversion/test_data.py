"""Proves adding data: forms in every shape, addresses, names, options, and that nothing refused stays behind."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tests.wire.conversion.conftest import Office
from tests.wire.conversion.foreign import Foreign
from tests.wire.conversion.room import JSON, XML, Room, as_json, as_xml, option


def form(*parts: tuple[str, bytes], boundary: str = "b") -> dict[str, Any]:
    """A form as it is written on the wire: headers of each part, and its bytes."""
    body = b"".join(f"--{boundary}\r\n{head}\r\n\r\n".encode() + data + b"\r\n" for head, data in parts)
    return {
        "content": body + f"--{boundary}--\r\n".encode(),
        "headers": {"Content-Type": f"multipart/form-data; boundary={boundary}"},
    }


def part(disposition: str, kind: str | None = "application/octet-stream") -> str:
    head = f"Content-Disposition: form-data; {disposition}"
    return head + (f"\r\nContent-Type: {kind}" if kind else "")


DATA = (part('name="data"; filename="a.txt"'), b"ok")


def names(room: Room, job: str) -> list[str]:
    room.start(job)
    return [one["name"] for one in room.output(job, room.result(job))["documents"]]


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('filename="a.docx"', "a.docx"),
        ("filename=a.docx", "a.docx"),
        ("filename*=UTF-8''na%C3%AFve%20%E2%82%AC.pdf", "naïve €.pdf"),
        ("filename=\"plain.pdf\"; filename*=UTF-8''ext%C3%A9nded.pdf", "exténded.pdf"),
        ('filename="C:\\\\Users\\\\me\\\\a.pdf"', "a.pdf"),
        ('filename="../../etc/passwd"', "passwd"),
        ('filename="größe.pdf"', "größe.pdf"),
        ('filename="no extension"', "no extension"),
    ],
)
def test_names_are_taken_without_their_path(room: Room, disposition: str, name: str) -> None:
    job = room.create()
    response = room.call("POST", f"/jobs/{job}/data/", **form((part(f'name="data"; {disposition}'), b"ok")))
    assert response.status_code == 201, response.text
    assert names(room, job) == [name]


def test_a_name_in_its_extended_form_alone_makes_a_part_without_a_type_a_file(room: Room) -> None:
    job = room.create()
    head = part("name=\"data\"; filename*=UTF-8''%C3%BC.txt", None)
    assert room.call("POST", f"/jobs/{job}/data/", **form((head, b"ok"))).status_code == 201
    assert names(room, job) == ["ü.txt"]


NAMELESS = [
    part('name="data"'),
    part('name="data"; filename=""'),
    part('name="data"; filename="/"'),
    part('name="data"', None),
    part('name="data"', "text/plain"),
]


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        *[([(head, b"ok")], 400) for head in NAMELESS],
        ([], 400),
        ([(part('name="other"; filename="a"'), b"ok")], 400),
        ([(part('name="options"', JSON), b"[]")], 400),
        ([DATA, DATA], 400),
        ([DATA, (part('name="options"', JSON), b"{}")], 400),
        ([DATA, (part('name="options"', JSON), b"[")], 400),
        ([DATA, (part('name="options"', JSON), b"[]"), (part('name="options"', JSON), b"[]")], 400),
        ([DATA, (part('name="options"', None), b"[]")], 415),
        ([DATA, (part('name="options"', "text/plain"), b"[]")], 415),
        ([DATA, (part('name="options"', XML), b"<o/>")], 415),
        ([DATA, (part('name="options"; filename="o.txt"', "text/plain"), b"[]")], 415),
        ([(part('name="options"', XML), b"<o/>")], 415),
    ],
)
def test_forms_that_are_refused_leave_nothing(
    room: Room, office: Office, parts: Sequence[tuple[str, bytes]], status: int
) -> None:
    job = room.create()
    with office.nothing_stored():
        response = room.call("POST", f"/jobs/{job}/data/", **form(*parts))
        room.problem(response, status, {400: "invalidRequest", 415: "unsupportedMediaType"}[status])
    assert room.status(job) == "creating"


@pytest.mark.parametrize(
    "cut",
    [b"", b"--b\r\n", b"--x\r\n\r\n", form(DATA)["content"][:-5], form(DATA)["content"][:60], b"\x00" * 500],
)
def test_a_form_that_is_cut_off_is_400(room: Room, office: Office, cut: bytes) -> None:
    job = room.create()
    with office.nothing_stored():
        response = room.call("POST", f"/jobs/{job}/data/", content=cut, headers=form()["headers"])
        room.problem(response, 400, "invalidRequest")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("text/plain", 415),
        ("application/octet-stream", 415),
        ("", 415),
        ("multipart/mixed; boundary=b", 415),
        ("multipart/form-data", 400),
        (JSON, 400),
        (XML, 400),
    ],
)
def test_bodies_without_data(room: Room, kind: str, status: int) -> None:
    job = room.create()
    body = as_xml() if kind == XML else b"[]"
    response = room.call("POST", f"/jobs/{job}/data/", content=body, headers={"Content-Type": kind})
    room.problem(response, status, {400: "invalidRequest", 415: "unsupportedMediaType"}[status])


def test_a_form_may_hold_more_than_is_asked_for(room: Room) -> None:
    job = room.create()
    more = [
        (part('name="note"', None), b"hello"),
        (part('name="picture"; filename="p.png"'), b"x" * 5000),
        (part('name="options"; filename="options.json"', "application/json; charset=utf-8"), b"[]"),
    ]
    response = room.call("POST", f"/jobs/{job}/data/?url=http://nobody.example/", **form(*more, DATA))
    assert response.status_code == 201, response.text
    assert names(room, job) == ["a.txt"]


def test_inputs_keep_the_order_of_adding_and_may_share_name_and_bytes(room: Room) -> None:
    job = room.create(name="all.of.them")
    ids = [room.add(job, "ok" + " info" * (n % 2), name) for n, name in enumerate(["b", "a", "a", "c"])]
    assert len(set(ids)) == 4
    room.start(job)
    result = room.result(job)
    assert [one["name"] for one in room.output(job, result)["documents"]] == ["b", "a", "a", "c"]
    assert result["dataList"][0]["name"] == "all.of.them.pdf"
    assert [event["dataId"] for event in result["events"]] == [ids[1], ids[3], ids[0]]


def test_a_document_option_beats_that_of_the_job(room: Room) -> None:
    job = room.create(None, option("META.TITLE", "job"), option("META.AUTHOR", "me"))
    room.add(job, "ok", "a.txt", option("META.TITLE", "document"))
    room.add(job, "ok", "b.txt")
    room.start(job)
    documents = room.output(job, room.result(job))["documents"]
    assert documents[0]["values"] == {"META.TITLE": "document", "META.AUTHOR": "me"}
    assert documents[1]["values"] == {"META.TITLE": "job", "META.AUTHOR": "me"}


BAD_OF_JOB = [
    (None, [option("NOTHING", "x")]),
    (None, [option("META.TITLE", "a"), option("META.TITLE", "b")]),
    (None, [option("OPTIMIZEPROFILE", "nothing")]),
    (None, [option("DOSSIER-TITLE", "x")]),
    (None, [option("DOC.ROLE", "main")]),
    ("Invoice", [option("DOC.ROLE", "main")]),
    ("Extraction", [option("META.TITLE", "x")]),
    (None, [option("meta.title", "x")]),
]


@pytest.mark.parametrize(("workflow", "options"), BAD_OF_JOB)
def test_a_bad_job_option_is_a_result_and_no_http_error(
    room: Room, workflow: str | None, options: list[dict[str, str]]
) -> None:
    job = room.create(workflow, *options)
    room.add(job, "ok")
    room.start(job)
    error = room.result(job)["error"]
    assert error["code"] == "option"
    assert options[-1]["name"] in error["message"]


@pytest.mark.parametrize(
    "options",
    [
        [option("AF.MODDATE", "soon")],
        [option("AF.MODDATE", "2024-13-01T00:00:00Z")],
        [option("AF.RELATIONSHIP", "data")],
        [option("DOC.ROLE", "Main")],
        [option("DOC.ROLE", "main"), option("DOC.ROLE", "main")],
        [option("DOCUMENT-TITLE", "x")],
        [option("NOTHING", "x")],
    ],
)
def test_a_bad_document_option_is_a_result_and_no_http_error(
    room: Room, options: list[dict[str, str]]
) -> None:
    job = room.create("Invoice")
    room.add(job, "ok")
    room.add(job, "ok", "b.xml", *options)
    room.start(job)
    result = room.result(job)
    assert (result["status"], result["error"]["code"]) == ("error", "option")
    assert options[0]["name"] in result["error"]["message"]


@pytest.mark.parametrize("roles", list(itertools.product(["main", "attached", None], repeat=2)))
def test_an_invoice_has_exactly_one_main_document(room: Room, roles: tuple[str | None, ...]) -> None:
    job = room.create("Invoice")
    for role in roles:
        room.add(job, "ok", "a.pdf", *([option("DOC.ROLE", role)] if role else []))
    room.start(job)
    result = room.result(job)
    if sum(role != "attached" for role in roles) == 1:
        assert result["status"] == "success"
        told = [one["role"] for one in room.output(job, result)["documents"]]
        assert told == [role or "main" for role in roles]
    else:
        assert (result["status"], result["error"]["code"]) == ("error", "option")


def test_dates_of_attachments_may_have_seven_digits_of_a_second(room: Room) -> None:
    job = room.create("Invoice")
    room.add(job, "ok")
    given = [
        option("DOC.ROLE", "attached"),
        option("AF.MODDATE", "2024-03-01T12:00:00.0000000+01:00"),
        option("AF.RELATIONSHIP", "Data"),
        option("AF.DESCRIPTION", "Zeilen – “lines”"),
    ]
    room.add(job, "ok", "lines.xml", *given)
    room.start(job)
    values = room.output(job, room.result(job))["documents"][1]["values"]
    assert values == {one["name"]: one["value"] for one in given}


# --- by address ------------------------------------------------------------------------------------------


def fetch(room: Room, job: str, url: str, *options: dict[str, str], kind: str = JSON) -> httpx.Response:
    content = as_xml(*options) if kind == XML else as_json(*options)[1].encode()
    headers = {"Content-Type": kind}
    return room.call("POST", f"/jobs/{job}/data/", params={"url": url}, content=content, headers=headers)


@pytest.mark.parametrize(
    ("path", "headers", "name"),
    [
        ("/folder/a%20b.pdf?x=/y", {}, "a b.pdf"),
        ("/get", {"Content-Disposition": 'attachment; filename="said.pdf"'}, "said.pdf"),
        ("/get", {"Content-Disposition": "attachment; filename=x; filename*=UTF-8''%C3%BC.pdf"}, "ü.pdf"),
        ("/", {"Content-Disposition": 'inline; filename="../said.pdf"'}, "said.pdf"),
        ("/a.pdf", {"Content-Disposition": "attachment"}, "a.pdf"),
    ],
)
def test_a_document_by_address_is_called_what_its_answer_says_or_its_path(
    room: Room, elsewhere: Foreign, path: str, headers: dict[str, str], name: str
) -> None:
    elsewhere.files[path.partition("?")[0]] = (200, headers, b"ok")
    job = room.create()
    response = fetch(room, job, elsewhere.url + path)
    assert response.status_code == 201, response.text
    assert names(room, job) == [name]


@pytest.mark.parametrize("kind", [JSON, XML])
def test_the_body_of_a_call_with_an_address_is_options(both: Room, elsewhere: Foreign, kind: str) -> None:
    elsewhere.files["/a.pdf"] = (200, {}, b"ok locked:s3cret")
    elsewhere.files["/old"] = (302, {"Location": "/a.pdf"}, b"")
    job = both.create()
    given = [option("DOC.PASSWORD", "s3cret"), option("META.TITLE", "T")]
    assert fetch(both, job, elsewhere.url + "/old", *given, kind=kind).status_code == 201
    both.start(job)
    result = both.result(job)
    assert result["status"] == "success"
    assert both.output(job, result)["documents"][0]["values"] == {"META.TITLE": "T"}


def test_addresses_that_cannot_be_fetched_are_400(room: Room, elsewhere: Foreign, office: Office) -> None:
    elsewhere.files["/"] = (200, {}, b"ok")
    elsewhere.files["/gone"] = (410, {}, b"")
    elsewhere.files["/round"] = (302, {"Location": "/round"}, b"")
    job = room.create()
    with office.nothing_stored():
        for url, suffix in (
            ("ftp://example.com/a.pdf", "invalidUrl"),
            ("file:///etc/passwd", "invalidUrl"),
            ("nonsense", "invalidUrl"),
            ("http://169.254.169.254/latest", "invalidUrl"),
            (elsewhere.url + "/missing", "downloadFailed"),
            (elsewhere.url + "/gone", "downloadFailed"),
            (elsewhere.url + "/round", "downloadFailed"),
            ("http://127.0.0.1:1/a.pdf", "downloadFailed"),
            (elsewhere.url + "/", "invalidRequest"),  # no name anywhere
        ):
            room.problem(fetch(room, job, url), 400, suffix)
        bad = room.call(
            "POST", f"/jobs/{job}/data", params={"url": elsewhere.url}, content=b"{}",
            headers={"Content-Type": JSON},
        )  # fmt: skip
        room.problem(bad, 400, "invalidRequest")


def test_private_addresses_are_refused_unless_allowed(tight: Room, elsewhere: Foreign) -> None:
    job = tight.create()
    elsewhere.files["/a.pdf"] = (200, {}, b"ok")
    tight.problem(fetch(tight, job, elsewhere.url + "/a.pdf"), 400, "invalidUrl")
    tight.problem(fetch(tight, job, "http://localhost/a.pdf"), 400, "invalidUrl")


def test_more_than_may_be_is_413(tight: Room, office: Office) -> None:
    job = tight.create()
    with office.nothing_stored():
        tight.problem(tight.send(job, b"x" * 1_000_001), 413, "requestTooLarge")
    tight.add(job, b"x" * 1_000_000)

"""Proves the Simple API: one call is a whole job, in binary and in JSON, and nothing of it is left."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.wire.conversion import agreement
from tests.wire.conversion.conftest import Office
from tests.wire.conversion.foreign import Foreign
from tests.wire.conversion.room import XML, Room, option
from tests.wire.own.house import until

PLAIN, STRUCTURED = "/http.input/", "/http.inputstructured/"
ERRORS = [
    ("fail:unsupportedFormat", 415, "unsupportedFormat"),
    ("fail:conformance", 422, "conformance"),
    ("crash", 422, "corrupt"),
    ("fail:odd", 422, "generic"),
    ("locked:x", 422, "password"),
    ("fail:unsupportedFeature", 422, "unsupportedFeature"),
    ("fail:configuration", 500, "configuration"),
    ("fail:external", 500, "external"),
    ("end:internal", 500, "internal"),
    ("fail:timeout", 500, "timeout"),
]


@pytest.fixture
def simple(room: Room, office: Office) -> Iterator[Room]:
    """Nothing may be left when the test is over: no job, no document, no blob."""
    before = office.files()
    yield room
    until(lambda: room.call("GET", "/jobs/").json() == [])
    until(lambda: office.files() <= before)


def call(room: Room, path: str, **given: Any) -> httpx.Response:
    response = room.http.post(path, **given)
    agreement.check(response)
    return response


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_form_with_several_files_is_one_job(simple: Room, slash: str) -> None:
    files = [("data", ("a.docx", b"ok")), ("data", ("b.txt", b"warn")), ("x", (None, "more"))]
    response = call(simple, f"{PLAIN}convert-to-pdf{slash}", files=files)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/pdf"
    assert 'filename="a.pdf"' in response.headers["content-disposition"]
    assert [one["name"] for one in response.json()["documents"]] == ["a.docx", "b.txt"]
    assert response.json()["workflow"] == "convert-pdf"


def test_a_raw_body_is_the_only_file(simple: Room) -> None:
    response = call(
        simple, PLAIN + "archive-pdfa2-web-optimization", params={"filename": "x/ü.txt"}, content=b"ok"
    )
    assert response.status_code == 200, response.text
    found = response.json()
    assert (found["workflow"], found["profile"]) == ("archive-pdfa-2", "web")
    assert found["documents"][0]["name"] == "ü.txt"
    nameless = call(simple, PLAIN + "repair-pdf", content=b"ok")
    assert nameless.json()["documents"][0]["name"] == "document"


def test_json_goes_in_and_out(simple: Room, elsewhere: Foreign) -> None:
    elsewhere.files["/c"] = (200, {}, b"ok")
    body = {
        "name": "monthly",
        "data": [
            {"fileName": "a.txt", "content": encoded(b"ok")},
            {
                "fileName": "b.pdf",
                "content": encoded(b"ok locked:s3 two"),
                "options": [option("META.TITLE", "T"), {"name": None, "value": "x"}],
                "url": None,
            },
            {"fileName": "c.pdf", "url": elsewhere.url + "/c", "content": None, "options": None},
        ],
        "options": [option("DOC.PASSWORD", "s3")],
        "variables": {"a": "b"},
    }
    response = call(simple, STRUCTURED + "archive-pdfa3-default", json=body)
    assert response.status_code == 200, response.text
    first, second = response.json()["data"]
    assert (first["fileName"], second["fileName"]) == ("monthly.pdf", "monthly-1.pdf")
    out = json.loads(base64.b64decode(first["content"]))
    assert [one["name"] for one in out["documents"]] == ["a.txt", "b.pdf", "c.pdf"]
    assert out["documents"][1]["values"] == {"META.TITLE": "T"}


@pytest.mark.parametrize(("words", "status", "code"), ERRORS)
def test_errors_of_a_job_are_statuses(simple: Room, words: str, status: int, code: str) -> None:
    files = {"data": ("a.txt", words.encode())}
    body = {"data": [{"fileName": "a.txt", "content": encoded(words.encode())}]}
    for response in (
        call(simple, PLAIN + "convert-to-pdf", files=files),
        call(simple, STRUCTURED + "convert-to-pdf", json=body, headers={"Accept": XML}),
    ):
        assert simple.problem(response, status, code)["title"] == "Conversion failed."


def test_a_bad_option_is_422(simple: Room) -> None:
    for more in ({"options": [option("NO", "x")]}, {}):
        file = {"fileName": "a", "content": encoded(b"ok"), "options": [option("NO", "x")]}
        response = call(simple, STRUCTURED + "convert-to-pdf", json={"data": [file], **more})
        simple.problem(response, 422, "option")


def test_connections_that_there_are_not_are_404(simple: Room) -> None:
    for path in (PLAIN, STRUCTURED):
        for name in ("nothing", "CONVERT-TO-PDF", "%00"):
            response = call(simple, path + name, json={"data": []})
            simple.problem(response, 404, "connectionNotFound")
        simple.problem(simple.http.post(path, content=b"x"), 404, "notFound")
        simple.problem(simple.http.get(path + "convert-to-pdf"), 405, "methodNotAllowed")


@pytest.mark.parametrize(
    "given",
    [
        {"content": b""},
        {"files": {"other": ("a", b"x")}},
        {"files": {"data": (None, "x")}},
        {"content": b"--b--", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
    ],
)
def test_the_binary_form_says_what_is_wrong_in_one_member(simple: Room, given: dict[str, Any]) -> None:
    response = call(simple, PLAIN + "convert-to-pdf", **given)
    assert response.status_code == 400, response.text
    assert response.headers["content-type"] == "application/json"
    assert list(response.json()) == ["error"]


FILE = {"fileName": "a", "content": encoded(b"ok")}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"data": []}',
        b'{"data": {}}',
        b'{"data": [1]}',
        json.dumps({"data": [{"fileName": "a"}]}),
        json.dumps({"data": [{"content": encoded(b"ok")}]}),
        json.dumps({"data": [{"fileName": "", "content": encoded(b"ok")}]}),
        json.dumps({"data": [{"fileName": "a", "content": "?"}]}),
        json.dumps({"data": [{"fileName": "a", "content": "YQ"}]}),
        json.dumps({"data": [{"fileName": "a", "content": 5}]}),
        json.dumps({"data": [{"fileName": "a", "url": "file:///etc/passwd"}]}),
        json.dumps({"data": [FILE, {"fileName": "a", "url": "http://127.0.0.1:1/"}]}),
        json.dumps({"data": [FILE], "options": {}}),
        json.dumps({"data": [FILE], "options": [{"name": "x", "value": 1}]}),
        json.dumps({"data": [{**FILE, "options": "x"}]}),
        json.dumps({"data": [FILE], "name": 5}),
        json.dumps({"data": [FILE], "variables": ["a"]}),
        json.dumps({"data": [FILE], "variables": {"a": 1}}),
    ],
)
def test_json_calls_that_are_refused(simple: Room, body: bytes | str) -> None:
    headers = {"Content-Type": "application/json"}
    response = call(simple, STRUCTURED + "convert-to-pdf", content=body, headers=headers)
    assert response.status_code == 400, response.text
    assert response.headers["content-type"] == "application/problem+json"


def test_json_calls_in_another_type_or_too_large(simple: Room, tight: Room) -> None:
    response = call(simple, STRUCTURED + "convert-to-pdf", content=b"<x/>", headers={"Content-Type": XML})
    simple.problem(response, 415, "unsupportedMediaType")
    large = {"data": [{"fileName": "a", "content": encoded(b"x" * 20_000)}]}
    response = tight.http.post(STRUCTURED + "convert-to-pdf", json=large)
    tight.problem(response, 413, "requestTooLarge")


def test_json_calls_with_more_documents_than_a_form_may_have_are_refused_before_any_is_stored(
    simple: Room, office: Office
) -> None:
    with office.nothing_stored():
        response = call(simple, STRUCTURED + "convert-to-pdf", json={"data": [FILE] * 1001})
    assert response.status_code == 400, response.text
    assert "'data'" in response.json()["detail"] and "1000" in response.json()["detail"]


@contextlib.contextmanager
def slow_clients(room: Room, number: int, key: str) -> Iterator[None]:
    """Clients that send large JSON calls of which a byte arrives now and then, and never the last one."""
    host, port = room.http.base_url.host, room.http.base_url.port
    head = (
        f"POST {STRUCTURED}convert-to-pdf HTTP/1.1\r\nHost: {host}\r\nX-API-Key: {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {50 << 20}\r\n\r\n"
    )
    enough = threading.Event()

    def trickle(line: socket.socket) -> None:
        while not enough.wait(0.5):
            line.sendall(b" ")

    with contextlib.ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(number))
        stack.callback(enough.set)
        for _ in range(number):
            line = stack.enter_context(socket.create_connection((host, port)))
            line.sendall(head.encode())
            pool.submit(trickle, line)
        yield


def test_clients_that_send_slowly_keep_no_other_large_call_waiting(simple: Room) -> None:
    body = {"data": [{"fileName": "a.txt", "content": encoded(b"ok") + " " * (9 << 20)}]}
    with slow_clients(simple, 8, simple.http.headers["X-API-Key"]):
        time.sleep(1)  # until they have all been taken in; sooner, the test would only prove less
        response = simple.http.post(STRUCTURED + "convert-to-pdf", json=body, timeout=120)
    assert response.status_code == 200, response.text


def test_a_connection_that_answers_at_once_leaves_its_job_to_the_desk(tight: Room) -> None:
    body = {"data": [{"fileName": "a.txt", "content": encoded(b"ok")}], "variables": {"a": "b"}}
    for response in (
        call(tight, PLAIN + "repair-pdf", content=b"ok"),
        call(tight, STRUCTURED + "dossier-default", json=body),
    ):
        assert (response.status_code, response.content) == (202, b"")
        where = response.headers["location"].removeprefix(agreement.BASE)
        tight.until(where.rpartition("/")[2], "completed")
        assert tight.result(where.rpartition("/")[2])["status"] == "success"
        assert tight.call("DELETE", where).status_code == 204


def test_a_full_house_is_503(tight: Room, office: Office) -> None:
    for _ in range(3):
        tight.create()
    with office.nothing_stored():
        tight.problem(tight.http.post(PLAIN + "convert-to-pdf", content=b"ok"), 503, "tooManyJobs")
        body = {"data": [{"fileName": "a", "content": encoded(b"ok")}]}
        tight.problem(tight.http.post(STRUCTURED + "convert-to-pdf", json=body), 503, "tooManyJobs")


def test_keys_are_asked_for(simple: Room) -> None:
    for path in (PLAIN, STRUCTURED):
        response = call(simple, path + "convert-to-pdf", json={}, headers={"X-API-Key": "wrong"})
        simple.problem(response, 401, "notAuthenticated")


def test_a_client_that_goes_away_takes_its_job_with_it(room: Room, office: Office) -> None:
    before = office.files()
    for path, given in (
        (PLAIN, {"files": {"data": ("a.txt", b"sleep:60")}}),
        (STRUCTURED, {"json": {"data": [{"fileName": "a", "content": encoded(b"sleep:60")}]}}),
    ):
        with contextlib.suppress(httpx.TimeoutException):
            room.http.post(path + "convert-to-pdf", timeout=1.5, **given)  # type: ignore[arg-type]
        until(lambda: room.call("GET", "/jobs/").json() == [])
    until(lambda: office.files() <= before)

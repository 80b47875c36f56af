"""Bodies that are broken: each a problem that names what is wrong, and nothing half-stored."""

from __future__ import annotations

import base64
import hashlib
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.wire.own.house import BASE, House, Process, create, form, get, problem

BOUNDARY = "XXboundaryXX"
FORM = f"multipart/form-data; boundary={BOUNDARY}"


@pytest.fixture
def job(api: httpx.Client) -> str:
    return create(api)


@pytest.fixture(autouse=True)
def _nothing_is_left(house: House, api: httpx.Client, job: str) -> Iterator[None]:
    with house.nothing_stored():
        yield
    assert get(api, job)["counts"]["documents"] == 0


def part(data: bytes, head: str = 'Content-Disposition: form-data; name="file"; filename="a.txt"') -> bytes:
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + data + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


def send(api: httpx.Client, job: str, body: bytes, kind: str | None = FORM, **more: str) -> httpx.Response:
    headers = {"Content-Type": kind} if kind is not None else {}
    return api.post(f"/jobs/{job}/documents", content=body, headers={**headers, **more})


@pytest.mark.parametrize("kind", ["application/xml", "text/plain", "application/pdf", None])
def test_what_is_no_form_is_refused_and_told_both_ways(api: httpx.Client, job: str, kind: str | None) -> None:
    body = problem(send(api, job, b"{}", kind), 415, field="Content-Type")
    assert "multipart/form-data" in body["detail"] and "?name=" in body["detail"]


@pytest.mark.parametrize("kind", ["multipart/mixed; boundary=a", "multipart/form-data-x; boundary=a"])
def test_other_kinds_of_multipart_are_refused(api: httpx.Client, job: str, kind: str) -> None:
    problem(send(api, job, part(b"ok") + END, kind), 415, field="Content-Type")


@pytest.mark.parametrize(
    "kind",
    ["multipart/form-data", "multipart/form-data; boundary=", f"multipart/form-data; boundary={'x' * 300}"],
)
def test_a_missing_or_unusable_boundary_is_named(api: httpx.Client, job: str, kind: str) -> None:
    body = problem(send(api, job, part(b"ok") + END, kind), 400, field="Content-Type")
    assert "boundary" in body["detail"]


@pytest.mark.parametrize(
    "body",
    [b"", b"hello", b"--other\r\n\r\nx\r\n--other--\r\n", b"\r\n" * 100, b"\x00" * 1000],
    ids=["nothing", "text", "other boundary", "blank", "zeros"],
)
def test_a_body_that_is_no_form_is_malformed(api: httpx.Client, job: str, body: bytes) -> None:
    problem(send(api, job, body), 400)


@pytest.mark.parametrize(
    "body",
    [
        part(b"ok")[:-4],
        part(b"ok"),
        part(b"ok") + f"--{BOUNDARY}".encode(),
        part(b"ok") + f"--{BOUNDARY}\r\nContent-Disposition: form-da".encode(),
    ],
)
def test_a_form_without_its_end_is_cut_off(api: httpx.Client, job: str, body: bytes) -> None:
    problem(send(api, job, body), 400, code="body_cut_off")


@pytest.mark.parametrize("body", [END, part(b"text", 'Content-Disposition: form-data; name="note"') + END])
def test_a_form_without_a_file_part_is_refused(api: httpx.Client, job: str, body: bytes) -> None:
    problem(send(api, job, body), 400, field="file")


def test_a_form_of_ten_thousand_parts_is_refused(api: httpx.Client, job: str) -> None:
    body = problem(send(api, job, part(b"ok") * 10_000 + END), 413, code="too_many_parts")
    assert body["limit"] == 1000


def test_a_part_with_a_header_of_100_kb_is_refused(api: httpx.Client, job: str) -> None:
    head = f'Content-Disposition: form-data; name="file"; filename="{"x" * 100_000}"'
    problem(send(api, job, part(b"ok", head) + END), 413)
    many = "\r\n".join(['Content-Disposition: form-data; name="file"', *[f"X-{n}: 1" for n in range(10_000)]])
    problem(send(api, job, part(b"ok", many) + END), 413)


@pytest.mark.parametrize(
    "head",
    [
        "Content-Disposition: attachment",
        "Content-Disposition: form-data",
        "Content-Type: text/plain",
        "no header at all",
        'Content-Disposition: form-data; name="a\nb"; filename="x"',
        'Content-Disposition: form-data; name="file"; filename="a"\r\nContent-Transfer-Encoding: base64',
    ],
)
def test_a_part_with_broken_headers_is_refused(api: httpx.Client, job: str, head: str) -> None:
    problem(send(api, job, part(b"first") + part(b"ok", head) + END), 400)


def test_text_that_is_no_text_is_refused(api: httpx.Client, job: str) -> None:
    note = 'Content-Disposition: form-data; name="note"'
    for data in (b"\xff\xfe", b"a\x00b"):
        problem(send(api, job, part(b"ok") + part(data, note) + END), 400, field="note")


@pytest.mark.parametrize("length", [10, 100_000])
def test_a_form_whose_connection_ends_in_the_middle_leaves_nothing(
    server: Process, api: httpx.Client, job: str, secret: str, length: int
) -> None:
    body = part(b"ok" * 50_000)
    with raw(server, job, secret, f"Content-Type: {FORM}", f"Content-Length: {len(body) + 500}") as line:
        line.sendall(body[:length])
        time.sleep(0.2)


def test_a_raw_body_whose_connection_ends_in_the_middle_leaves_nothing(
    server: Process, api: httpx.Client, job: str, secret: str
) -> None:
    with raw(server, job, secret, "Content-Length: 1000000", query="?name=a") as line:
        line.sendall(b"x" * 300_000)
        time.sleep(0.2)


def test_chunks_whose_connection_ends_in_the_middle_leave_nothing(
    server: Process, api: httpx.Client, job: str, secret: str
) -> None:
    with raw(server, job, secret, "Transfer-Encoding: chunked", query="?name=a") as line:
        line.sendall(b"5\r\nhello\r\nff\r\nhalf")
        time.sleep(0.2)


@pytest.fixture(scope="module")
def impatient(house: House, server: Process) -> Process:
    """An API that waits two seconds for the next byte."""
    with house.given(POSTROOM_BODY_IDLE_TIMEOUT="2"):
        return house.start_api()


@pytest.mark.parametrize(
    "head", ["Content-Length: 100", "Transfer-Encoding: chunked"], ids=["length", "chunked"]
)
def test_a_body_that_stops_is_given_up(
    impatient: Process, api: httpx.Client, job: str, secret: str, head: str
) -> None:
    """A Content-Length larger than the body looks just like this."""
    for query, kind in (("?name=a", "text/plain"), ("", FORM)):
        with raw(impatient, job, secret, head, f"Content-Type: {kind}", query=query) as line:
            line.sendall(b"5\r\nhello\r\n" if "chunked" in head else b"hello")
            problem(_answer(line), 400, code="body_stopped")


def test_more_bytes_than_content_length_says_are_not_part_of_the_document(
    server: Process, api: httpx.Client, job: str, secret: str
) -> None:
    body = part(b"ok") + END
    with raw(server, job, secret, f"Content-Type: {FORM}", f"Content-Length: {len(body) - 10}") as line:
        line.sendall(body)
        assert _answer(line).status_code == 400  # the server's own, if it sees the rest first


@pytest.mark.parametrize("head", ["Content-Length: -1", "Content-Length: x", "Content-Length: 1, 2"])
def test_a_content_length_that_is_none_is_refused(
    server: Process, api: httpx.Client, job: str, secret: str, head: str
) -> None:
    with raw(server, job, secret, head, query="?name=a") as line:
        line.sendall(b"hello")
        assert _answer(line).status_code == 400


def raw(server: Process, job: str, secret: str, *heads: str, query: str = "") -> socket.socket:
    """A connection on which the head of an upload was sent."""
    line = socket.create_connection(("127.0.0.1", urlsplit(server.url).port or 0), timeout=60)
    start = f"POST {BASE}/jobs/{job}/documents{query} HTTP/1.1"
    lines = [start, "Host: x", f"Authorization: Bearer {secret}", *heads, "", ""]
    line.sendall("\r\n".join(lines).encode())
    return line


def _answer(line: socket.socket) -> httpx.Response:
    got = b""
    while b"\r\n\r\n" not in got:
        piece = line.recv(1 << 16)
        assert piece, "the connection ended without an answer"
        got += piece
    head, _, body = got.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    headers = dict(entry.lower().split(": ", 1) for entry in rest)
    while len(body) < int(headers.get("content-length", 0)):
        body += line.recv(1 << 16)
    return httpx.Response(int(first.split()[1]), headers=headers, content=body)


# --- digests --------------------------------------------------------------------------------------------


def digest(data: bytes, algorithm: str = "sha-256") -> str:
    value = base64.b64encode(hashlib.new(algorithm.replace("-", ""), data).digest()).decode()
    return f"{algorithm}=:{value}:"


@pytest.mark.parametrize("header", ["Content-Digest", "Repr-Digest"])
@pytest.mark.parametrize("algorithm", ["sha-256", "sha-512"])
def test_a_wrong_digest_is_refused(api: httpx.Client, job: str, header: str, algorithm: str) -> None:
    wrong = digest(b"other", algorithm)
    found = api.post(f"/jobs/{job}/documents", params={"name": "a"}, content=b"ok", headers={header: wrong})
    problem(found, 400, code="digest_mismatch", field=header)
    # Of a whole form, and of one part of it.
    problem(send(api, job, part(b"ok") + END, **{header: wrong}), 400, code="digest_mismatch", field=header)
    head = f'Content-Disposition: form-data; name="file"; filename="a"\r\n{header}: {wrong}'
    problem(
        send(api, job, part(b"first") + part(b"ok", head) + END), 400, code="digest_mismatch", field=header
    )


@pytest.mark.parametrize("header", ["Content-Digest", "Repr-Digest"])
@pytest.mark.parametrize(
    "value", ["x", "sha-256=abc", "sha-256=:not base64!:", "sha-256=:AAAA:", "sha-256", "sha-256=:", "=", "é"]
)
def test_a_malformed_digest_is_refused(api: httpx.Client, job: str, header: str, value: str) -> None:
    headers = {header: value.encode()}
    if value == "x":
        return  # a dictionary without an algorithm that we know: the RFC has it ignored
    found = api.post(f"/jobs/{job}/documents", params={"name": "a"}, content=b"ok", headers=headers)
    problem(found, 400, field=header)
    found = api.post(
        f"/jobs/{job}/documents", content=part(b"ok") + END, headers={"Content-Type": FORM, **headers}
    )
    problem(found, 400, field=header)


def test_a_wrong_digest_of_a_json_body_is_refused(api: httpx.Client) -> None:
    found = api.post("/jobs", json={"workflow": "probe"}, headers={"Content-Digest": digest(b"{}")})
    problem(found, 400, code="digest_mismatch", field="Content-Digest")


def test_one_bad_part_refuses_the_whole_form(api: httpx.Client, job: str) -> None:
    bad = f'Content-Disposition: form-data; name="file"; filename="b"\r\nContent-Digest: {digest(b"x")}'
    body = part(b"good") * 20 + part(b"bad", bad) + part(b"good") * 20 + END
    problem(send(api, job, body), 400, code="digest_mismatch")


def test_an_encoded_body_is_refused(api: httpx.Client, job: str) -> None:
    for query, kind in (("?name=a", "text/plain"), ("", FORM)):
        found = api.post(
            f"/jobs/{job}/documents{query}",
            content=b"x",
            headers={"Content-Encoding": "gzip", "Content-Type": kind},
        )
        problem(found, 415, field="Content-Encoding")


@pytest.mark.parametrize("end", ["close", "cancel"])
def test_a_job_that_is_not_open_takes_nothing(api: httpx.Client, end: str) -> None:
    gone = create(api)
    api.post(f"/jobs/{gone}/{end}")
    for _ in range(2):
        found = api.post(f"/jobs/{gone}/documents", files=form(b"ok" * 1_000_000))
        assert problem(found, 409, code="job_closed")["state"] in ("failed", "cancelled")
    problem(api.post(f"/jobs/{gone}/documents", params={"name": "a"}, content=b"ok"), 409, code="job_closed")

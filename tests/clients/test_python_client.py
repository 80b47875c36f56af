"""The Python client: what it repeats and what it never repeats, what it sends, where it writes."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom import client
from postroom.client import Postroom, safe_name, save
from postroom.client.form import Form, Part, batches

URL = "http://mailroom.test"
Answer = httpx.Response | Exception


class Wire:
    """Answers in turn, the last one for ever; remembers what was asked and how long was waited."""

    def __init__(self, *answers: Answer | Callable[[httpx.Request], Answer]) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.bodies: list[bytes] = []
        self.waits: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.bodies.append(request.read())
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def post(self, **more: Any) -> Postroom:
        return Postroom(URL, "secret", transport=httpx.MockTransport(self), sleep=self.waits.append, **more)


def problem(status: int, code: str, **more: Any) -> httpx.Response:
    headers = more.pop("headers", None)
    return httpx.Response(status, json={"code": code, "detail": "A sentence.", **more}, headers=headers)


def job(status: str = "running", **more: Any) -> httpx.Response:
    counts = {"documents": 1, "waiting": 0, "running": 0, "succeeded": 1}
    return httpx.Response(200, json={"id": "j", "status": status, "lastEvent": 0, "counts": counts, **more})


class Cut(httpx.SyncByteStream):
    """A body whose connection breaks after some bytes."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        yield from self.pieces
        raise httpx.ReadError("cut off")


# --- repeating ------------------------------------------------------------------------------------------


def test_a_post_whose_answer_was_lost_is_repeated_under_the_same_key() -> None:
    wire = Wire(httpx.ConnectError("refused"), httpx.ReadError("cut"), problem(502, "bad_gateway"), job())
    assert wire.post().create_job("inspect")["id"] == "j"
    keys = {request.headers["Idempotency-Key"] for request in wire.requests}
    assert len(wire.requests) == 4 and len(keys) == 1
    assert wire.waits == sorted(wire.waits), "back-off does not grow"


def test_two_calls_have_two_keys() -> None:
    wire = Wire(job())
    post = wire.post()
    post.create_job("inspect")
    post.close_job("j")
    assert len({request.headers["Idempotency-Key"] for request in wire.requests}) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_respected(status: int) -> None:
    wire = Wire(problem(status, "busy", headers={"Retry-After": "7"}), job())
    wire.post().job("j")
    assert wire.waits == [7.0]


def test_our_own_attempt_that_is_still_in_flight_is_waited_for() -> None:
    wire = Wire(problem(409, "idempotency_in_flight"), job())
    wire.post().close_job("j")
    assert len(wire.requests) == 2


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, client.Invalid),
        (401, client.NotAuthenticated),
        (403, client.NotAllowed),
        (404, client.NotFound),
        (409, client.Conflict),
        (422, client.Invalid),
        (500, client.ServerFault),
    ],
)
def test_what_would_fail_again_is_not_repeated(status: int, kind: type[client.PostroomError]) -> None:
    wire = Wire(problem(status, "some_code", field="workflow"))
    with pytest.raises(kind) as caught:
        wire.post().create_job("inspect")
    error = caught.value
    assert (error.code, error.detail, error.field, error.status) == (
        "some_code",
        "A sentence.",
        "workflow",
        status,
    )
    assert len(wire.requests) == 1


def test_patience_ends() -> None:
    wire = Wire(httpx.ConnectError("refused"))
    with pytest.raises(client.Unreachable, match="refused"):
        wire.post(retries=3).job("j")
    assert len(wire.requests) == 4


def test_a_delete_whose_answer_was_lost_has_succeeded_if_the_job_is_gone() -> None:
    wire = Wire(httpx.ReadError("cut"), problem(404, "not_found"))
    wire.post().delete("j")
    with pytest.raises(client.NotFound):
        Wire(problem(404, "not_found")).post().delete("j")


def test_what_is_no_postroom_is_told_apart() -> None:
    with pytest.raises(client.ServerFault, match="no Postroom"):
        Wire(httpx.Response(200, text="<html>")).post().job("j")


def test_an_id_is_data_and_stays_one_path_segment() -> None:
    wire = Wire(job())
    wire.post().job("../../etc?x#y")
    assert wire.requests[0].url.raw_path == b"/postroom/v1/jobs/..%2F..%2Fetc%3Fx%23y"


# --- sending ------------------------------------------------------------------------------------------------


def parts(request: httpx.Request, body: bytes) -> list[Message]:
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    found = message_from_bytes(head + body).get_payload()
    assert isinstance(found, list)
    return found  # type: ignore[return-value]


def received(request: httpx.Request) -> httpx.Response:
    sent = parts(request, request.content)
    return httpx.Response(201, json={"documents": [{"name": part.get_filename()} for part in sent]})


def test_files_go_in_batches_of_known_length_and_in_order(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.txt").write_bytes(b"x" * number)
    wire = Wire(received)
    sent: list[int] = []
    added = wire.post().add("j", sorted(tmp_path.iterdir()), batch_files=2, on_sent=sent.append)
    assert [document["name"] for document in added] == [f"{number}.txt" for number in range(5)]
    assert [len(parts(*pair)) for pair in zip(wire.requests, wire.bodies, strict=True)] == [2, 2, 1]
    for request, body in zip(wire.requests, wire.bodies, strict=True):
        assert int(request.headers["Content-Length"]) == len(body)
        assert "Transfer-Encoding" not in request.headers
    assert sum(sent) == 10


def test_a_form_that_is_repeated_is_the_same_and_progress_starts_over(tmp_path: Path) -> None:
    file = io.BytesIO(b"..hello")
    file.seek(2)  # from where it stands, as anybody who reads it would
    sent: list[int] = []
    wire = Wire(problem(503, "unavailable"), received)
    wire.post().add("j", [("a.txt", file), ("b.txt", b"bytes")], on_sent=sent.append)
    assert wire.bodies[0] == wire.bodies[1]
    assert b"..hello" not in wire.bodies[0] and b"hello" in wire.bodies[0]
    assert sum(sent) == 10 and min(sent) == -10


def test_a_stream_that_cannot_be_rewound_is_copied_first() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    wire = Wire(problem(503, "unavailable"), received)
    wire.post().add("j", [("pipe.txt", Pipe(b"once only"))])
    assert wire.bodies[0] == wire.bodies[1] and b"once only" in wire.bodies[1]


def test_the_digest_of_each_file_is_sent() -> None:
    part = Part(("a.txt", b"hello"), digest=True)
    assert b"Repr-Digest: sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:" in part.head()
    assert b"Digest" not in Part(("a.txt", b"hello"), digest=False).head()


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "growing.log"
    file.write_bytes(b"one")
    form = Form([Part(file, digest=False)])
    for content in (b"longer than before", b"1"):
        file.write_bytes(content)
        with pytest.raises(client.Invalid, match="changed while it was read"):
            b"".join(form)


@given(st.text(min_size=1, max_size=60))
def test_no_name_breaks_out_of_its_header(name: str) -> None:
    head = Part((name, b""), digest=False).head()
    assert head.count(b"\r\n") == 3 and head.count(b"\n") == 3 and b"\0" not in head
    assert head.isascii()


# --- waiting ----------------------------------------------------------------------------------------------


def event(number: int | None, kind: str, **data: Any) -> bytes:
    return (
        f"id: {number}\n" if number else ""
    ).encode() + f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode()


def stream(*frames: bytes) -> httpx.Response:
    return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, content=b"".join(frames))


def cut(*frames: bytes) -> httpx.Response:
    return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, stream=Cut(*frames))


def test_events_go_on_where_they_were_cut_off() -> None:
    wire = Wire(
        cut(b"retry: 1000\n\n", event(1, "job.created"), event(None, "progress"), event(2, "job.state")),
        httpx.ConnectError("refused"),
        problem(503, "unavailable"),
        stream(b": still here\n\n", event(3, "job.state")),
        httpx.Response(204),
    )
    assert [found.number for found in wire.post().events("j")] == [1, None, 2, 3]
    asked = [request.headers["Last-Event-ID"] for request in wire.requests]
    assert asked == ["0", "2", "2", "2", "3"]


def test_wait_tells_of_progress_and_returns_the_ended_job() -> None:
    seen: list[str] = []
    wire = Wire(
        job("queued"),
        stream(event(None, "progress", status="running"), event(1, "job.state")),
        httpx.Response(204),
        job("succeeded"),
    )
    assert wire.post().wait("j", lambda now: seen.append(now["status"]))["status"] == "succeeded"
    assert seen == ["queued", "running", "succeeded"]


def test_wait_gives_up_after_its_time_and_only_then() -> None:
    wire = Wire(job("running"), httpx.ReadTimeout("silent"))
    with pytest.raises(client.WaitTimeout, match="still running"):
        wire.post().wait("j", timeout=0.01)


# --- fetching -----------------------------------------------------------------------------------------------


def test_results_go_on_where_they_were_cut_off() -> None:
    lines = [json.dumps({"position": number}).encode() + b"\n" for number in range(4)]
    broken = httpx.Response(200, stream=Cut(*lines[:2], lines[2][:5]))
    wire = Wire(broken, httpx.Response(200, content=b"".join(lines)))
    assert [document["position"] for document in wire.post().results("j")] == [0, 1, 2, 3]


def test_pages_are_followed_to_the_end() -> None:
    first = httpx.Response(200, json={"items": [{"n": 1}, {"n": 2}], "next": "c"})
    wire = Wire(first, httpx.Response(200, json={"items": [{"n": 3}], "next": None}))
    assert [found["n"] for found in wire.post().jobs(status=["running"])] == [1, 2, 3]
    assert wire.requests[1].url.params["cursor"] == "c" and wire.requests[1].url.params["status"] == "running"


def artifact(name: str, data: bytes) -> dict[str, Any]:
    sha256 = hashlib.sha256(data).hexdigest()
    return {"name": name, "sha256": sha256, "href": "/postroom/v1/jobs/j/documents/d/artifacts/a"}


def test_a_download_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "text.txt"
    wire = Wire(
        httpx.Response(200, stream=Cut(b"hel")),
        httpx.Response(200, content=b"wrong"),
        httpx.Response(200, content=b"hello"),
    )
    wire.post().download(artifact("text.txt", b"hello"), target)
    assert target.read_bytes() == b"hello"
    with pytest.raises(client.ServerFault, match="damaged"):
        Wire(httpx.Response(200, content=b"wrong")).post(retries=1).download(
            artifact("x", b"hello"), tmp_path / "x"
        )
    assert [path.name for path in tmp_path.iterdir()] == ["text.txt"]


def test_a_document_is_fetched_as_it_came_unless_its_bytes_have_not_arrived(tmp_path: Path) -> None:
    there = {
        "name": "a.pdf",
        "sha256": hashlib.sha256(b"hello").hexdigest(),
        "content": "/postroom/v1/x/content",
    }
    wire = Wire(httpx.Response(200, content=b"hello"))
    assert wire.post().original(there, tmp_path / "a.pdf").read_bytes() == b"hello"
    assert wire.requests[0].url.path == "/postroom/v1/x/content"
    with pytest.raises(ValueError, match=r"a\.pdf"):
        wire.post().original({**there, "content": None}, tmp_path / "b.pdf")


@pytest.mark.parametrize("href", ["http://evil.test/", "//evil.test/x", "/elsewhere"])
def test_the_key_goes_to_no_other_address(href: str, tmp_path: Path) -> None:
    wire = Wire(job())
    with pytest.raises(client.ServerFault):
        wire.post().download({**artifact("x", b""), "href": href}, tmp_path / "x")
    assert not wire.requests


def test_saved_results_stay_in_their_folder_and_apart(tmp_path: Path) -> None:
    names = ["../../etc/passwd", "a/b\\c", "..", "same.pdf", "same.pdf", "CON", "x" * 400 + ".pdf", "\n\0"]
    documents = [
        {"position": n, "name": name, "artifacts": [artifact("../t.txt", b"t"), artifact("..\\t.txt", b"t")]}
        for n, name in enumerate(names)
    ]
    lines = b"".join(json.dumps(document).encode() + b"\n" for document in documents)

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=lines if request.url.path.endswith("/results") else b"t")

    folder = tmp_path / "deep" / "results"
    assert save(Wire(answer).post(), "j", folder) == len(names)
    assert [path.name for path in tmp_path.iterdir()] == ["deep"]
    assert sorted(path.name for path in folder.parent.iterdir()) == ["results"]
    inside = [path for path in folder.iterdir() if path.is_dir()]
    assert len(inside) == len(names) and all(len(list(path.iterdir())) == 2 for path in inside)
    assert len((folder / "results.jsonl").read_text().splitlines()) == len(names)


@given(st.text(max_size=300))
def test_a_safe_name_is_one_plain_path_segment(name: str) -> None:
    safe = safe_name(name)
    assert safe and not set(safe) & set('/\\\0\n:*?"<>|') and safe not in (".", "..")
    assert len(safe.encode()) <= 255 and not safe.startswith(".") and safe == safe.strip()
    assert safe.isprintable()


# --- large files ----------------------------------------------------------------------------------------

_LARGE = bytes(range(256)) * 10
_STORE = "http://store.test"


def _storage(part: int = 1000) -> tuple[Wire, list[tuple[str, bytes]]]:
    """A server that hands out addresses for parts of that many bytes; what has arrived at which of them."""
    taken: list[tuple[str, bytes]] = []
    given = 0

    def respond(request: httpx.Request) -> httpx.Response:
        nonlocal given
        path = request.url.path
        if request.url.host == "store.test":
            if f"/{given}/" not in path:
                return problem(403, "address_expired")
            taken.append((path, request.content))
            return httpx.Response(200, headers={"ETag": f'"{hashlib.md5(request.content).hexdigest()}"'})
        if path.endswith("/complete"):
            return httpx.Response(200, json={"id": "d", "status": "received"})
        given += 1
        size = json.loads(request.content)["documents"][0]["size"]
        parts = [
            {
                "partNumber": n + 1,
                "uploadUrl": f"{_STORE}/{given}/{n + 1}",
                "headers": {"x-one": str(n)},
                "size": min(part, size - offset),
            }
            for n, offset in enumerate(range(0, size, part))
        ]
        upload = {"document": {"id": "d"}, "mode": "multipart", "parts": parts}
        return httpx.Response(201, json={"uploads": [upload]})

    return Wire(respond), taken


def test_a_large_file_goes_in_parts_and_the_key_does_not_go_with_them() -> None:
    wire, taken = _storage()
    sent: list[int] = []
    (document,) = wire.post().add("j", [("a.pdf", _LARGE)], large=2000, on_sent=sent.append)
    assert document["status"] == "received"
    assert b"".join(data for _, data in taken) == _LARGE and sum(sent) == len(_LARGE)
    puts = [request for request in wire.requests if request.url.host == "store.test"]
    assert [request.headers["x-one"] for request in puts] == ["0", "1", "2"]
    assert not any("authorization" in request.headers for request in puts)
    announced = json.loads(wire.bodies[0])["documents"][0]
    assert announced["sha256"] == hashlib.sha256(_LARGE).hexdigest() and announced["name"] == "a.pdf"
    told = json.loads(wire.bodies[-1])["parts"]
    assert [(one["partNumber"], one["etag"]) for one in told] == [
        (n, f'"{hashlib.md5(data).hexdigest()}"') for n, (_, data) in enumerate(taken, 1)
    ]


def test_a_part_whose_line_broke_is_sent_again_and_no_other() -> None:
    wire, taken = _storage()
    usual = wire.answers[0]
    broken = iter([False, False, True])  # announced, first part, second part

    def breaks(request: httpx.Request) -> Answer:
        if next(broken, False):
            return httpx.ReadError("cut")
        assert callable(usual)
        return usual(request)

    wire.answers = [breaks]
    sent: list[int] = []
    wire.post().add("j", [("a.pdf", _LARGE)], large=2000, on_sent=sent.append)
    assert [path for path, _ in taken] == ["/1/1", "/1/2", "/1/3"]
    assert sum(sent) == len(_LARGE) and min(sent) == -1000


def test_addresses_that_have_expired_are_asked_for_anew_and_what_was_sent_stays() -> None:
    wire, taken = _storage()
    usual = wire.answers[0]
    seen = 0

    def expires(request: httpx.Request) -> Answer:
        nonlocal seen
        if request.url.host == "store.test":
            seen += 1
            if seen == 2:
                return problem(403, "address_expired")
        assert callable(usual)
        return usual(request)

    wire.answers = [expires]
    wire.post().add("j", [("a.pdf", _LARGE)], large=2000)
    assert [path for path, _ in taken] == ["/1/1", "/2/2", "/2/3"]


def test_an_address_that_is_refused_for_good_is_an_error() -> None:
    wire, _ = _storage()
    usual = wire.answers[0]

    def refuses(request: httpx.Request) -> Answer:
        assert callable(usual)
        return problem(403, "invalid_signature") if request.url.host == "store.test" else usual(request)

    wire.answers = [refuses]
    with pytest.raises(client.NotAllowed):
        wire.post().add("j", [("a.pdf", _LARGE)], large=2000)


def test_files_keep_their_order_whichever_way_they_go() -> None:
    small = ("s", b"x")
    found = batches(
        [small, ("big", _LARGE), small, small, ("huge", _LARGE)],
        count=9,
        size=1 << 20,
        large=100,
        digest=False,
    )
    assert [[part.name for part in batch] for batch in found] == [["s"], ["big"], ["s", "s"], ["huge"]]

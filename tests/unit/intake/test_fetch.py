"""The guarded fetcher against real servers on this machine, with names and addresses that lie."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
import trustme

from postroom.errors import Invalid, PostroomError, TooLarge, Unavailable
from postroom.intake.address import refusal
from postroom.intake.fetch import GuardedFetcher, Limits, retry_after
from postroom.intake.gate import Gate
from postroom.ports import Fetcher
from postroom.settings import Settings
from tests.receiver import Request, answer, endless, hang, receiver

NOW = datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC)
STRICT = Settings()
HTTP = Settings(fetch_allow_http=True)
OPEN = Settings(fetch_allow_http=True, fetch_allow_private=True)
LIMITS = Limits(connect=1.0, read=1.0, post=2.0, get=5.0, backoff=0.001)
MIB = 1 << 20


class Still:
    def now(self) -> datetime:
        return NOW


@dataclass
class Names:
    """A name server. answers: one after the other, the last one for ever."""

    answers: list[Sequence[str]]
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def here_is_public(address: str) -> str | None:
    """127.0.0.1 plays a public server; all else is judged as ever."""
    return None if address == "127.0.0.1" else refusal(address)


def fetcher(settings: Settings = OPEN, limits: Limits = LIMITS, **more: Any) -> GuardedFetcher:
    return GuardedFetcher(settings, Still(), limits=limits, **more)


@dataclass
class Bucket:
    data: bytes = b""
    aborted: bool = False

    async def write(self, data: bytes) -> None:
        self.data += data

    async def abort(self) -> None:
        self.aborted = True


class Buckets:
    """Makes sinks, and remembers them."""

    def __init__(self) -> None:
        self.made: list[Bucket] = []

    def __call__(self) -> Bucket:
        self.made.append(Bucket())
        return self.made[-1]


async def refused(action: Any, code: str) -> PostroomError:
    with pytest.raises(Invalid) as caught:
        await action
    assert caught.value.code == code
    return caught.value


async def unreachable(action: Any, words: str) -> Unavailable:
    with pytest.raises(Unavailable, match=words) as caught:
        await action
    assert caught.value.code == "unreachable"
    return caught.value


# --- what a URL may be


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.com/", "url_invalid"),
        ("ftp://example.com/", "url_invalid"),
        ("file:///etc/passwd", "url_invalid"),
        ("//example.com/", "url_invalid"),
        ("example.com", "url_invalid"),
        ("https://", "url_invalid"),
        ("https:///path", "url_invalid"),
        ("", "url_invalid"),
        ("https://user:password@example.com/", "url_invalid"),
        ("https://user@example.com/", "url_invalid"),
        ("https://example.com/\r\nX: y", "url_invalid"),
        ("https://example.com:99999/", "url_invalid"),
        ("https://example.com:0/", "url_invalid"),
        ("https://exa mple.com/", "url_invalid"),
        ("https://exa%2fmple.com/", "url_invalid"),
        ("https://example.com/" + "x" * 5000, "url_invalid"),
        ("https://10.0.0.1/", "address_refused"),
        ("https://[::1]/", "address_refused"),
        ("https://[::ffff:7f00:1]/", "address_refused"),
        ("https://[fe80::1%25eth0]/", "address_refused"),
        ("https://169.254.169.254/latest/meta-data/", "address_refused"),
    ],
)
async def test_a_url_that_is_wrong_in_itself_is_refused_at_the_door_and_on_use(url: str, code: str) -> None:
    guard: Fetcher = fetcher(STRICT, resolve=Names([["127.0.0.1"]]))
    with pytest.raises(Invalid):
        Gate(STRICT).parse(url)
    with pytest.raises(Invalid) as caught:
        await guard.post(url, b"", {})
    assert caught.value.code in (code, "url_invalid")
    assert "password" not in str(caught.value).replace("user name or password", "")


def test_a_public_url_passes_the_door() -> None:
    assert Gate(STRICT).parse("https://hooks.example.com:8443/in?x=1").port == 8443
    assert Gate(STRICT).parse("https://bücher.example/").raw_host == b"xn--bcher-kva.example"
    assert Gate(HTTP).parse("http://example.com/").scheme == "http"


# --- what a name may lead to


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "fd00::1", "::ffff:10.1.2.3"]
)
async def test_a_name_that_leads_inside_is_refused_and_the_address_is_not_told(address: str) -> None:
    guard = fetcher(HTTP, resolve=Names([[address]]))
    for action in (
        guard.post("http://evil.example/", b"", {}),
        guard.get("http://evil.example/", Buckets(), limit=9),
    ):
        error = await refused(action, "address_refused")
        assert "evil.example" in str(error) and address not in str(error)
        assert error.cause == address


async def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    async with receiver(answer(200)) as target:
        guard = fetcher(HTTP, judge=here_is_public, resolve=Names([["127.0.0.1", "10.0.0.1"]]))
        await refused(guard.post(f"http://evil.example:{target.port}/", b"", {}), "address_refused")
    assert not target.requests


@pytest.mark.parametrize(
    "host", ["localhost", "127.1", "0x7f.0.0.1", "2130706433", "0", "017700000001", "①②⑦.0.0.1"]
)
async def test_other_spellings_of_this_machine_do_not_help(host: str) -> None:
    with pytest.raises((Invalid, Unavailable)):
        await fetcher(HTTP).post(f"http://{host}:9/", b"", {})


async def test_the_connection_goes_to_the_address_that_was_judged() -> None:
    """A name server that says something else the second time is not asked a second time."""
    names = Names([["127.0.0.1"], ["10.0.0.1"]])
    async with receiver(answer(200)) as target:
        guard = fetcher(HTTP, judge=here_is_public, resolve=names)
        assert (await guard.post(f"http://hooks.example:{target.port}/", b"", {})).status == 200
        assert names.asked == ["hooks.example"]
        await refused(guard.post(f"http://hooks.example:{target.port}/", b"", {}), "address_refused")
    assert len(target.requests) == 1
    assert target.requests[0].headers["host"] == f"hooks.example:{target.port}"


async def test_a_host_with_several_addresses_is_tried_at_each() -> None:
    async with receiver(answer(200)) as target:
        names = Names([["127.0.0.2", "::1", "127.0.0.1"]])
        assert (await fetcher(resolve=names).post(f"http://x.example:{target.port}/", b"", {})).status == 200


async def test_tls_is_made_out_to_the_name_though_the_address_is_pinned() -> None:
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("hooks.example").configure_cert(server)
    authority.configure_trust(client)
    asked: list[str | None] = []
    server.sni_callback = lambda _, name, __: asked.append(name)
    async with receiver(answer(200), server) as target:
        guard = fetcher(STRICT, judge=here_is_public, resolve=Names([["127.0.0.1"]]), tls=client)
        assert (await guard.post(f"https://hooks.example:{target.port}/", b"x", {})).status == 200
        assert target.requests[0].headers["host"] == f"hooks.example:{target.port}"
        await unreachable(guard.post(f"https://other.example:{target.port}/", b"x", {}), "TLS")
    assert asked == ["hooks.example", "other.example"]
    assert len(target.requests) == 1


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"])
async def test_proxies_in_the_environment_are_ignored(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiver(answer(200)) as proxy, receiver(answer(204)) as target:
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert (await fetcher().post(target.url, b"", {})).status == 204
    assert not proxy.requests


# --- post


async def test_a_post_sends_body_and_headers_once() -> None:
    async with receiver(answer(503, "Retry-After: 7\r\n")) as target:
        reply = await fetcher().post(target.url, b'{"a":1}', {"webhook-id": "msg_1"})
    assert (reply.status, reply.retry_after) == (503, 7.0)
    (request,) = target.requests
    assert (request.line, request.body) == ("POST /hook?token=hush HTTP/1.1", b'{"a":1}')
    assert request.headers["webhook-id"] == "msg_1"
    assert request.headers["user-agent"].startswith("Postroom/")


async def test_a_post_does_not_follow_redirects_nor_read_the_answer() -> None:
    async with receiver(endless) as inner, receiver(answer(302, f"Location: {inner.url}\r\n")) as target:
        assert (await fetcher().post(target.url, b"", {})).status == 302
        assert not inner.requests
        async with asyncio.timeout(60):
            assert (await fetcher().post(inner.url, b"", {})).status == 200


async def pieces(*data: bytes) -> AsyncIterator[bytes]:
    for piece in data:
        yield piece


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_a_document_is_streamed_to_its_receiver_with_its_length(method: str) -> None:
    body = bytes(range(256)) * 4096
    async with receiver(answer(201)) as target:
        reply = await fetcher().send(
            method, target.url, pieces(body[:10], body[10:]), size=len(body), media_type="application/pdf"
        )
    assert reply.status == 201
    (request,) = target.requests
    assert request.line == f"{method} /hook?token=hush HTTP/1.1"
    assert request.body == body
    assert request.headers["content-type"] == "application/pdf"
    assert "transfer-encoding" not in request.headers


async def test_a_document_is_sent_nowhere_inside_and_follows_no_redirect() -> None:
    async with receiver(answer(200)) as inner, receiver(answer(307, f"Location: {inner.url}\r\n")) as target:
        assert (await fetcher().send("PUT", target.url, pieces(b"x"), size=1, media_type="a/b")).status == 307
        assert not inner.requests
    for url in ("http://10.0.0.1/", "http://127.0.0.1/", "http://169.254.169.254/"):
        await refused(
            fetcher(HTTP).send("PUT", url, pieces(b"x"), size=1, media_type="a/b"), "address_refused"
        )


async def test_a_receiver_that_refuses_before_it_has_read_all_is_heard() -> None:
    def early(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")

    async with receiver(early) as target:
        reply = await fetcher().send("PUT", target.url, pieces(b"x" * 10), size=10, media_type="a/b")
    assert reply.status == 403


async def trickle(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        await asyncio.sleep(0.05)
        writer.write(b"X: y\r\n")


async def test_a_server_that_never_comes_to_the_point_is_left() -> None:
    guard = fetcher(limits=replace(LIMITS, read=0.2, post=0.4))
    async with receiver(hang) as target:
        error = await unreachable(guard.post(target.url, b"", {}), "did not answer in time")
        assert "hush" not in str(error)
        target.behave = trickle
        await unreachable(guard.post(target.url, b"", {}), "took longer than 0.4 seconds")


async def test_a_name_server_that_does_not_answer_costs_no_more_than_a_connection() -> None:
    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(30)
        return []

    guard = fetcher(limits=replace(LIMITS, connect=0.1), resolve=never)
    await unreachable(guard.post("http://slow.example/", b"", {}), "did not answer in time")


async def test_nobody_there_no_such_name_and_no_http_are_unavailable() -> None:
    async with receiver(answer(200)) as target:
        pass
    await unreachable(fetcher().post(target.url, b"", {}), "cannot be reached")
    await unreachable(fetcher(resolve=Names([[]])).post("http://none.example/", b"", {}), "cannot be reached")
    async with receiver(lambda _, writer: writer.write(b"220 mail.example ESMTP\r\n")) as mail:
        await unreachable(fetcher().post(mail.url, b"", {}), "something else than HTTP")
    async with receiver(lambda _, writer: writer.close()) as silent:
        await unreachable(fetcher().post(silent.url, b"", {}), "broke off")


# --- get


async def test_a_document_is_streamed_into_the_sink() -> None:
    body = bytes(range(256)) * 4096
    head = 'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="a.pdf"\r\n'
    async with receiver(answer(200, head, body)) as target:
        bucket, fetched = await fetcher().get(target.url, Bucket, limit=MIB)
    assert bucket.data == body and not bucket.aborted
    assert (fetched.url, fetched.size, fetched.media_type) == (target.url, MIB, "application/pdf")
    assert fetched.disposition == 'attachment; filename="a.pdf"'


async def test_redirects_are_followed_without_cookies() -> None:
    async with receiver(answer(200, "", b"here")) as last, receiver(answer(200)) as first:
        first.behave = answer(302, f"Set-Cookie: a=b\r\nLocation: {last.url}\r\n")
        bucket, fetched = await fetcher().get(first.url, Bucket, limit=MIB)
    assert (bucket.data, fetched.url) == (b"here", last.url)
    assert "cookie" not in last.requests[0].headers


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://10.0.0.1/", "address_refused"),
        ("http://127.0.0.2:PORT/", "address_refused"),
        ("http://169.254.169.254/latest/meta-data/", "address_refused"),
        ("//[::1]:PORT/", "address_refused"),
        ("http://inside.example:PORT/", "address_refused"),
        ("http://user:password@127.0.0.1:PORT/", "url_invalid"),
        ("file:///etc/passwd", "url_invalid"),
        ("gopher://127.0.0.1/", "url_invalid"),
        ("http://[bad", "url_invalid"),
        ("http://a b/", "url_invalid"),
        ("", "fetch_failed"),
    ],
)
async def test_a_redirect_is_judged_like_the_first_address(location: str, code: str) -> None:
    buckets, names = Buckets(), Names([["192.168.0.1"]])
    async with receiver(answer(200)) as target:
        location = location.replace("PORT", str(target.port))
        target.behave = answer(302, f"Location: {location}\r\n" if location else "")
        guard = fetcher(HTTP, judge=here_is_public, resolve=Literal(names))
        await refused(guard.get(target.url, buckets, limit=MIB), code)
    assert len(target.requests) == 1
    assert not buckets.made


@dataclass
class Literal:
    """What a resolver does with an address: nothing. Names it looks up."""

    names: Names

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        return [host] if host[0].isdigit() or ":" in host else await self.names(host, port)


async def test_a_redirect_from_https_to_http_is_refused() -> None:
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("docs.example").configure_cert(server)
    authority.configure_trust(client)
    async with receiver(answer(301, "Location: http://docs.example/\r\n"), server) as target:
        guard = fetcher(STRICT, judge=here_is_public, resolve=Names([["127.0.0.1"]]), tls=client)
        await refused(guard.get(f"https://docs.example:{target.port}/", Bucket, limit=MIB), "url_invalid")


async def test_redirects_in_a_circle_end() -> None:
    async with receiver(answer(302, "Location: ?again\r\n")) as target:
        await refused(fetcher().get(target.url, Bucket, limit=MIB), "too_many_redirects")
    assert len(target.requests) == LIMITS.redirects + 1


async def test_too_much_is_refused_when_it_is_announced_and_when_it_comes() -> None:
    buckets = Buckets()
    async with receiver(answer(200, "", b"x" * 11)) as target:
        with pytest.raises(TooLarge) as caught:
            await fetcher().get(target.url, buckets, limit=10)
        assert caught.value.extra["limit"] == 10 and not buckets.made
        target.behave = endless
        with pytest.raises(TooLarge):
            await fetcher().get(target.url, buckets, limit=MIB)
    (bucket,) = buckets.made
    assert bucket.aborted and len(bucket.data) <= MIB
    assert len(target.requests) == 2


@pytest.mark.parametrize("status", [204, 206, 304, 400, 401, 404, 410])
async def test_a_status_that_will_not_change_is_not_asked_for_again(status: int) -> None:
    async with receiver(answer(status)) as target:
        error = await refused(fetcher().get(target.url, Bucket, limit=MIB), "fetch_failed")
    assert str(status) in str(error) and "hush" not in str(error)
    assert len(target.requests) == 1


async def test_an_encoding_that_was_not_asked_for_is_refused() -> None:
    async with receiver(answer(200, "Content-Encoding: gzip\r\n", b"bomb")) as target:
        await refused(fetcher().get(target.url, Bucket, limit=MIB), "fetch_failed")
    assert target.requests[0].headers["accept-encoding"] == "identity"


async def test_a_passing_fault_is_tried_again_with_a_fresh_sink() -> None:
    def cut_off(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    async with receiver(answer(200)) as target:
        steps = [answer(503), cut_off, answer(200, "", b"all of it!")]
        target.behave = lambda request, writer: steps.pop(0)(request, writer)
        buckets = Buckets()
        bucket, _ = await fetcher().get(target.url, buckets, limit=MIB)
    assert bucket.data == b"all of it!"
    assert [made.aborted for made in buckets.made] == [True, False]


async def test_attempts_are_bounded_and_the_last_error_is_told() -> None:
    async with receiver(answer(503)) as target:
        await unreachable(fetcher().get(target.url, Bucket, limit=MIB), "status 503")
    assert len(target.requests) == LIMITS.attempts


@pytest.mark.parametrize(("asked", "requests"), [("0", 3), ("3600", 1)])
async def test_a_get_waits_for_a_short_retry_after_only(asked: str, requests: int) -> None:
    async with receiver(answer(429, f"Retry-After: {asked}\r\n")) as target:
        error = await unreachable(fetcher().get(target.url, Bucket, limit=MIB), "status 429")
    assert error.extra["retry_after"] == float(asked)
    assert len(target.requests) == requests


async def test_all_attempts_together_are_limited_in_time() -> None:
    async def drip(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b".")
            await asyncio.sleep(0.02)

    buckets = Buckets()
    async with receiver(drip) as target:
        guard = fetcher(limits=replace(LIMITS, get=0.3))
        await unreachable(guard.get(target.url, buckets, limit=MIB), "took longer than 0.3 seconds")
    assert [made.aborted for made in buckets.made] == [True]


async def test_a_server_that_drips_is_left_long_before_the_time_is_up_and_not_asked_again() -> None:
    async def drip(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b".")
            await asyncio.sleep(0.02)

    buckets = Buckets()
    async with receiver(drip) as target:
        guard = fetcher(limits=replace(LIMITS, get=60.0, window=0.2, slowest=2000.0))
        with pytest.raises(Invalid) as caught:
            await guard.get(target.url, buckets, limit=MIB)
        assert caught.value.code == "too_slow"
        assert len(target.requests) == 1
    assert [made.aborted for made in buckets.made] == [True]


async def test_what_a_sink_raises_comes_through_as_it_is_and_the_sink_is_aborted() -> None:
    class Full(Bucket):
        async def write(self, data: bytes) -> None:
            raise OSError("disk full")

    full = Full()
    async with receiver(answer(200, "", b"x")) as target:
        with pytest.raises(OSError, match="disk full"):
            await fetcher().get(target.url, lambda: full, limit=MIB)
    assert full.aborted
    assert len(target.requests) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("-1", None),
        ("1.5", None),
        ("9" * 5000, 1e9),
        ("Fri, 01 May 2026 12:01:00 GMT", 60.0),
        ("Friday, 01-May-26 12:01:00 GMT", 60.0),
        ("Fri, 01 May 2026 11:00:00 GMT", 0.0),
        ("Fri, 99 May 2026 12:01:00 GMT", None),
        ("tomorrow", None),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds

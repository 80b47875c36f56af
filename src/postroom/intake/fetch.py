"""Owns every connection to a foreign address: webhooks go out here, documents by URL come in here.

A caller of Postroom names the address, so it is hostile: it must not lead into our own network. Names are
resolved here, each address is judged (`gate`), and the connection is made to the very address that was judged,
anew for every request and every redirect. Refuses to know what is sent or fetched, and why.

Built on httpcore, not httpx: cookies, proxies, netrc, decoding and redirects are all unwanted here.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TypeAlias

import httpcore
import httpx
import stamina

from postroom import __version__
from postroom.errors import Invalid, TooLarge, Unavailable
from postroom.intake.gate import URL_LENGTH, Gate, Judge
from postroom.ports import Clock, Fetched, Reply, SinkT
from postroom.settings import Settings

# The addresses of a host, in the order to try them. OSError if there are none.
Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]

_AGENT = f"Postroom/{__version__}"
_FIXED = (("Accept-Encoding", "identity"), ("Connection", "close"))
_ADDRESSES = 4  # of one host that are tried at most
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_WHOLE = frozenset((200, 203))
_PASSING = frozenset((408, 425, 429, 500, 502, 503, 504))


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, unless the name says more.

    connect: name, TCP and TLS, each. read: between two pieces. post, get: from beginning to end, a get with
    all its redirects and attempts; a document that is sent out may take as long as a get. patience: the longest
    Retry-After that a get waits for itself. slowest: bytes a second that a document must bring, on average over
    each `window`: who sends less holds up everybody else of the job for hours, and is not asked again.
    """

    connect: float = 10.0
    read: float = 15.0
    post: float = 15.0
    get: float = 600.0
    redirects: int = 5
    attempts: int = 3
    backoff: float = 0.5
    patience: float = 10.0
    slowest: float = 1024.0
    window: float = 30.0


class GuardedFetcher:
    """ports.Fetcher. One per process; safe for many calls at once; nothing to close.

    resolve, judge, tls: for tests, and for who has a certificate authority of his own.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        limits: Limits = Limits(),
        resolve: Resolve | None = None,
        judge: Judge | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._gate = Gate(settings, judge)
        self._clock = clock
        self._limits = limits
        self._tls = tls or httpx.create_ssl_context()
        self._resolve = resolve or _System()

    # --- the port

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        target = self._gate.parse(url)
        async with (
            _at_most(self._limits.post, target),
            self._exchange("POST", target, headers, body) as reply,
        ):
            return Reply(reply.status, retry_after(_header(reply, b"retry-after"), self._clock.now()))

    async def send(
        self, method: str, url: str, body: AsyncIterator[bytes], *, size: int, media_type: str
    ) -> Reply:
        target = self._gate.parse(url)
        headers = {"Content-Type": media_type, "Content-Length": str(size)}
        async with (
            _at_most(self._limits.get, target),
            self._exchange(method, target, headers, body) as reply,
        ):
            return Reply(reply.status, retry_after(_header(reply, b"retry-after"), self._clock.now()))

    async def get(self, url: str, sink: Callable[[], SinkT], *, limit: int) -> tuple[SinkT, Fetched]:
        target = self._gate.parse(url)
        again = stamina.retry_context(
            on=self._again, attempts=self._limits.attempts, timeout=None, wait_initial=self._limits.backoff
        )
        async with _at_most(self._limits.get, target):
            async for attempt in again:
                with attempt:
                    return await self._download(target, sink, limit)
        raise AssertionError("an attempt returns or raises")

    # --- one request

    @asynccontextmanager
    async def _exchange(
        self,
        method: str,
        url: httpx.URL,
        headers: Mapping[str, str],
        body: bytes | AsyncIterator[bytes] | None = None,
    ) -> AsyncIterator[httpcore.Response]:
        """One request on a connection of its own: nothing is kept that was judged at another time."""
        limits = self._limits
        timeout = {
            "connect": limits.connect,
            "read": limits.read,
            "write": limits.read,
            "pool": limits.connect,
        }
        lines = [*headers.items(), ("Host", url.netloc.decode()), ("User-Agent", _AGENT), *_FIXED]
        pool = httpcore.AsyncConnectionPool(
            ssl_context=self._tls, max_connections=1, network_backend=_Pinned(self._resolve, self._gate.admit)
        )
        with _translated(url.host):
            async with (
                pool,
                pool.stream(
                    method,
                    httpcore.URL(
                        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                    ),
                    headers=[(name.encode(), value.encode()) for name, value in lines],
                    content=body,
                    extensions={"timeout": timeout},
                ) as response,
            ):
                yield response

    # --- documents by URL

    async def _download(self, url: httpx.URL, sink: Callable[[], SinkT], limit: int) -> tuple[SinkT, Fetched]:
        for _ in range(self._limits.redirects + 1):
            async with self._exchange("GET", url, {"Accept": "*/*"}) as response:
                if response.status in _REDIRECTS:
                    url = self._gate.parse(_next(url, response))
                    continue
                self._accept(url, response, limit)
                into = sink()
                size = await self._pour(url, response, into, limit)
                return into, Fetched(
                    str(url),
                    size,
                    _header(response, b"content-type"),
                    _header(response, b"content-disposition"),
                )
        raise Invalid(
            f"The address redirects more than {self._limits.redirects} times.", code="too_many_redirects"
        )

    async def _pour(self, url: httpx.URL, response: httpcore.Response, sink: SinkT, limit: int) -> int:
        """All of the body into the sink, which is aborted if that fails; its size."""
        size, fresh = 0, 0
        begun = time.monotonic()
        try:
            async for piece in response.aiter_stream():
                size, fresh = size + len(piece), fresh + len(piece)
                if size > limit:
                    raise _too_large(url, limit)
                await sink.write(piece)
                spent = time.monotonic() - begun
                if spent >= self._limits.window:
                    if fresh < self._limits.slowest * spent:
                        raise _too_slow(url)
                    begun, fresh = time.monotonic(), 0
        except BaseException:
            await sink.abort()
            raise
        return size

    def _accept(self, url: httpx.URL, response: httpcore.Response, limit: int) -> None:
        if response.status in _PASSING:
            wait = retry_after(_header(response, b"retry-after"), self._clock.now())
            raise _unreachable(
                url.host, f"answers with status {response.status}", cause=None, retry_after=wait
            )
        if response.status not in _WHOLE:
            raise Invalid(f"{url.host} answers with status {response.status}.", code="fetch_failed")
        encoding = _header(response, b"content-encoding") or "identity"
        if encoding.lower() != "identity":
            raise Invalid(f"{url.host} answers in an encoding that nobody asked for.", code="fetch_failed")
        length = _header(response, b"content-length") or ""
        if length.isdecimal() and int(length[:20]) > limit:
            raise _too_large(url, limit)

    def _again(self, error: Exception) -> bool | float:
        """Whether a get is tried again by itself, and when if the server said so."""
        if not isinstance(error, Unavailable):
            return False
        wait: float | None = error.extra.get("retry_after")
        if wait is None:
            return True
        return wait if wait <= self._limits.patience else False


class _Pinned(httpcore.AsyncNetworkBackend):
    """Resolves, has the addresses judged, connects to one of those. TLS and Host keep the name."""

    def __init__(self, resolve: Resolve, admit: Callable[[str, Iterable[str]], None]) -> None:
        self._resolve = resolve
        self._admit = admit
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (httpcore's signature, here and below)
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                found = await self._resolve(host, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout("name resolution") from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("name resolution") from error
        self._admit(host, found)
        return await self._connect(found[:_ADDRESSES], port, timeout)

    async def _connect(
        self, addresses: Sequence[str], port: int, seconds: float | None
    ) -> httpcore.AsyncNetworkStream:
        failed: Exception = httpcore.ConnectError("no address")
        share = seconds / max(1, len(addresses)) if seconds is not None else None
        for address in addresses:
            try:
                return await self._network.connect_tcp(address, port, timeout=share)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109
        socket_options: object = None,
    ) -> httpcore.AsyncNetworkStream:
        raise httpcore.UnsupportedProtocol("no socket files")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _System:
    """The machine's resolver, in threads of its own: a slow name server must not use up those of the loop."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(16, thread_name_prefix="resolve")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))


# --- pieces


@asynccontextmanager
async def _at_most(seconds: float, url: httpx.URL) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds) as limit:
            yield
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise _unreachable(url.host, f"took longer than {seconds:g} seconds", cause=error) from error


@contextmanager
def _translated(host: str) -> Iterator[None]:
    """httpcore's errors as ours. What a sink raises is not among them and stays as it is."""
    try:
        yield
    except httpcore.TimeoutException as error:
        raise _unreachable(host, "did not answer in time", cause=error) from error
    except httpcore.ConnectError as error:
        broken = any(isinstance(inner, ssl.SSLError) for inner in error.args)
        what = "offers no TLS that can be trusted" if broken else "cannot be reached"
        raise _unreachable(host, what, cause=error) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise _unreachable(
            host, "broke off or answered with something else than HTTP", cause=error
        ) from error
    except httpcore.UnsupportedProtocol as error:
        raise Invalid("The URL cannot be fetched.", code="url_invalid", cause=error) from error


def _unreachable(host: str, what: str, *, cause: object, retry_after: float | None = None) -> Unavailable:
    return Unavailable(f"{host} {what}.", code="unreachable", cause=cause, retry_after=retry_after)


def _too_large(url: httpx.URL, limit: int) -> TooLarge:
    return TooLarge(f"What {url.host} sends is larger than {limit} bytes.", limit=limit)


def _too_slow(url: httpx.URL) -> Invalid:
    return Invalid(f"{url.host} sends too slowly to wait for it.", code="too_slow")


def _next(url: httpx.URL, response: httpcore.Response) -> str:
    location = _header(response, b"location")
    if not location or len(location) > URL_LENGTH:
        raise Invalid(f"{url.host} redirects to nowhere.", code="fetch_failed")
    try:
        return str(url.join(location))
    except httpx.InvalidURL as error:
        raise Invalid(f"{url.host} redirects to nowhere.", code="fetch_failed", cause=error) from error


def _header(response: httpcore.Response, name: bytes) -> str | None:
    return next(
        (value.decode("utf-8", "replace") for key, value in response.headers if key.lower() == name), None
    )


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, whether number or HTTP-date; None if it makes no sense."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value), 1e9)
    try:
        then = parsedate_to_datetime(value)
        if then.tzinfo is None:
            then = then.replace(tzinfo=UTC)
        return max(0.0, (then - now).total_seconds())
    except (ValueError, OverflowError):
        return None

"""Owns the way to foreign addresses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar


@dataclass(frozen=True, slots=True)
class Reply:
    """A foreign server's answer. retry_after: seconds that it asks us to wait, if it says so."""

    status: int
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """What stood at a foreign address. url: after redirects. size in bytes.

    media_type, disposition: the headers Content-Type and Content-Disposition as they came: claims, not facts.
    """

    url: str
    size: int
    media_type: str | None
    disposition: str | None


class Sink(Protocol):
    """Where fetched bytes go; a BlobWriter is one."""

    async def write(self, data: bytes) -> None: ...

    async def abort(self) -> None: ...


SinkT = TypeVar("SinkT", bound=Sink)


class Fetcher(Protocol):
    """The only way to a foreign address.

    All calls raise Invalid (code `address_refused`, `url_invalid`, …) for what may never be reached, and
    Unavailable (code `unreachable`) for what cannot be reached now.
    """

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send a webhook, once, without following redirects. The answer's body is not read."""

    async def send(
        self, method: str, url: str, body: AsyncIterator[bytes], *, size: int, media_type: str
    ) -> Reply:
        """Stream a document to its receiver, once, without following redirects. size: bytes of the body."""

    async def get(self, url: str, sink: Callable[[], SinkT], *, limit: int) -> tuple[SinkT, Fetched]:
        """Stream what is there into a sink, which the caller commits.

        sink: makes a new one for each attempt; those of failed attempts are aborted. limit: bytes at most,
        else TooLarge.
        """

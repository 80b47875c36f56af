"""Owns calls over HTTP: authentication, errors, and repeating what is safe to repeat.

Every POST carries an Idempotency-Key, so a call whose answer was lost is sent again and takes effect once.
Refuses to know what the addresses mean.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any

import httpx

from postroom.client.error import PostroomError, Unreachable, from_answer

_PASSING = (429, 502, 503, 504)
_BASE, _CAP = 0.25, 15.0  # seconds
_LONGEST = 120.0  # seconds that a server may ask us to stay away


class Transport:
    """One server and one key. retries: how often a call is repeated before its error is raised."""

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        retries: int = 7,
        timeout: float = 60.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout
        self.retries = retries
        self.sleep = sleep
        patience = httpx.Timeout(timeout, connect=10.0)
        self._http = httpx.Client(
            base_url=self.base_url,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=patience,
            transport=transport,
            follow_redirects=False,
        )
        # For signed addresses, which may be another host's: the key must not go there.
        self._keyless = httpx.Client(timeout=patience, transport=transport, follow_redirects=False)

    def close(self) -> None:
        self._http.close()
        self._keyless.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: object = None,
        body: Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
        retries: int | None = None,
    ) -> httpx.Response:
        """The whole answer. body: iterated over once per attempt. key: of idempotency; None: a new one."""
        sent = dict(headers or {})
        if method == "POST":
            sent["Idempotency-Key"] = key or str(uuid.uuid4())

        return self._patiently(
            lambda: self._http.request(method, path, params=params, json=json, content=body, headers=sent),
            retries,
        )

    def put(self, url: str, body: Iterable[bytes], headers: Mapping[str, str]) -> httpx.Response:
        """Bytes to a signed address, without the key. body: iterated over once per attempt."""
        return self._patiently(lambda: self._keyless.put(url, content=body, headers=dict(headers)), None)

    def _patiently(self, attempt: Callable[[], httpx.Response], retries: int | None) -> httpx.Response:
        for pause in self.pauses(retries):
            try:
                answer = attempt()
            except httpx.HTTPError as error:
                failure: PostroomError = self.unreachable(error)
                wait = pause if repeatable(error) else None
            else:
                if not answer.is_error and not answer.is_redirect:
                    return answer
                failure = _failure(answer)
                wait = _wait(answer, failure, pause)
            if wait is None:
                raise failure
            self.sleep(wait)
        raise AssertionError("pauses end with None")

    @contextmanager
    def stream(
        self, path: str, *, headers: Mapping[str, str] | None = None, read: float | None = None
    ) -> Iterator[httpx.Response]:
        """One attempt at a GET whose body is read bit by bit. read: seconds of silence that are borne."""
        timeout = httpx.Timeout(self.timeout, connect=10.0, read=read or self.timeout)
        with self._http.stream("GET", path, headers=dict(headers or {}), timeout=timeout) as answer:
            if answer.is_error or answer.is_redirect:
                answer.read()
                raise _failure(answer)
            yield answer

    def pauses(self, retries: int | None = None) -> Iterator[float | None]:
        """How long to wait after each attempt that fails; None after the last."""
        for number in range(self.retries if retries is None else retries):
            yield min(_CAP, _BASE * 2**number) * random.uniform(0.5, 1.0)  # noqa: S311
        yield None

    def unreachable(self, error: Exception) -> Unreachable:
        what = str(error) or type(error).__name__
        return Unreachable(f"No answer from {self.base_url}: {what}.", code="unreachable")


def repeatable(error: Exception) -> bool:
    """Whether the connection failed, rather than what we asked of it."""
    return isinstance(error, httpx.TransportError) and not isinstance(
        error, httpx.UnsupportedProtocol | httpx.LocalProtocolError
    )


def _failure(answer: httpx.Response) -> PostroomError:
    try:
        body = answer.json()
    except ValueError:
        body = None
    return from_answer(answer.status_code, body)


def _wait(answer: httpx.Response, failure: PostroomError, pause: float | None) -> float | None:
    """Seconds until the call is worth repeating; None if it is not."""
    twin = failure.status == 409 and failure.code == "idempotency_in_flight"  # our own attempt before
    if pause is None or not (twin or answer.status_code in _PASSING):
        return None
    asked = _retry_after(answer.headers.get("retry-after", ""))
    return max(pause, min(asked, _LONGEST))


def _retry_after(value: str) -> float:
    """Seconds, from a number or a date (RFC 9110); 0 if it is neither."""
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())

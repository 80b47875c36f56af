"""Owns the calls of Postroom's own API, as methods. Refuses to know how they travel (`transport`).

Jobs and documents are dictionaries, as the API's page /postroom/v1/docs shows them: a newer server's members
are simply there.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias
from urllib.parse import quote

import httpx
import httpx_sse

from postroom.client import signed
from postroom.client.error import NotFound, PostroomError, ServerFault, WaitTimeout
from postroom.client.form import File, Form, batches
from postroom.client.transport import Transport, repeatable

Job: TypeAlias = dict[str, Any]
Document: TypeAlias = dict[str, Any]

LARGE = 256 << 20  # bytes
ENDED = ("succeeded", "partial", "failed", "cancelled", "expired")

_BASE = "/postroom/v1"
_SILENCE = 45.0  # seconds; the server gives a sign of life every 15
_LOOK = 10.0  # seconds of silence after which `wait` looks whether its time is over


@dataclass(frozen=True, slots=True)
class Event:
    """number: None for `progress`, which is a sample and is not kept."""

    number: int | None
    type: str
    data: dict[str, Any]


class Postroom:
    """A server and a key. Use it as a context manager, or call `close`. One per thread.

    Every method raises a `PostroomError`. Calls are repeated with back-off while the server cannot be reached
    or asks for patience, and take effect once all the same.
    """

    def __init__(
        self, base_url: str, key: str, *, retries: int = 7, timeout: float = 60.0, **more: Any
    ) -> None:
        """retries: attempts after the first, some half a minute in all. timeout: seconds of silence."""
        self._transport = Transport(base_url, key, retries=retries, timeout=timeout, **more)

    def close(self) -> None:
        """Close the connections; jobs go on."""
        self._transport.close()

    def __enter__(self) -> Postroom:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ping(self) -> None:
        """Whether a Postroom answers; asked once, without patience."""
        answer = self._transport.call("GET", "/healthz", retries=0)
        if answer.text.strip() != "ok":
            raise ServerFault(f"What answers at {self._transport.base_url} is no Postroom.", code="stranger")

    def workflows(self) -> list[dict[str, Any]]:
        """What the server can do with documents: `name`, `system`, and `options` in sentences."""
        return list(self._json("GET", "/workflows")["workflows"])

    # --- jobs -------------------------------------------------------------------------------------

    def create_job(
        self,
        workflow: str,
        *,
        options: Mapping[str, Any] | None = None,
        profile: str | None = None,
        external_id: str | None = None,
        webhook: str | None = None,
        key: str | None = None,
    ) -> Job:
        """A new, open job. key: an idempotency key of your own, to survive a restart of your program too."""
        body: dict[str, Any] = {"workflow": workflow, "options": dict(options or {})}
        more = {"profile": profile, "externalId": external_id, "webhook": webhook}
        body.update((name, value) for name, value in more.items() if value is not None)
        return self._json("POST", "/jobs", json=body, key=key)

    def add(
        self,
        job: str,
        files: Iterable[File],
        *,
        batch_files: int = 100,
        batch_size: int = 64 << 20,
        large: int = LARGE,
        digest: bool = True,
        on_sent: Callable[[int], None] | None = None,
    ) -> list[Document]:
        """Send files into an open job, streamed, many per request; the documents, in the files' order.

        files: paths, open binary files, or (name, path or file or bytes). digest: each file is read twice, so
        that the server can tell whether its bytes arrived whole. on_sent: told how many bytes more went out.
        large: files of more bytes go in parts to signed addresses, where forms have a limit and a broken line
        costs one part only.
        """
        documents: list[Document] = []
        for parts in batches(files, count=batch_files, size=batch_size, large=large, digest=digest):
            if parts[0].size > large:
                documents.append(
                    signed.send(
                        self._transport,
                        lambda path, body: self._json("POST", _job(job, path), json=body),
                        parts[0],
                        on_sent,
                    )
                )
                continue
            form = Form(parts, on_sent)
            headers = {"Content-Type": form.content_type, "Content-Length": str(form.length)}
            answer = self._json("POST", _job(job, "/documents"), body=form, headers=headers)
            documents.extend(answer["documents"])
        return documents

    def close_job(self, job: str) -> Job:
        """No more documents; the work begins."""
        return self._json("POST", _job(job, "/close"))

    def job(self, job: str) -> Job:
        """How it stands now."""
        return self._json("GET", _job(job))

    def jobs(
        self,
        *,
        status: Sequence[str] = (),
        workflow: str | None = None,
        external_id: str | None = None,
        page: int = 50,
    ) -> Iterator[Job]:
        """The account's jobs, newest first. page: how many are asked for at a time."""
        given = {"status": list(status), "workflow": workflow, "externalId": external_id, "limit": page}
        return self._pages("/jobs", given)

    def cancel(self, job: str, reason: str | None = None) -> Job:
        """Stop it. What has ended stays."""
        return self._json("POST", _job(job, "/cancel"), json={"reason": reason} if reason else None)

    def resume(self, job: str) -> Job:
        """Go on with a blocked job."""
        return self._json("POST", _job(job, "/resume"))

    def retry(self, job: str) -> Job:
        """A new job of the documents that failed."""
        return self._json("POST", _job(job, "/retry"))

    def delete(self, job: str) -> None:
        """Forget an ended or open job with all its documents, results and bytes."""
        lost = False
        for pause in self._transport.pauses():
            try:
                self._transport.call("DELETE", _BASE + _job(job), retries=0)
            except NotFound:
                if lost:  # the answer to an earlier attempt was lost, its effect was not
                    return
                raise
            except PostroomError as error:
                if pause is None or not (error.status is None or error.status in (429, 502, 503, 504)):
                    raise
                lost = True
                self._transport.sleep(pause)
            else:
                return

    # --- what happens ---------------------------------------------------------------------------

    def events(self, job: str, *, after: int = 0) -> Iterator[Event]:
        """What happens to a job after the event of that number, live, until it has ended. Reconnects."""
        for event in self._events(job, after, _SILENCE):
            if event is not None:
                yield event

    def wait(
        self, job: str, on_progress: Callable[[Job], None] | None = None, *, timeout: float | None = None
    ) -> Job:
        """Return the job when it has ended. on_progress: called with it whenever there is news.

        timeout: in seconds, then WaitTimeout.
        """
        tell = on_progress or (lambda _: None)
        deadline = None if timeout is None else time.monotonic() + timeout
        current = self.job(job)
        tell(current)
        if current["status"] in ENDED:
            return current
        for event in self._events(job, current["lastEvent"], _SILENCE if deadline is None else _LOOK):
            if event is not None and event.type == "progress":
                current = {**current, **event.data}
                tell(current)
            if deadline is not None and time.monotonic() > deadline:
                raise WaitTimeout(
                    f"The job is still {current['status']} after {timeout:g} seconds.", code="wait_timeout"
                )
        current = self.job(job)
        tell(current)
        return current

    def _events(self, job: str, after: int, silence: float) -> Iterator[Event | None]:
        """As `events`, with None whenever a connection ends without the job having ended."""
        pauses = self._transport.pauses()
        while True:
            headers = {"Last-Event-ID": str(after), "Accept": "text/event-stream"}
            try:
                with self._transport.stream(
                    _BASE + _job(job, "/events"), headers=headers, read=silence
                ) as answer:
                    if answer.status_code == 204:
                        return
                    for sent in httpx_sse.EventSource(answer).iter_sse():
                        if not sent.data:  # a line that only sets how soon to come back
                            continue
                        pauses = self._transport.pauses()
                        number = int(sent.id) if sent.id and sent.event != "progress" else None
                        after = number or after
                        yield Event(number, sent.event, json.loads(sent.data))
                continue  # a well-ended stream: the job has ended, or the server is about to stop
            except httpx.ReadTimeout:
                pass
            except httpx.HTTPError as error:
                if not repeatable(error) or (pause := next(pauses)) is None:
                    raise self._transport.unreachable(error) from error
                self._transport.sleep(pause)
            except PostroomError as error:
                if error.status not in (429, 502, 503, 504) or (pause := next(pauses)) is None:
                    raise
                self._transport.sleep(pause)
            yield None

    # --- what comes out ---------------------------------------------------------------------------

    def documents(self, job: str, *, status: Sequence[str] = (), page: int = 200) -> Iterator[Document]:
        """The job's documents in order, only those of some states if these are given."""
        return self._pages(_job(job, "/documents"), {"status": list(status), "limit": page})

    def document(self, job: str, document: str) -> Document:
        return self._json("GET", _job(job, f"/documents/{quote(document, safe='')}"))

    def results(self, job: str) -> Iterator[Document]:
        """Every document with its result, in order, streamed. Goes on where it was cut off."""
        last = -1
        for pause in self._transport.pauses():
            try:
                with self._transport.stream(_BASE + _job(job, "/results")) as answer:
                    for line in answer.iter_lines():
                        document = json.loads(line)
                        if document["position"] > last:
                            last = document["position"]
                            yield document
                return
            except httpx.HTTPError as error:
                if pause is None or not repeatable(error):
                    raise self._transport.unreachable(error) from error
                self._transport.sleep(pause)

    # --- plans ------------------------------------------------------------------------------------

    def grep(
        self,
        project: str,
        pattern: str,
        *,
        fixed: bool = False,
        ignore_case: bool = False,
        page: int = 50,
    ) -> Iterator[dict[str, Any]]:
        """Every match in the sheets and documents of a project (its id or name), by file, page and place.

        pattern: a regular expression in the syntax of RE2, or with `fixed` a plain text. page: hits per call.
        """
        given: dict[str, Any] = {"pattern": pattern, "limit": page}
        given |= {name: "true" for name, on in (("fixed", fixed), ("ignoreCase", ignore_case)) if on}
        path = f"/plans/{quote(project, safe='')}/grep"
        while True:
            answer = self._json("GET", path, params=given)
            yield from answer["hits"]
            if answer["next"] is None:
                return
            given["cursor"] = answer["next"]

    # --- artifacts --------------------------------------------------------------------------------

    def download(self, artifact: Mapping[str, Any], to: str | os.PathLike[str]) -> Path:
        """Fetch one of a document's `artifacts` into the file `to`, which is there whole or not at all.

        ServerFault if its bytes are not those that were announced, again and again.
        """
        target = Path(to)
        part = target.with_name(f".{secrets.token_hex(8)}.part")
        try:
            for pause in self._transport.pauses():
                try:
                    found = self._fetch(_own(str(artifact["href"])), part)
                except httpx.HTTPError as error:
                    if pause is None or not repeatable(error):
                        raise self._transport.unreachable(error) from error
                else:
                    if found == artifact.get("sha256", found):
                        part.replace(target)
                        return target
                    if pause is None:
                        raise ServerFault(f"'{artifact['name']}' arrived damaged.", code="digest_mismatch")
                self._transport.sleep(pause)
            raise AssertionError("pauses end with None")
        finally:
            part.unlink(missing_ok=True)

    def original(self, document: Mapping[str, Any], to: str | os.PathLike[str]) -> Path:
        """Fetch a document's own bytes, as they came, into the file `to`, as `download` does.

        ValueError if its bytes have not arrived.
        """
        if document["content"] is None:
            raise ValueError(f"the bytes of '{document['name']}' have not arrived")
        known = {"sha256": document["sha256"]} if document["sha256"] else {}
        return self.download({"name": document["name"], "href": document["content"], **known}, to)

    def _fetch(self, href: str, to: Path) -> str:
        found = hashlib.sha256()
        with self._transport.stream(href) as answer, to.open("wb") as file:
            for piece in answer.iter_bytes():
                found.update(piece)
                file.write(piece)
        return found.hexdigest()

    # --- steps --------------------------------------------------------------------------------------

    def _json(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = self._transport.call(method, _BASE + path, **more)
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise ServerFault(f"What answers at {self._transport.base_url} is no Postroom.", code="stranger")
        return body

    def _pages(self, path: str, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        params = {name: value for name, value in given.items() if value not in (None, [])}
        while True:
            page = self._json("GET", path, params=params)
            yield from page["items"]
            if page["next"] is None:
                return
            params["cursor"] = page["next"]


def _own(href: str) -> str:
    # The key goes along: never to another host, whatever an answer says.
    if not href.startswith(f"{_BASE}/"):
        raise ServerFault(f"The address {href!r} is not one of Postroom's.", code="stranger")
    return href


def _job(job: str, rest: str = "") -> str:
    return f"/jobs/{quote(job, safe='')}{rest}"

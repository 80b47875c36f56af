"""Owns one attempt at fetching a document from its address: to the blob store, in this process, in no child.

Nothing is opened here: bytes go from a socket to storage. Refuses to know the queue and the database, and
whom one may contact (that is `intake/fetch.py`).
"""

from __future__ import annotations

import hmac
import random
import time
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from postroom.blobs.key import fresh
from postroom.core import backoff
from postroom.db.chunk import Return
from postroom.engine.attempt import Again, Ended
from postroom.engine.claim import Claimed
from postroom.engine.effect import Brought
from postroom.errors import Invalid, PostroomError, TooLarge, Unavailable
from postroom.intake.fetch import Limits
from postroom.ports import BlobStore, BlobWriter, Fetcher, Kept, LimitsDocuments, Problem, Workflow
from postroom.settings import Settings


def once(settings: Settings) -> Limits:
    """For the fetcher: it tries once. What follows is the engine's, and survives a crash."""
    return replace(Limits(), attempts=1, get=settings.fetch_timeout)


class Fetches:
    """Makes attempts for one worker."""

    def __init__(
        self,
        fetcher: Fetcher,
        blobs: BlobStore,
        settings: Settings,
        workflows: Mapping[str, Workflow] = MappingProxyType({}),
    ) -> None:
        """workflows: those that set a limit of their own (`ports.LimitsDocuments`) are heeded."""
        self._fetcher = fetcher
        self._blobs = blobs
        self._settings = settings
        self._limits = {
            name: min(workflow.document_size(settings), settings.document_size)
            for name, workflow in workflows.items()
            if isinstance(workflow, LimitsDocuments)
        }

    async def make(self, claimed: Claimed) -> Ended:
        """Fetch the document. A dead address costs this document and nothing else."""
        try:
            return await self._fetch(claimed)
        except (Invalid, TooLarge) as error:
            return Ended(Brought(problem=Problem(error.code, error.message)))
        except (Unavailable, OSError) as error:
            return Ended(self._judge(claimed, error))

    async def _fetch(self, claimed: Claimed) -> Ended:
        (row,) = claimed.sources
        began = time.monotonic()
        key = fresh("document")

        def sink() -> BlobWriter:
            return self._blobs.writer(key)

        limit = self._limits.get(claimed.workflow, self._settings.document_size)
        writer, found = await self._fetcher.get(row["url"], sink, limit=limit)
        try:
            stored = await writer.commit()
        except BaseException:
            await writer.abort()
            raise
        announced = row["announced_sha256"]
        if announced is not None and not hmac.compare_digest(announced, stored.sha256):
            await self._blobs.delete([stored.key])
            text = "What stands at the address does not have the SHA-256 that was announced for it."
            return Ended(Brought(problem=Problem("digest_mismatch", text)))
        kind = (found.media_type or "")[:255] or None
        # As an artifact that was kept: if the attempt turns out not to count, the bytes are dropped.
        return Ended(Brought(stored, kind), [Kept("", "", stored)], time.monotonic() - began)

    def _judge(self, claimed: Claimed, error: PostroomError | OSError) -> Brought | Again:
        """Tried again with back-off, or as late as the address asks for; then given up."""
        settings = self._settings
        # Ours or theirs: a full disk is no fault of the address.
        theirs = isinstance(error, PostroomError) and error.code == "unreachable"
        code = error.code if isinstance(error, PostroomError) else "io"
        limit = settings.fetch_attempts if theirs else settings.retry_attempts
        if claimed.attempt + 1 >= limit:
            text = f"Given up after {claimed.attempt + 1} attempts: {error}"
            return Brought(problem=Problem(code, text, "input" if theirs else "system"))
        asked = error.extra.get("retry_after") if isinstance(error, PostroomError) else None
        delay = backoff.delay(
            claimed.attempt + 1,
            base=settings.retry_base,
            cap=settings.retry_cap,
            jitter=random.random(),  # noqa: S311 spreads load, hides nothing
        )
        wait = min(settings.retry_cap, max(delay, asked or 0.0))
        told = {"code": code, "message": str(error), "cause": "input" if theirs else "system"}
        return Again(Return(claimed.chunk, claimed.epoch, wait, True, told))

"""Resumable uploads that two processes go on with, of which one has looked before the other got further."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from postroom.blobs.open import open_blobs
from postroom.core.uploads import Mode
from postroom.db import upload as rows
from postroom.db.upload import Upload
from postroom.desk import document, job, resumable, upload
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.job import Order
from postroom.desk.upload import Announced
from postroom.errors import Conflict, DigestMismatch
from postroom.settings import Settings

SIZE = 1000


async def body(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def broken(data: bytes) -> AsyncIterator[bytes]:
    yield data
    raise ConnectionError("the line broke")


async def begun(desk: Desk, access: Access) -> Upload:
    opened = (await job.submit(desk, access, Order("probe"))).id
    (made,) = await upload.register(
        desk, access, opened, [Announced("a.bin", SIZE)], origin="http://x", mode=Mode.RESUMABLE
    )
    return await resumable.find(desk, access, made.upload)


async def content(desk: Desk, access: Access, found: Upload) -> bytes:
    blob = (await document.get(desk, access, found.job, found.document)).blob
    assert blob is not None
    return b"".join([piece async for piece in desk.blobs.read(blob)])


@pytest.fixture
def other(desk: Desk, settings: Settings) -> Desk:
    """Another process on the same draft."""
    assert settings.scratch is not None
    return replace(desk, blobs=open_blobs(settings.blobs, drafts=settings.scratch / "drafts"))


@pytest.mark.parametrize("late", [body, broken])
async def test_a_late_request_cuts_off_nothing_that_was_acknowledged(
    desk: Desk, access: Access, other: Desk, late: object
) -> None:
    assert callable(late)
    stale = await begun(desk, access)
    assert await resumable.append(desk, stale, 0, body(b"A" * 500)) == 500
    with pytest.raises(Conflict) as caught:
        await resumable.append(other, stale, 0, late(b"B" * 600))
    assert caught.value.code == "offset_mismatch"
    now = await resumable.find(desk, access, stale.id)
    assert now.arrived == 500
    assert await resumable.append(desk, now, 500, body(b"A" * 500)) == SIZE
    assert await content(desk, access, stale) == b"A" * SIZE
    with pytest.raises(Conflict):
        await resumable.append(other, stale, 0, body(b"B" * SIZE))
    assert await content(desk, access, stale) == b"A" * SIZE


async def test_what_came_is_noted_before_another_may_go_on(
    desk: Desk, access: Access, other: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one comes at the moment in which the first is about to note how far it got."""
    stale = await begun(desk, access)
    real = rows.arrived
    met: list[int] = []

    async def arrived(*given: Any) -> bool:
        if not met:
            met.append(1)
            with pytest.raises(Exception, match="sending these bytes") as caught:
                await resumable.append(other, stale, 0, body(b"B" * 100))
            assert getattr(caught.value, "code", "") == "upload_busy"
        return await real(*given)

    monkeypatch.setattr(rows, "arrived", arrived)
    assert await resumable.append(desk, stale, 0, body(b"A" * 500)) == 500
    assert met
    now = await resumable.find(desk, access, stale.id)
    assert await resumable.append(other, now, 500, body(b"A" * 500)) == SIZE
    assert await content(desk, access, stale) == b"A" * SIZE


async def test_bytes_of_another_checksum_do_not_stay_in_the_draft(desk: Desk, access: Access) -> None:
    found = await begun(desk, access)
    with pytest.raises(DigestMismatch):
        await resumable.append(desk, found, 0, body(b"B" * SIZE), digest="sha1", expected=bytes(20))
    # Somebody who had all bytes is about to publish: these are not they.
    with pytest.raises(Conflict, match="0 bytes long"):
        await desk.blobs.publish(found.id.hex, found.blob, SIZE)  # type: ignore[attr-defined]
    assert await resumable.append(desk, found, 0, body(b"A" * SIZE)) == SIZE
    assert await content(desk, access, found) == b"A" * SIZE

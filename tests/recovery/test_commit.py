"""A COMMIT whose answer is lost: what was stored is whole, bytes and all, and a repeated call finds it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from postroom.core.uploads import Completion
from postroom.db.connection import Database
from postroom.desk import arrive, document, job, upload
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.job import Order
from postroom.desk.upload import Announced
from postroom.errors import CancelledInCommit, OutcomeUnknown, Unavailable
from postroom.settings import Settings
from postroom.systems.conversion import contract, options
from postroom.web.app import make_app
from postroom.wiring.office import open_desk
from tests.part import systems_of
from tests.recovery.line import Line, line

PDF = b"%PDF-1.7 hello"


@dataclass
class Front:
    """The API on a line that may lose an answer, and a desk that stands beside it."""

    api: httpx.AsyncClient
    line: Line
    desk: Desk
    access: Access


@pytest.fixture
async def front(settings: Settings, desk: Desk, access: Access, secret: str) -> AsyncIterator[Front]:
    systems = systems_of("tests.systems")
    async with line(settings.database_url or "") as made:
        lossy = settings.model_copy(update={"database_url": made.url})
        app = make_app(lambda: open_desk(lossy, systems), systems)
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app=app)
            headers = {"Authorization": f"Bearer {secret}"}
            async with httpx.AsyncClient(
                transport=transport, base_url="http://x", headers=headers, timeout=120
            ) as api:
                yield Front(api, made, desk, access)


async def all_bytes_there(desk: Desk) -> int:
    """How many documents there are; the bytes of each can be read."""
    rows = await desk.db.fetch("SELECT blob, size FROM document WHERE blob IS NOT NULL")
    for row in rows:
        assert await desk.blobs.size(row["blob"]) == row["size"]
    return len(rows)


OWN: dict[str, dict[str, Any]] = {
    "form": {"files": {"file": ("a.pdf", PDF)}},
    "body": {"content": PDF, "params": {"name": "a.pdf"}, "headers": {"Content-Type": "application/pdf"}},
    "json": {"json": {"documents": [{"name": "a.pdf", "contentBase64": base64.b64encode(PDF).decode()}]}},
}


@pytest.mark.parametrize("way", OWN)
async def test_a_document_whose_commit_is_not_heard_of_keeps_its_bytes(front: Front, way: str) -> None:
    opened = await job.submit(front.desk, front.access, Order("probe"))
    given = {**OWN[way], "headers": {**OWN[way].get("headers", {}), "Idempotency-Key": "k1"}}
    front.line.losing = True
    first = await front.api.post(f"/postroom/v1/jobs/{opened.id}/documents", **given)
    assert first.status_code == 503 and not front.line.losing, first.text
    again = await front.api.post(f"/postroom/v1/jobs/{opened.id}/documents", **given)
    assert again.status_code == 201 and again.headers["idempotent-replayed"] == "true"
    (made,) = again.json()["documents"]
    found = await front.api.get(f"/postroom/v1/jobs/{opened.id}/documents/{made['id']}/content")
    assert (found.status_code, found.content) == (200, PDF)


async def test_a_certificate_whose_commit_is_not_heard_of_is_answered_as_stored(front: Front) -> None:
    person = {"email": "j@abc.example.com", "first_name": "John", "last_name": "Doe"}
    contractor = (await front.api.post("/api/v1/contractors", json=person)).json()["id"]

    async def send() -> httpx.Response:
        return await front.api.post(
            "/api/v1/files/certificates",
            files={"certificate": ("a.pdf", PDF, "application/pdf")},
            data={"contractor": contractor},
            headers={"Idempotency-Key": "k1"},
        )

    front.line.losing = True
    first, again = await send(), await send()
    assert first.status_code >= 500 and again.status_code == 201, (first.text, again.text)
    assert await front.desk.db.fetchval("SELECT count(*) FROM coi_certificate") == 1
    assert await all_bytes_there(front.desk) == 1


async def test_a_conversion_whose_commit_is_not_heard_of_keeps_its_bytes(front: Front) -> None:
    order = Order(contract.CONVERSION, contract.DEFAULT, options.of_job(contract.CONVERSION, None, []))
    opened = await job.submit(front.desk, front.access, order)
    front.line.losing = True
    sent = await front.api.post(
        f"{contract.BASE}/rest/jobs/{opened.id}/data", files={"data": ("a.pdf", PDF, "application/pdf")}
    )
    assert sent.status_code >= 500 and not front.line.losing, sent.text
    assert await all_bytes_there(front.desk) == 1


async def test_bytes_that_were_put_twice_stay_if_the_second_commit_fails_or_is_not_heard_of(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, access = front.desk, front.access
    opened = (await job.submit(desk, access, Order("probe"))).id
    (made,) = await upload.register(
        desk, access, opened, [Announced("a.txt", 3)], origin="http://x", held=True
    )

    async def put(by: Desk) -> None:
        async def body() -> AsyncIterator[bytes]:
            yield b"abc"

        await arrive.put_content(by, access, opened, made.document.id, body())

    await put(desk)
    real = Database.transaction

    @asynccontextmanager
    async def failing(self: Database, **how: Any) -> AsyncIterator[Any]:
        async with real(self, **how) as connection:
            yield connection
            await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(Database, "transaction", failing)
    with pytest.raises(Unavailable):
        await put(desk)
    monkeypatch.undo()
    lossy = await Database.connect(front.line.url)
    try:
        front.line.losing = True
        with pytest.raises(OutcomeUnknown):
            await put(Desk(lossy, desk.blobs, desk.offers, desk.settings))
    finally:
        await lossy.close()
    await upload.complete_and_close(desk, access, opened, [Completion(made.document.id, made.token)])
    found = await document.get(desk, access, opened, made.document.id)
    assert found.blob is not None and await desk.blobs.size(found.blob) == 3


async def test_a_commit_that_is_cut_off_says_so_and_is_still_a_cancellation(desk: Desk) -> None:
    reached, seen = asyncio.Event(), []

    async def work() -> None:
        try:
            async with desk.db.transaction() as connection:
                # A trigger that is put off runs while the server commits.
                await connection.execute(
                    "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
                    " 'BEGIN PERFORM pg_sleep(30); RETURN NULL; END';"
                    "CREATE TABLE thing (n int);"
                    "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON thing DEFERRABLE INITIALLY DEFERRED"
                    " FOR EACH ROW EXECUTE FUNCTION slow(); INSERT INTO thing VALUES (1)"
                )
                reached.set()
        except BaseException as error:
            seen.append(error)
            raise

    task = asyncio.create_task(work())
    await reached.wait()
    await asyncio.sleep(0.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled() and isinstance(seen[0], CancelledInCommit)


async def test_a_commit_that_the_server_refuses_is_no_unknown_outcome(desk: Desk) -> None:
    with pytest.raises(Exception, match="foreign key") as caught:
        async with desk.db.transaction() as connection:
            await connection.execute(
                "CREATE TABLE one (n int PRIMARY KEY);"
                "CREATE TABLE two (n int REFERENCES one DEFERRABLE INITIALLY DEFERRED);"
                "INSERT INTO two VALUES (1)"
            )
    assert not isinstance(caught.value, Unavailable)

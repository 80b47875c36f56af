"""Documents by address: fetched by workers that are killed, from servers that are down, slow, wrong and hostile."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest

from postroom.db.connection import loads
from postroom.desk import document, job
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.intake import submit_closed
from postroom.desk.job import Order
from postroom.desk.remote import Remote, remote_documents
from postroom.errors import Invalid
from postroom.settings import Settings
from tests.live import Live, until
from tests.receiver import Request, answer, receiver
from tests.recovery import invariant, pile


def path_of(request: Request) -> str:
    return request.line.split(" ")[1]


async def submitted(desk: Desk, access: Access, urls: list[str]) -> UUID:
    documents = await remote_documents(desk, [Remote(url) for url in urls])
    return (await submit_closed(desk, access, Order("probe"), documents)).id


async def test_a_dead_address_costs_its_document_and_no_other(
    desk: Desk, access: Access, settings: Settings, tmp_path: Path
) -> None:
    tries: Counter[str] = Counter()
    sha256 = hashlib.sha256(b"ok#sum").hexdigest()

    def behave(request: Request, writer: asyncio.StreamWriter) -> object:
        path = path_of(request)
        tries[path] += 1
        if path.startswith("/flaky") and tries[path] < 3:
            return answer(503, "Retry-After: 0\r\n")(request, writer)
        if path == "/gone.txt":
            return answer(404)(request, writer)
        if path == "/loop":
            return answer(302, "Location: /loop\r\n")(request, writer)
        if path == "/metadata":
            return answer(302, "Location: http://169.254.169.254/latest\r\n")(request, writer)
        if path == "/huge":
            return writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx")
        if path == "/cut":
            return writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok")
        text = "ok#sum" if "sum" in path else f"ok#{path}"
        return answer(200, "Content-Type: text/plain\r\n", text.encode())(request, writer)

    async with receiver(behave) as site, Live(settings, tmp_path / "live"):
        base = site.url.partition("/hook")[0]
        good = [f"{base}/{n}.txt" for n in range(20)] + [f"{base}/flaky%20one.txt"]
        bad = {
            f"{base}/gone.txt": "fetch_failed",
            f"{base}/loop": "too_many_redirects",
            f"{base}/metadata": "address_refused",
            f"{base}/huge": "too_large",
            f"{base}/cut": "unreachable",
            "http://127.0.0.1:1/nobody": "unreachable",
            "http://no-such-host.invalid/x": "unreachable",
        }
        remotes = [Remote(url) for url in [*good, *bad]]
        remotes += [Remote(f"{base}/sum", "right", sha256), Remote(f"{base}/sums", "wrong", "0" * 64)]
        made = await job.submit(desk, access, Order("probe"))
        await document.receive(desk, access, made.id, await remote_documents(desk, remotes))
        assert not site.requests, "nobody is asked before the job is closed"
        await job.close(desk, access, made.id)
        row = await pile.ended(desk, made.id)
        await invariant.check(desk.db, made.id, blobs=desk.blobs)
        assert (row["state"], row["succeeded"]) == ("partial", len(good) + 1)
        assert row["cause"] == "input"
        found = await desk.db.fetch("SELECT * FROM document WHERE job_id = $1 ORDER BY position", made.id)
        errors = {row["url"]: loads(row["error"]) for row in found if row["state"] == "failed"}
        assert {url: error["code"] for url, error in errors.items()} == {
            **bad,
            f"{base}/sums": "digest_mismatch",
        }
        assert errors["http://127.0.0.1:1/nobody"]["message"].startswith("Given up after 4 attempts: ")
        names = [row["name"] for row in found]
        assert names[0] == "0.txt" and names[20] == "flaky one.txt" and "right" in names
        (first,) = [row for row in found if row["name"] == "0.txt"]
        assert first["sha256"] == hashlib.sha256(b"ok#/0.txt").hexdigest()
        assert first["declared_type"] == "text/plain" and tries["/flaky%20one.txt"] == 3
        # Again: what failed is fetched anew, in a job of its own.
        again = await job.retry(desk, access, made.id)
        assert (await pile.ended(desk, again.id))["documents"] == len(errors)
    await invariant.nothing_unnamed(desk)


async def test_addresses_are_fetched_through_kills_and_each_document_counts_once(
    desk: Desk, access: Access, settings: Settings, tmp_path: Path
) -> None:
    async def slowly(request: Request, writer: asyncio.StreamWriter) -> None:
        body = f"ok#{path_of(request)}".encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
        await asyncio.sleep(0.1)
        writer.write(body)

    count = 300
    settings = settings.model_copy(update={"fetch_concurrency": 8})
    async with receiver(slowly) as site, Live(settings, tmp_path / "live") as live:
        base = site.url.partition("/hook")[0]
        made = await submitted(desk, access, [f"{base}/{n}" for n in range(count)])

        async def fetched(least: int) -> bool:
            query = "SELECT count(*) FROM document WHERE job_id = $1 AND blob IS NOT NULL"
            return bool(await desk.db.fetchval(query, made) >= least)

        for least, victim in ((20, 0), (60, 1), (100, 0), (150, 1)):
            await until(lambda n=least: fetched(n))  # type: ignore[misc]
            live.workers[victim].kill()
        row = await pile.ended(desk, made)
        await invariant.check(desk.db, made, blobs=desk.blobs)
        assert (row["state"], row["succeeded"]) == ("succeeded", count)
        assert site.most_at_once <= 2 * 8, "more at once than two workers may"
        assert site.most_at_once > 2, "as slow as one at a time"
    await invariant.nothing_unnamed(desk)


async def test_slow_addresses_do_not_keep_others_waiting(
    desk: Desk, access: Access, settings: Settings, tmp_path: Path
) -> None:
    waiting = asyncio.Event()

    async def stuck(request: Request, writer: asyncio.StreamWriter) -> None:
        await waiting.wait()

    async with receiver(stuck) as site, Live(settings, tmp_path / "live", workers=1):
        base = site.url.partition("/hook")[0]
        held = await submitted(desk, access, [f"{base}/{n}" for n in range(100)])
        await until(lambda: site.at_once >= 8)
        quick = await pile.submitted(desk, access, [(f"{n}.txt", f"ok#{n}") for n in range(20)])
        assert (await pile.ended(desk, quick.id))["state"] == "succeeded"
        assert (await pile.row_of(desk, held))["state"] == "checking"
        await job.cancel(desk, access, held)
        asked = len(site.requests)
        waiting.set()
        await until(lambda: site.at_once == 0)
        assert len(site.requests) == asked < 100, "the rest was fetched all the same"
    await invariant.check(desk.db, held)


async def test_an_address_that_can_be_seen_to_be_refused_is_refused_at_the_door(settings: Settings) -> None:
    closed = settings.model_copy(update={"fetch_allow_http": False, "fetch_allow_private": False})
    desk = Desk(None, None, {}, closed)  # type: ignore[arg-type]
    for url, code in (
        ("http://example.com/a", "url_invalid"),
        ("https://10.0.0.1/a", "address_refused"),
        ("https://[::1]/a", "address_refused"),
        ("https://user:secret@example.com/a", "url_invalid"),
        ("ftp://example.com/a", "url_invalid"),
        ("nonsense", "url_invalid"),
    ):
        with pytest.raises(Invalid) as caught:
            await remote_documents(desk, [Remote("https://example.com/good"), Remote(url)])
        assert (caught.value.code, caught.value.extra["index"]) == (code, 1)

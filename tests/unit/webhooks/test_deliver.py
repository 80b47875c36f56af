"""Deliveries from a real Postgres to real HTTP servers: what becomes of a webhook, whatever happens to it.

Nothing waits for a back-off: time passes by moving `due_at`, and the clock is the test's own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from standardwebhooks import Webhook
from structlog.testing import capture_logs

from postroom.core.backoff import delay
from postroom.db import delivery
from postroom.db.connection import Database, Row
from postroom.errors import Unavailable
from postroom.intake.fetch import GuardedFetcher, Limits
from postroom.ports import Fetched, Reply, SinkT
from postroom.settings import Settings
from postroom.webhooks.deliver import Deliver, Plan
from postroom.webhooks.sign import Event, Standard
from tests.receiver import answer, endless, hang, receiver

SECRET = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"
OPEN = Settings(fetch_allow_http=True, fetch_allow_private=True)
PLAN = Plan(poll=0.05, grace=0.05)


class Now:
    def now(self) -> datetime:
        return datetime.now(UTC)


def sender(
    db: Database,
    *,
    settings: Settings = OPEN,
    plan: Plan = PLAN,
    limits: Limits = Limits(post=2.0),
    **more: Any,
) -> Deliver:
    return Deliver(db, GuardedFetcher(settings, Now(), limits=limits), Now(), plan=plan, **more)


async def announce(db: Database, url: str, *, job: UUID | None = None, secret: str = SECRET) -> None:
    async with db.transaction() as connection:
        account = await connection.fetchval(
            "INSERT INTO account (id, name, webhook_secret) VALUES ($1, 'a', $2)"
            " ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id",
            uuid4(),
            secret,
        )
        if job is not None:
            await connection.execute(
                "INSERT INTO job"
                " (id, account_id, system, workflow, environment, state, policy, duplicates, finishes)"
                " VALUES ($1, $2, 'inspect', 'inspect', 'production', 'open', 'independent', 'fail', false)",
                job,
                account,
            )
        await delivery.insert(
            connection,
            account=account,
            job=job,
            url=url,
            type="job.succeeded",
            payload={"name": "top secret"},
        )


async def rows(db: Database) -> list[Row]:
    return await db.fetch("SELECT *, due_at - now() AS wait FROM delivery ORDER BY id")


async def the_row(db: Database) -> Row:
    (row,) = await rows(db)
    return row


async def make_due(db: Database) -> None:
    await db.execute("UPDATE delivery SET due_at = now() WHERE state = 'pending'")


async def go(deliver: Deliver) -> int:
    """One round, to its end."""
    count = await deliver.round()
    await deliver.idle()
    return count


@asynccontextmanager
async def running(deliver: Deliver) -> AsyncIterator[None]:
    task = asyncio.create_task(deliver.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until_ended(db: Database, count: int, seconds: float = 120.0) -> None:
    async with asyncio.timeout(seconds):
        while await db.fetchval("SELECT count(*) FROM delivery WHERE ended_at IS NOT NULL") < count:
            await asyncio.sleep(0.02)


# --- what receivers answer


async def test_a_webhook_arrives_signed_with_its_event_and_is_delivered_once(db: Database) -> None:
    async with receiver(answer(200)) as target:
        await announce(db, target.url)
        deliver = sender(db)
        assert await go(deliver) == 1
        assert await go(deliver) == 0
    (request,) = target.requests
    Webhook(SECRET).verify(request.body, dict(request.headers))
    row = await the_row(db)
    body = json.loads(request.body)
    assert request.line == "POST /hook?token=hush HTTP/1.1"
    assert request.headers["content-type"] == "application/json"
    assert body["type"] == "job.succeeded" and body["data"] == {"name": "top secret"}
    assert datetime.fromisoformat(body["timestamp"]) == row["created_at"]
    assert (row["state"], row["status"], row["attempt"], row["error"]) == ("delivered", 200, 1, None)
    assert row["ended_at"] is not None


async def test_after_a_500_it_is_sent_again_later_with_the_same_id(db: Database) -> None:
    async with receiver(answer(500)) as target:
        await announce(db, target.url)
        deliver = sender(db)
        await go(deliver)
        row = await the_row(db)
        assert (row["state"], row["status"], row["error"]) == (
            "pending",
            500,
            "The receiver answered with status 500.",
        )
        assert timedelta(seconds=4) < row["wait"] <= timedelta(seconds=10)
        assert await go(deliver) == 0
        await make_due(db)
        target.behave = answer(200)
        await go(deliver)
    first, second = target.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert (await the_row(db))["state"] == "delivered"


async def test_410_ends_it(db: Database) -> None:
    async with receiver(answer(410)) as target:
        await announce(db, target.url)
        await go(sender(db))
    row = await the_row(db)
    assert (row["state"], row["status"], row["attempt"]) == ("abandoned", 410, 1)
    assert "410" in row["error"]


async def test_after_a_410_nothing_else_of_the_job_goes_there_unless_it_is_asked_for(db: Database) -> None:
    job, other = uuid4(), uuid4()
    async with receiver(answer(410)) as target, receiver(answer(200)) as elsewhere:
        await announce(db, target.url, job=job)
        deliver = sender(db)
        await go(deliver)
        async with db.transaction() as connection:
            account = await connection.fetchval("SELECT id FROM account")
            for url in (target.url, elsewhere.url):
                await delivery.insert(connection, account=account, job=job, url=url, type="x", payload={})
        await announce(db, target.url, job=other)
        await go(deliver)
        assert (len(target.requests), len(elsewhere.requests)) == (2, 1)
        first, silent, _, _ = await rows(db)
        assert (silent["state"], silent["attempt"], silent["status"]) == ("abandoned", 0, None)
        assert "410" in silent["error"]
        async with db.transaction() as connection:
            assert await delivery.again(connection, job, silent["id"])
        target.behave = answer(200)
        await go(deliver)
    assert len(target.requests) == 3
    assert [row["state"] for row in await rows(db)] == ["abandoned", "delivered", "delivered", "abandoned"]
    assert first["status"] == 410


async def test_a_410_ends_what_waits_for_the_same_receiver(db: Database) -> None:
    job = uuid4()
    async with receiver(answer(500)) as target:
        await announce(db, target.url, job=job)
        async with db.transaction() as connection:
            account = await connection.fetchval("SELECT id FROM account")
            await delivery.insert(connection, account=account, job=job, url=target.url, type="x", payload={})
        deliver = sender(db)
        await go(deliver)
        await db.execute(
            "UPDATE delivery SET due_at = now() WHERE id = (SELECT min(id::text)::uuid FROM delivery)"
        )
        target.behave = answer(410)
        await go(deliver)
    assert len(target.requests) == 3
    assert [row["state"] for row in await rows(db)] == ["abandoned", "abandoned"]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [
        ("120", 119, 120),
        ("DATE", 118, 121),
        ("0", 4, 10),
        ("99999999999999999999", 4 * 3600 - 1, 4 * 3600),
        ("soon", 4, 10),
    ],
)
async def test_retry_after_is_honoured_but_bounded_and_never_hurries(
    db: Database, status: int, asked: str, least: int, most: int
) -> None:
    if asked == "DATE":
        then = datetime.now(UTC) + timedelta(seconds=120)
        asked = then.strftime("%a, %d %b %Y %H:%M:%S GMT")
    async with receiver(answer(status, f"Retry-After: {asked}\r\n")) as target:
        await announce(db, target.url)
        await go(sender(db))
    row = await the_row(db)
    assert row["state"] == "pending"
    assert timedelta(seconds=least) <= row["wait"] <= timedelta(seconds=most)


async def test_a_redirect_is_not_followed(db: Database) -> None:
    async with receiver(answer(200)) as inner, receiver(answer(200)) as target:
        target.behave = answer(307, f"Location: {inner.url}\r\n")
        await announce(db, target.url)
        await go(sender(db))
    row = await the_row(db)
    assert (row["state"], row["status"]) == ("pending", 307)
    assert not inner.requests


async def test_an_endless_answer_costs_nothing(db: Database) -> None:
    async with receiver(endless) as target, asyncio.timeout(60):
        await announce(db, target.url)
        await go(sender(db))
    assert (await the_row(db))["state"] == "delivered"


async def test_a_receiver_that_hangs_is_left_and_tried_again(db: Database) -> None:
    async with receiver(hang) as target:
        await announce(db, target.url)
        await go(sender(db, limits=Limits(post=0.2)))
    row = await the_row(db)
    assert (row["state"], row["status"]) == ("pending", None)
    assert row["error"] == "127.0.0.1 took longer than 0.2 seconds."


async def test_a_receiver_that_is_not_there_is_tried_again(db: Database) -> None:
    async with receiver(answer(200)) as target:
        pass
    await announce(db, target.url)
    await go(sender(db))
    row = await the_row(db)
    assert (row["state"], row["error"]) == ("pending", "127.0.0.1 cannot be reached.")


@pytest.mark.parametrize(
    ("url", "settings", "reason"),
    [
        (
            "https://127.0.0.1:1/",
            Settings(),
            "127.0.0.1 must not be contacted: it leads to a loopback address.",
        ),
        (
            "https://localhost:1/",
            Settings(),
            "localhost must not be contacted: it leads to a loopback address.",
        ),
        ("http://127.0.0.1:1/", Settings(), "The URL must begin with https://."),
    ],
)
async def test_a_private_target_is_abandoned_with_the_reason(
    db: Database, url: str, settings: Settings, reason: str
) -> None:
    await announce(db, url)
    await go(sender(db, settings=settings))
    row = await the_row(db)
    assert (row["state"], row["error"], row["attempt"]) == ("abandoned", reason, 1)


# --- how long it is tried


def test_the_delays_of_one_delivery_are_about_two_days() -> None:
    plan = Plan()

    def total(jitter: float) -> float:
        tries = range(1, plan.attempts)
        return sum(delay(n, base=plan.base, cap=plan.cap, jitter=jitter) for n in tries) / 3600

    assert total(0.0) > 30 and total(0.5) == pytest.approx(49, abs=1) and total(1.0) < 72


async def test_after_the_last_attempt_it_is_abandoned(db: Database) -> None:
    async with receiver(answer(500)) as target:
        await announce(db, target.url)
        deliver = sender(db, plan=replace(PLAN, attempts=3))
        for _ in range(5):
            await make_due(db)
            await go(deliver)
    row = await the_row(db)
    assert (row["state"], row["attempt"], len(target.requests)) == ("abandoned", 3, 3)
    assert row["error"].endswith("That was attempt 3, the last one.")


# --- many at once


class Promised(Standard):
    retries = (60.0, 300.0)


async def test_a_format_may_promise_when_a_webhook_comes_again_and_how_often(db: Database) -> None:
    async with receiver(answer(503)) as target:
        await announce(db, target.url)
        deliver = sender(db, form=lambda row: Promised())
        waits = []
        for _ in Promised.retries:
            await go(deliver)
            waits.append((await the_row(db))["wait"].total_seconds())
            await make_due(db)
        await go(deliver)
    row = await the_row(db)
    assert (row["state"], row["attempt"]) == ("abandoned", 3)
    # The wait is seen a moment after it has begun.
    assert all(
        promised - 30 < wait <= promised for promised, wait in zip(Promised.retries, waits, strict=True)
    )


async def test_one_slow_host_does_not_hold_up_another(db: Database) -> None:
    async with receiver(hang) as slow, receiver(answer(200)) as quick:
        for _ in range(30):
            await announce(db, slow.url)
        for _ in range(10):
            await announce(db, quick.url)
        plan = replace(PLAN, concurrency=8, per_host=4)
        async with running(sender(db, plan=plan, limits=Limits(post=20.0))):
            await until_ended(db, 10, 5.0)
        assert len(quick.requests) == 10
        assert slow.most_at_once == 4
        assert quick.most_at_once <= 4


async def test_several_senders_never_send_one_attempt_twice(db: Database) -> None:
    async with receiver(answer(200)) as one, receiver(answer(204)) as two:
        for _ in range(40):
            await announce(db, one.url)
            await announce(db, two.url)
        async with running(sender(db)), running(sender(db)), running(sender(db)):
            await until_ended(db, 80)
    ids = [request.headers["webhook-id"] for request in one.requests + two.requests]
    assert len(ids) == len(set(ids)) == 80
    assert {row["attempt"] for row in await rows(db)} == {1}


async def test_what_becomes_due_is_found_by_polling(db: Database) -> None:
    async with receiver(answer(200)) as target, running(sender(db)):
        await asyncio.sleep(0.1)
        await announce(db, target.url)
        await until_ended(db, 1)


# --- death and other mishaps


async def test_what_a_dead_sender_had_taken_is_sent_by_another_when_its_hold_is_over(db: Database) -> None:
    async with receiver(answer(200)) as target:
        await announce(db, target.url)
        (taken,) = await delivery.take_due(db, 10, 60.0, per_host=4, busy={})  # and then it dies
        assert await go(sender(db)) == 0
        row = await the_row(db)
        assert timedelta(seconds=55) < row["wait"] <= timedelta(seconds=60)
        await make_due(db)
        assert await go(sender(db)) == 1
        (request,) = target.requests
        assert request.headers["webhook-id"] == f"msg_{taken['id'].hex}"


async def test_a_sender_that_comes_too_late_does_not_overrule_the_next(db: Database) -> None:
    await announce(db, "https://example.com/")
    (late,) = await delivery.take_due(db, 10, 60.0, per_host=4, busy={})
    await make_due(db)
    (current,) = await delivery.take_due(db, 10, 60.0, per_host=4, busy={})
    verdict: Mapping[str, Any] = {"state": "delivered", "status": 200, "error": None, "delay": 0.0}
    assert not await delivery.settle(db, late["id"], late["attempt"], **verdict)
    assert (await the_row(db))["state"] == "pending"
    assert await delivery.settle(db, current["id"], current["attempt"], **verdict)


async def test_stopping_in_the_middle_leaves_it_to_be_sent_again(db: Database) -> None:
    async with receiver(hang) as target:
        await announce(db, target.url)
        async with running(sender(db)), asyncio.timeout(60):
            while not target.requests:
                await asyncio.sleep(0.02)
        assert (await the_row(db))["state"] == "pending"
        target.behave = answer(200)
        await make_due(db)
        await go(sender(db))
    assert len({request.headers["webhook-id"] for request in target.requests}) == 1
    assert (await the_row(db))["state"] == "delivered"


async def test_stopping_lets_what_is_nearly_done_be_done(db: Database) -> None:
    async def slowly(*told: Any) -> None:
        await asyncio.sleep(0.2)
        answer(200)(*told)

    async with receiver(slowly) as target:
        await announce(db, target.url)
        async with running(sender(db, plan=replace(PLAN, grace=5.0))), asyncio.timeout(60):
            while not target.requests:
                await asyncio.sleep(0.02)
    assert (await the_row(db))["state"] == "delivered"


class Broken:
    """Fails with what it is given, once per entry. Can only post."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        if self.errors:
            raise self.errors.pop()
        return Reply(200)

    def check(self, url: str) -> None:
        raise NotImplementedError

    async def get(self, url: str, sink: Callable[[], SinkT], *, limit: int) -> tuple[SinkT, Fetched]:
        raise NotImplementedError


async def test_a_defect_of_ours_costs_an_attempt_and_nothing_else(db: Database) -> None:
    await announce(db, "https://example.com/")
    deliver = Deliver(db, Broken(RuntimeError("top secret")), Now(), plan=PLAN)
    with capture_logs() as logs:
        await go(deliver)
    assert (await the_row(db))["state"] == "pending"
    assert [entry["event"] for entry in logs] == ["webhook.defect", "webhook.retry"]
    assert "top secret" not in repr(logs)
    await make_due(db)
    await go(deliver)
    assert (await the_row(db))["state"] == "delivered"


async def test_a_database_that_is_away_for_a_moment_costs_no_second_sending(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle, failures = delivery.settle, [Unavailable("away"), Unavailable("away")]

    async def stumbling(*given: Any, **more: Any) -> bool:
        if failures:
            raise failures.pop()
        return await settle(*given, **more)

    monkeypatch.setattr(delivery, "settle", stumbling)
    async with receiver(answer(200)) as target:
        await announce(db, target.url)
        await go(sender(db))
    assert (await the_row(db))["state"] == "delivered"
    assert len(target.requests) == 1


# --- what others see of it


async def test_logs_name_the_job_and_hold_no_secret_no_payload_and_no_url(db: Database) -> None:
    job = uuid4()
    async with receiver(answer(500)) as target:
        await announce(db, target.url, job=job)
        with capture_logs() as logs:
            await go(sender(db))
            await make_due(db)
            target.behave = answer(200)
            await go(sender(db))
    assert [entry["event"] for entry in logs] == ["webhook.retry", "webhook.delivered"]
    assert all(entry["job"] == str(job) for entry in logs)
    for word in ("top secret", SECRET, SECRET.removeprefix("whsec_"), "hush", "v1,"):
        assert word not in repr(logs)


class Other:
    """A format of another front desk."""

    def body(self, event: Event) -> bytes:
        return event.type.encode()

    def headers(self, event: Event, body: bytes, *, secret: str, sent: datetime) -> Mapping[str, str]:
        return {"x-event": event.id}


async def test_a_desk_may_bring_its_own_format(db: Database) -> None:
    async with receiver(answer(200)) as target:
        await announce(db, target.url, job=uuid4())
        seen: list[Row] = []

        def form(row: Row) -> Other:
            seen.append(row)
            return Other()

        await go(sender(db, form=form))
    (request,) = target.requests
    assert request.body == b"job.succeeded" and request.headers["x-event"].startswith("msg_")
    assert seen[0]["system"] == "inspect"


async def test_hosts_are_told_apart_by_name_and_port_alone(db: Database) -> None:
    for url in (
        "https://a.example/x",
        "HTTPS://A.example?y",
        "https://u:p@a.example#z",
        "https://a.example:8443/",
        "rubbish",
        "",
    ):
        await announce(db, url)
    taken = await delivery.take_due(db, 10, 60.0, per_host=2, busy={"a.example": 1})
    assert sorted(row["host"] for row in taken) == ["", "", "a.example", "a.example:8443"]

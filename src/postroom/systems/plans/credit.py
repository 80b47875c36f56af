"""Owns credits: what an account has, what is held for a job before it is processed, what its pages cost.

Rows of a working job are only added, so that its chunks never wait for each other. The balance is a setting;
what is gone from it are debits, and holds of jobs that have not ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from postroom.db.connection import Connection, Database
from postroom.settings import Settings

_LOCK = 0x706C616E  # with the account's id: reservations of one account are made one after the other


@dataclass(frozen=True, slots=True)
class Billing:
    """Of one job. reserved: what was held for it. drawing, document: pages that succeeded; the rates, per
    page, are None before the job was let through."""

    debited: int = 0
    reserved: int = 0
    drawing: int = 0
    document: int = 0
    drawing_rate: int | None = None
    document_rate: int | None = None


def cost(settings: Settings, drawing: int, document: int) -> int:
    return drawing * settings.plans_drawing_credits + document * settings.plans_document_credits


async def available(connection: Connection | Database, account: UUID, settings: Settings) -> int:
    """Credits that are neither used nor held. Of a job counts what is held or what it used: the greater."""
    gone = await connection.fetchval(
        "SELECT coalesce(sum(greatest(held, used)), 0) FROM (SELECT"
        " coalesce(sum(credits) FILTER (WHERE kind = 'reserve' AND NOT released), 0) AS held,"
        " coalesce(sum(credits) FILTER (WHERE kind <> 'reserve'), 0) AS used"
        " FROM plan_credit WHERE account_id = $1 GROUP BY job_id) x",
        account,
    )
    return settings.plans_credits - int(gone)


async def charge_project(connection: Connection, account: UUID, settings: Settings) -> int | None:
    """Take what a new project costs. Returns what was there before; None if that is too little."""
    await _one_at_a_time(connection, account)
    there = await available(connection, account, settings)
    if there < settings.plans_project_credits:
        return None
    if settings.plans_project_credits:
        await connection.execute(
            "INSERT INTO plan_credit (account_id, kind, credits) VALUES ($1, 'project', $2)",
            account,
            settings.plans_project_credits,
        )
    return there


async def _one_at_a_time(connection: Connection, account: UUID) -> None:
    await connection.execute("SELECT pg_advisory_xact_lock($1, hashtext($2::text))", _LOCK, str(account))


async def reserve(connection: Connection, job: UUID, settings: Settings) -> int | None:
    """Hold what the checked documents of a job will cost, if it is not held yet.

    None if it is, now. Else how many credits are missing.
    """
    found = await connection.fetchrow(
        "SELECT j.account_id, coalesce(sum((d.facts->>'drawing_pages')::int), 0)::int AS drawing,"
        " coalesce(sum((d.facts->>'document_pages')::int), 0)::int AS document"
        " FROM job j LEFT JOIN document d ON d.job_id = j.id AND d.state = 'ready'"
        " WHERE j.id = $1 GROUP BY j.account_id",
        job,
    )
    if found is None or await connection.fetchval(
        "SELECT EXISTS (SELECT FROM plan_credit WHERE job_id = $1 AND kind = 'reserve')", job
    ):
        return None
    wanted = cost(settings, found["drawing"], found["document"])
    await _one_at_a_time(connection, found["account_id"])
    there = await available(connection, found["account_id"], settings)
    if there < wanted:
        return wanted - there
    await connection.execute(
        "INSERT INTO plan_credit (account_id, job_id, kind, credits, drawing, document)"
        " VALUES ($1, $2, 'reserve', $3, $4, $5)",
        found["account_id"],
        job,
        wanted,
        settings.plans_drawing_credits,
        settings.plans_document_credits,
    )
    return None


async def debit(connection: Connection, job: UUID, *, drawing: int, document: int) -> None:
    """Pages that succeeded, at the rates that were current when the job was let through (the hold has them)."""
    if drawing or document:
        await connection.execute(
            "INSERT INTO plan_credit (account_id, job_id, kind, credits, drawing, document)"
            " SELECT account_id, job_id, 'debit', $2 * drawing::bigint + $3 * document::bigint, $2, $3"
            " FROM plan_credit WHERE job_id = $1 AND kind = 'reserve'",
            job,
            drawing,
            document,
        )


async def settle(connection: Connection, job: UUID) -> None:
    """The job has ended: its debits become one row, what was held and not used is free again."""
    await connection.execute(
        "UPDATE plan_credit SET released = true WHERE job_id = $1 AND kind = 'reserve'", job
    )
    await connection.execute(
        "WITH gone AS (DELETE FROM plan_credit WHERE job_id = $1 AND kind = 'debit' RETURNING *)"
        " INSERT INTO plan_credit (account_id, job_id, kind, credits, drawing, document)"
        " SELECT account_id, job_id, 'debit', sum(credits), sum(drawing), sum(document) FROM gone"
        " GROUP BY account_id, job_id",
        job,
    )


async def of_job(connection: Connection | Database, job: UUID) -> Billing:
    row = await connection.fetchrow(
        "SELECT coalesce(sum(credits) FILTER (WHERE kind = 'debit'), 0)::bigint AS debited,"
        " coalesce(sum(credits) FILTER (WHERE kind = 'reserve'), 0)::bigint AS reserved,"
        " coalesce(sum(drawing) FILTER (WHERE kind = 'debit'), 0)::int AS drawing,"
        " coalesce(sum(document) FILTER (WHERE kind = 'debit'), 0)::int AS document,"
        " max(drawing) FILTER (WHERE kind = 'reserve') AS drawing_rate,"
        " max(document) FILTER (WHERE kind = 'reserve') AS document_rate"
        " FROM plan_credit WHERE job_id = $1",
        job,
    )
    return Billing(*row) if row is not None else Billing()

"""Owns writing companies, sites, accounts, meters, usage corrections and receivers of webhooks.

What a bill brings is `store_document.py`'s. Each call is part of the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from postroom.db.connection import Connection, Database, Row, dumps, loads
from postroom.desk.access import Whose
from postroom.systems.bills import match

# The names in statements are constants of this file.
# ruff: noqa: S608

# Member of a body -> column.
COMPANY: Mapping[str, str] = {
    "name": "name",
    "externalId": "external_id",
    "dataCollectionStartDate": "data_collection_start",
    "isImpliedMeteringEnabled": "is_implied_metering",
    "impliedMeteringFraction": "implied_fraction",
    "isDemandEnabled": "is_demand",
    "isBasicIdentifierMappingEnabled": "is_basic_mapping",
    "isLowAccuracyModeEnabled": "is_low_accuracy",
    "users": "users",
}
SITE: Mapping[str, str] = {
    "name": "name",
    "externalId": "external_id",
    "address": "address",
    "path": "path",
    "occupancyPercent": "occupancy",
}


async def create_company(
    connection: Connection | Database, account: UUID, environment: str, given: Mapping[str, Any], today: date
) -> UUID:
    values = {
        "id": UUID(str(uuid7())),
        "account_id": account,
        "environment": environment,
        "data_collection_start": date(today.year - 1, 1, 1),
        **{COMPANY[name]: value for name, value in given.items()},
    }
    return await _insert(connection, "bill_company", values)


async def create_site(connection: Connection | Database, company: UUID, given: Mapping[str, Any]) -> UUID:
    values = {
        "id": UUID(str(uuid7())),
        "company_id": company,
        **{SITE[name]: value for name, value in given.items()},
    }
    return await _insert(connection, "bill_site", values)


async def _insert(connection: Connection | Database, table: str, values: Mapping[str, Any]) -> UUID:
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    made: UUID = await connection.fetchval(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places}) RETURNING id", *values.values()
    )
    return made


async def update_company(connection: Connection | Database, company: UUID, given: Mapping[str, Any]) -> None:
    await _update(
        connection, "bill_company", company, {COMPANY[name]: value for name, value in given.items()}
    )


async def update_site(connection: Connection | Database, site: UUID, given: Mapping[str, Any]) -> None:
    await _update(connection, "bill_site", site, {SITE[name]: value for name, value in given.items()})


async def _update(connection: Connection | Database, table: str, id: UUID, values: Mapping[str, Any]) -> None:
    if values:
        sets = ", ".join(f"{name} = ${number}" for number, name in enumerate(values, 2))
        await connection.execute(f"UPDATE {table} SET {sets} WHERE id = $1", id, *values.values())


async def set_active(connection: Connection | Database, company: UUID, active: bool) -> bool:
    done = await connection.execute("UPDATE bill_company SET is_active = $2 WHERE id = $1", company, active)
    return done == "UPDATE 1"


async def archive_site(connection: Connection | Database, site: UUID, today: date) -> None:
    """Archiving it again keeps the first date."""
    await connection.execute(
        "UPDATE bill_site SET stop_date = coalesce(stop_date, $2) WHERE id = $1", site, today
    )


async def delete_company(connection: Connection, company: UUID) -> list[str]:
    """With all that is its own. Returns the blobs that its documents named."""
    await connection.execute("SELECT id FROM bill_company WHERE id = $1 FOR UPDATE", company)
    rows = await connection.fetch(
        "SELECT blob FROM bill_document WHERE company_id = $1 AND blob IS NOT NULL", company
    )
    await connection.execute("DELETE FROM bill_company WHERE id = $1", company)
    return [row["blob"] for row in rows]


async def add_job(connection: Connection, job: UUID, company: UUID, site: UUID | None) -> None:
    """Whose bills a job brings; safe to repeat."""
    await connection.execute(
        "INSERT INTO bill_job (job_id, company_id, site_id) VALUES ($1, $2, $3) ON CONFLICT (job_id) DO NOTHING",
        job,
        company,
        site,
    )


# --- tracking ------------------------------------------------------------------------------------------


async def track(connection: Connection, accounts: Sequence[UUID], on: bool, *, meters: bool) -> None:
    """meters: carry the value over to the accounts' meters."""
    await connection.execute(
        "UPDATE bill_account SET tracking = $2 WHERE id = ANY($1)",
        list(accounts),
        "ENABLED" if on else "DISABLED",
    )
    if meters:
        await connection.execute(
            "UPDATE bill_meter SET is_tracked = $2 WHERE account_id = ANY($1)", list(accounts), on
        )


async def accounts_of(connection: Connection, company: UUID, wanted: Sequence[UUID] | None) -> list[UUID]:
    """Those of the company, locked. wanted: None means all."""
    rows = await connection.fetch(
        "SELECT id FROM bill_account WHERE company_id = $1 AND ($2::uuid[] IS NULL OR id = ANY($2))"
        " ORDER BY id FOR UPDATE",
        company,
        None if wanted is None else list(wanted),
    )
    return [row["id"] for row in rows]


# --- corrections ---------------------------------------------------------------------------------------

_COLUMNS = {"startDate": "start_date", "endDate": "end_date"}


async def correct_usage(connection: Connection, usage: UUID, given: Mapping[str, Any]) -> bool:
    """Change members of an entry. False if they were so already. `meter` is an id of the same company."""
    row = await connection.fetchrow("SELECT * FROM bill_usage WHERE id = $1 FOR UPDATE", usage)
    if row is None:
        return False
    body = loads(row["body"])
    meter = given.get("meter", row["meter_id"])
    first, last = (given.get(name, row[column]) for name, column in _COLUMNS.items())
    plain = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in given.items()
        if name != "meter"
    }
    changed = {**body, **plain}
    if changed == body and meter == row["meter_id"] and (first, last) == (row["start_date"], row["end_date"]):
        return False
    keys = match.keys_of(changed.get("identifiers") or [], accounts=True)
    await connection.execute(
        "UPDATE bill_usage SET body = $2::jsonb, meter_id = $3, start_date = $4, end_date = $5, keys = $6,"
        " updated_at = now() WHERE id = $1",
        usage,
        dumps(changed),
        meter,
        first,
        last,
        keys if "identifiers" in given else row["keys"],
    )
    await connection.execute("UPDATE bill_document SET updated_at = now() WHERE id = $1", row["document_id"])
    if "identifiers" in given and meter is not None:
        await _carry_over(connection, meter, given["identifiers"])
    return True


async def _carry_over(connection: Connection, meter: UUID, identifiers: Sequence[Mapping[str, Any]]) -> None:
    """What was corrected in an entry holds for its meter, too."""
    await connection.execute(
        "UPDATE bill_meter SET identifiers = $2::jsonb, keys = $3 WHERE id = $1",
        meter,
        dumps(list(identifiers)),
        match.keys_of(identifiers, accounts=False),
    )


async def delete_document(connection: Connection, document: UUID) -> bool:
    """Mark as deleted: it is no original any more. False if it was so already."""
    done = await connection.execute(
        "UPDATE bill_document SET deleted_at = now(), updated_at = now() WHERE id = $1 AND deleted_at IS NULL",
        document,
    )
    return done == "UPDATE 1"


async def purge_document(connection: Connection, document: UUID) -> str | None:
    """Forget it with all that was read of it. Returns its blob."""
    blob: str | None = await connection.fetchval(
        "DELETE FROM bill_document WHERE id = $1 RETURNING blob", document
    )
    return blob


# --- webhooks ------------------------------------------------------------------------------------------


async def add_webhook(
    connection: Connection | Database, whose: Whose, url: str, base: str, types: Sequence[str]
) -> UUID:
    account, environment = whose
    values = {
        "id": UUID(str(uuid7())),
        "account_id": account,
        "environment": environment,
        "url": url,
        "base": base,
        "types": list(types),
    }
    return await _insert(connection, "bill_webhook", values)


async def webhooks(connection: Connection | Database, whose: Whose) -> list[Row]:
    return await connection.fetch(
        "SELECT * FROM bill_webhook WHERE account_id = $1 AND environment = $2 ORDER BY id", *whose
    )


async def remove_webhook(connection: Connection | Database, whose: Whose, webhook: UUID) -> bool:
    done = await connection.execute(
        "DELETE FROM bill_webhook WHERE id = $1 AND account_id = $2 AND environment = $3", webhook, *whose
    )
    return done == "DELETE 1"


async def open_portal(connection: Connection | Database, key: UUID, digest: bytes, days: float) -> None:
    """A link to the portal, for as long as the key is good; what has run out is forgotten on the way."""
    await connection.execute("DELETE FROM bill_portal WHERE expires_at < now()")
    await connection.execute(
        "INSERT INTO bill_portal (token_hash, key_id, expires_at)"
        " VALUES ($1, $2, now() + make_interval(secs => $3))",
        digest,
        key,
        days * 86_400,
    )


async def portal(connection: Connection | Database, digest: bytes) -> Whose | None:
    """Whose portal a link opens. With the key that it was made with, it is revoked."""
    row = await connection.fetchrow(
        "SELECT k.account_id, k.environment FROM bill_portal p JOIN api_key k ON k.id = p.key_id"
        " WHERE p.token_hash = $1 AND p.expires_at > now() AND k.revoked_at IS NULL",
        digest,
    )
    return None if row is None else (row["account_id"], row["environment"])

"""Owns finding the account, the meter and the site of a usage entry, and making those that are new.

The caller holds the company's lock, so no two bills make the same meter. The choice itself is `match.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from postroom.db.connection import Connection, dumps
from postroom.systems.bills import contract, match
from postroom.systems.bills.match import Known
from postroom.systems.bills.read import provider


@dataclass(frozen=True, slots=True)
class Assigned:
    """Where a usage entry belongs. keys: all of its identifiers as they are compared."""

    meter: UUID | None
    site: UUID | None
    commodity: str
    keys: Sequence[str]


async def assign(
    connection: Connection,
    company: UUID,
    entry: Mapping[str, Any],
    facts: Mapping[str, Any],
    forced: UUID | None,
) -> Assigned:
    """forced: the site that the client named; the meter is not moved for it."""
    identifiers = entry.get("identifiers") or []
    named = facts.get("commodity")
    commodity = entry.get("datasourceType") or (named if named in contract.DATASOURCES else None)
    commodity = commodity or contract.UNKNOWN_COMMODITY
    number = match.account_number(identifiers) or facts.get("account")
    address = entry.get("serviceAddress")
    account = await _account(connection, company, number, entry.get("utilityName")) if number else None
    own = match.keys_of(identifiers, accounts=False)
    found = match.meter(await _known(connection, company, commodity, own, account), own, account, address)
    if found is not None:
        site = forced or found.site or await _site(connection, company, address)
        await _learn(connection, found, account, site, address)
        meter: UUID | None = found.id
    else:
        site = forced or await _site(connection, company, address)
        meter = None
        if own or account is not None:  # without either there is nothing to know it again by
            meter = await _new_meter(connection, company, account, site, commodity, identifiers, own, address)
    every = set(match.keys_of(identifiers, accounts=True))
    if number and (normal := contract.identifier(number)):
        every.add(normal)
    return Assigned(meter, site, commodity, sorted(every))


async def _known(
    connection: Connection, company: UUID, commodity: str, keys: Sequence[str], account: UUID | None
) -> list[Known]:
    rows = await connection.fetch(
        "SELECT id, site_id, account_id, keys, address FROM bill_meter WHERE company_id = $1"
        " AND datasource_type = $2 AND (keys && $3::text[] OR account_id = $4) ORDER BY id",
        company,
        commodity,
        list(keys),
        account,
    )
    return [
        Known(row["id"], row["site_id"], row["account_id"], frozenset(row["keys"]), row["address"])
        for row in rows
    ]


async def _account(connection: Connection, company: UUID, number: str, utility: str | None) -> UUID | None:
    """The account of that number at that provider; made if the company has none."""
    normal = contract.identifier(number)
    if not normal:
        return None
    own = provider.normal(utility) if utility else None
    rows = await connection.fetch(
        "SELECT id, provider FROM bill_account WHERE company_id = $1 AND normal = $2 ORDER BY id",
        company,
        normal,
    )
    for row in rows:
        if match.same_provider(row["provider"], own):
            found: UUID = row["id"]
            return found
    made = UUID(str(uuid7()))
    await connection.execute(
        "INSERT INTO bill_account (id, company_id, number, normal, provider) VALUES ($1, $2, $3, $4, $5)",
        made,
        company,
        number[:200],
        normal,
        own,
    )
    return made


async def _site(connection: Connection, company: UUID, address: str | None) -> UUID | None:
    if not address:
        return None
    rows = await connection.fetch(
        "SELECT id, address FROM bill_site WHERE company_id = $1 AND stop_date IS NULL AND address <> ''",
        company,
    )
    return match.site(address, [(row["id"], row["address"]) for row in rows])


async def _learn(
    connection: Connection, known: Known, account: UUID | None, site: UUID | None, address: str | None
) -> None:
    """What an earlier bill did not tell of a meter."""
    if (
        (known.account is None and account)
        or (known.site is None and site)
        or (not known.address and address)
    ):
        await connection.execute(
            "UPDATE bill_meter SET account_id = coalesce(account_id, $2), site_id = coalesce(site_id, $3),"
            " address = coalesce(address, $4) WHERE id = $1",
            known.id,
            account,
            site,
            address,
        )


async def _new_meter(
    connection: Connection,
    company: UUID,
    account: UUID | None,
    site: UUID | None,
    commodity: str,
    identifiers: Sequence[Mapping[str, Any]],
    keys: Sequence[str],
    address: str | None,
) -> UUID:
    made = UUID(str(uuid7()))
    await connection.execute(
        "INSERT INTO bill_meter (id, company_id, account_id, site_id, datasource_type, identifiers, keys, address)"
        " VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8)",
        made,
        company,
        account,
        site,
        commodity,
        dumps(list(identifiers)),
        list(keys),
        address,
    )
    return made

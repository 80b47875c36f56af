"""Owns what becomes of a read file in the desk's tables: original, duplicate, revision or no bill at all.

The rules are the contract's section 6. One company's files are decided one after the other (its row is
locked), so that of two jobs at once the first to commit has the original; unique indexes guard it again.
Locks are taken in one order: the company, then the job. Refuses to know how a bill is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from postroom.db.connection import Connection, Row, dumps, loads
from postroom.systems.bills import contract, fingerprint, store_meter
from postroom.systems.bills.contract import DUPLICATE, NON_UTILITY, PARSED

_LISTS = ("usageData", "lineItems", "demandMeters")


@dataclass(frozen=True, slots=True)
class Place:
    """Whose a job's documents are. site: forced onto all of its usage."""

    company: UUID
    site: UUID | None


@dataclass(frozen=True, slots=True)
class Decided:
    """What a file turned out to be. original: of a duplicate. revised: bills that it takes the place of."""

    kind: str
    original: UUID | None = None
    revised: Sequence[UUID] = ()


async def place(connection: Connection, job: UUID) -> Place | None:
    """The company of a job, locked against other decisions. None if the job has none, or it is gone."""
    row = await connection.fetchrow(
        "SELECT c.id, j.site_id FROM bill_job j JOIN bill_company c ON c.id = j.company_id"
        " WHERE j.job_id = $1 FOR NO KEY UPDATE OF c",
        job,
    )
    return None if row is None else Place(row["id"], row["site_id"])


async def decide(connection: Connection, place: Place, document: UUID, read: Mapping[str, Any]) -> Decided:
    """Store what was read of a file, once it is known what the file is."""
    file = await connection.fetchrow(
        "SELECT id, job_id, position, name, blob, size, sha256, media_type FROM document WHERE id = $1",
        document,
    )
    if file is None:
        raise LookupError("the document of a chunk is gone")
    twin = await connection.fetchval(
        "SELECT id FROM bill_document WHERE company_id = $1 AND sha256 = $2 AND class <> 'duplicate'"
        " AND deleted_at IS NULL",
        place.company,
        file["sha256"],
    )
    if twin is not None:
        decided = Decided(DUPLICATE, twin)
    elif not read["utility"]:
        decided = Decided(NON_UTILITY)
    else:
        decided = await _compared(connection, place, fingerprint.restored(read["fingerprint"]))
    await _insert(connection, place, file, decided, read)
    if decided.kind == PARSED:
        await _usage(connection, place, document, read, decided)
        for older in decided.revised:
            await connection.execute(
                "UPDATE bill_document SET revised_id = $2, updated_at = now() WHERE id = $1", older, document
            )
    return decided


async def _compared(connection: Connection, place: Place, own: fingerprint.Fingerprint) -> Decided:
    rows = await connection.fetch(
        "SELECT id, fingerprint, revised_id FROM bill_document WHERE company_id = $1 AND bill_key = $2"
        " AND class = 'parsed' AND deleted_at IS NULL ORDER BY id",
        place.company,
        own.key,
    )
    related = [
        (row, fingerprint.relation(own, fingerprint.restored(loads(row["fingerprint"])))) for row in rows
    ]
    for row, relation in related:
        if relation == "duplicate":
            return Decided(DUPLICATE, row["id"])
    older = [row["id"] for row, relation in related if relation == "revision" and row["revised_id"] is None]
    return Decided(PARSED, revised=older)


async def _insert(
    connection: Connection, place: Place, file: Row, decided: Decided, read: Mapping[str, Any]
) -> None:
    document: Mapping[str, Any] = read.get("document") or {} if decided.kind == PARSED else {}
    own = fingerprint.restored(read["fingerprint"]) if decided.kind == PARSED else None
    verdict = {name: read.get(name) for name in ("utility", "score", "reasons", "pages")}
    await connection.execute(
        "INSERT INTO bill_document (id, company_id, job_id, position, class, original_id, name, blob, size,"
        " sha256, media_type, start_date, bill_date, body, line_items, demand_meters, provenance, facts, verdict,"
        " bill_key, fingerprint, flagged) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::jsonb,"
        " $15::jsonb, $16::jsonb, $17::jsonb, $18::jsonb, $19::jsonb, $20, $21::jsonb, $22)",
        file["id"],
        place.company,
        file["job_id"],
        file["position"],
        decided.kind,
        decided.original,
        file["name"],
        file["blob"],
        file["size"],
        file["sha256"],
        file["media_type"],
        _day(document.get("startDate")),
        _day(document.get("billDate")),
        dumps({name: value for name, value in document.items() if name not in _LISTS}),
        dumps(document.get("lineItems", [])),
        dumps([]),
        dumps(read.get("provenance", []) if own else []),
        dumps(read.get("facts", {}) if own else {}),
        dumps(verdict),
        own.key if own else None,
        dumps(own.stored()) if own else None,
        contract.ILLEGIBLE if own and _illegible(document) else None,
    )


def _illegible(document: Mapping[str, Any]) -> bool:
    """Clearly a bill, and nothing of what it says could be read."""
    return not any(document.get(name) for name in ("utilityCompany", "totalCharges", "billDate", "usageData"))


async def _usage(
    connection: Connection, place: Place, document: UUID, read: Mapping[str, Any], decided: Decided
) -> None:
    """The usage entries of a bill, each with its meter and site; then the demand that refers to them."""
    ids: list[UUID] = []
    overlaps = False
    for position, entry in enumerate(read["document"].get("usageData", [])):
        found = await store_meter.assign(connection, place.company, entry, read.get("facts", {}), place.site)
        first = _day(entry.get("startDate"))
        last = _day(entry.get("endDate")) or first  # an unknown last day is the first
        ids.append(UUID(str(uuid7())))
        if found.meter is not None and first is not None:
            overlaps |= await _overlapping(connection, document, found.meter, first, last, decided.revised)
        await connection.execute(
            "INSERT INTO bill_usage (id, document_id, company_id, position, meter_id, site_id, datasource_type,"
            " start_date, end_date, body, keys) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11)",
            ids[-1],
            document,
            place.company,
            position,
            found.meter,
            found.site,
            found.commodity,
            first,
            last,
            dumps({**entry, "country": read.get("facts", {}).get("country")}),
            found.keys,
        )
    demand = [
        {**{name: value for name, value in one.items() if name != "usage"}, "usageDataIds": _named(one, ids)}
        for one in read["document"].get("demandMeters", [])
    ]
    await connection.execute(
        "UPDATE bill_document SET demand_meters = $2::jsonb,"
        " flagged = CASE WHEN $3 THEN $4 ELSE flagged END WHERE id = $1",
        document,
        dumps(demand),
        overlaps,
        contract.OVERLAP,
    )


def _named(demand: Mapping[str, Any], ids: Sequence[UUID]) -> list[str]:
    place = demand.get("usage")
    return [str(ids[place])] if isinstance(place, int) and 0 <= place < len(ids) else []


async def _overlapping(
    connection: Connection,
    document: UUID,
    meter: UUID,
    first: date,
    last: date | None,
    revised: Sequence[UUID],
) -> bool:
    """Whether an earlier bill has usage of the same meter on more than a day that both periods share: many
    utilities end one bill and begin the next on the same day."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM bill_usage u JOIN bill_document d ON d.id = u.document_id"
        " WHERE u.meter_id = $1 AND d.id <> $2 AND d.id <> ALL($5) AND d.deleted_at IS NULL"
        " AND d.revised_id IS NULL AND u.start_date < $4 AND u.end_date > $3)",
        meter,
        document,
        first,
        last,
        list(revised),
    )
    return found


# --- copies, seen before anything is read --------------------------------------------------------------


async def link_known(connection: Connection, job: UUID) -> None:
    """Checked documents of a job whose bytes the company has decided on before: they are not read again.

    The company is not locked here, so a copy may still slip through; `decide` finds it.
    """
    await connection.execute(
        "UPDATE document d SET state = 'duplicate', duplicate_of = o.id, ended_at = now()"
        " FROM bill_job j, bill_document o WHERE d.job_id = $1 AND j.job_id = $1 AND d.state = 'ready'"
        " AND o.company_id = j.company_id AND o.sha256 = d.sha256 AND o.class <> 'duplicate'"
        " AND o.deleted_at IS NULL",
        job,
    )


async def adopt_duplicates(connection: Connection, job: UUID) -> None:
    """When a job has ended: the desk's rows of documents that the core found to be copies. A copy of a file
    that came to nothing comes to nothing, too."""
    await connection.execute(
        "INSERT INTO bill_document (id, company_id, job_id, position, class, original_id, name, blob, size,"
        " sha256, media_type) SELECT d.id, j.company_id, d.job_id, d.position, 'duplicate',"
        " coalesce(o.original_id, o.id), d.name, d.blob, d.size, d.sha256, d.media_type"
        " FROM document d JOIN bill_job j ON j.job_id = d.job_id"
        " JOIN bill_document o ON o.id = d.duplicate_of AND o.company_id = j.company_id"
        " WHERE d.job_id = $1 AND d.state = 'duplicate' AND d.sha256 IS NOT NULL"
        " ORDER BY d.position ON CONFLICT (id) DO NOTHING",
        job,
    )


def _day(value: object) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else None

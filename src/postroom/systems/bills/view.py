"""Owns reading the desk's tables: who may see what, and the lists that paging narrows. Only reads.

NotFound where there is nothing, Forbidden where it is another account's: the contract tells the two apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from postroom.core.states import TERMINAL_JOBS
from postroom.db.connection import Connection, Database, Row
from postroom.desk.access import Access
from postroom.errors import Forbidden, NotFound
from postroom.systems.bills import contract
from postroom.systems.bills.paging import Filter, Page, Where

# The names in statements are constants of this file.
# ruff: noqa: S608

_USAGE = (
    "SELECT u.*, m.address AS meter_address, m.is_tracked AS meter_is_tracked, s.name AS site_name,"
    " s.stop_date AS site_stop_date, s.external_id AS site_external_id, s.address AS site_address,"
    " s.path AS site_path, s.occupancy AS site_occupancy"
    " FROM bill_usage u JOIN bill_document d ON d.id = u.document_id"
    " LEFT JOIN bill_meter m ON m.id = u.meter_id LEFT JOIN bill_site s ON s.id = u.site_id"
)
_ACCOUNT = (
    "SELECT a.*, c.data_collection_start AS collecting_since,"
    " ARRAY(SELECT m.id FROM bill_meter m WHERE m.account_id = a.id ORDER BY m.id) AS meters,"
    " ARRAY(SELECT DISTINCT m.datasource_type FROM bill_meter m WHERE m.account_id = a.id ORDER BY 1)"
    "  AS datasource_types"
    " FROM bill_account a JOIN bill_company c ON c.id = a.company_id"
)


def nothing() -> NotFound:
    return NotFound(contract.NOT_FOUND)


def allowed(access: Access, row: Row | None) -> Row:
    """row: with tenant (an account of ours) and environment of its company."""
    if row is None:
        raise nothing()
    if (row["tenant"], row["environment"]) != access.whose:
        raise Forbidden(contract.NOT_YOURS)
    return row


# --- single things -------------------------------------------------------------------------------------


async def company(db: Database | Connection, access: Access, value: str | UUID) -> Row:
    """A row of bill_company, with `owner`."""
    return allowed(
        access,
        await _one(
            db,
            value,
            "SELECT c.*, c.account_id AS tenant, a.name AS owner FROM bill_company c"
            " JOIN account a ON a.id = c.account_id WHERE c.id = $1",
        ),
    )


async def _one(db: Database | Connection, value: str | UUID, query: str) -> Row | None:
    """The row of an id; what is no id names nothing."""
    found = value if isinstance(value, UUID) else contract.uuid(value)
    return None if found is None else await db.fetchrow(query, found)


async def of_company(db: Database | Connection, access: Access, table: str, value: str | UUID) -> Row:
    """A row of one of the desk's tables that name a company. table: a constant of the caller."""
    query = (
        f"SELECT t.*, c.account_id AS tenant, c.environment FROM {table} t JOIN bill_company c ON c.id = t.company_id"
        " WHERE t.id = $1"
    )
    return allowed(access, await _one(db, value, query))


async def site(db: Database | Connection, access: Access, value: str | UUID) -> Row:
    return await of_company(db, access, "bill_site", value)


async def meter(db: Database | Connection, access: Access, value: str | UUID) -> Row:
    return await of_company(db, access, "bill_meter", value)


async def document(db: Database | Connection, access: Access, value: str | UUID) -> Row:
    return await of_company(db, access, "bill_document", value)


async def document_of_link(db: Database, document: UUID) -> Row | None:
    """A document whose signed address has been checked: nobody's key says whose it is."""
    return await db.fetchrow("SELECT * FROM bill_document WHERE id = $1", document)


async def document_and_owner(db: Database, document: UUID) -> Row | None:
    """A document with `account_id` and `environment` of its company; the caller looks whether it may be seen."""
    return await db.fetchrow(
        "SELECT d.*, c.account_id, c.environment FROM bill_document d"
        " JOIN bill_company c ON c.id = d.company_id WHERE d.id = $1",
        document,
    )


async def meter_of(db: Database, meter: UUID, company: UUID, commodity: str) -> UUID | None:
    """The id itself, if it is that of a meter of the company and commodity."""
    found: UUID | None = await db.fetchval(
        "SELECT id FROM bill_meter WHERE id = $1 AND company_id = $2 AND datasource_type = $3",
        meter,
        company,
        commodity,
    )
    return found


async def account(db: Database | Connection, access: Access, value: str | UUID) -> Row:
    """With meters, datasource_types, collecting_since."""
    own = await of_company(db, access, "bill_account", value)
    row = await db.fetchrow(f"{_ACCOUNT} WHERE a.id = $1", own["id"])
    if row is None:
        raise nothing()
    return row


async def usage(db: Database | Connection, access: Access, value: str | UUID) -> tuple[Row, Row]:
    """A usage entry and its document."""
    own = await of_company(db, access, "bill_usage", value)
    row = await db.fetchrow(f"{_USAGE} WHERE u.id = $1", own["id"])
    found = await db.fetchrow("SELECT * FROM bill_document WHERE id = $1", own["document_id"])
    if row is None or found is None:
        raise nothing()
    return row, found


async def active_site(db: Database | Connection, company: UUID, value: UUID) -> bool:
    """Whether bills may be sent to the site: it is the company's, and not archived."""
    found: bool = await db.fetchval(
        "SELECT EXISTS (SELECT FROM bill_site WHERE id = $1 AND company_id = $2 AND stop_date IS NULL)",
        value,
        company,
    )
    return found


# --- lists ---------------------------------------------------------------------------------------------


async def companies(db: Database, access: Access) -> list[Row]:
    return await db.fetch(
        "SELECT c.*, a.name AS owner FROM bill_company c JOIN account a ON a.id = c.account_id"
        " WHERE c.account_id = $1 AND c.environment = $2 ORDER BY c.id",
        access.account,
        access.environment,
    )


async def every_company(db: Database) -> list[Row]:
    """For the operator: of all accounts, with account (its name), active, and how many sites and bills."""
    return await db.fetch(
        "SELECT c.id, c.name, a.name AS account, c.environment, c.is_active AS active,"
        " (SELECT count(*) FROM bill_site s WHERE s.company_id = c.id) AS sites,"
        " (SELECT count(*) FROM bill_document d WHERE d.company_id = c.id AND d.class = 'parsed') AS bills"
        " FROM bill_company c JOIN account a ON a.id = c.account_id ORDER BY c.id"
    )


async def sites_of(db: Database | Connection, companies: Sequence[UUID]) -> dict[UUID, list[Row]]:
    """All sites of these companies, in the order in which they were made."""
    found: dict[UUID, list[Row]] = {company: [] for company in companies}
    rows = await db.fetch("SELECT * FROM bill_site WHERE company_id = ANY($1) ORDER BY id", list(companies))
    for row in rows:
        found[row["company_id"]].append(row)
    return found


async def _page(
    db: Database, query: Mapping[str, str], select: str, source: str, where: Where, order: str
) -> tuple[Page, list[Row]]:
    """source: what is counted; select: what is shown of it."""
    total = await db.fetchval(f"SELECT count(*) FROM {source} WHERE {where.sql}", *where.values)
    page = Page.of(query, total)
    rows = await db.fetch(
        f"{select} WHERE {where.sql} ORDER BY {order} LIMIT {contract.PAGE} OFFSET {page.offset}",
        *where.values,
    )
    return page, rows


async def sites(db: Database, query: Mapping[str, str], company: UUID) -> tuple[Page, list[Row]]:
    where = Where()
    where.add("company_id = {}", company)
    return await _page(db, query, "SELECT * FROM bill_site", "bill_site", where, "id")


async def meters(db: Database, query: Mapping[str, str], scope: str, value: UUID) -> tuple[Page, list[Row]]:
    """scope: company_id or site_id."""
    where = Where()
    where.add(f"{scope} = {{}}", value)
    return await _page(db, query, "SELECT * FROM bill_meter", "bill_meter", where, "id")


async def accounts(db: Database, query: Mapping[str, str], company: UUID) -> tuple[Page, list[Row]]:
    where = Where()
    where.add("a.company_id = {}", company)
    return await _page(db, query, _ACCOUNT, "bill_account a", where, "a.id")


async def accounts_named(db: Database, accounts: Sequence[UUID]) -> list[Row]:
    return await db.fetch(f"{_ACCOUNT} WHERE a.id = ANY($1) ORDER BY a.id", list(accounts))


async def documents(
    db: Database, query: Mapping[str, str], scope: str, value: UUID, wanted: Filter
) -> tuple[Page, list[Row]]:
    """Parsed bills, newest first. scope: company_id or site_id."""
    where = Where()
    where.add("d.class = 'parsed'")
    if scope == "site_id":
        where.add("EXISTS (SELECT FROM bill_usage x WHERE x.document_id = d.id AND x.site_id = {})", value)
    else:
        where.add("d.company_id = {}", value)
    wanted.on_documents(where)
    return await _page(db, query, "SELECT d.* FROM bill_document d", "bill_document d", where, "d.id DESC")


async def usages(
    db: Database, query: Mapping[str, str], scope: str, value: UUID, wanted: Filter
) -> tuple[Page, list[Row]]:
    """Usage entries, newest first; those of one document in its order. scope: company_id, site_id, document_id."""
    where = Where()
    where.add(f"u.{scope} = {{}}", value)
    wanted.on_usage(where)
    order = "u.position" if scope == "document_id" else "u.id DESC"
    source = "bill_usage u JOIN bill_document d ON d.id = u.document_id"
    return await _page(db, query, _USAGE, source, where, order)


async def entries(db: Database | Connection, documents: Sequence[UUID]) -> dict[UUID, list[Row]]:
    """The usage of each of these documents, in its order."""
    found: dict[UUID, list[Row]] = {document: [] for document in documents}
    rows = await db.fetch(
        f"{_USAGE} WHERE u.document_id = ANY($1) ORDER BY u.document_id, u.position", list(documents)
    )
    for row in rows:
        found[row["document_id"]].append(row)
    return found


async def headers(db: Database, documents: Sequence[UUID]) -> dict[UUID, Row]:
    rows = await db.fetch("SELECT * FROM bill_document WHERE id = ANY($1)", list(documents))
    return {row["id"]: row for row in rows}


# --- jobs ----------------------------------------------------------------------------------------------

_JOB = (
    "SELECT j.id, j.state, j.cause, j.reason, c.account_id AS tenant, c.environment"
    " FROM job j JOIN bill_job b ON b.job_id = j.id JOIN bill_company c ON c.id = b.company_id"
)


async def job(db: Database, access: Access, value: str) -> Row:
    return allowed(access, await _one(db, value, f"{_JOB} WHERE j.id = $1"))


async def jobs(db: Database, query: Mapping[str, str], company: UUID) -> tuple[Page, list[Row]]:
    """Newest first."""
    where = Where()
    where.add("b.company_id = {}", company)
    return await _page(db, query, _JOB, "bill_job b", where, "b.job_id DESC")


async def jobs_at_work(db: Database, company: UUID) -> list[UUID]:
    """The company's jobs that have not ended."""
    rows = await db.fetch(
        "SELECT j.id FROM job j JOIN bill_job b ON b.job_id = j.id WHERE b.company_id = $1 AND j.state <> ALL($2)",
        company,
        [state.value for state in TERMINAL_JOBS],
    )
    return [row["id"] for row in rows]


async def files(db: Database, job: UUID) -> list[Row]:
    """Every file of a job, with what the desk made of it."""
    return await db.fetch(
        "SELECT d.id, d.position, d.name, d.url, d.state, d.error, d.media_type, d.size, d.result,"
        " b.class, b.original_id, b.revised_id, b.flagged, b.verdict FROM document d"
        " LEFT JOIN bill_document b ON b.id = d.id WHERE d.job_id = $1 ORDER BY d.position",
        job,
    )


async def decided(db: Database, jobs: Sequence[UUID]) -> dict[UUID, dict[str, list[str]]]:
    """job -> class -> ids of its documents, in the order of submission."""
    found: dict[UUID, dict[str, list[str]]] = {job: {} for job in jobs}
    rows = await db.fetch(
        "SELECT job_id, class, array_agg(id::text ORDER BY position) AS ids FROM bill_document"
        " WHERE job_id = ANY($1) GROUP BY 1, 2",
        list(jobs),
    )
    for row in rows:
        found[row["job_id"]][row["class"]] = row["ids"]
    return found


async def lost(db: Database, jobs: Sequence[UUID]) -> dict[UUID, list[Row]]:
    """job -> the ways in which its documents came to nothing: code, message, fetched."""
    found: dict[UUID, list[Row]] = {job: [] for job in jobs}
    rows = await db.fetch(
        "SELECT DISTINCT job_id, error->>'code' AS code, error->>'message' AS message,"
        " blob IS NOT NULL AS fetched FROM document WHERE job_id = ANY($1) AND state IN ('failed', 'rejected')",
        list(jobs),
    )
    for row in rows:
        found[row["job_id"]].append(row)
    return found

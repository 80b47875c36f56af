"""What becomes of a read file in the desk's tables: the rules of the contract's sections 6 and 9, on a database."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import pytest

from postroom.db.connection import Row, loads
from postroom.db.document import NewDocument
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.intake import submit_closed
from postroom.desk.job import Order
from postroom.ports import Part, Processed
from postroom.systems.bills import contract, store
from postroom.systems.bills.effect import Keeps
from postroom.systems.bills.fingerprint import fingerprint
from postroom.systems.bills.read import account as account_reader
from tests.conftest import fresh_database

KEEPS = Keeps()
_METERS_SITE = "SELECT site_id FROM bill_meter WHERE company_id = $1"


def meter_entry(number: str | None = "MTR-77120", **given: Any) -> dict[str, Any]:
    identifiers = [{"rawName": "Account", "value": "0137-746423", "name": "ACCOUNT"}]
    if number is not None:
        identifiers.insert(0, {"rawName": "Meter No.", "value": number, "name": "METER"})
    return {
        "datasourceType": "ELECTRICITY",
        "startDate": "2025-01-01",
        "endDate": "2025-01-31",
        "usage": "1210",
        "usageUnits": "kWh",
        "identifiers": identifiers,
        "serviceAddress": "1 Mill Lane, Riverbend",
        "utilityName": "Riverbend Electric",
        **given,
    }


def reading(*entries: Mapping[str, Any], **given: Any) -> dict[str, Any]:
    """What a workflow's process chunk says of a bill."""
    facts = {"account": "0137-746423", "country": "US", "commodity": "ELECTRICITY"}
    document = {
        "utilityCompany": "Riverbend Electric",
        "invoiceId": "INV-1",
        "startDate": "2025-01-01",
        "billDate": "2025-01-31",
        "chargesUnits": "USD",
        "totalCharges": "182.40",
        "currentCharges": "182.40",
        "usageData": list(entries) or [meter_entry()],
        "lineItems": [{"description": "Energy", "totalCharge": "182.40"}],
        "demandMeters": [{"demandUsage": "12.5", "demandUsageUnits": "kW", "usage": 0}],
        **given,
    }
    return {
        "utility": True,
        "score": 0.98,
        "reasons": [["amount due", 1.6]],
        "pages": ["text"],
        "document": document,
        "provenance": [{"field": "/totalCharges", "page": 1, "box": [1, 2, 3, 4], "text": "$182.40"}],
        "facts": facts,
        "fingerprint": fingerprint(document, facts).stored(),
    }


OTHER = {"utility": False, "score": 0.02, "reasons": [["no money", -3.0]], "pages": ["text"]}


class Firm:
    """A company, and files sent for it; nobody works on them but the test."""

    def __init__(self, desk: Desk, access: Access, company: UUID) -> None:
        self.desk, self.access, self.company = desk, access, company

    async def job(self, *contents: str, site: UUID | None = None) -> tuple[UUID, list[UUID]]:
        """contents: what the bytes are said to be."""
        files = [
            NewDocument("a.pdf", f"x/{text}", 3, hashlib.sha256(text.encode()).hexdigest())
            for text in contents
        ]
        options = {"company": str(self.company), "site": str(site) if site else None}
        job = await submit_closed(self.desk, self.access, Order("bills", options=options), files)
        rows = await self.desk.db.fetch("SELECT id FROM document WHERE job_id = $1 ORDER BY position", job.id)
        return job.id, [row["id"] for row in rows]

    async def store(self, job: UUID, document: UUID, read: Mapping[str, Any]) -> str:
        async with self.desk.db.transaction() as connection:
            done = await KEEPS.store(connection, job, document, Part(), Processed(read))
        assert done.problem is None, done.problem
        kind: str = done.result["class"]
        return kind

    async def bill(self, content: str, read: Mapping[str, Any], site: UUID | None = None) -> UUID:
        job, (document,) = await self.job(content, site=site)
        await self.store(job, document, read)
        return document

    async def row(self, document: UUID) -> Row:
        found = await self.desk.db.fetchrow("SELECT * FROM bill_document WHERE id = $1", document)
        assert found is not None
        return found

    async def usage(self, document: UUID) -> list[Row]:
        return await self.desk.db.fetch(
            "SELECT * FROM bill_usage WHERE document_id = $1 ORDER BY position", document
        )

    async def count(self, table: str) -> int:
        found: int = await self.desk.db.fetchval(
            f"SELECT count(*) FROM {table} WHERE company_id = $1",
            self.company,
        )
        return found

    async def site(self, name: str, address: str = "") -> UUID:
        return await store.create_site(self.desk.db, self.company, {"name": name, "address": address})


@pytest.fixture(scope="module")
def database_url(postgres: str) -> Iterator[str]:
    """One for all tests here: each has an account and a company of its own, which know nothing of the others."""
    with asyncio.Runner() as runner:
        made = fresh_database(postgres)
        yield runner.run(made.__aenter__())
        runner.run(made.__aexit__(None, None, None))


@pytest.fixture
async def firm(desk: Desk, access: Access) -> Firm:
    today = desk.clock.now().date()
    company = await store.create_company(desk.db, access.account, access.environment, {"name": "Mill"}, today)
    return Firm(desk, access, company)


# --- duplicates ----------------------------------------------------------------------------------------


async def test_the_same_bytes_are_a_duplicate_of_the_first(firm: Firm) -> None:
    first = await firm.bill("a", reading())
    again = await firm.bill("a", reading())
    assert ((await firm.row(again))["class"], (await firm.row(again))["original_id"]) == ("duplicate", first)
    assert await firm.usage(again) == []


async def test_the_same_bill_in_other_bytes_is_a_duplicate(firm: Firm) -> None:
    first = await firm.bill("a", reading())
    scan = reading(utilityCompany="RIVERBEND ELECTRIC CO.", totalCharges="182.4", invoiceId=None)
    assert (await firm.row(await firm.bill("b", scan)))["original_id"] == first


@pytest.mark.parametrize(
    "change", [{"invoiceId": "INV-2"}, {"totalCharges": "190.00"}, {"chargesUnits": "CAD"}], ids=str
)
async def test_another_amount_or_number_is_a_revision_and_the_older_one_names_it(
    firm: Firm, change: dict[str, Any]
) -> None:
    first = await firm.bill("a", reading())
    second = await firm.bill("b", reading(**change))
    assert (await firm.row(second))["class"] == "parsed"
    assert (await firm.row(first))["revised_id"] == second
    # What it replaces is no double counting.
    assert (await firm.row(second))["flagged"] is None


async def test_another_period_is_another_bill(firm: Firm) -> None:
    await firm.bill("a", reading())
    entry = meter_entry(startDate="2025-02-01", endDate="2025-02-28")
    second = await firm.bill("b", reading(entry, startDate="2025-02-01", billDate="2025-02-28"))
    row = await firm.row(second)
    assert (row["class"], row["flagged"]) == ("parsed", None)


async def test_usage_of_a_meter_that_overlaps_an_earlier_bill_is_flagged(firm: Firm) -> None:
    await firm.bill("a", reading())
    entry = meter_entry(startDate="2025-01-15", endDate="2025-02-14")
    second = await firm.bill("b", reading(entry, startDate="2025-01-15", billDate="2025-02-14"))
    row = await firm.row(second)
    assert (row["class"], row["flagged"]) == ("parsed", contract.OVERLAP)


async def test_a_bill_that_begins_on_the_last_day_of_the_one_before_is_not_flagged(firm: Firm) -> None:
    await firm.bill("a", reading())
    entry = meter_entry(startDate="2025-01-31", endDate="2025-02-28")
    second = await firm.bill("b", reading(entry, startDate="2025-01-31", billDate="2025-02-28"))
    assert (await firm.row(second))["flagged"] is None


async def test_a_deleted_bill_is_no_original(firm: Firm) -> None:
    first = await firm.bill("a", reading())
    async with firm.desk.db.transaction() as connection:
        assert await store.delete_document(connection, first)
    assert (await firm.row(await firm.bill("a", reading())))["class"] == "parsed"


async def test_what_is_no_bill_is_a_duplicate_the_second_time(firm: Firm) -> None:
    first = await firm.bill("a", OTHER)
    assert (await firm.row(first))["class"] == "non_utility"
    assert (await firm.row(await firm.bill("a", OTHER)))["original_id"] == first


async def test_companies_know_nothing_of_each_other(firm: Firm, desk: Desk, access: Access) -> None:
    await firm.bill("a", reading())
    today = desk.clock.now().date()
    other = await store.create_company(desk.db, access.account, access.environment, {"name": "B"}, today)
    second = Firm(desk, access, other)
    assert (await second.row(await second.bill("a", reading())))["class"] == "parsed"


async def test_a_bill_that_tells_too_little_is_compared_by_its_bytes_only(firm: Firm) -> None:
    bare = reading(utilityCompany=None, startDate=None, billDate=None, usageData=[])
    bare["facts"] = {"account": None}
    bare["fingerprint"] = fingerprint(bare["document"], bare["facts"]).stored()
    for content in "ab":
        assert (await firm.row(await firm.bill(content, bare)))["class"] == "parsed"


@pytest.mark.parametrize("same_bytes", [True, False])
async def test_of_many_jobs_at_once_with_one_bill_exactly_one_has_the_original(
    firm: Firm, same_bytes: bool
) -> None:
    jobs = [await firm.job("same" if same_bytes else f"export {n}") for n in range(8)]
    kinds = await asyncio.gather(*(firm.store(job, documents[0], reading()) for job, documents in jobs))
    assert sorted(kinds) == ["duplicate"] * 7 + ["parsed"]
    originals = await firm.desk.db.fetch(
        "SELECT DISTINCT original_id FROM bill_document WHERE company_id = $1 AND class = 'duplicate'",
        firm.company,
    )
    assert len(originals) == 1
    assert await firm.count("bill_meter") == 1


async def test_bytes_that_are_known_are_not_read_again(firm: Firm, desk: Desk) -> None:
    first = await firm.bill("a", reading())
    job, (copy, other) = await firm.job("a", "b")
    async with desk.db.transaction() as connection:
        await connection.execute("UPDATE document SET state = 'ready' WHERE job_id = $1", job)
        assert await KEEPS.admit(connection, job, desk.settings) is None
    rows = {row["id"]: row for row in await desk.db.fetch("SELECT * FROM document WHERE job_id = $1", job)}
    assert (rows[copy]["state"], rows[copy]["duplicate_of"]) == ("duplicate", first)
    assert rows[other]["state"] == "ready"


async def test_a_reading_that_cannot_be_kept_fails_its_document_and_nothing_else(
    firm: Firm, desk: Desk
) -> None:
    job, (document,) = await firm.job("a")
    bad = reading(meter_entry(startDate="no day"))
    async with desk.db.transaction() as connection:
        done = await KEEPS.store(connection, job, document, Part(), Processed(bad))
    assert done.problem is not None
    assert (done.problem.code, done.problem.cause) == ("bad_result", "system")
    assert await firm.count("bill_document") == await firm.count("bill_usage") == 0


# --- meters, accounts, sites ---------------------------------------------------------------------------


async def test_identifiers_find_the_meter_again_whatever_their_formatting(firm: Firm) -> None:
    first = await firm.bill("a", reading())
    entry = meter_entry("mtr 77120", startDate="2025-02-01", endDate="2025-02-28")
    second = await firm.bill("b", reading(entry, startDate="2025-02-01", billDate="2025-02-28"))
    (one,), (two,) = await firm.usage(first), await firm.usage(second)
    assert one["meter_id"] == two["meter_id"]
    assert await firm.count("bill_meter") == await firm.count("bill_account") == 1


async def test_the_meters_of_one_bill_are_told_apart_and_commodities_too(firm: Firm) -> None:
    document = await firm.bill(
        "a",
        reading(
            meter_entry("1"), meter_entry("2"), meter_entry("1", datasourceType="GAS", usageUnits="thm (US)")
        ),
    )
    assert len({row["meter_id"] for row in await firm.usage(document)}) == 3
    assert await firm.count("bill_account") == 1


async def test_without_a_meter_number_account_and_address_find_it_again(firm: Firm) -> None:
    documents = []
    for month, address in ((1, "1 Mill Lane, Riverbend"), (2, "1 MILL LN RIVERBEND"), (3, "7 High Street")):
        entry = meter_entry(
            None,
            startDate=f"2025-{month:02}-01",
            endDate=f"2025-{month:02}-27",
            serviceAddress=address,
        )
        read = reading(entry, startDate=f"2025-{month:02}-01", billDate=f"2025-{month:02}-27")
        documents.append(await firm.bill(f"{month}", read))
    one, two, three = [(await firm.usage(document))[0]["meter_id"] for document in documents]
    assert one == two != three


async def test_the_site_that_the_client_names_wins_and_the_meter_is_not_moved(firm: Firm) -> None:
    home, away = await firm.site("Home", "1 Mill Lane, Riverbend"), await firm.site("Away")
    first = await firm.bill("a", reading())
    entry = meter_entry(startDate="2025-02-01", endDate="2025-02-28")
    second = await firm.bill("b", reading(entry, startDate="2025-02-01", billDate="2025-02-28"), site=away)
    assert (await firm.usage(first))[0]["site_id"] == home
    assert (await firm.usage(second))[0]["site_id"] == away
    assert await firm.desk.db.fetchval(_METERS_SITE, firm.company) == home


async def test_without_a_site_the_meters_own_is_taken_and_else_none(firm: Firm) -> None:
    site = await firm.site("Mill")
    await firm.bill("a", reading(), site=site)
    entry = meter_entry(startDate="2025-02-01", endDate="2025-02-28", serviceAddress=None)
    second = await firm.bill("b", reading(entry, startDate="2025-02-01", billDate="2025-02-28"))
    assert (await firm.usage(second))[0]["site_id"] == site
    unknown = meter_entry("another", startDate="2025-03-01", endDate="2025-03-28", serviceAddress="9 Elm Row")
    third = await firm.bill("c", reading(unknown, startDate="2025-03-01", billDate="2025-03-28"))
    assert (await firm.usage(third))[0]["site_id"] is None


async def test_demand_refers_to_its_usage_and_an_unknown_commodity_is_misc(firm: Firm) -> None:
    read = reading(meter_entry(datasourceType=None))
    read["facts"]["commodity"] = None
    document = await firm.bill("a", read)
    (usage,) = await firm.usage(document)
    assert usage["datasource_type"] == contract.UNKNOWN_COMMODITY
    (demand,) = loads((await firm.row(document))["demand_meters"])
    assert demand == {"demandUsage": "12.5", "demandUsageUnits": "kW", "usageDataIds": [str(usage["id"])]}


async def test_a_job_without_a_company_only_reads(desk: Desk, access: Access) -> None:
    job = await submit_closed(desk, access, Order("bills"), [NewDocument("a.pdf", "x/a", 3, "00")])
    document = await desk.db.fetchval("SELECT id FROM document WHERE job_id = $1", job.id)
    async with desk.db.transaction() as connection:
        done = await KEEPS.store(connection, job.id, document, Part(), Processed(reading()))
    assert done == Processed(reading())
    assert await desk.db.fetchval("SELECT count(*) FROM bill_document WHERE id = $1", document) == 0


async def test_a_job_of_our_own_api_is_adopted_only_if_the_company_is_the_callers(
    firm: Firm, desk: Desk
) -> None:
    job, _ = await firm.job("a")
    assert await desk.db.fetchval("SELECT company_id FROM bill_job WHERE job_id = $1", job) == firm.company
    options = {"company": "01900000-0000-7000-8000-000000000000"}
    other = await submit_closed(
        desk, firm.access, Order("bills", options=options), [NewDocument("a.pdf", "x/a", 3, "00")]
    )
    async with desk.db.transaction() as connection:
        await connection.execute("UPDATE document SET state = 'ready' WHERE job_id = $1", other.id)
        await KEEPS.admit(connection, other.id, desk.settings)
    error = loads(await desk.db.fetchval("SELECT error FROM document WHERE job_id = $1", other.id))
    assert error["code"] == "company_unknown"


def test_the_reader_compares_account_numbers_no_stricter_than_the_contract() -> None:
    for text in ("00-123 4", "1_23/4", "1,234"):
        assert account_reader.normal(text) == contract.identifier(text) == "1234"

"""Owns `postroom bills`: companies and sites of the bills desk, made and listed in the database itself.

As with keys: who can read the data folder is the operator, and needs no key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer

from postroom.cli import place
from postroom.cli.place import Data
from postroom.cli.say import as_json, note, out, table
from postroom.errors import Invalid, NotFound

T = TypeVar("T")
Json = Annotated[bool, typer.Option("--json", help="As JSON.")]
Company = Annotated[str, typer.Argument(metavar="COMPANY", help="Its id; `bills company list` shows it.")]

app = typer.Typer(no_args_is_help=True, help="Companies and sites of the bills desk.")
company = typer.Typer(no_args_is_help=True, help="Make, list and switch companies.")
site = typer.Typer(no_args_is_help=True, help="Make and list sites.")
app.add_typer(company, name="company")
app.add_typer(site, name="site")


def _with_database(folder: Path, work: Callable[..., Awaitable[T]]) -> T:
    from postroom.db.connection import Database

    async def steps() -> T:
        async with place.opened(folder) as settings:
            db = await Database.connect(settings.database_url, size=1)
            try:
                return await work(db)
            finally:
                await db.close()

    return asyncio.run(steps())


def _name(value: str, limit: int) -> str:
    if not value.strip() or len(value) > limit or not value.isprintable():
        raise Invalid(f"NAME must be 1 to {limit} printable characters.", field="NAME")
    return value


def _id(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise Invalid(
            f"'{value}' is no id of a company; `postroom bills company list` shows them.", field="COMPANY"
        ) from None


@company.command("create")
def create_company(
    name: Annotated[str, typer.Argument(help="At most 200 characters.")],
    data: Data = place.DEFAULT,
    account: Annotated[str, typer.Option(help="Whose it is; made if it is new.")] = "default",
    environment: Annotated[str, typer.Option(help="production or sandbox.")] = "production",
) -> None:
    """Make a company. Its id is printed alone on stdout.

    COMPANY=$(postroom bills company create "Mill Holdings")
    """
    from postroom.db.key import account_named
    from postroom.desk.access import ENVIRONMENTS
    from postroom.systems.bills import store

    if environment not in ENVIRONMENTS:
        raise Invalid(f"'environment' must be one of: {', '.join(ENVIRONMENTS)}.", field="environment")
    given = {"name": _name(name, 200)}

    async def work(db: Any) -> UUID:
        async with db.transaction() as connection:
            owner = await account_named(connection, account)
            today = datetime.now(UTC).date()
            return await store.create_company(connection, owner, environment, given, today)

    typer.echo(str(_with_database(data, work)))


@company.command("list")
def list_companies(data: Data = place.DEFAULT, json: Json = False) -> None:
    """List all companies, of all accounts."""

    from postroom.systems.bills import view

    found = _with_database(data, view.every_company)
    columns = ("id", "name", "account", "environment", "active", "sites", "bills")
    _show(found, columns, json, 'There is no company yet. Make one: postroom bills company create "NAME"')


@company.command("activate")
def activate(company: Company, data: Data = place.DEFAULT) -> None:
    """Let a company send bills again."""
    _switch(company, data, active=True)


@company.command("deactivate")
def deactivate(company: Company, data: Data = place.DEFAULT) -> None:
    """A company that is not active sends no bills; what it has can be read."""
    _switch(company, data, active=False)


def _switch(company: str, data: Path, *, active: bool) -> None:
    from postroom.systems.bills import store

    wanted = _id(company)

    async def work(db: Any) -> bool:
        return await store.set_active(db, wanted, active)

    if not _with_database(data, work):
        raise NotFound("There is no such company.", field="COMPANY")
    note("Active." if active else "Not active any more.")


@site.command("create")
def create_site(
    company: Company,
    name: Annotated[str, typer.Argument(help="At most 255 characters.")],
    data: Data = place.DEFAULT,
    address: Annotated[str, typer.Option(help="By which bills find it, if none is named with them.")] = "",
) -> None:
    """Make a site. Its id is printed alone on stdout."""
    from postroom.systems.bills import store, view

    owner = _id(company)
    given = {"name": _name(name, 255), "address": _name(address, 255) if address else ""}

    async def work(db: Any) -> UUID:
        if not any(row["id"] == owner for row in await view.every_company(db)):
            raise NotFound("There is no such company.", field="COMPANY")
        return await store.create_site(db, owner, given)

    typer.echo(str(_with_database(data, work)))


@site.command("list")
def list_sites(company: Company, data: Data = place.DEFAULT, json: Json = False) -> None:
    """List the sites of a company; `stop_date`: archived since then."""
    owner = _id(company)

    from postroom.systems.bills import view

    async def work(db: Any) -> list[Any]:
        return (await view.sites_of(db, [owner]))[owner]

    found = _with_database(data, work)
    columns = ("id", "name", "address", "external_id", "stop_date")
    _show(found, columns, json, "There is no site yet. Make one: postroom bills site create COMPANY NAME")


def _show(rows: list[Any], columns: tuple[str, ...], json: bool, none: str) -> None:
    if json:
        as_json([dict(row) for row in rows])
    elif not rows:
        note(none)
    else:
        cells = [["" if row[name] is None else str(row[name]) for name in columns] for row in rows]
        out.print(table(columns, cells))

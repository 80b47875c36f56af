"""Owns `postroom keys`: made, listed and revoked in the database itself, beside a running server or without.

Not through the HTTP API: who can read the data folder is the operator, and needs no key to make one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from postroom.cli import place
from postroom.cli.place import Data
from postroom.cli.say import as_json, moment, note, out, table
from postroom.errors import Invalid, NotFound

# What a key may open: our own API, and the front desks by their names in the design.
DESKS = ("postroom", "revenue", "plans", "conversion", "bills", "certificates")

_ABOUT = """Make, list and revoke API keys.

A key belongs to an account (a tenant), and sees nothing of others. It opens some desks or all, may read or write,
and is for production or sandbox. These commands work beside a running server and without one; they look into
the data folder, or into the database that POSTROOM_DATABASE_URL names.

Examples:

export POSTROOM_KEY=$(postroom keys create --data ./data)

postroom keys list --data ./data
"""

app = typer.Typer(no_args_is_help=True, help=_ABOUT)
T = TypeVar("T")


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


@app.command()
def create(
    data: Data = place.DEFAULT,
    desk: Annotated[
        list[str] | None, typer.Option(help=f"What it opens, repeatable: all, {', '.join(DESKS)}.")
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="What it may do, repeatable: all, read, write.")
    ] = None,
    account: Annotated[str, typer.Option(help="Whose it is; made if it is new.")] = "default",
    environment: Annotated[str, typer.Option(help="production or sandbox.")] = "production",
    name: Annotated[str | None, typer.Option(help="A word for yourself, shown by `keys list`.")] = None,
    json: Annotated[
        bool, typer.Option("--json", help="The key and its secret as JSON, instead of the secret alone.")
    ] = False,
) -> None:
    """Make a key. Its secret is printed once, alone on stdout, and cannot be shown again.

    Examples:

    export POSTROOM_KEY=$(postroom keys create)

    postroom keys create --desk bills --desk postroom --scope read --account "Tenant 7" --name reporting
    """
    from postroom.desk.access import ALL, create_key

    async def work(db: object) -> tuple[UUID, str]:
        return await create_key(
            db,  # type: ignore[arg-type]
            account=account,
            desks=desk or [ALL],
            scopes=scope or [ALL],
            environment=environment,
            name=name,
            known_desks=DESKS,
        )

    key, secret = _with_database(data, work)
    if json:
        as_json({"id": key, "account": account, "environment": environment, "name": name, "secret": secret})
        return
    note(f"Key {key} of account '{account}'. This is its secret; keep it, it is not shown again:")
    typer.echo(secret)


@app.command("list")
def listing(
    data: Data = place.DEFAULT,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List all keys, without their secrets. `begins` is how a secret begins, to tell which one is meant.

    Example: postroom keys list --json | jq -r '.[] | select(.name == "reporting") | .id'
    """
    from postroom.db import key as rows

    found = _with_database(data, rows.listing)
    if json:
        as_json([dict(row) for row in found])
        return
    if not found:
        note("There is no key yet. Make one: postroom keys create")
        return
    columns = ("id", "account", "begins", "name", "desks", "scopes", "environment", "made", "revoked")
    out.print(
        table(
            columns,
            [
                (
                    row["id"],
                    row["account"],
                    row["hint"],
                    row["name"] or "",
                    ", ".join(row["desks"]),
                    ", ".join(row["scopes"]),
                    row["environment"],
                    moment(row["created_at"]),
                    moment(row["revoked_at"]),
                )
                for row in found
            ],
        )
    )


@app.command("webhook-secret")
def webhook_secret(
    data: Data = place.DEFAULT,
    account: Annotated[str, typer.Option(help="Whose webhooks.")] = "default",
) -> None:
    """Print what the webhooks of an account are signed with, for those who verify them (Standard Webhooks).

    The front desks tell their clients as their originals do; this is for Postroom's own.

    Example: postroom keys webhook-secret --account 'Tenant 7'
    """
    from postroom.db import key as rows

    async def work(db: object) -> str | None:
        return await rows.webhook_secret_of(db, account)  # type: ignore[arg-type]

    secret = _with_database(data, work)
    if secret is None:
        raise NotFound(
            f"There is no account '{account}'; `postroom keys list` shows them.", field="--account"
        )
    typer.echo(secret)


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(metavar="ID", help="As `keys list` shows it.")],
    data: Data = place.DEFAULT,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Take a key back. The next request with it is refused; jobs that it has sent go on.

    Example: postroom keys revoke 01a20524-3bf8-7602-8003-08fee275cbb7
    """
    from postroom.db import key as rows

    try:
        wanted = UUID(key)
    except ValueError:
        raise Invalid(f"'{key}' is no id of a key; `postroom keys list` shows them.", field="ID") from None

    async def work(db: object) -> bool:
        return await rows.revoke(db, wanted)  # type: ignore[arg-type]

    if not _with_database(data, work):
        raise NotFound("There is no such key, or it is revoked already.", field="ID")
    if json:
        as_json({"revoked": wanted})
    else:
        note("Revoked.")

"""Owns rows of the desk's nouns: realms, insert, read, page, change, delete. What a noun means is elsewhere.

Everything is asked for within a realm (an account in one environment): what is another's does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from postroom.db.connection import Connection, Database, Row, dumps
from postroom.desk.access import Access
from postroom.errors import Invalid, NotFound
from postroom.systems.certificates import contract
from postroom.systems.certificates.noun import Noun


@dataclass(frozen=True)
class Realm:
    """Whose things are meant. number: as rows carry it."""

    number: int
    account: UUID
    environment: str


@dataclass(frozen=True)
class Caller(Realm):
    """A realm, and the key that opened it."""

    access: Access


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first. after: the older ones; before: the newer ones next to it. Both are ids."""

    limit: int = contract.LIMIT_DEFAULT
    after: str | None = None
    before: str | None = None


async def caller_of(db: Database, access: Access) -> Caller:
    """Made when it is first needed."""
    whose = access.whose
    found = await db.fetchval("SELECT id FROM coi_realm WHERE account_id = $1 AND environment = $2", *whose)
    if found is None:
        await db.execute(
            "INSERT INTO coi_realm (account_id, environment) VALUES ($1, $2) ON CONFLICT DO NOTHING", *whose
        )
        return await caller_of(db, access)
    return Caller(found, *whose, access)


async def lock_realm(connection: Connection, realm: Realm) -> None:
    """Whoever finds or makes contractors, sessions or the default requirement does it alone."""
    await connection.execute("SELECT FROM coi_realm WHERE id = $1 FOR NO KEY UPDATE", realm.number)


def no_such(noun: Noun, value: str, field: str) -> NotFound:
    return NotFound(f"No such {noun.says}: {value[:64]}.", field=field)


async def get(db: Database | Connection, noun: Noun, realm: Realm, value: str, *, field: str = "id") -> Row:
    """NotFound if the realm has none of this id."""
    row = await find(db, noun, realm, value)
    if row is None:
        raise no_such(noun, value, field)
    return row


async def find(db: Database | Connection, noun: Noun, realm: Realm, value: str) -> Row | None:
    if not contract.is_id(value):
        return None
    return await db.fetchrow(
        f"SELECT * FROM {noun.table} WHERE id = $1 AND realm = $2 AND deleted IS NULL",  # noqa: S608 ours
        value,
        realm.number,
    )


async def known(db: Database | Connection, noun: Noun, realm: Realm, values: Iterable[str]) -> set[str]:
    """Those of the ids that there are."""
    asked = [value for value in set(values) if contract.is_id(value)]
    if not asked:
        return set()
    rows = await db.fetch(
        f"SELECT id FROM {noun.table} WHERE id = ANY($1) AND realm = $2 AND deleted IS NULL",  # noqa: S608
        asked,
        realm.number,
    )
    return {row["id"] for row in rows}


async def page(
    db: Database, noun: Noun, realm: Realm, asked: Page, *, where: str = "true", args: Sequence[object] = ()
) -> list[Row]:
    """where: a condition of ours; its parameters are $1, $2, …"""
    select = f"SELECT * FROM {noun.table} WHERE {where} AND deleted IS NULL"  # noqa: S608
    return await paged(db, noun, realm, asked, select, args)


async def paged(
    db: Database, noun: Noun, realm: Realm, asked: Page, select: str, args: Sequence[object] = ()
) -> list[Row]:
    """A page of what `select` finds of the noun's table; `realm` and `number` are columns of it."""
    values = [*args, realm.number]
    query = f"{select} AND realm = ${len(values)}"
    order = "DESC"
    cursor, sign, name = (
        (asked.before, ">", "ending_before")
        if asked.before is not None
        else (asked.after, "<", "starting_after")
    )
    if cursor is not None:
        values.append(await _place(db, noun, realm, cursor, name))
        query += f" AND number {sign} ${len(values)}"
        order = "ASC" if asked.before is not None else "DESC"
    values.append(asked.limit)
    rows = await db.fetch(f"{query} ORDER BY number {order} LIMIT ${len(values)}", *values)
    return rows[::-1] if order == "ASC" else rows


async def _place(db: Database, noun: Noun, realm: Realm, cursor: str, field: str) -> int:
    found = None
    if contract.is_id(cursor):
        # Deleted ones count: whoever deletes while he reads on must not lose his place.
        found = await db.fetchval(
            f"SELECT number FROM {noun.table} WHERE id = $1 AND realm = $2",  # noqa: S608 ours
            cursor,
            realm.number,
        )
    if found is None:
        raise Invalid(f"'{field}' must be the id of an item of this list.", field=field)
    return int(found)


def _value(noun: Noun, name: str, value: object) -> object:
    return dumps(value) if name in noun.json and value is not None else value


async def insert(connection: Connection, noun: Noun, realm: Realm, values: Mapping[str, Any]) -> Row:
    rows = await insert_all(connection, noun, realm, [values])
    return rows[0]


async def insert_all(
    connection: Connection, noun: Noun, realm: Realm, rows: Sequence[Mapping[str, Any]]
) -> list[Row]:
    """New things, in this order; all have the same members."""
    if not rows:
        return []
    names = ["id", "realm", *(name for name in rows[0] if name != "id")]
    columns = ", ".join(names)
    marks = ", ".join(f"${n}" for n in range(1, len(names) + 1))
    ids = [row.get("id") or contract.new_id(noun.prefix) for row in rows]
    await connection.executemany(
        f"INSERT INTO {noun.table} ({columns}) VALUES ({marks})",  # noqa: S608 names are ours
        [
            (given, realm.number, *(_value(noun, name, row[name]) for name in names[2:]))
            for given, row in zip(ids, rows, strict=True)
        ],
    )
    return await connection.fetch(
        f"SELECT * FROM {noun.table} WHERE id = ANY($1) ORDER BY number",  # noqa: S608
        ids,
    )


async def change(
    connection: Connection, noun: Noun, realm: Realm, value: str, values: Mapping[str, Any]
) -> Row:
    """The thing after the change. NotFound if it is gone."""
    names = "".join(f", {name} = ${n}" for n, name in enumerate(values, start=3))
    row = await connection.fetchrow(
        f"UPDATE {noun.table} SET updated = now(){names}"  # noqa: S608 names are ours
        " WHERE id = $1 AND realm = $2 AND deleted IS NULL RETURNING *",
        value,
        realm.number,
        *(_value(noun, name, given) for name, given in values.items()),
    )
    if row is None:
        raise no_such(noun, value, "id")
    return row


async def locked(connection: Connection, noun: Noun, realm: Realm, value: str) -> Row:
    """The thing, with nobody else changing it. NotFound if there is none."""
    return await _one(
        connection,
        f"SELECT * FROM {noun.table} WHERE {_THERE} FOR NO KEY UPDATE",  # noqa: S608
        noun,
        realm,
        value,
    )


async def remove(connection: Connection, noun: Noun, realm: Realm, value: str) -> Row:
    """It is gone for everybody but cursors. NotFound if there is none."""
    return await _one(
        connection,
        f"UPDATE {noun.table} SET deleted = now() WHERE {_THERE} RETURNING *",  # noqa: S608
        noun,
        realm,
        value,
    )


_THERE = "id = $1 AND realm = $2 AND deleted IS NULL"


async def _one(connection: Connection, statement: str, noun: Noun, realm: Realm, value: str) -> Row:
    """The row that a statement on `_THERE` gives. NotFound if there is none, or `value` is no id."""
    row = None
    if contract.is_id(value):
        row = await connection.fetchrow(statement, value, realm.number)
    if row is None:
        raise no_such(noun, value, "id")
    return row


async def assignments(connection: Connection, realm: Realm, job: str) -> list[Row]:
    """The assignments of a job, locked."""
    return await connection.fetch(
        "SELECT * FROM coi_assignment WHERE job = $1 AND realm = $2 AND deleted IS NULL FOR NO KEY UPDATE",
        job,
        realm.number,
    )


async def no_default(connection: Connection, realm: Realm) -> None:
    """Whatever requirement was the default is none any more; the realm is locked."""
    await connection.execute(
        "UPDATE coi_requirement SET is_default = false, updated = now() WHERE realm = $1 AND is_default",
        realm.number,
    )

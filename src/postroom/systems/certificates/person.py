"""Owns contractors as uploads bring them: found by e-mail or id, filled, updated, or made as placeholders.

Called with the realm locked, so that one address never makes two contractors.
Source: behaviour.md section 2.4; most of it is inferred there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from postroom.db.connection import Connection, Row
from postroom.errors import Invalid
from postroom.systems.certificates import contract, noun, store
from postroom.systems.certificates.contract import email_key
from postroom.systems.certificates.store import Realm


class Known(StrEnum):
    """What becomes of a contractor who is there already."""

    KEEP = "keep"  # as he is
    FILL = "fill"  # only his empty fields
    UPDATE = "update"  # with every field that is given
    REFUSE = "refuse"  # he must not be there


@dataclass(frozen=True, slots=True)
class Person:
    """A contractor as an upload describes him. id: of one who must be there. email None: make one up."""

    id: str | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company_name: str | None = None
    po_name: str | None = None
    po_email: str | None = None
    known: Known = Known.FILL

    @classmethod
    def of(cls, values: Mapping[str, Any], known: Known, *, id: str | None = None) -> Person:
        """From fields of the contract's names."""
        return cls(
            id,
            values.get("email"),
            values.get("first_name"),
            values.get("last_name"),
            values.get("company_name"),
            values.get("po_contact_name"),
            values.get("po_contact_email"),
            known,
        )

    @property
    def names(self) -> dict[str, str]:
        given = {
            "first_name": self.first_name,
            "last_name": self.last_name,
            "company_name": self.company_name,
        }
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True, slots=True)
class Settled:
    """A contractor that is there now. generated: his address was made up in this call."""

    id: str
    email: str
    generated: bool
    person: Person


async def settle(
    connection: Connection, realm: Realm, persons: Sequence[Person], domain: str
) -> list[Settled]:
    """The contractor of each person, in order."""
    keys = [email_key(person.email) for person in persons if person.email]
    rows = await connection.fetch(
        "SELECT * FROM coi_contractor WHERE realm = $1 AND email_key = ANY($2) AND deleted IS NULL",
        realm.number,
        keys,
    )
    there: dict[str, Row | dict[str, Any]] = {row["email_key"]: row for row in rows}
    new: list[dict[str, Any]] = []
    found: list[Settled] = []
    for person in persons:
        if person.id is not None:
            row = await store.locked(connection, noun.CONTRACTOR, realm, person.id)
            row = await _changed(connection, realm, row, person)
            found.append(Settled(row["id"], row["email"], False, person))
            continue
        if person.email is None:
            made = _new(person, contract.placeholder_email(domain), placeholder=True)
            new.append(made)
            found.append(Settled(made["id"], made["email"], True, person))
            continue
        key = email_key(person.email)
        old = there.get(key)
        if old is None:
            made = _new(person, person.email, placeholder=False)
            new.append(made)
            there[key] = old = made
        elif person.known is Known.REFUSE:
            raise duplicate(person.email)
        elif isinstance(old, Row):
            there[key] = old = await _changed(connection, realm, old, person)
        found.append(Settled(old["id"], old["email"], False, person))
    await store.insert_all(connection, noun.CONTRACTOR, realm, new)
    return found


def duplicate(email: str) -> Invalid:
    return Invalid(
        f"The e-mail address {email} belongs to another contractor.", code="duplicate_email", field="email"
    )


async def _changed(connection: Connection, realm: Realm, row: Row, person: Person) -> Row:
    values: dict[str, Any] = {}
    if person.known is Known.UPDATE:
        values = {name: value for name, value in person.names.items() if row[name] != value}
    elif person.known is Known.FILL:
        values = {name: value for name, value in person.names.items() if not row[name]}
    if person.id is not None and person.email and person.email != row["email"]:
        await expect_free(connection, realm, person.email, but=row["id"])
        values |= real_email(row, person.email)
    return await store.change(connection, noun.CONTRACTOR, realm, row["id"], values) if values else row


async def expect_free(connection: Connection, realm: Realm, email: str, *, but: str | None = None) -> None:
    """Invalid `duplicate_email` if another contractor has this address."""
    owner = await connection.fetchval(
        "SELECT id FROM coi_contractor WHERE realm = $1 AND email_key = $2 AND deleted IS NULL",
        realm.number,
        email_key(email),
    )
    if owner is not None and owner != but:
        raise duplicate(email)


def real_email(row: Row, email: str) -> dict[str, Any]:
    """What changes with a contractor's address: a placeholder is one no more."""
    values: dict[str, Any] = {"email": email, "email_key": email_key(email)}
    return values | {"placeholder": False} if row["placeholder"] else values


def _new(person: Person, email: str, *, placeholder: bool) -> dict[str, Any]:
    return {
        "id": contract.new_id(noun.CONTRACTOR.prefix),
        "email": email,
        "email_key": email_key(email),
        "first_name": person.first_name or (contract.FIRST_NAME if placeholder else ""),
        "last_name": person.last_name or (contract.LAST_NAME if placeholder else ""),
        "company_name": person.company_name,
        "custom_metadata": {contract.MARK: contract.MARKED} if placeholder else None,
        "placeholder": placeholder,
    }

"""Owns who may come in: API keys, stored as hashes, compared in constant time, never logged."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from postroom.db import key as rows
from postroom.db.connection import Database, Row
from postroom.errors import Forbidden, Invalid, Unauthenticated

ALL = "all"
SCOPES = ("read", "write")
PRODUCTION = "production"
ENVIRONMENTS = (PRODUCTION, "sandbox")

# What things belong to: an account, and one of its environments.
Whose: TypeAlias = tuple[UUID, str]


@dataclass(frozen=True, slots=True)
class Access:
    """Who is calling, and what they may do."""

    account: UUID
    key: UUID
    desks: frozenset[str]
    scopes: frozenset[str]
    environment: str

    @property
    def whose(self) -> Whose:
        """To a sandbox key nothing of production exists, and the other way round."""
        return self.account, self.environment

    def owns(self, row: Row) -> bool:
        """Whether a row with `account_id` and `environment` is the caller's."""
        return self.whose == (row["account_id"], row["environment"])

    def allows(self, scope: str) -> bool:
        return ALL in self.scopes or scope in self.scopes

    def require(self, desk: str, scope: str) -> None:
        if ALL not in self.desks and desk not in self.desks:
            raise Forbidden(f"This key is not for the desk '{desk}'.")
        if not self.allows(scope):
            raise Forbidden(f"This key lacks the scope '{scope}'.")


def _digest(secret: str) -> bytes:
    # Our keys carry 256 random bits, so one round of SHA-256 is enough: there is nothing to guess.
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


async def authenticate(db: Database, secret: str | None) -> Access:
    """The owner of a key, asked of the database each time: a revoked key is refused on the next request."""
    digest = digest_of(secret)
    return granted(digest, await rows.by_hash(db, digest))


def digest_of(secret: str | None) -> bytes:
    """What a key is looked up by. Unauthenticated if there is none."""
    if not secret or len(secret) > 512:
        raise Unauthenticated(
            "An API key is needed: send it as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'."
        )
    return _digest(secret)


def granted(digest: bytes, row: Row | None) -> Access:
    """What the key in `row` allows. Unauthenticated if there is none."""
    if row is None or not hmac.compare_digest(bytes(row["key_hash"]), digest):
        raise Unauthenticated("The API key is not known or has been revoked.")
    return Access(
        row["key_account"],
        row["key_id"],
        frozenset(row["key_desks"]),
        frozenset(row["key_scopes"]),
        row["key_environment"],
    )


async def create_key(
    db: Database,
    *,
    account: str = "default",
    desks: Sequence[str] = (ALL,),
    scopes: Sequence[str] = (ALL,),
    environment: str = "production",
    name: str | None = None,
    known_desks: Sequence[str] = (),
    secret: str | None = None,
) -> tuple[UUID, str]:
    """A new key: its id and its secret, which is not kept and cannot be shown again.

    secret: given only for the bootstrap key; planting the same one twice changes nothing.
    """
    for value in desks:
        if value != ALL and value not in known_desks:
            raise Invalid(
                f"There is no desk '{value}'; valid are: {', '.join([ALL, *known_desks])}.", field="desk"
            )
    for value in scopes:
        if value != ALL and value not in SCOPES:
            raise Invalid(
                f"There is no scope '{value}'; valid are: {', '.join([ALL, *SCOPES])}.", field="scope"
            )
    if environment not in ENVIRONMENTS:
        raise Invalid(f"'environment' must be one of: {', '.join(ENVIRONMENTS)}.", field="environment")
    if not account.strip() or len(account) > 100 or not account.isprintable():
        raise Invalid("'account' must be a name of 1 to 100 printable characters.", field="account")
    if name is not None and (len(name) > 200 or not name.isprintable()):
        raise Invalid("'name' must be at most 200 printable characters.", field="name")
    if secret is None:
        secret = f"pr_{'live' if environment == 'production' else 'test'}_{secrets.token_urlsafe(32)}"
    async with db.transaction() as connection:
        owner = await rows.account_named(connection, account)
        key = await rows.insert(
            connection,
            account=owner,
            digest=_digest(secret),
            hint=f"{secret[:8]}…",
            name=name,
            desks=list(desks),
            scopes=list(scopes),
            environment=environment,
        )
    return key, secret

"""Owns which account, meter and site a bill's values belong to. Pure: candidates come in, a choice comes out.

Every rule is one of the contract's section 9; what it leaves open is decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any
from uuid import UUID

from postroom.systems.bills.contract import identifier

ACCOUNT = "ACCOUNT"
_SIMILAR = 0.8  # of two providers' names from which a scan may have misread one of them
_SHARED = 0.6  # of an address's words that a site's must have, or the other way round
_WORDS = {
    **{"street": "st", "avenue": "ave", "road": "rd", "boulevard": "blvd", "lane": "ln", "drive": "dr"},
    **{"court": "ct", "place": "pl", "square": "sq", "north": "n", "south": "s", "east": "e", "west": "w"},
    **{
        "suite": "ste",
        "highway": "hwy",
        "parkway": "pkwy",
        "terrace": "ter",
        "strasse": "str",
        "straße": "str",
    },
}


@dataclass(frozen=True, slots=True)
class Known:
    """A meter that the company has. keys as `keys_of` makes them."""

    id: UUID
    site: UUID | None
    account: UUID | None
    keys: frozenset[str]
    address: str | None


def keys_of(identifiers: Iterable[Mapping[str, Any]], *, accounts: bool) -> list[str]:
    """Identifiers as they are compared, sorted. accounts: with those that name the account."""
    found = {
        identifier(str(one["value"]))
        for one in identifiers
        if one.get("value") and (accounts or one.get("name") != ACCOUNT)
    }
    return sorted(found - {""})


def account_number(identifiers: Iterable[Mapping[str, Any]]) -> str | None:
    return next((str(one["value"]) for one in identifiers if one.get("name") == ACCOUNT), None)


def same_provider(one: str | None, two: str | None) -> bool:
    """Whether two names may be one provider's; one that is unknown may be any."""
    return not one or not two or one == two or SequenceMatcher(None, one, two).ratio() >= _SIMILAR


def meter(
    known: Sequence[Known], keys: Sequence[str], account: UUID | None, address: str | None
) -> Known | None:
    """The meter of a usage entry among those of its commodity: by identifiers; without any, by account and
    address together. None: it is a new one."""
    if keys:
        shared = [one for one in known if not one.keys.isdisjoint(keys)]
        return max(shared, key=lambda one: (len(one.keys & set(keys)), one.account == account), default=None)
    if account is None:
        return None
    own = [one for one in known if one.account == account and not one.keys]
    return next((one for one in own if same_address(one.address, address)), None)


def same_address(one: str | None, two: str | None) -> bool:
    """Whether two addresses may be one place; one that is unknown may be any."""
    if not one or not two:
        return True
    return likeness(one, two) >= _SHARED


def likeness(one: str, two: str) -> float:
    """0 to 1. The house number must be the same, and every other number that both have."""
    left, right = _words(one), _words(two)
    if not left or not right:
        return 0.0
    numbers = [[word for word in words if word[0].isdigit()] for words in (left, right)]
    if numbers[0][:1] != numbers[1][:1]:
        return 0.0
    shared = len(set(left) & set(right))
    return shared / min(len(set(left)), len(set(right)))


def site(address: str | None, sites: Iterable[tuple[UUID, str]]) -> UUID | None:
    """The site that an address fits best; None if none does, or two do equally well."""
    if not address:
        return None
    scored = sorted(((likeness(address, theirs), each) for each, theirs in sites if theirs), reverse=True)
    if not scored or scored[0][0] < _SHARED or (len(scored) > 1 and scored[1][0] == scored[0][0]):
        return None
    return scored[0][1]


def _words(address: str) -> list[str]:
    return [_WORDS.get(word, word) for word in re.findall(r"\w+", address.casefold())]

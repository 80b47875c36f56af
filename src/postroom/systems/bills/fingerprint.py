"""Owns when two files are the same bill: by what they say, never by how they look.

Next month's bill looks closer to this month's than a scan does to its original (measured on perceptual
hashes), so pictures have no say. The rules are section 6 of the contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any, Literal

from postroom.systems.bills.read import account, provider

_SIMILAR = 0.8  # of two providers' names from which a scan may have misread one of them

Relation = Literal["duplicate", "revision"]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """All normalised. Bills with different keys are different bills; `relation` decides between equal keys."""

    provider: str | None
    accounts: tuple[str, ...]
    start: str | None
    end: str | None
    invoice: str | None
    total: str | None
    current: str | None
    currency: str | None

    @property
    def key(self) -> str | None:
        """What the store looks for: accounts and period. None if the bill does not tell enough to be compared."""
        if not self.accounts or self.start is None or self.end is None:
            return None
        return "|".join((",".join(self.accounts), self.start, self.end))

    def stored(self) -> dict[str, Any]:
        """As JSON; `restored` is the way back."""
        return asdict(self)


def restored(stored: Mapping[str, Any]) -> Fingerprint:
    return Fingerprint(**{**stored, "accounts": tuple(stored["accounts"])})


def fingerprint(document: Mapping[str, Any], facts: Mapping[str, Any]) -> Fingerprint:
    """Of what a reading found (`read.bill.Reading`)."""
    own = facts.get("account")
    return Fingerprint(
        provider=provider.normal(document["utilityCompany"]) if document.get("utilityCompany") else None,
        accounts=(account.normal(own),) if own else (),
        start=document.get("startDate"),
        end=document.get("billDate"),
        invoice=account.normal(document["invoiceId"]) if document.get("invoiceId") else None,
        total=_amount(document.get("totalCharges")),
        current=_amount(document.get("currentCharges")),
        currency=document.get("chargesUnits"),
    )


def _amount(printed: str | None) -> str | None:
    return None if printed is None else str(Decimal(printed).quantize(Decimal("0.01")))


def relation(new: Fingerprint, old: Fingerprint) -> Relation | None:
    """Whether a later file is the same bill again, a corrected one, or another bill (None)."""
    if new.key is None or new.key != old.key:
        return None
    if new.provider and old.provider and not _alike(new.provider, old.provider):
        return None
    # What only one of them tells says nothing.
    pairs = (
        (new.invoice, old.invoice),
        (new.total, old.total),
        (new.currency, old.currency),
        (new.current, old.current) if new.total is None or old.total is None else (None, None),
    )
    differ = any(one is not None and two is not None and one != two for one, two in pairs)
    return "revision" if differ else "duplicate"


def _alike(one: str, two: str) -> bool:
    return one == two or SequenceMatcher(None, one, two).ratio() >= _SIMILAR

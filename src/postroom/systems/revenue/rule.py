"""Owns the rules of a row, each written once, as an expression over a whole column.

The same expressions judge rows when they are processed (the first that does not hold is the row's message)
and when a strict upload is refused (all that do not hold). Refuses to know bytes, files and the database:
whether a reference repeats is decided there, and only its place in the order stands here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from postroom.systems.revenue import contract
from postroom.systems.revenue.contract import Code, Kind
from postroom.systems.revenue.header import Layout

_DATE = (
    r"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"(?:T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{6})?)?$"
)
_NUMBER = r"^-?[0-9]+(?:\.[0-9]+)?$"
# What nearly all cells look like, and then, in two steps, what they may look like: a name ends at the first
# `,Value=` and may hold commas, but is not blank.
_USUAL = r"^Name=[^,;\s][^,;]*,Value=[^;]*(?:;Name=[^,;\s][^,;]*,Value=[^;]*)*;?$"
_ENTRY = r"Name=[^;]*,Value=[^;]*"
_PROPERTIES = rf"^{_ENTRY}(?:;{_ENTRY})*;?$"
_NAMELESS = r"(?:^|;)Name=\s*,Value="
_CURRENCIES = pl.Series(sorted(contract.CURRENCIES), dtype=pl.String)


@dataclass(frozen=True, slots=True)
class Rule:
    """broken is true for the rows that do not hold to it; it may assume that earlier rules hold."""

    code: Code
    column: str | None
    broken: pl.Expr


def rules(kind: Kind, layout: Layout, *, now: datetime, cell_length: int = 0) -> list[Rule]:
    """All rules for a file of this layout, in the order of messages. now: UTC. cell_length: 0: no limit."""
    texts = contract.texts(kind)
    found: list[tuple[Code, pl.Expr]] = [(Code.IDENTIFIER, _all_blank(_of(layout, contract.IDENTIFIERS)))]
    value, date = _column(layout, kind.value), _column(layout, kind.date)
    found += [(Code.VALUE_BLANK, value == ""), (Code.VALUE, _no_number(value))]
    found += [(Code.DATE_BLANK, date == ""), (Code.DATE, _no_date(date))]
    found += [(Code.DATE_FUTURE, _in_future(date, now))]
    currency = _column(layout, contract.CURRENCY)
    found += [(Code.CURRENCY_BLANK, currency == ""), (Code.CURRENCY, ~currency.is_in(_CURRENCIES.implode()))]
    if contract.STAGE in kind.required:
        found.append((Code.STAGE_BLANK, _column(layout, contract.STAGE) == ""))
    if kind.has_label:
        found.append((Code.LABEL_BLANK, _all_blank(layout.labels)))
    if contract.REFERENCE in kind.required:
        found.append((Code.REFERENCE_BLANK, _column(layout, contract.REFERENCE) == ""))
    if contract.LEAD in layout.places:
        lead = _column(layout, contract.LEAD)
        found.append((Code.LEAD, (lead != "") & _no_date(lead)))
        found.append((Code.LEAD_FUTURE, _in_future(lead, now)))
    if contract.PROPERTIES in layout.places:
        found.append((Code.PROPERTIES, _no_properties(_column(layout, contract.PROPERTIES))))
    if cell_length:
        long = [pl.col(str(place)).str.len_chars() > cell_length for place in layout.wanted]
        found.append((Code.LONG, pl.any_horizontal(long)))
    return [Rule(code, texts[code].column, broken) for code, broken in found]


def first(given: Sequence[Rule]) -> pl.Expr:
    """The code of the first rule that a row does not hold to, 0 if it holds to all; a column named `code`."""
    result = pl.lit(0, pl.UInt8)
    for rule in reversed(given):
        result = pl.when(rule.broken).then(pl.lit(int(rule.code), pl.UInt8)).otherwise(result)
    return result.alias("code")


# Of codes that say the same thing about one cell, a list of all problems shows only the first.
IMPLIED: Mapping[Code, tuple[Code, ...]] = {
    Code.VALUE: (Code.VALUE_BLANK,),
    Code.DATE: (Code.DATE_BLANK,),
    Code.DATE_FUTURE: (Code.DATE_BLANK, Code.DATE),
    Code.CURRENCY: (Code.CURRENCY_BLANK,),
    Code.LEAD_FUTURE: (Code.LEAD,),
}


def _of(layout: Layout, names: Sequence[str]) -> list[int]:
    return [layout.places[name] for name in names if name in layout.places]


def _column(layout: Layout, name: str) -> pl.Expr:
    return pl.col(str(layout.places[name]))


def _all_blank(places: Sequence[int]) -> pl.Expr:
    if not places:
        return pl.lit(True)
    return pl.all_horizontal([pl.col(str(place)) == "" for place in places])


def _no_number(cell: pl.Expr) -> pl.Expr:
    return ~cell.str.contains(_NUMBER) | (cell.str.len_bytes() > contract.DIGITS)


def _no_date(cell: pl.Expr) -> pl.Expr:
    day = cell.str.head(10)
    exists = day.str.to_date("%Y-%m-%d", strict=False).is_not_null() & ~day.str.starts_with("0000")
    return ~(cell.str.contains(_DATE) & exists)


def _in_future(cell: pl.Expr, now: datetime) -> pl.Expr:
    """Of a valid date. As text: a date without a time begins every moment of its day, so is not after it."""
    return cell > now.strftime("%Y-%m-%dT%H:%M:%S.%f")


def _no_properties(cell: pl.Expr) -> pl.Expr:
    return cell.map_batches(_without_properties, return_dtype=pl.Boolean)


def _without_properties(cells: pl.Series) -> pl.Series:
    unusual = ~cells.str.contains(_USUAL) & (cells != "")
    if unusual.any():
        odd = cells.filter(unusual)
        wrong = ~odd.str.contains(_PROPERTIES) | odd.str.contains(_NAMELESS)
        unusual = unusual.scatter(unusual.arg_true(), wrong)
    return unusual

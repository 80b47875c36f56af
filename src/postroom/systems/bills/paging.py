"""Owns pages and filters of the desk's lists: what a query asks for, as SQL conditions and an envelope.

The rules are the contract's section 2. Refuses to know what is listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from postroom.errors import Invalid
from postroom.systems.bills import contract
from postroom.systems.bills.contract import BILL_DATE, CREATED_DATE, PAGE, UPDATED_DATE, USAGE_PERIOD

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams


@dataclass
class Where:
    """Conditions of a statement and their parameters."""

    conditions: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, condition: str, *values: Any) -> None:
        """condition: with `{}` for each value, in their order."""
        places = [f"${len(self.values) + number}" for number in range(1, len(values) + 1)]
        self.conditions.append(condition.format(*places))
        self.values += values

    @property
    def sql(self) -> str:
        return " AND ".join(self.conditions) or "true"


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list of documents or usage is narrowed to."""

    since: date | None = None
    until: date | None = None
    date_type: str = BILL_DATE
    datasources: tuple[str, ...] = ()
    identifier: str | None = None
    deleted: bool = False

    def on_documents(self, where: Where) -> None:
        """Of statements in which the document is `d`. Periods and identifiers are those of its usage."""
        if not self.deleted:
            where.add("d.deleted_at IS NULL")
        inner = Where(values=where.values)
        self._usage(inner)
        self._dates(where, inner)
        if inner.conditions:
            where.add(f"EXISTS (SELECT FROM bill_usage u WHERE u.document_id = d.id AND {inner.sql})")

    def on_usage(self, where: Where) -> None:
        """Of statements in which the entry is `u` and its document `d`."""
        where.add("d.deleted_at IS NULL")
        self._usage(where)
        if self.date_type in (CREATED_DATE, UPDATED_DATE):
            self._instants(where, "u")
        else:
            self._dates(where, where)

    def _usage(self, where: Where) -> None:
        if self.datasources:
            where.add("u.datasource_type = ANY({})", list(self.datasources))
        if self.identifier is not None:
            where.add("u.keys @> ARRAY[{}::text]", self.identifier)

    def _dates(self, where: Where, usage: Where) -> None:
        if self.date_type == BILL_DATE:
            if self.since is not None:
                where.add("d.bill_date >= {}", self.since)
            if self.until is not None:
                where.add("d.bill_date <= {}", self.until)
        elif self.date_type == USAGE_PERIOD:
            if self.since is not None:
                usage.add("u.end_date >= {}", self.since)
            if self.until is not None:
                usage.add("u.start_date <= {}", self.until)
        else:
            self._instants(where, "d")

    def _instants(self, where: Where, name: str) -> None:
        """The bound is the beginning of its day, UTC, for the upper one, too."""
        column = f"{name}.{'created_at' if self.date_type == CREATED_DATE else 'updated_at'}"
        if self.since is not None:
            where.add(f"{column} >= {{}}", datetime.combine(self.since, time(), UTC))
        if self.until is not None:
            where.add(f"{column} <= {{}}", datetime.combine(self.until, time(), UTC))


def read(query: QueryParams, *, date_type: str = BILL_DATE) -> Filter:
    """date_type: the default. Invalid names the parameter."""
    wanted = query.get("dateType", date_type)
    if wanted not in contract.DATE_TYPES:
        raise _choice("dateType", wanted)
    return Filter(
        since=_date(query, "startDate"),
        until=_date(query, "endDate"),
        date_type=wanted,
        datasources=_datasources(query),
        identifier=_identifier(query.get("identifier")),
        deleted=_flag(query, "isDeleted"),
    )


def _date(query: QueryParams, name: str) -> date | None:
    text = query.get(name)
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 a day, not a moment
    except ValueError:
        message = "Date has wrong format. Use one of these formats instead: YYYY-MM-DD."
        raise Invalid(message, field=name) from None


def _datasources(query: QueryParams) -> tuple[str, ...]:
    """Repeated, or with commas."""
    found = []
    for text in query.getlist("datasourceType"):
        for name in filter(None, text.split(",")):
            known = contract.ALIASES.get(name, name)
            if known not in contract.DATASOURCES:
                raise _choice("datasourceType", name)
            found.append(known)
    return tuple(dict.fromkeys(found))


def _identifier(text: str | None) -> str | None:
    if not text:
        return None
    # What a database cannot hold, matches nothing.
    return contract.identifier(text.replace("\0", "\ufffd"))


def _flag(query: QueryParams, name: str) -> bool:
    text = query.get(name, "false").lower()
    if text not in ("true", "false", "1", "0"):
        raise Invalid("Must be a valid boolean.", field=name)
    return text in ("true", "1")


def _choice(name: str, value: str) -> Invalid:
    return Invalid(f'"{value[:100]}" is not a valid choice.', field=name)


# --- pages ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. number counts from 1."""

    number: int
    pages: int
    total: int

    @classmethod
    def of(cls, query: Mapping[str, str], total: int) -> Page:
        """The page that is asked for; past the end the last one, and the first where it is no number."""
        pages = max(1, -(-total // PAGE))
        text = query.get("page", "1")
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 1
        if text.isascii() and text.isdigit() and len(text) >= 10:
            number = pages
        return cls(min(max(1, number), pages), pages, total)

    @property
    def offset(self) -> int:
        return (self.number - 1) * PAGE

    def envelope(self, name: str, things: Sequence[Any]) -> dict[str, Any]:
        return {
            f"total{name[0].upper()}{name[1:]}": self.total,
            "perPage": PAGE,
            "totalPages": self.pages,
            "currentPage": self.number,
            "hasNext": self.number < self.pages,
            "hasPrevious": self.number > 1,
            name: list(things),
        }

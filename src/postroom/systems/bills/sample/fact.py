"""Owns the facts of the sample's invented bills: who, for what, how much; sums that add up. Knows no layout.

A layout prints some of the facts and says which (`Bill.truth`), in the words of the contract.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

CENT = Decimal("0.01")
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Land:
    """How a country writes. group, point: between thousands, before decimals."""

    code: str
    currency: str
    sign: str
    group: str = ","
    point: str = "."
    behind: bool = False  # the currency sign stands behind the amount
    tongue: str = "en"

    def number(self, value: Decimal, places: int | None = None, *, group: bool = True) -> str:
        """As printed: 12345.6 -> 12,345.6."""
        if places is not None:
            value = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        text = f"{value:,f}" if group else f"{value:f}"
        return text.translate({ord(","): self.group, ord("."): self.point})

    def money(self, value: Decimal, *, sign: bool = True) -> str:
        """As printed, with the sign: -12.5 -> -$12.50."""
        text = self.number(abs(value), 2)
        if sign:
            text = f"{text} {self.sign}" if self.behind else f"{self.sign}{text}"
        return f"-{text}" if value < 0 else text

    def long(self, day: date) -> str:
        """5 March 2025, March 5, 2025, 5. März 2025."""
        month = _MONTHS[self.tongue].split()[day.month - 1]
        if self.code == "US":
            return f"{month} {day.day}, {day.year}"
        dot = "." if self.tongue == "de" else ""
        of = " de " if self.tongue == "es" else " "
        return f"{day.day}{dot}{of}{month}{of}{day.year}"

    def short(self, day: date) -> str:
        """5 Mar 2025, Mar 5, 2025."""
        month = _MONTHS["en"].split()[day.month - 1][:3]
        return f"{month} {day.day}, {day.year}" if self.code == "US" else f"{day.day} {month} {day.year}"

    def digits(self, day: date, mark: str = "/", *, year: str = "%Y") -> str:
        """03/05/2025 or 05/03/2025."""
        order = f"%m{mark}%d{mark}{year}" if self.code == "US" else f"%d{mark}%m{mark}{year}"
        return day.strftime(order)


US = Land("US", "USD", "$")
UK = Land("GB", "GBP", "£")
AU = Land("AU", "AUD", "$")
DE = Land("DE", "EUR", "€", ".", ",", behind=True, tongue="de")
FR = Land("FR", "EUR", "€", " ", ",", behind=True, tongue="fr")
ES = Land("ES", "EUR", "€", ".", ",", behind=True, tongue="es")
IT = Land("IT", "EUR", "€", ".", ",", behind=True, tongue="it")
IE = Land("IE", "EUR", "€")


@dataclass(slots=True)
class Supply:
    """One meter, one period. unit: the contract's spelling; shown: what the bill prints.

    parts: time of use, (label, PEAK or the like, usage). demand: (caption, value, unit).
    """

    commodity: str
    meter: str | None
    usage: Decimal
    unit: str
    shown: str
    start: date
    end: date
    previous: Decimal | None = None
    current: Decimal | None = None
    multiplier: Decimal | None = None
    tariff: str | None = None
    estimated: bool | None = None
    identifiers: dict[str, str] = field(default_factory=dict)
    parts: list[tuple[str, str, Decimal]] = field(default_factory=list)
    demand: list[tuple[str, Decimal, str]] = field(default_factory=list)

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


@dataclass(slots=True)
class Charge:
    """One line of the bill. supply: the number of the meter that it belongs to."""

    text: str
    amount: Decimal
    quantity: Decimal | None = None
    unit: str = ""
    rate: Decimal | None = None
    tax: bool = False
    supply: int = 0


@dataclass(slots=True)
class Bill:
    """One bill. unprinted: names of the truth that the layout does not print, so that null is right."""

    land: Land
    provider: str
    account: str
    invoice: str
    customer: str
    street: str
    town: str
    supplies: list[Supply]
    charges: list[Charge]
    issued: date
    due: date
    previous: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    commodity: str = "ELECTRICITY"
    unprinted: set[str] = field(default_factory=set)

    @property
    def start(self) -> date:
        return min(supply.start for supply in self.supplies)

    @property
    def end(self) -> date:
        return max(supply.end for supply in self.supplies)

    @property
    def current(self) -> Decimal:
        return sum((charge.amount for charge in self.charges), Decimal(0))

    @property
    def tax(self) -> Decimal:
        return sum((charge.amount for charge in self.charges if charge.tax), Decimal(0))

    @property
    def total(self) -> Decimal:
        return self.previous - self.paid + self.current

    def hide(self, *names: str) -> None:
        """Say that the layout does not print these."""
        self.unprinted.update(names)

    def truth(self) -> dict[str, Any]:
        """What a perfect reader finds, by the contract's names; what is not printed is None."""
        money = {
            "totalCharges": self.total,
            "currentCharges": self.current,
            "taxCharges": self.tax,
            "previousCloseBalance": self.previous,
            "afterPreviousTotalPayment": self.paid,
        }
        found: dict[str, Any] = {
            "utilityCompany": self.provider,
            "account": self.account,
            "invoiceId": self.invoice,
            "chargesUnits": self.land.currency,
            "startDate": self.start.isoformat(),
            "billDate": self.end.isoformat(),
            "issued": self.issued.isoformat(),
            "dueDate": self.due.isoformat(),
            **{name: str(cents(value)) for name, value in money.items()},
            "serviceAddress": f"{self.street}, {self.town}",
            "commodity": self.commodity,
        }
        found = {name: None if name in self.unprinted else value for name, value in found.items()}
        found["usageData"] = [self._told(supply) for supply in self.supplies if supply.unit]
        return found

    def _told(self, supply: Supply) -> dict[str, Any]:
        told = {
            "datasourceType": supply.commodity,
            "meter": supply.meter,
            "usage": str(supply.usage),
            "usageUnits": supply.unit,
            "startDate": supply.start.isoformat(),
            "endDate": supply.end.isoformat(),
            "previousReading": _text(supply.previous),
            "currentReading": _text(supply.current),
            "multiplier": _text(supply.multiplier),
            "tariff": supply.tariff,
            "isEstimated": supply.estimated,
            "timeOfUse": {label: str(usage) for label, _, usage in supply.parts},
            "demand": sorted(str(value) for _, value, _ in supply.demand),
            "identifiers": dict(supply.identifiers),
        }
        return {
            name: None if f"usageData.{name}" in self.unprinted else value for name, value in told.items()
        }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


# --- drawing facts from a hat ------------------------------------------------------------------------------

_PEOPLE = ("Sam Rivera", "Dana Whitcombe", "Priya Natarajan", "Orchard Lane Bakery LLC", "T. Lindqvist")
_STREETS = ("Alder", "Birchwood", "Canal", "Dunmore", "Eastgate", "Foundry", "Granary", "Hollybush")
_WAYS = {"US": ("St", "Ave", "Blvd", "Dr"), "GB": ("Road", "Street", "Lane"), "AU": ("St", "Rd", "Pde")}
_TOWNS = {
    "US": ("Marlow, CA 93514", "Fairhaven, NY 12047", "Cedar Bluff, TX 75219", "Millbrook, OH 44102"),
    "GB": ("Leeds LS7 3QT", "Bristol BS3 2PL", "Cardiff CF11 8AD", "Norwich NR2 4HG"),
    "AU": ("Geelong VIC 3220", "Newtown NSW 2042", "Toowoomba QLD 4350"),
    "DE": ("48143 Münster", "04109 Leipzig", "70173 Stuttgart"),
    "FR": ("31000 Toulouse", "69003 Lyon"),
    "ES": ("41004 Sevilla", "50001 Zaragoza"),
    "IT": ("20124 Milano MI", "40121 Bologna BO", "70121 Bari BA"),
    "IE": ("Cork T12 X4P8", "Galway H91 E2K5"),
    "NL": ("3511 AB Utrecht", "6811 KM Arnhem"),
}


def person(random: Random) -> str:
    return random.choice(_PEOPLE)


def digits(random: Random, pattern: str) -> str:
    """`#` becomes a digit (the first is no zero), `@` a letter."""
    out: list[str] = []
    for sign in pattern:
        if sign == "#":
            out.append(random.choice("123456789" if "#" not in pattern[: len(out)] else "0123456789"))
        elif sign == "@":
            out.append(random.choice("ABCDEFGHJKLMNPRSTUVWXYZ"))
        else:
            out.append(sign)
    return "".join(out)


def street(random: Random, land: Land) -> str:
    name = random.choice(_STREETS)
    if land.code == "DE":
        return f"{name}weg {random.randint(1, 99)}"
    if land.code == "FR":
        return f"{random.randint(1, 99)} rue {name}"
    if land.code == "ES":
        return f"Calle {name} {random.randint(1, 99)}"
    if land.code == "IT":
        return f"Via {name} {random.randint(1, 99)}"
    way = random.choice(_WAYS.get(land.code, _WAYS["GB"]))
    return f"{random.randint(2, 980)} {name} {way}"


def town(random: Random, land: Land) -> str:
    return random.choice(_TOWNS[land.code])


def period(random: Random, days: tuple[int, int]) -> tuple[date, date]:
    """First and last day; inclusive, `days` at least and at most."""
    start = date(2023, 1, 1) + timedelta(random.randint(0, 900))
    return start, start + timedelta(random.randint(*days) - 1)


def after(random: Random, day: date, least: int, most: int) -> date:
    return day + timedelta(random.randint(least, most))


def reading(random: Random, usage: Decimal, multiplier: Decimal = Decimal(1)) -> tuple[Decimal, Decimal]:
    """Previous and current reading for a usage."""
    previous = Decimal(random.randint(1200, 78000))
    return previous, previous + usage / multiplier


def charged(text: str, quantity: Decimal, unit: str, rate: str, **more: Any) -> Charge:
    """quantity × rate."""
    price = Decimal(rate)
    return Charge(text, cents(quantity * price), quantity, unit, price, **more)


def taxed(text: str, charges: Sequence[Charge], percent: str) -> Charge:
    whole = sum((charge.amount for charge in charges), Decimal(0))
    return Charge(text, cents(whole * Decimal(percent) / 100), tax=True)


def carried(random: Random, low: int = 40, high: int = 400) -> tuple[Decimal, Decimal]:
    """Previous balance, and what was paid of it: mostly all."""
    previous = Decimal(random.randint(low * 100, high * 100)) / 100
    return previous, previous if random.random() < 0.75 else Decimal(0)


def drawn(
    random: Random,
    land: Land,
    provider: str,
    account: str,
    supplies: list[Supply],
    charges: list[Charge],
    *hidden: str,
) -> Bill:
    """A bill of these supplies and charges; the rest is drawn. account: its pattern. hidden: what is not printed."""
    previous, paid = carried(random)
    issued = after(random, max(supply.end for supply in supplies), 1, 6)
    bill = Bill(
        land,
        provider,
        digits(random, account),
        digits(random, "##########"),
        person(random),
        street(random, land),
        town(random, land),
        supplies,
        charges,
        issued,
        after(random, issued, 14, 24),
        previous,
        paid,
        supplies[0].commodity,
    )
    bill.hide(*hidden)
    return bill

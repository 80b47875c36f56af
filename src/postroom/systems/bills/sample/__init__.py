"""Owns the project's own pile of utility bills: seeded, of many layouts, with the truth beside each.

`make demo`, tests and benchmarks use it. Same seed, same bytes; runtime dependencies only. All utilities,
people and numbers are invented.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from postroom.systems.bills.sample import (
    australia,
    britain,
    card,
    dutch,
    europe,
    form,
    held,
    held_more,
    held_table,
    market,
    more,
    named,
    other,
    statement,
    sun,
    us,
    us_service,
)
from postroom.systems.bills.sample.fact import Bill
from postroom.systems.bills.sample.paper import Paper
from postroom.systems.bills.sample.scanner import scanned


@dataclass(frozen=True, slots=True)
class Layout:
    """held: the reader was never tuned on it."""

    name: str
    make: Callable[[Random], tuple[Paper, Bill]]
    held: bool = False


LAYOUTS: tuple[Layout, ...] = (
    Layout("us_power", us.power),
    Layout("us_edison", us.edison),
    Layout("us_gas", us_service.gas),
    Layout("us_water", us_service.water),
    Layout("us_waste", us_service.waste),
    Layout("us_telecom", us_service.telecom),
    Layout("us_commercial", us.commercial),
    Layout("us_rural", us_service.rural),
    Layout("uk_power", britain.uk_power),
    Layout("uk_water", britain.uk_water),
    Layout("uk_telecom", britain.uk_telecom),
    Layout("de_gas", europe.de_gas),
    Layout("fr_power", europe.fr_power),
    Layout("es_power", europe.es_power),
    Layout("au_gas", australia.au_gas),
    Layout("au_water", australia.au_water),
    Layout("us_carolina", more.carolina),
    Layout("us_southern_gas", more.southern_gas),
    Layout("us_grid", more.grid),
    Layout("us_carrier", more.carrier),
    Layout("uk_dual", britain.dual),
    Layout("us_city", form.city),
    Layout("uk_letter", form.letter),
    Layout("de_yearly", card.yearly),
    Layout("au_cards", card.cards),
    Layout("uk_columns", named.uk_columns),
    Layout("au_boxes", australia.au_boxes),
    Layout("it_power", europe.it_power),
    Layout("us_town", named.us_town),
    Layout("us_texas", market.texas),
    Layout("us_budget", market.budget),
    Layout("us_registers", market.registers),
    Layout("us_hauler", sun.hauler),
    Layout("uk_fuels", statement.fuels),
    Layout("uk_foul", statement.foul),
    Layout("ie_power", statement.irish),
    Layout("au_solar", sun.solar),
    Layout("nl_yearly", dutch.dutch),
    Layout("held_sidebar", held.sidebar, held=True),
    Layout("held_grid", held.grid, held=True),
    Layout("held_registers", held_table.registers, held=True),
    Layout("held_services", held_table.services, held=True),
    Layout("held_county", held_more.county, held=True),
    Layout("held_wireless", held_more.wireless, held=True),
    Layout("held_quarter", held_more.quarter, held=True),
)
_BY_NAME: Mapping[str, Layout] = {layout.name: layout for layout in LAYOUTS}


@dataclass(frozen=True, slots=True)
class Entry:
    """The truth about one file. kind: bill, scan, or what else it is. truth: of a bill, by the contract's names.

    duplicate_of: the file of which it is a copy or a scan.
    """

    name: str
    kind: str
    layout: str | None = None
    utility: bool = True
    duplicate_of: str | None = None
    truth: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    seed: int
    entries: tuple[Entry, ...]

    def save(self, path: Path) -> None:
        """As JSON: seed, documents."""
        body = {"seed": self.seed, "documents": [asdict(entry) for entry in self.entries]}
        path.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def bill(layout: str, seed: int) -> tuple[bytes, dict[str, Any]]:
    """One bill as PDF, and its truth."""
    random = Random(f"{layout}/{seed}")  # noqa: S311 - a sample, no secret
    paper, facts = _BY_NAME[layout].make(random)
    return paper.data(), facts.truth()


def scan(layout: str, seed: int, dpi: int = 300, *, rough: float = 1.0) -> tuple[bytes, dict[str, Any]]:
    """The same bill as `bill` gives, from a scanner."""
    data, truth = bill(layout, seed)
    return scanned(data, Random(f"scan/{layout}/{seed}/{dpi}"), dpi, rough=rough), truth  # noqa: S311


def nonbill(kind: str, seed: int) -> tuple[bytes, str]:
    """A document that is no bill, and the ending of its name."""
    random = Random(f"{kind}/{seed}")  # noqa: S311
    if kind == "photo":
        return other.photo(random), ".jpg"
    return dict(other.PAPERS)[kind](random).data(), ".pdf"


NONBILLS: tuple[str, ...] = (*(name for name, _ in other.PAPERS), "photo")


def generate(folder: Path, count: int = 60, seed: int = 1, *, scans: float = 0.1) -> Manifest:
    """Write `count` documents into `folder` (made if missing) and return the truth about them.

    Mostly bills; a tenth copies byte by byte, a tenth other documents, and `scans` of them scans of earlier
    bills (which are slow to make).
    """
    folder.mkdir(parents=True, exist_ok=True)
    random = Random(seed)  # noqa: S311
    entries: list[Entry] = []
    bills: list[Entry] = []
    for number in range(1, count + 1):
        data, entry = _one(random, folder, number, bills, scans)
        (folder / entry.name).write_bytes(data)
        entries.append(entry)
        if entry.kind == "bill" and entry.duplicate_of is None:
            bills.append(entry)
    return Manifest(seed, tuple(entries))


def _one(
    random: Random, folder: Path, number: int, bills: Sequence[Entry], scans: float
) -> tuple[bytes, Entry]:
    dice = random.random()
    if dice < 0.1:
        kind = NONBILLS[number % len(NONBILLS)]
        data, suffix = nonbill(kind, number)
        return data, Entry(f"{number:04d}-{kind}{suffix}", kind, utility=False)
    if bills and dice < 0.2:
        original = random.choice(bills)
        copy = Entry(
            f"{number:04d}-copy.pdf",
            "bill",
            original.layout,
            duplicate_of=original.name,
            truth=original.truth,
        )
        return (folder / original.name).read_bytes(), copy
    if bills and dice < 0.2 + scans:
        original = random.choice(bills)
        data = scanned((folder / original.name).read_bytes(), random, rough=0.5)
        again = Entry(
            f"{number:04d}-scan.pdf",
            "scan",
            original.layout,
            duplicate_of=original.name,
            truth=original.truth,
        )
        return data, again
    layout = LAYOUTS[number % len(LAYOUTS)]
    data, truth = bill(layout.name, number)
    return data, Entry(f"{number:04d}-{layout.name}.pdf", "bill", layout.name, truth=truth)

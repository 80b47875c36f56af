"""Owns the list of insurers: letter, name, NAIC number. And letters: which insurers a row names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from postroom.systems.certificates.read import cell, doubt, form
from postroom.systems.certificates.read.cell import Spot
from postroom.systems.certificates.read.trace import Trace

_NAIC = re.compile(r"\d{4,6}")


def insurers(spots: Sequence[Spot], trace: Trace) -> list[dict[str, Any]]:
    """Only lines that are filled in."""
    found: list[dict[str, Any]] = []
    for letter in form.LETTERS:
        name_cell, naic_cell = form.insurer(letter)
        names = [spot for spot in cell.within(spots, name_cell) if spot.text.strip(" :.-")]
        numbers = cell.within(spots, naic_cell)
        path = f"insurers.{len(found)}"
        name = cell.text(cell.lines(names))
        name = name.strip(" :") or None if name else None
        if any(spot.confidence < 1.0 for spot in names):
            name = doubt.titled(doubt.bare(name))
        naic = naic_number(cell.text(cell.lines(numbers)))
        if name is None and naic is None:
            continue
        found.append(
            {
                "letter": letter,
                "name": trace.words(f"{path}.name", name, names, least=doubt.NAMED),
                "naic": trace.words(f"{path}.naic", naic, numbers),
            }
        )
    return found


def naic_number(text: str | None) -> str | None:
    """As printed. Anything but a number of five digits or so is none: N/A, Unknown."""
    found = _NAIC.fullmatch(text.strip(" .:") if text else "")
    return found[0] if found else None


def letters(texts: Sequence[str]) -> str | None:
    """`A`, `A,B`, `A/B`, `A B` and letters below each other -> "A,B". Anything else is None."""
    joined = ",".join(texts).upper()
    found = [part for part in re.split(r"[\s,/&;+.|]+", joined) if part]
    if len(found) == 1 and 1 < len(found[0]) <= 6:
        found = list(found[0])
    if not found or any(len(part) != 1 or part not in form.LETTERS for part in found):
        return None
    return ",".join(dict.fromkeys(found))

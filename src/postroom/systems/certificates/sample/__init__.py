"""Owns the project's own pile of certificates: seeded, of three editions, as fields, flat text and scans, with the
truth about each.

`make demo`, tests and benchmarks use it. Same seed, same bytes. It needs nothing but runtime dependencies, and
the drawing is the project's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from postroom.systems.certificates.read import form
from postroom.systems.certificates.read.trace import leaves
from postroom.systems.certificates.sample import drawing
from postroom.systems.certificates.sample import fill as sample_fill
from postroom.systems.certificates.sample import scan as sample_scan
from postroom.systems.certificates.sample.drawing import Look
from postroom.systems.certificates.sample.fill import Fill
from postroom.systems.certificates.sample.scan import Scan

KINDS = ("fields", "flat", "scan")


@dataclass(frozen=True, slots=True)
class Entry:
    """One certificate. truth: as the contract's ParsedCertificate, with every key that the sample knows."""

    name: str
    kind: str
    edition: str
    truth: Mapping[str, Any]
    scan: Scan | None = None
    look: Look = field(default_factory=Look)


def generate(
    folder: Path, count: int = 10, seed: int = 1, kinds: Iterable[str] = ("fields", "flat")
) -> list[Entry]:
    """Write `count` certificates into `folder` (made if missing), kinds in turn, and return the truth."""
    folder.mkdir(parents=True, exist_ok=True)
    random = Random(seed)  # noqa: S311 - a sample, no secret
    every = tuple(kinds)
    entries = []
    for number in range(count):
        data, entry = make(random, number + 1, every[number % len(every)])
        (folder / entry.name).write_bytes(data)
        entries.append(entry)
    return entries


def make(random: Random, number: int, kind: str, *, dpi: int = 300) -> tuple[bytes, Entry]:
    """One certificate and the truth about it. kind: one of KINDS."""
    edition = form.EDITIONS[number % len(form.EDITIONS)]
    filled = sample_fill.fill(random, edition)
    look = Look(
        font=random.choice(drawing.FONTS),
        size=random.choice((7.0, 8.0, 9.0)),
        tick=random.choice(drawing.TICKS),
        shift=(random.uniform(-1.5, 1.5), random.uniform(-1.8, 1.8)),
        fields=kind == "fields",
        squeezed=kind == "scan",
        signature_seed=random.randrange(10**6),
    )
    data = drawing.draw(filled, look)
    truth = {"form": {"name": "ACORD 25", "edition": edition}, **filled.truth}
    scan = sample_scan.varied(random, dpi) if kind == "scan" else None
    if scan is not None:
        data = sample_scan.scanned(data, scan)
    return data, Entry(f"{number:04d}-{kind}.pdf", kind, edition, truth, scan, look)


def save(entries: Iterable[Entry], path: Path) -> None:
    """The truth as JSON."""
    path.write_text(json.dumps([asdict(entry) for entry in entries], indent=1) + "\n", encoding="utf-8")


# --- comparing ----------------------------------------------------------------------------------------


def compare(truth: Mapping[str, Any], parsed: Mapping[str, Any]) -> dict[str, str]:
    """path -> right, missing (null although it is there) or wrong, for every value that the truth knows.

    What was read although the form says nothing there is wrong too.
    """
    known, found = dict(leaves(truth)), dict(leaves(parsed))
    verdicts = {}
    for path, value in known.items():
        read = found.get(path)
        verdicts[path] = "right" if _same(value, read) else "missing" if read is None else "wrong"
    for path, value in found.items():
        own = path.startswith(("coverages.", "additional_policies.", "insurers."))
        if path not in known and own and value not in (None, False):
            verdicts[path] = "wrong"
    return verdicts


def _same(one: Any, two: Any) -> bool:
    if isinstance(one, str) and isinstance(two, str):
        return " ".join(one.split()) == " ".join(two.split())
    return bool(one == two)


__all__ = ["KINDS", "Entry", "Fill", "compare", "generate", "make", "save"]

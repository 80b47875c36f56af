"""Owns values with where they were found: each path of the parsed certificate with page, box, confidence, text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from postroom.readers.word import Box
from postroom.systems.certificates.read import cell, doubt
from postroom.systems.certificates.read.cell import Spot


@dataclass(frozen=True, slots=True)
class Place:
    """page: from 1. box: points on the page as displayed, origin top left. confidence: 0 to 1.

    text: as it stands there; None for a tick or a drawing.
    """

    page: int
    box: Box
    confidence: float
    text: str | None = None

    def shown(self) -> dict[str, Any]:
        box = [round(edge, 1) for edge in (self.box.left, self.box.top, self.box.right, self.box.bottom)]
        return {"page": self.page, "box": box, "confidence": round(self.confidence, 3), "text": self.text}


@dataclass(slots=True)
class Trace:
    """What one page gave, path by path. Values that are unknown have no place."""

    page: int
    places: dict[str, Place] = field(default_factory=dict)

    def words(self, path: str, value: Any, spots: Iterable[Spot], *, least: float = doubt.BELIEVED) -> Any:
        """Note where `value` was read, and return it; None if a word is less sure: unknown is better than wrong."""
        used = list(spots)
        if any(spot.confidence < least for spot in used):
            return None
        box = cell.where(used)
        if value is not None and box is not None:
            confidence = min(spot.confidence for spot in used)
            self.places[path] = Place(self.page, box, confidence, " ".join(spot.text for spot in used))
        return value

    def drawn(self, path: str, box: Box, confidence: float) -> None:
        self.places[path] = Place(self.page, box, confidence)

    def moved(self, before: str, after: str) -> None:
        """What stood under the path `before`, and everything below it, stands under `after` now."""
        for path in [path for path in self.places if path == before or path.startswith(f"{before}.")]:
            self.places[after + path.removeprefix(before)] = self.places.pop(path)

    def dropped(self, path: str) -> None:
        for known in [known for known in self.places if known == path or known.startswith(f"{path}.")]:
            del self.places[known]


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value below, with its dotted path; list entries by number."""
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from leaves(entry, f"{path}.{key}" if path else key)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for place, entry in enumerate(value):
            yield from leaves(entry, f"{path}.{place}" if path else str(place))
    else:
        yield path, value

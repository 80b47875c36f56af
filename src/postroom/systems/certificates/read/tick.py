"""Owns ticks: whether a box of the form is ticked, by a letter, a form field, strokes or ink.

Three sources are asked for each box: the words in it, what is drawn in it (strokes, small pictures, buttons),
and, on a page that is a picture, the ink inside. Refuses to know what a ticked box means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from postroom.systems.certificates.read import form
from postroom.systems.certificates.read.cell import Spot
from postroom.systems.certificates.read.form import Cell
from postroom.systems.certificates.read.picture import Picture
from postroom.systems.certificates.read.trace import Trace
from postroom.systems.certificates.read.transform import Transform

_SLACK = 1.2  # points that a tick's middle may lie outside its box
_SMALLEST, _LARGEST = 2.4, 16.0  # points of a drawn tick
_NO = frozenset(("N", "NO", "N/A", "-", "–", "□", "☐", "$", "OFF", "."))
_ALL = 2  # letters that a tick may be made of


@dataclass(frozen=True, slots=True)
class Stroke:
    """Something drawn, in form points. ticking: it is slanted, curved or filled dark: no border of a box."""

    left: float
    top: float
    right: float
    bottom: float
    ticking: bool

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Ticks:
    """What is known of ticks on one page. buttons: middle of a form's button -> whether it is on."""

    spots: Sequence[Spot]
    strokes: Sequence[Stroke] = ()
    buttons: Mapping[tuple[float, float], bool] = field(default_factory=dict)
    picture: Picture | None = None
    transform: Transform | None = None

    def ticked(self, box: Cell, path: str = "", trace: Trace | None = None) -> bool:
        """Whether the box is ticked; noted under `path` if it is."""
        for (x, y), on in self.buttons.items():
            if box.holds(x, y):
                return self._noted(on, 1.0, box, path, trace)
        if self.picture is not None:
            # What is typed shows in the picture as well, and recognisers see letters in dirt.
            return self._noted(self.picture.ticked(box), 0.9, box, path, trace)
        for spot in self.spots:
            if box.holds(spot.x, spot.y, _SLACK) and _is_mark(spot.text):
                if trace is not None:
                    trace.words(path, True, [spot])
                return True
        if self.drawn(box):
            return self._noted(True, 0.95, box, path, trace)
        return False

    def drawn(self, cell: Cell) -> bool | None:
        """True if a tick is drawn in the cell; None if nothing is: a blank cell says nothing."""
        for (x, y), on in self.buttons.items():
            if on and cell.holds(x, y):
                return True
        for stroke in self.strokes:
            width, height = stroke.right - stroke.left, stroke.bottom - stroke.top
            if (
                not stroke.ticking
                or not (_SMALLEST <= max(width, height) <= _LARGEST)
                or min(width, height) < 1
            ):
                continue
            if cell.holds(*stroke.middle, _SLACK):
                return True
        return None

    def _noted(self, on: bool, confidence: float, box: Cell, path: str, trace: Trace | None) -> bool:
        if on and trace is not None and self.transform is not None:
            trace.drawn(path, self.transform.box(*box), confidence)
        return on


def _is_mark(text: str) -> bool:
    """Symbol fonts without a table come out as the letters and digits that their ticks are typed with."""
    if text in ("4", "8", "3"):
        return True
    return len(text) <= _ALL and text.upper() not in _NO and not text.isdecimal()


def boxes(ticks: Ticks, edition: str, kind: str, path: str, trace: Trace) -> dict[str, bool]:
    """Every box of a band: its name -> whether it is ticked."""
    return {
        name.partition(".")[2]: ticks.ticked(box, f"{path}.{name.partition('.')[2]}", trace)
        for name, box in form.BOXES[edition].items()
        if name.startswith(f"{kind}.")
    }

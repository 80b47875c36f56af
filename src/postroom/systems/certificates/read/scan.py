"""Owns the second look at a scan: what was filled in is cut out line by line, cleaned of ruled lines, and read alone.

The first look, at the whole page, finds the labels; small letters between ruled lines come out far better alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from postroom.readers import ocr
from postroom.readers.word import Box, PageWords, Word
from postroom.systems.certificates.read import cell, doubt, form, number
from postroom.systems.certificates.read.cell import Spot
from postroom.systems.certificates.read.date import dates
from postroom.systems.certificates.read.form import Cell
from postroom.systems.certificates.read.picture import PIXELS, Picture, unspecked
from postroom.systems.certificates.read.transform import Transform

_MARGIN = 12  # white pixels around a line: recognisers want them
_INK = 140  # grey up to which a pixel is ink
_AROUND = 2.6  # points above and below a cell in which its values may still stand
_LINE = 3.2  # points that a line of letters is high, at least
_HIGH = 13.0  # points from which it must be two lines
_GAP = 0.7  # points without ink between two lines
_EDGE = 1.0  # points from the edge of a page at which a word may be cut off
_SURE = 0.8  # confidence from which a line is not looked at again
_UNREADABLE = 0.6  # mean confidence of a line below which nothing of it is believed
_DOUBTFUL = 0.4  # confidence below which a word is not
_BLANK = 0.3  # of a letter's height that a blank between two words is wide, at least
_SCARCELY, _HARDLY = 0.42, 0.6  # and up to which it may be none between digits; beside a 1
_WIDE = 0.46  # beside a 1, which has much room of its own
_SLIM = re.compile(r"1\d|\d1")
_SHOWN = (
    (2, True),
    (4, True),
    (1, True),
    (4, False),
)  # times that a single letter is shown, restricted or not
_VOTES, _AGREED = 4, 0.9  # readings of a letter, and their share, that make it known
_SINGLE = 1.6  # of its height from which a piece is wider than one letter
_AGAIN = 0.75  # of its size that a line is shown in for another opinion
_HAS_DIGIT = re.compile(r"\d")
_ORDINAL = re.compile(r"\b(\d*)S(th|TH)\b")
_SMALL_L = re.compile(r"\bl(?=[b-df-hjkm-np-tv-z])")  # no word begins so
_APART = 1.1  # of a line's height without ink from which two parts of it are columns
_MARKS = "XYNA/"


class _Place(NamedTuple):
    """A cell to be read. signs: what can stand there. skip: points at its left that are printed, if free of the rest.

    numbered: points from the left of the page up to which what begins in it is a policy number.
    """

    cell: Cell
    signs: str = ""
    skip: float = 0.0
    numbered: float = 0.0


def _places() -> Iterator[_Place]:
    for name in (
        "certificate_date",
        "contact_name",
        "phone",
        "fax",
        "email",
        "certificate_number",
        "revision_number",
    ):
        yield _Place(form.CELLS[name])
    for name in ("producer", "insured", "holder", "description"):
        yield _Place(form.CELLS[name])
    for letter in form.LETTERS:
        for place in form.insurer(letter):
            yield _Place(place)
    for kind, (top, bottom) in form.BANDS.items():
        yield _Place(form.column("letter", top, bottom), form.LETTERS + ",")
        for name in ("additional_insured", "waiver_of_subrogation"):
            yield _Place(form.column(name, top, bottom), _MARKS)
        # Together, because wide letters run over the borders between them; the labels begin at 428.8.
        left, right = form.COLUMNS["policy_number"][0], form.COLUMNS["expiration"][1] + 2.8
        yield _Place(Cell(left, top, right, bottom), numbered=form.COLUMNS["effective"][0])
        for middle in form.LIMITS.get(kind, {}).values():
            yield _Place(form.column("amount", middle - form.ROW / 2, middle + form.ROW / 2), skip=8.2)
    top, bottom = form.BANDS["other"]
    yield _Place(form.column("type", top, bottom))
    yield _Place(Cell(form.COLUMNS["limit"][0], top, form.COLUMNS["amount"][1], bottom))
    yield _Place(form.RETENTION)
    # The inside of the box: its border is too short to be taken for a ruled line.
    yield _Place(Cell(159.6, 500.2, 171.6, 507.8), _MARKS)
    signature = form.CELLS["signature"]
    yield _Place(Cell(signature.left, signature.top + 9, signature.right, signature.bottom))


PLACES = tuple(_places())
# What is printed inside the cells, and must not be read as a value: left, top, right, bottom.
_PRINTED = (
    Cell(18, 121.5, 58, 129.5),  # PRODUCER
    Cell(18, 182.0, 50.5, 189.4),  # INSURED
    Cell(177.5, 499.5, 193.5, 508.5),  # N / A
    Cell(500, 24, 596, 35),  # DATE
)


def typed(layer: Sequence[Word], words: PageWords, transform: Transform) -> list[Spot]:
    """What a text layer over the picture says. words: of the picture, in which the labels were found."""
    return cell.spots(PageWords(words.width, words.height, tuple(layer), "text"), transform.bare())


def read(transform: Transform, picture: Picture, words: PageWords, typed: Sequence[Spot] = ()) -> list[Spot]:
    """What was filled in, line by line. words: what the first look saw, which has to say the same.

    typed: words that are known already; where nothing else stands nothing is read.
    """
    seen = cell.spots(words, transform)
    grey = unspecked(picture.cleaned.copy())
    for printed in _PRINTED:
        left, top, right, bottom = _pixels(picture.moved(printed))
        grey[top:bottom, left:right] = 255
    found: list[Spot] = list(typed)
    for place in PLACES:
        mine = cell.within(typed, place.cell)
        if mine and all(_is_over(spot, mine) for spot in cell.within(seen, place.cell)):
            continue
        spots = [
            spot
            for spot in _read(place, grey, transform, picture, seen)
            if spot.text and not _is_over(spot, mine)
        ]
        # What is cut off at the picture's edge is unknown, and so is what stands beside it.
        if all(_is_whole(spot, picture) for spot in spots):
            found.extend(spots)
    return found


def _is_over(spot: Spot, typed: Sequence[Spot]) -> bool:
    return any(spot.box.overlaps(other.box) for other in typed)


def _is_whole(spot: Spot, picture: Picture) -> bool:
    width, height = picture.page
    box = spot.box
    return min(box.left, box.top, width - box.right, height - box.bottom) >= _EDGE


def _pixels(place: Cell) -> tuple[int, int, int, int]:
    left, top, right, bottom = (max(0, round(edge * PIXELS)) for edge in place)
    return left, top, right, bottom


def _read(
    place: _Place,
    grey: npt.NDArray[np.uint8],
    transform: Transform,
    picture: Picture,
    seen: Sequence[Spot],
) -> Iterator[Spot]:
    moved = picture.moved(place.cell)
    left, top, right, bottom = _pixels(
        Cell(moved.left + 0.6, moved.top - _AROUND, moved.right - 0.6, moved.bottom + _AROUND)
    )
    window = grey[top:bottom, left:right]
    if place.skip:
        cut = round(place.skip * PIXELS)
        if not (window[:, cut - 2 : cut + 2] < _INK).any():
            window, left = window[:, cut:], left + cut
    down = _AROUND * PIXELS
    for low, high in _lines(window < _INK):
        middle = (low + high) / 2
        if not down <= middle < window.shape[0] - down:
            continue  # belongs to the cell above or below
        for first, last in _parts(np.asarray((window[low:high] < _INK).any(axis=0)), high - low):
            piece = np.pad(window[low:high, first:last], _MARGIN, constant_values=255)
            origin = (left + first, top + low)
            if place.signs:
                words = _sign(piece, place.signs)
            else:
                x, y = place.cell.left - moved.left, place.cell.top - moved.top
                stands = Cell(
                    origin[0] / PIXELS + x,
                    origin[1] / PIXELS + y,
                    (left + last) / PIXELS + x,
                    (top + high) / PIXELS + y,
                )
                words = _agreed(piece, _said(seen, stands))
                if place.numbered > stands.left:
                    words = _numbers(words, piece, stands, seen, place.numbered)
            for word in words:
                yield _spot(word, origin, place.cell, moved, transform)


def _said(seen: Sequence[Spot], place: Cell) -> str:
    """What the first look saw there."""
    there = sorted((spot for spot in seen if place.holds(spot.x, spot.y, 1.0)), key=lambda spot: spot.left)
    return " ".join(spot.text for spot in there)


def _agreed(piece: npt.NDArray[np.uint8], other: str) -> list[Word]:
    """The words of a line, without the confidence of those that only one reading knows."""

    def read(part: npt.NDArray[np.uint8]) -> list[Word]:
        return list(ocr.line(Image.fromarray(part), 72 * PIXELS))

    def again() -> list[Word]:
        size = (round(piece.shape[1] * _AGAIN), round(piece.shape[0] * _AGAIN))
        shown = Image.fromarray(piece).resize(size, Image.Resampling.LANCZOS)
        return list(ocr.line(shown, 72 * PIXELS * _AGAIN))

    words = doubt.confirmed(doubt.settled(_line(piece), other, again), again)
    return doubt.torn(_joined(doubt.spaced(words, piece, PIXELS, _MARGIN, read), doubt.height(piece)))


def _numbers(
    words: Sequence[Word], piece: npt.NDArray[np.uint8], stands: Cell, seen: Sequence[Spot], end: float
) -> list[Word]:
    """With other opinions on a policy number, which the dates may follow. end: where these begin on the form."""
    count = 0
    while count < len(words) and _begins(words[count], stands) < end and not any(dates(words[count].text)):
        count += 1
    if not count:
        return list(words)
    mine, right = words[:count], piece.shape[1]
    if count < len(words):
        right = round((words[count - 1].box.right + words[count].box.left) / 2 * PIXELS)
    alone = np.pad(piece[:, :right], ((0, 0), (0, _MARGIN)), constant_values=255)
    other = _said(seen, stands._replace(right=min(stands.right, stands.left + right / PIXELS)))

    def shown(scale: float, thick: bool) -> str:
        picture = Image.fromarray(alone)
        if thick:
            picture = picture.filter(ImageFilter.MinFilter(3))
        if scale != 1.0:
            size = (round(alone.shape[1] * scale), round(alone.shape[0] * scale))
            picture = picture.resize(size, Image.Resampling.LANCZOS)
        return " ".join(word.text for word in ocr.line(picture, 72 * PIXELS * scale, signs=number.SIGNS))

    return [*number.settled(mine, other, shown), *words[count:]]


def _begins(word: Word, stands: Cell) -> float:
    """Where a word of a piece begins on the form."""
    return stands.left + word.box.left - _MARGIN / PIXELS


def _parts(ink: npt.NDArray[np.bool_], high: int) -> Iterator[tuple[int, int]]:
    """First and last column (past the end) of what stands apart in a line: columns of a table are read alone."""
    there = np.flatnonzero(ink)
    if not len(there):
        return
    breaks = np.flatnonzero(np.diff(there) > _APART * high)
    for first, last in zip([0, *(breaks + 1)], [*breaks, len(there) - 1], strict=True):
        if there[last] - there[first] >= 3:
            yield int(there[first]), int(there[last]) + 1


def _line(piece: npt.NDArray[np.uint8]) -> list[Word]:
    """The words of a line. Thin letters are shown again thicker, or smaller; what nobody is sure of is nothing."""
    picture = Image.fromarray(piece)
    best = list(ocr.line(picture, 72 * PIXELS))
    for shown, scale in ((picture.filter(ImageFilter.MinFilter(3)), 1.0), (picture, 0.7)):
        if _least(best) >= _SURE:
            break
        if scale != 1.0:
            size = (max(1, round(shown.width * scale)), max(1, round(shown.height * scale)))
            shown = shown.resize(size, Image.Resampling.LANCZOS)
        again = list(ocr.line(shown, 72 * PIXELS * scale))
        if _mean(again) > _mean(best):
            best = again
    # What nobody can read stands there all the same: without it the rest of the value would be another one.
    readable = _mean(best) >= _UNREADABLE
    return [
        word if readable else doubt.doubted(word)
        for word in best
        if (readable and word.confidence >= _DOUBTFUL) or _is_letters(word, piece.shape[0])
    ]


def _is_letters(word: Word, high: int) -> bool:
    """Whether an unreadable word is as high as letters are. high: pixels of its line, with the margins."""
    letters = (high - 2 * _MARGIN) / PIXELS
    return any(map(str.isalnum, word.text)) and word.box.height >= _UNREADABLE * letters


def _mean(words: Sequence[Word]) -> float:
    letters = sum(len(word.text) for word in words)
    return sum(word.confidence * len(word.text) for word in words) / letters if letters else 0.0


def _least(words: Sequence[Word]) -> float:
    return min((word.confidence for word in words), default=0.0)


def _joined(words: Sequence[Word], high: float) -> list[Word]:
    """Without blanks that are none: in wide letters a recogniser sees gaps within a number. high: of a letter."""
    found: list[Word] = []
    for word in words:
        slim = found and _SLIM.fullmatch(found[-1].text[-1:] + word.text[:1])
        near = found and word.box.left - found[-1].box.right < (_WIDE if slim else _BLANK) * high / PIXELS
        if found and not near and _torn(found[-1], word, high):
            word = doubt.doubted(word)
            found[-1] = doubt.doubted(found[-1])
        if near and _HAS_DIGIT.search(found[-1].text + word.text):
            last = found.pop()
            confidence = min(last.confidence, word.confidence)
            box = last.box.union(word.box)
            word = Word(last.text + word.text, box, confidence, word.size, word.angle, word.line)
        found.append(word)
    return found


def _torn(one: Word, two: Word, high: float) -> bool:
    """Whether a number of letters and digits may go on where a recogniser saw a blank that is hardly one."""
    text = one.text + two.text
    digits = one.text[-1:].isdigit() and two.text[:1].isdigit()
    letters = any(map(str.isalpha, text))
    hardly = _HARDLY if _SLIM.fullmatch(one.text[-1:] + two.text[:1]) else _SCARCELY
    return digits and letters and two.box.left - one.box.right < hardly * high / PIXELS


def _sign(piece: npt.NDArray[np.uint8], signs: str) -> list[Word]:
    """A letter alone is hard to read: it is shown several times in a row, and most readings win.

    The word's box is that of the piece.
    """
    high, wide = piece.shape
    if wide > _SINGLE * high:
        return list(ocr.line(Image.fromarray(piece), 72 * PIXELS, signs=signs))
    letter = piece[_MARGIN // 2 : high - _MARGIN // 2, _MARGIN // 2 : wide - _MARGIN // 2]
    votes: Counter[str] = Counter()
    best, confidence = "", 0.0
    for times, only in _SHOWN:
        row = np.pad(np.concatenate([letter] * times, axis=1), _MARGIN, constant_values=255)
        words = ocr.line(Image.fromarray(row), 72 * PIXELS, signs=signs if only else "")
        said = [sign for word in words for sign in word.text.upper() if sign in signs]
        votes.update(said)
        if len(set(said)) == 1 and len(said) == times and _mean(words) >= _UNREADABLE:
            best, confidence = said[0], _mean(words)
            break
    else:
        # Recognisers are right about single letters more often than they believe: if they say it every time.
        best, count = votes.most_common(1)[0] if votes else ("", 0)
        if count < _VOTES or count < _AGREED * votes.total():
            return []
        confidence = doubt.LETTERED if count == votes.total() >= 2 * _VOTES else _UNREADABLE
    points = 1 / PIXELS
    box = Box(_MARGIN * points, _MARGIN * points, (wide - _MARGIN) * points, (high - _MARGIN) * points)
    return [Word(best, box, confidence, high * points, 0, 0)]


def _spot(word: Word, origin: tuple[int, int], place: Cell, moved: Cell, transform: Transform) -> Spot:
    """From pixels of the piece back to the form, and to the page."""
    points = 1 / PIXELS
    x = (origin[0] - _MARGIN) * points - moved.left + place.left
    y = (origin[1] - _MARGIN) * points - moved.top + place.top
    left, top, right, bottom = word.box.left + x, word.box.top + y, word.box.right + x, word.box.bottom + y
    text = _cleaned(word.text)
    box = transform.box(left, top, right, bottom)
    return Spot(text, left, right, (top + bottom) / 2, bottom - top, word.confidence, box)


def _cleaned(text: str) -> str:
    """Without what dirt and ruled lines are taken for; an ordinal's 5 is often taken for an S, an I for an l."""
    plain = text.strip("|_~—*;").translate(cell.QUOTES)
    if not any(map(str.isalnum, plain)) and plain not in ("&", "-", "$", "/"):
        return ""
    return _ORDINAL.sub(r"\g<1>5\2", _SMALL_L.sub("I", plain))


def _lines(ink: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last row (past the end) of each line of letters."""
    counts = ink.sum(axis=1)
    found = _groups(counts, 0, len(counts), 2)
    return [(max(0, low - 2), min(len(counts), high + 2)) for low, high in found]


def _groups(counts: npt.NDArray[np.int64], start: int, end: int, least: int) -> list[tuple[int, int]]:
    """Rows with at least so much ink, next to each other. Lines that touch come apart where there is least."""
    found: list[tuple[int, int]] = []
    there = np.flatnonzero(counts[start:end] >= least) + start
    if not len(there):
        return found
    breaks = np.flatnonzero(
        np.diff(there) > max(1, round(_GAP * PIXELS)) if least <= 2 else np.diff(there) > 1
    )
    for first, last in zip([0, *(breaks + 1)], [*breaks, len(there) - 1], strict=True):
        low, high = int(there[first]), int(there[last]) + 1
        if high - low > _HIGH * PIXELS and least < counts[low:high].max() / 3:
            found += _groups(counts, low, high, least * 2)
        elif high - low >= _LINE * PIXELS:
            found.append((low, high))
    return found

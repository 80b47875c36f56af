"""Owns cutting a book of specifications into its CSI sections: number, title, first and last page.

Written per page while pages are processed, joined when the job finishes. A line "SECTION 03 30 00" begins a
section where it stands at the head of a page or after the end of another; the same words inside a sentence, a
list of related sections or a table of contents do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_HEAD = re.compile(
    r"^\s*(?:DOCUMENT|SECTION)\s+(?P<number>\d{2}[ .]?\d{2}[ .]?\d{2}(?:[.]\d{1,2})?|\d{5})\s*(?:[-–—:.]\s*)?(?P<title>.*)$",
    re.I,
)
_PART = re.compile(r"^\s*PART\s+(?P<number>[1-3]|I{1,3})\b\s*[-–—:.]?\s*(?P<title>[A-Z ]{0,40})$", re.I)
_END = re.compile(r"^\s*END\s+OF\s+(?:SECTION|DOCUMENT)\b", re.I)
_TITLE = re.compile(r"^[A-Z0-9][A-Z0-9 ,.&/()'’-]{2,90}$")
_HEAD_LINES = 14  # printed lines of a page in which a section may begin without one having ended
_CONTENTS = 4  # headings on one page from which it is a table of contents


@dataclass(frozen=True, slots=True)
class Start:
    """A section begins on `page`, at character `at` of its text."""

    page: int
    at: int
    number: str
    title: str


@dataclass(frozen=True, slots=True)
class Section:
    """page_end, end: where it ends, the character not included."""

    number: str
    title: str
    page_start: int
    start: int
    page_end: int
    end: int


def number(text: str) -> str:
    """A section's number as the catalogue writes it: "033000" -> "03 30 00"; five digits stay as they are."""
    digits = re.sub(r"[ .]", "", text)
    if len(digits) < 6:
        return digits
    rest = f".{digits[6:]}" if len(digits) > 6 else ""
    return f"{digits[:2]} {digits[2:4]} {digits[4:6]}{rest}"


def marks(text: str) -> dict[str, Any]:
    """What a page says of sections: starts [at, number, title], ends [at], parts (how many headings)."""
    starts: list[list[Any]] = []
    ends: list[int] = []
    parts = at = seen = 0
    heads = 0
    printed = text.split("\n")
    for index, line in enumerate(printed):
        if (found := _HEAD.match(line)) is not None:
            heads += 1
            named = _named(found, printed[index + 1 : index + 4])
            first = seen < _HEAD_LINES or bool(ends)
            if named is not None and (first or _soon_a_part(printed[index + 1 : index + 8])):
                starts.append([at, number(found["number"]), named])
        elif _PART.match(line):
            parts += 1
        elif _END.match(line):
            ends.append(at + len(line))
        seen += bool(line.strip())
        at += len(line) + 1
    if heads >= _CONTENTS and parts == 0:
        starts = []
    return {"starts": starts[:50], "ends": ends[:50], "parts": parts, "length": len(text)}


def _named(found: re.Match[str], after: Sequence[str]) -> str | None:
    """The title behind the number or in the next line; None if the line is part of a sentence."""
    rest = found["title"].strip()
    if rest:
        # A title is in capitals, or at least each word of it begins with one, and it is no sentence.
        words = [word for word in re.findall(r"[^\W\d_]+", rest) if len(word) > 3]
        good = len(rest) <= 90 and not rest.endswith((".", ";", ",", ":")) and '"' not in rest
        if not good or not all(word[0].isupper() for word in words):
            return None
        # A long title in capitals may go on in the next line.
        more = after[0].strip() if after and rest.isupper() else ""
        goes_on = len(rest) > 25 and more.isupper() and _TITLE.match(more) and not _PART.match(more)
        return f"{rest} {more}" if goes_on else rest
    named: list[str] = []
    for line in after:
        text = line.strip()
        if not text:
            continue
        if not _TITLE.match(text) or _PART.match(text) or _HEAD.match(text):
            break
        named.append(text)
        if len(named) == 2:
            break
    return " ".join(named) if named else ""


def _soon_a_part(after: Sequence[str]) -> bool:
    return any(_PART.match(line) for line in after)


def join(pages: Sequence[tuple[int, dict[str, Any]]]) -> list[Section]:
    """The sections of one document, from the marks of its pages in order."""
    starts = [Start(page, *start) for page, found in pages for start in found["starts"]]
    kept = list(_once(starts))
    ends = [(page, end) for page, found in pages for end in found["ends"]]
    lengths = {page: found["length"] for page, found in pages}
    last = max(lengths, default=0)
    made = []
    for place, start in enumerate(kept):
        following = kept[place + 1] if place + 1 < len(kept) else None
        until = (following.page, following.at) if following else (last, lengths[last])
        inside = [end for end in ends if (start.page, start.at) < end <= until]
        page, end = inside[-1] if inside else until
        if end == 0 and page > start.page:
            # It ends where the next page begins: on the page before.
            page = max(number for number in lengths if number < page)
            end = lengths[page]
        made.append(Section(start.number, start.title, start.page, start.at, page, end))
    return made


def _once(starts: Sequence[Start]) -> Iterator[Start]:
    """A heading that is repeated on every page of its section begins it once."""
    former: Start | None = None
    for start in starts:
        if former is None or start.number != former.number:
            former = start
            yield start


def parts(text: str) -> list[dict[str, Any]]:
    """PART 1, PART 2, PART 3 of a section's text: label, title, text."""
    found: list[tuple[str, str, int]] = []
    at = 0
    for line in text.split("\n"):
        if (match := _PART.match(line)) is not None:
            roman = {"I": "1", "II": "2", "III": "3"}
            label = match["number"].upper()
            found.append((f"PART {roman.get(label, label)}", match["title"].strip(), at))
        at += len(line) + 1
    edges = [start for _, _, start in found[1:]] + ([len(text)] if found else [])
    return [
        {"label": label, "title": name, "text": text[start:end].rstrip()}
        for (label, name, start), end in zip(found, edges, strict=True)
    ]

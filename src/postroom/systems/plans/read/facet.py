"""Owns what a section of specifications is made of: its parts and their articles, as facets, and what articles
of a known heading ask for. Pure; the desk's own reading of a page that publishes names only (inferred).

A facet is a stretch of the section's text: the heading of a PART with what stands below it, or an article
("1.3 SUBMITTALS") with its paragraphs. Refuses to know where the text comes from and who asks.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from postroom.systems.plans.read.section import parts

SOURCE_TEXT = 50_000  # characters of a facet in a list of specifications
_PREFIX = "facet"
_ARTICLE = re.compile(r"^\s*(?P<number>[1-3]\.\d{1,2})\.?\s+(?P<title>[A-Z][A-Z0-9 ,.&/()'’-]{2,80}?)\s*$")
_PARAGRAPH = re.compile(r"^\s*(?:[A-Z]|\d{1,2}|[a-z])[.)]\s+(?=\S)")

# The member of a section in which an article's paragraphs are told -> words of its heading.
HEADINGS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("submittals", re.compile(r"SUBMITTAL")),
    ("references", re.compile(r"REFERENCE|STANDARDS")),
    ("relatedSections", re.compile(r"RELATED")),
    ("qualityRequirements", re.compile(r"QUALITY|WARRANT|MOCK-?UP|FIELD TEST")),
)
_PRODUCTS, _EXECUTION = "2", "3"


@dataclass(frozen=True, slots=True)
class Facet:
    """number: from 1 within its section. label: "PART 1 GENERAL" or "1.3 SUBMITTALS". at: its first character."""

    number: int
    kind: str
    label: str
    title: str
    text: str
    at: int

    @property
    def key(self) -> str:
        """For machines: the heading in small letters."""
        return re.sub(r"[^a-z0-9]+", "_", (self.title or self.label).lower()).strip("_")

    @property
    def requirements(self) -> list[dict[str, str]]:
        if self.kind != "article":
            return []
        return [{"text": text, "kind": self.key} for text in paragraphs(self.text)]


def facets(text: str) -> list[Facet]:
    """Of a section's whole text, in order: each part, followed by its articles."""
    found: list[Facet] = []
    at = 0
    for part in parts(text):
        at = text.index(part["text"], at)
        label = f"{part['label']} {part['title']}".strip()
        found.append(Facet(len(found) + 1, "part", label, part["title"], part["text"], at))
        for start, end, match in _articles(part["text"]):
            body = part["text"][start:end].rstrip()
            label = f"{match['number']} {match['title']}"
            found.append(Facet(len(found) + 1, "article", label, match["title"], body, at + start))
    return found


def _articles(text: str) -> Iterator[tuple[int, int, re.Match[str]]]:
    starts: list[tuple[int, re.Match[str]]] = []
    at = 0
    for line in text.split("\n"):
        if (match := _ARTICLE.match(line)) is not None:
            starts.append((at, match))
        at += len(line) + 1
    ends = [start for start, _ in starts[1:]] + [len(text)]
    for (start, match), end in zip(starts, ends, strict=False):
        yield start, end, match


def paragraphs(text: str) -> list[str]:
    """The paragraphs of an article, without its heading and their letters."""
    found: list[list[str]] = []
    for line in text.split("\n")[1:]:
        if not line.strip():
            continue
        if (mark := _PARAGRAPH.match(line)) is not None or not found:
            found.append([line[mark.end() :].strip() if mark else line.strip()])
        else:
            found[-1].append(line.strip())
    return [" ".join(lines) for lines in found]


def told(found: Sequence[Facet]) -> dict[str, list[dict[str, str]]]:
    """What the articles ask for, by member of a section."""
    members: dict[str, list[dict[str, str]]] = {name: [] for name, _ in HEADINGS}
    members |= {"products": [], "executionRequirements": []}
    for facet in found:
        if facet.kind != "article":
            continue
        name = next((name for name, words in HEADINGS if words.search(facet.title)), None)
        if name is None and facet.label.startswith(_PRODUCTS):
            members["products"].append(
                {"name": facet.title, "description": "\n".join(paragraphs(facet.text))}
            )
            continue
        if name is None and facet.label.startswith(_EXECUTION):
            name = "executionRequirements"
        if name is not None:
            members[name] += [{"text": text, "label": facet.label} for text in paragraphs(facet.text)]
    return members


def pages_of(facet: Facet, pages: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """First and last page. pages: (first character within the section's text, page), in order."""
    starts = [start for start, _ in pages]
    last = max(facet.at, facet.at + len(facet.text) - 1)
    return tuple(pages[max(0, bisect_right(starts, at) - 1)][1] for at in (facet.at, last))  # type: ignore[return-value]


def shown_id(section: UUID, facet: Facet) -> str:
    return f"{_PREFIX}_{section.hex}_{facet.number}"


def summary(section: UUID, facet: Facet, pages: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """As a list of specifications has it."""
    first, last = pages_of(facet, pages)
    return {
        "facetId": shown_id(section, facet),
        "facetKey": facet.key,
        "facetKind": facet.kind,
        "facetLabel": facet.label,
        "coverageKind": "full" if len(facet.text) <= SOURCE_TEXT else "partial",
        "facetSourceText": facet.text[:SOURCE_TEXT],
        "pageStart": first,
        "pageEnd": last,
    }


def detail(section: UUID, facet: Facet, pages: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """As a section has it: with all of its text, and what it asks for."""
    body = summary(section, facet, pages)
    del body["facetSourceText"]
    return {**body, "coverageKind": "full", "facetText": facet.text, "requirements": facet.requirements}

"""Owns HTML: set by WeasyPrint, with what is in the document itself and nothing else.

No address is opened, neither of a network nor of a file: what the page names and does not bring along is left
out, and told. (The process could not reach a network anyway; it could read files.)
"""

from __future__ import annotations

import base64
import codecs
import html
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from postroom.errors import DocumentError
from postroom.readers import text as reader
from postroom.systems.conversion import need
from postroom.systems.conversion.convert.work import TEXT, Work, missing, too_much
from postroom.systems.conversion.letter import Boxes, watched

_NAMED = 20  # addresses that are told
_STYLE = """
@page { size: A4; margin: 18mm 16mm }
body { font-family: "Liberation Sans", "DejaVu Sans", sans-serif; font-size: 10pt }
pre { white-space: pre-wrap; overflow-wrap: anywhere }
table { border-collapse: collapse } img { max-width: 100% }
"""
_RESOURCES = 64 << 20  # bytes of all that a page brings along


def convert(work: Work, file: Path, media_type: str) -> Path:
    if file.stat().st_size > _RESOURCES:
        raise too_much(work.name, "the page is too large")
    codec = _declared(file) or reader.encoding(file)
    return render(work, file.read_text(codec, errors="replace"), {})


def convert_drawing(work: Work, file: Path, media_type: str) -> Path:
    if file.stat().st_size > TEXT:
        raise too_much(work.name, "the drawing is too large")
    data = base64.b64encode(file.read_bytes()).decode("ascii")
    return render(work, f'<img style="max-width: 100%" src="data:image/svg+xml;base64,{data}">', {})


def render(
    work: Work, page: str, inline: Mapping[str, tuple[str, bytes]], boxes: Boxes | None = None
) -> Path:
    """A page as PDF. inline: what addresses like `cid:…` stand for: media type and bytes. boxes: gets the letters
    that no font has, if it is not to be told of this page alone."""
    advice = need.pango()
    if advice is not None:
        raise missing(work.name, advice)
    # Imported when it is needed: it takes a while, and it needs libraries of the machine.
    import weasyprint

    made = work.file(".pdf")
    fetcher = _fetcher(_Local(work, inline))
    drawn = Boxes() if boxes is None else boxes
    try:
        with watched(drawn):
            document = weasyprint.HTML(string=page, base_url="none:", url_fetcher=fetcher)
            document.write_pdf(made, stylesheets=[weasyprint.CSS(string=_STYLE)], pdf_tags=True)
    except (
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        ZeroDivisionError,
        RecursionError,
        AssertionError,
    ) as error:
        sentence = f"'{work.name}' cannot be set as pages."
        raise DocumentError(sentence, code="corrupt", cause=error) from error
    if boxes is None:
        drawn.tell(work.notes, work.name)
    return made


def escape(text: str) -> str:
    """Text for a page; characters that no page can hold are left out."""
    kept = "".join(
        c
        for c in text
        if c in "\n\t" or (c >= " " and not 0xD800 <= ord(c) < 0xE000 and c not in "\ufffe\uffff")
    )
    return html.escape(kept)


def _declared(file: Path) -> str | None:
    """The encoding that the page names in its head, if Python knows it."""
    with file.open("rb") as stream:
        found = re.search(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{2,40})", stream.read(2048))
    try:
        return codecs.lookup(found[1].decode("ascii")).name if found else None
    except LookupError:
        return None


class _Local:
    """What a page may load: `data:` is in the page itself; all else must have come along with it."""

    def __init__(self, work: Work, inline: Mapping[str, tuple[str, bytes]]) -> None:
        self._work = work
        self._inline = inline
        self._told = 0

    def find(self, url: str) -> tuple[str, bytes]:
        """Media type and bytes. ValueError for all that would have to be fetched."""
        if url.lower().startswith("data:"):
            return _data(url)
        if url in self._inline:
            return self._inline[url]
        self._told += 1
        if self._told <= _NAMED:
            text = f"A resource was not loaded: '{url[:200]}'."
            self._work.notes.warn("ExternalResourceUnavailable", text)
        raise ValueError("only what is in the document itself is used")


def _fetcher(local: _Local) -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Fetcher(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: object = None) -> Any:
            kind, data = local.find(url)
            return URLFetcherResponse(url, data, {"Content-Type": kind})

    # Without protocols, should anything ever get past us.
    return Fetcher(allowed_protocols=[])


def _data(url: str) -> tuple[str, bytes]:
    head, _, body = url[5:].partition(",")
    raw = unquote_to_bytes(body)
    if head.lower().endswith(";base64"):
        raw = base64.b64decode(raw + b"=" * (-len(raw) % 4))
    return head.split(";")[0] or "text/plain", raw

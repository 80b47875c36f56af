"""Owns finding pictures that an Office document only names: an office without a network leaves them out, and says
nothing of it.

Only today's formats, which are ZIPs, are looked into. Nothing that is named is opened.
"""

from __future__ import annotations

import html
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from postroom.systems.conversion.convert.work import Work

_TOLD = 20
_PARTS = 2_000
_PART = 16 << 20  # bytes of one part that is looked at
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s([^>]*)>")
_ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*(["'])(.*?)\2""", re.S)
_SHOWN = (b"/image", b"/oleObject", b"/frame")  # how the types end of what would be seen on a page
_PICTURE = re.compile(rb"<draw:(?:image|object)\s([^>]*)>")
_ELSEWHERE = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:|/|\.\./")
_ODD = (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, RuntimeError, EOFError)

_Finder = Callable[[bytes], Iterator[bytes]]


def tell(work: Work, file: Path) -> None:
    """An event for each address in `file` under which a part of its pages would have to be fetched."""
    try:
        with zipfile.ZipFile(file) as parts:
            found = dict.fromkeys(address for data, find in _read(parts) for address in find(data))
    except _ODD:
        return  # no ZIP, or one that the office makes of what it can
    for address in list(found)[:_TOLD]:
        shown = html.unescape(address.decode("utf-8", "replace"))[:200]
        work.notes.warn("ExternalResourceUnavailable", f"A resource was not loaded: '{shown}'.")


def _read(parts: zipfile.ZipFile) -> Iterator[tuple[bytes, _Finder]]:
    for name in parts.namelist()[:_PARTS]:
        find = (
            _relations
            if name.endswith(".rels")
            else _pictures
            if name in ("content.xml", "styles.xml")
            else None
        )
        if find is not None:
            with parts.open(name) as part:
                yield part.read(_PART), find


def _relations(data: bytes) -> Iterator[bytes]:
    for relation in _RELATION.finditer(data):
        given = _attributes(relation[1])
        if given.get(b"TargetMode") == b"External" and given.get(b"Type", b"").endswith(_SHOWN):
            yield given.get(b"Target", b"")


def _pictures(data: bytes) -> Iterator[bytes]:
    for picture in _PICTURE.finditer(data):
        address = _attributes(picture[1]).get(b"xlink:href", b"")
        if _ELSEWHERE.match(address):
            yield address


def _attributes(data: bytes) -> dict[bytes, bytes]:
    return {name: value for name, _, value in _ATTRIBUTE.findall(data)}

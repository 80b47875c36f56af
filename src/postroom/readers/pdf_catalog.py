"""Owns what only the object tree of a PDF tells: form fields and attachments. Through pikepdf, bounded.

PDFium could count fields only page by page, and could tell the size of an attachment only by unpacking all of
it into memory.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pikepdf

_FIELDS = 5000  # fields that are counted
_NAMES = 200  # fields and attachments that are named
_STRING = 200  # characters of a name
_DEPTH = 50
_STORED = 64 << 20  # bytes of a packed attachment that are unpacked to measure it
_UNPACKED = 256 << 20

NOTHING: Mapping[str, Any] = {"form_fields": 0, "form_field_names": [], "attachments": []}
_BAD = (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError, IndexError, OSError)


def read(path: Path, password: str | None) -> Mapping[str, Any]:
    """form_fields (terminal fields), form_field_names, attachments (name, size in bytes or None if unknown).

    A tree that is damaged is told as far as it can be read: it does not make the document unreadable.
    """
    facts = dict(NOTHING)
    try:
        with pikepdf.open(path, password=password or "", suppress_warnings=True) as document:
            names = list(_fields(document))
            facts["form_fields"] = len(names)
            facts["form_field_names"] = names[:_NAMES]
            facts["attachments"] = list(_attachments(document))
    except _BAD:
        pass
    return facts


def _fields(document: pikepdf.Pdf) -> Iterator[str]:
    """Full names of the terminal fields. The tree may hold cycles: each object is visited once."""
    form = document.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        return
    found = 0
    seen: set[tuple[int, int]] = set()
    stack = [(field, "", 0) for field in reversed(_listed(form, "/Fields"))]
    while stack and found < _FIELDS:
        field, prefix, depth = stack.pop()
        if not isinstance(field, pikepdf.Dictionary) or depth > _DEPTH:
            continue
        if field.is_indirect:
            if field.objgen in seen:
                continue
            seen.add(field.objgen)
        own = _string(field.get("/T"))
        name = f"{prefix}.{own}" if prefix and own else own or prefix
        # A child without a name of its own is no field but one of the places where its parent is shown.
        children = [
            kid for kid in _listed(field, "/Kids") if isinstance(kid, pikepdf.Dictionary) and "/T" in kid
        ]
        if children:
            stack.extend((kid, name, depth + 1) for kid in reversed(children))
        else:
            found += 1
            yield name[:_STRING]


def _listed(of: pikepdf.Object, key: str) -> list[Any]:
    found = of.get(key)
    if not isinstance(found, pikepdf.Array):
        return []
    return [found[index] for index in range(min(len(found), _FIELDS))]


def _attachments(document: pikepdf.Pdf) -> Iterator[Mapping[str, Any]]:
    names = document.Root.get("/Names")
    tree = names.get("/EmbeddedFiles") if isinstance(names, pikepdf.Dictionary) else None
    if not isinstance(tree, pikepdf.Dictionary):
        return
    for number, (key, spec) in enumerate(pikepdf.NameTree(tree).items()):
        if number >= _NAMES:
            return
        if not isinstance(spec, pikepdf.Dictionary):
            continue
        name = _string(spec.get("/UF")) or _string(spec.get("/F")) or _string(key)
        yield {"name": name[:_STRING], "size": _size(spec)}


def _size(spec: pikepdf.Dictionary) -> int | None:
    files = spec.get("/EF")
    file = (files.get("/UF") or files.get("/F")) if isinstance(files, pikepdf.Dictionary) else None
    if not isinstance(file, pikepdf.Stream):
        return None
    try:
        return _measured(file)
    except (*_BAD, zlib.error):
        return None


def _measured(file: pikepdf.Stream) -> int | None:
    """Size by unpacking, piece by piece, so that a bomb costs no memory. The declared size may be a lie."""
    if int(file.get("/Length", 0)) > _STORED:
        return None
    filters = file.get("/Filter")
    if isinstance(filters, pikepdf.Array) and len(filters) == 1:
        filters = filters[0]
    stored = file.read_raw_bytes()
    if filters is None:
        return len(stored)
    if filters != pikepdf.Name.FlateDecode:
        return None
    unpacker, size = zlib.decompressobj(), 0
    piece = unpacker.decompress(stored, 1 << 20)
    while piece and size <= _UNPACKED:
        size += len(piece)
        piece = unpacker.decompress(unpacker.unconsumed_tail, 1 << 20)
    return size if size <= _UNPACKED else None


def _string(value: object) -> str:
    return str(value).replace("\0", "") if isinstance(value, pikepdf.String | str) else ""

"""Owns JSON and XML: how bodies are written and problems, and how a list of options is read.

Which of the two is written, `Accept` says; which one is read, `Content-Type`. XML is read without document
types, so there are no entities in it, and to a fixed depth. Refuses to know what is said.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

import orjson
from starlette.requests import Request
from starlette.responses import Response

from postroom.errors import Malformed, PostroomError, TooLarge, UnsupportedType
from postroom.front.header import headers_of
from postroom.intake.body import asgi_body, watched
from postroom.systems.conversion import contract, words
from postroom.systems.conversion.door import desk_of
from postroom.systems.conversion.options import pairs_of

JSON, XML = "application/json", "application/xml"
PROBLEM_JSON, PROBLEM_XML = "application/problem+json", "application/problem+xml"

_XML_TYPES = (XML, "text/xml", PROBLEM_XML)
_JSON_TYPES = (JSON, PROBLEM_JSON, "*/*", "application/*")
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0

# What an item of a list is called in XML. The published page prints placeholders; these are inferred.
_ITEMS = {"events": "event", "dataList": "data", "profiles": "profile", "metadata": "option"}


# --- out -----------------------------------------------------------------------------------------------


def wants_xml(accept: str | None) -> bool:
    """Whether XML is preferred; what says nothing or nothing that we know means JSON."""
    best, xml = 0.0, False
    for entry in (accept or "").lower().split(",")[:50]:
        kind, *parameters = (part.strip() for part in entry.split(";"))
        quality = next((_quality(part[2:]) for part in parameters if part.startswith("q=")), 1.0)
        if kind in (*_XML_TYPES, *_JSON_TYPES) and quality > best:
            best, xml = quality, kind in _XML_TYPES
    return xml


def _quality(text: str) -> float:
    try:
        return min(1.0, float(text))
    except ValueError:
        return 0.0


def answer(
    request: Request,
    value: Any,
    status: int = 200,
    *,
    item: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A body of this desk. item: what one entry is called in XML, if the whole is a list."""
    if wants_xml(request.headers.get("accept")):
        root = ElementTree.Element(desk_of(request).settings.conversion_xml_root)
        _fill(root, value, item)
        return Response(_written(root), status, media_type=XML, headers=headers)
    return Response(orjson.dumps(value), status, media_type=JSON, headers=headers)


def problem(
    request: Request, status: int, suffix: str, detail: str, *, headers: Mapping[str, str] | None = None
) -> Response:
    """A problem document. suffix: the last part of its type."""
    body = words.problem(status, suffix, detail)
    if wants_xml(request.headers.get("accept")):
        root = ElementTree.Element("problem", xmlns=contract.PROBLEM_SPACE)
        _fill(root, body, "")
        return Response(_written(root), status, media_type=PROBLEM_XML, headers=headers)
    return Response(orjson.dumps(body), status, media_type=PROBLEM_JSON, headers=headers)


def refused(request: Request, error: PostroomError) -> Response:
    """The problem that an error of ours is."""
    status = words.status_of(error)
    return problem(
        request,
        status,
        words.suffix_of(error, status),
        error.message,
        headers=headers_of(error, status),
    )


def _fill(element: ElementTree.Element, value: Any, item: str) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _fill(ElementTree.SubElement(element, name), inner, _ITEMS.get(name, "item"))
    elif isinstance(value, list):
        for inner in value:
            _fill(ElementTree.SubElement(element, item), inner, "item")
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    else:
        element.text = _ILLEGAL.sub("\ufffd", str(value))


def _written(root: ElementTree.Element) -> bytes:
    body: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return body


# --- in ------------------------------------------------------------------------------------------------


def media_type(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()


def is_xml(kind: str) -> bool:
    return kind in (XML, "text/xml")


async def read_options(request: Request) -> list[tuple[str, str]]:
    """The options in the body of a request; none if there is no body.

    UnsupportedType if the body is neither JSON nor XML, Malformed or Invalid if it is no list of options.
    """
    kind = media_type(request.headers.get("content-type"))
    known = kind == JSON or is_xml(kind)
    if kind and not known and _has_body(request):
        raise unsupported(f"{JSON} or {XML}")
    body = await small_body(request, contract.OPTIONS_SIZE)
    if not body.strip():
        return []
    if not known:
        raise unsupported(f"{JSON} or {XML}")
    return await parse_options(body, xml=is_xml(kind))


def _has_body(request: Request) -> bool:
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"


def unsupported(valid: str) -> UnsupportedType:
    return UnsupportedType(f"The content type must be {valid}.", field="Content-Type")


async def small_body(request: Request, limit: int) -> bytes:
    """The whole body. TooLarge above the limit, in bytes."""
    return b"".join([piece async for piece in limited_body(request, limit)])


async def limited_body(request: Request, limit: int) -> AsyncIterator[bytes]:
    """The body in pieces. TooLarge above the limit, in bytes, before anything is read if the client says so."""
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise UnsupportedType("The body must be sent as it is, without Content-Encoding.")
    idle = desk_of(request).settings.body_idle_timeout
    length = request.headers.get("content-length", "0")
    size = int(length) if length.isascii() and length.isdigit() else 0
    if size <= limit:
        size = 0
        async for piece in watched(asgi_body(request.receive), idle):
            size += len(piece)
            if size > limit:
                break
            yield piece
    if size > limit:
        raise TooLarge(f"The body is larger than {limit} bytes.", limit=limit)


async def parse_options(body: bytes, *, xml: bool) -> list[tuple[str, str]]:
    """A list of options as it was sent. Malformed if it cannot be read, Invalid if it is something else."""
    if xml:
        return pairs_of(await asyncio.to_thread(_OptionReader().read, body))
    return pairs_of(parse_json(body))


def parse_json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # The cause would quote the body, in which there may be passwords.
        raise Malformed("The body is not valid JSON.", field="body") from error


class _OptionReader:
    """Any outer element, in it one element per option, in each the elements `name` and `value`."""

    def __init__(self) -> None:
        self._options: list[dict[str, str]] = []
        self._depth = 0
        self._text: list[str] | None = None
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data

    def read(self, body: bytes) -> list[dict[str, str]]:
        try:
            self._parser.Parse(body, True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise Malformed("The body is not valid XML.", field="body") from error
        return self._options

    def _doctype(self, *_: object) -> None:
        # Before any entity can have been declared.
        raise Malformed("The body must not have a document type.", field="body")

    def _start(self, name: str, _: object) -> None:
        self._depth += 1
        if self._depth == 2:
            self._options.append({})
        elif self._depth == 3:
            local = name.rpartition(":")[2]
            if local in self._options[-1]:
                raise Malformed(f"An option has two elements '{local[:50]}'.", field="body")
            self._text = []
            self._options[-1][local] = ""
            self._name = local
        elif self._depth > 3:
            raise Malformed("An option must hold the elements 'name' and 'value' only.", field="body")
        if len(self._options) > contract.OPTIONS_MOST:
            raise Malformed(f"At most {contract.OPTIONS_MOST} options may be given.", field="body")

    def _end(self, _: str) -> None:
        if self._depth == 3 and self._text is not None:
            self._options[-1][self._name] = "".join(self._text)
            self._text = None
        self._depth -= 1

    def _data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)
        elif data.strip():
            raise Malformed("The body holds text outside of 'name' and 'value'.", field="body")

"""Owns a form with certificates: which parts are files, and the first thing that is wrong with each.

Refuses to know operations: it says what came, and whether every file may be kept. Whether a PDF opens is not
asked here; nothing of a document is read but its first bytes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.requests import Request

from postroom.blobs.key import fresh
from postroom.intake.body import asgi_body
from postroom.intake.filename import LONGEST_SENT, LONGEST_SHOWN, FileName
from postroom.intake.form import FileHead, Form, FormFile, FormLimits, read_form
from postroom.ports import Stored
from postroom.systems.certificates.contract import EXTENSION, FILE_SIZE, MAGIC, MEDIA_TYPE
from postroom.systems.certificates.door import desk_of
from postroom.systems.certificates.given import base_name
from postroom.systems.certificates.problem import Problem

METADATA = "certificates_metadata"
_MORE = 100  # parts of a form that are no files


@dataclass(frozen=True, slots=True)
class Sent:
    """One file. name: as it is echoed. key: by which metadata finds it. stored: None if it was refused."""

    index: int
    name: str
    key: str
    stored: Stored | None
    declared_type: str | None


@dataclass(slots=True)
class Upload:
    """A whole form. fields: the last value of each. problems: of its files, one each at most."""

    form: Form
    files: list[Sent] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def keep(self) -> None:
        self.form.keep()


def pairing_key(name: FileName) -> str:
    """The last part of a path, NFC; exact and case-sensitive. Source: section 2.3, inferred there."""
    if len(name.sent) >= LONGEST_SENT:
        return name.shown  # more of it was not kept
    return unicodedata.normalize("NFC", _last(name.sent))


def echoed(name: FileName) -> str:
    """As received, but for the folders; cleaned if a list could not show it."""
    last = _last(name.sent)
    fits = len(name.sent) < LONGEST_SENT and 0 < len(last) <= LONGEST_SHOWN
    return last if fits and last.isprintable() else name.shown


def _last(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]


@asynccontextmanager
async def received(request: Request, name: str, *, many: bool) -> AsyncIterator[Upload]:
    """Read the form of a request. name: of its file field. Nothing of it is kept unless `keep` is called."""
    desk = desk_of(request)
    settings = desk.settings
    heads = _Heads(name, settings.certificates_files if many else 1)
    limits = FormLimits(
        file_size=FILE_SIZE,
        parts=settings.certificates_files + _MORE,
        idle=settings.body_idle_timeout,
        collect=True,
    )
    sent, body = request.headers.get("content-type"), asgi_body(request.receive)
    async with read_form(sent, body, desk.blobs, heads, limits=limits, texts=(METADATA,)) as form:
        yield _judged(form, heads)


@dataclass(slots=True)
class _Heads:
    """Sees each file before its bytes: what cannot be good is not stored."""

    name: str
    most: int
    mine: dict[int, Problem | None] = field(default_factory=dict)

    def __call__(self, head: FileHead) -> str | None:
        if base_name(head.field) != self.name:
            return None
        place = len(self.mine)
        problem = _of_head(head, place, self.name)
        if problem is None and place >= self.most:
            text = f"At most {self.most} file{'s' if self.most > 1 else ''} may be sent in '{self.name}'."
            problem = Problem("too_many_files", text, self.name, place, _name(head))
        self.mine[head.position] = problem
        if problem is not None:
            return None
        return fresh("document")


def _judged(form: Form, heads: _Heads) -> Upload:
    upload = Upload(form)
    texts = []
    for name, values in form.fields.items():
        if base_name(name) == heads.name:
            texts.append(name)
        upload.fields[base_name(name)] = values[-1]
    if texts or not heads.mine:
        text = f"'{heads.name}' must be sent as a file with a name."
        upload.problems.append(Problem("missing_file", text, heads.name))
    for index, (position, seen) in enumerate(heads.mine.items()):
        file = form.files[position]
        problem = seen or _of_bytes(file, index, heads.name)
        if problem is not None:
            upload.problems.append(problem)
        named = file.head.name or FileName.of("")
        stored = file.stored if problem is None else None
        upload.files.append(Sent(index, echoed(named), pairing_key(named), stored, file.head.declared_type))
    return upload


# --- the checks of section 2.1, in its order -----------------------------------------------------------


def _name(head: FileHead) -> str | None:
    return echoed(head.name) if head.name is not None and head.name.shown else None


def _of_head(head: FileHead, index: int, field: str) -> Problem | None:
    name = _name(head)
    if name is None:
        return Problem("missing_filename", "The part of the file must have a file name.", field, index)
    assert head.name is not None
    if not head.name.shown.lower().endswith(EXTENSION):
        text = f"The name '{name}' must end in {EXTENSION}."
        return Problem("invalid_extension", text, field, index, name)
    declared = (head.declared_type or MEDIA_TYPE).partition(";")[0].strip().lower()
    if declared != MEDIA_TYPE:
        text = f"The part of '{name}' must be of type {MEDIA_TYPE}, not {declared[:100]}."
        return Problem("invalid_mime_type", text, field, index, name)
    return None


def _of_bytes(file: FormFile, index: int, field: str) -> Problem | None:
    name = _name(file.head)
    if file.size == 0:
        return Problem("empty_file", f"'{name}' is empty: it has no bytes.", field, index, name)
    if file.size > FILE_SIZE:
        text = f"'{name}' has {file.size} bytes; at most {FILE_SIZE} (15 MB) are allowed."
        return Problem("file_too_large", text, field, index, name)
    if file.error is not None:
        return Problem("invalid_field", f"'{name}': {file.error.message}", field, index, name)
    if not file.first.startswith(MAGIC):
        text = f"The content of '{name}' does not start with %PDF."
        return Problem("invalid_magic_bytes", text, field, index, name)
    return None

"""Owns a form upload: its parts and their metadata made into documents of a job, all or none.

What the client says in `metadata` wins over what a part says of itself. Bytes that the job already has from
an earlier form are not stored again; such files are `skipped` and keep their first id.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from postroom.blobs.key import fresh
from postroom.core.documents import Document
from postroom.db.connection import Connection, Row
from postroom.db.document import NewDocument
from postroom.desk import document as desk_document
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.errors import DigestMismatch, Invalid, Malformed, TooLarge
from postroom.intake.filename import FileName
from postroom.intake.form import FileHead, Form, FormFile
from postroom.ports import Stored
from postroom.systems.plans import announce, contract, store
from postroom.systems.plans.contract import shown

METADATA = "metadata"
_PART = re.compile(r"file[0-9]{1,6}")
_ANY_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the metadata's `files`; every member but the part's name may be missing."""

    part: str
    name: str | None = None
    content_type: str | None = None
    classification: str | None = None
    sha256: str | None = None


@dataclass(slots=True)
class File:
    """One file of the form, with what is said of it."""

    part: str
    name: str
    content_type: str
    classification: str | None
    stored: Stored
    known: Row | None = None
    document: Document | None = None


@dataclass(slots=True)
class Heads:
    """Watches the parts of a form come in: refuses early what cannot be good."""

    limit: int
    seen: set[str] = field(default_factory=set)

    def __call__(self, head: FileHead) -> str:
        """The blob key for a file."""
        if not _PART.fullmatch(head.field):
            raise Invalid(
                f"The part '{head.field[:50]}' is not one of file0, file1, file2, …", field=head.field[:50]
            )
        if head.field in self.seen:
            raise Invalid(f"There are two parts of the name '{head.field}'.", field=head.field)
        self.seen.add(head.field)
        if len(self.seen) > self.limit:
            raise TooLarge(
                f"A job may have {self.limit} files at most.", code="too_many_documents", limit=self.limit
            )
        return fresh("document")


def read_metadata(form: Form) -> dict[str, Entry]:
    """The entries by their part's name. Invalid or Malformed names what is wrong with them."""
    texts = form.fields.get(METADATA, [])
    if len(texts) != 1:
        raise Invalid("The form must have one part 'metadata' with JSON text.", field=METADATA)
    try:
        value = orjson.loads(texts[0])
    except orjson.JSONDecodeError as error:
        raise Malformed("The part 'metadata' must be JSON text.", field=METADATA, cause=error) from error
    if not isinstance(value, dict):
        raise Malformed("The part 'metadata' must be a JSON object.", field=METADATA)
    files = value.get("files")
    if files is None:
        return {}
    if not isinstance(files, list):
        raise Invalid("'files' must be a list.", field="metadata.files")
    parts = {file.head.field for file in form.files}
    entries: dict[str, Entry] = {}
    for place, one in enumerate(files):
        entry = _entry(one, f"metadata.files[{place}]", f"file{place}")
        if entry.part in entries:
            raise Invalid(f"Two entries of 'files' name the part '{entry.part}'.", field="partName")
        if entry.part not in parts:
            raise Invalid(f"There is no part '{entry.part[:50]}', which 'files' names.", field="partName")
        entries[entry.part] = entry
    return entries


def _entry(one: Any, where: str, part: str) -> Entry:
    """part: which it means if it does not say so."""
    if not isinstance(one, dict):
        raise Invalid(f"'{where}' must be an object.", field=where)
    part = contract.text(one.get("partName", part), f"{where}.partName", 50)
    sent, kind, digest = one.get("fileName"), one.get("contentType"), one.get("sha256")
    name = None if sent is None else FileName.of(contract.text(sent, f"{where}.fileName", 1024)).shown
    return Entry(
        part,
        name or None,
        None if kind is None else contract.text(kind, f"{where}.contentType", 255),
        contract.classification(one.get("classification"), f"{where}.classification"),
        None if digest is None else contract.sha256(digest, f"{where}.sha256"),
    )


def files_of(form: Form) -> list[File]:
    """What the form holds, in order of arrival. DigestMismatch if a digest is not that of its part."""
    entries = read_metadata(form)
    if not form.files:
        raise Invalid("The form must have at least the file part 'file0'.", field="file0")
    return [_file(file, entries.get(file.head.field, Entry(file.head.field))) for file in form.files]


def _file(file: FormFile, entry: Entry) -> File:
    stored = file.stored
    if stored is None:
        raise Invalid(f"The part '{entry.part}' holds no file.", field=entry.part)
    if entry.sha256 is not None and entry.sha256 != stored.sha256:
        raise DigestMismatch(
            f"The bytes of '{entry.part}' do not have the sha256 that 'metadata' announces.", field="sha256"
        )
    sent = file.head.name.shown if file.head.name is not None else ""
    kind = entry.content_type or file.head.declared_type or _ANY_TYPE
    return File(entry.part, entry.name or sent or entry.part, kind, entry.classification, stored)


async def receive(desk: Desk, access: Access, job: Any, files: Sequence[File]) -> bool:
    """Make the files documents of the job. Whether any was new."""
    fresh: list[File] = []

    async def seal(connection: Connection, documents: list[Document]) -> None:
        # What another form brought in the meantime was not known when `fresh` was chosen.
        before = await store.lock_files(connection, job)
        _within_limits(desk, before, fresh)
        if set(_known(before)) & {_key(file.stored) for file in fresh}:
            raise _RacedError
        for file, document in zip(fresh, documents, strict=True):
            file.document = document
        made = [
            store.NewFile(
                document, file.content_type, file.stored.size, file.stored.sha256, file.classification
            )
            for file, document in zip(fresh, documents, strict=True)
        ]
        await store.add_files(connection, job, made)
        await _begun(desk, connection, job)

    while True:
        async with desk.db.transaction() as connection:
            known = _known(await store.lock_files(connection, job))
        fresh = _choose(files, known)
        if not fresh:
            return False
        new = [_new(file) for file in fresh]
        try:
            await desk_document.receive(desk, access, job, new, seal=seal)
        except _RacedError:
            continue
        return True


class _RacedError(Exception):
    """Another call stored the same bytes a moment ago."""


async def _begun(desk: Desk, connection: Connection, job: Any) -> None:
    if await store.begin_uploading(connection, job):
        await announce.uploading(connection, job, desk.settings)


def _key(stored: Stored) -> tuple[str, int]:
    return stored.sha256, stored.size


def _known(rows: Sequence[Row]) -> dict[tuple[str, int], Row]:
    """Files of the job whose bytes came by form."""
    return {(row["sha256"], row["size"]): row for row in rows if row["blob"] is not None}


def _choose(files: Sequence[File], known: dict[tuple[str, int], Row]) -> list[File]:
    """The files that are new; the others are told which one they are. Twins within the form count once."""
    fresh: dict[tuple[str, int], File] = {}
    for file in files:
        key = _key(file.stored)
        file.known = known.get(key)
        if file.known is None:
            fresh.setdefault(key, file)
    return list(fresh.values())


def _new(file: File) -> NewDocument:
    facts = {"classification": file.classification} if file.classification else {}
    stored = file.stored
    return NewDocument(file.name, stored.key, stored.size, stored.sha256, file.content_type, facts=facts)


def _within_limits(desk: Desk, before: Sequence[Row], fresh: Sequence[File]) -> None:
    settings = desk.settings
    if len(before) + len(fresh) > settings.plans_files:
        limit = settings.plans_files
        raise TooLarge(f"A job may have {limit} files at most.", code="too_many_documents", limit=limit)
    total = sum(row["size"] for row in before) + sum(file.stored.size for file in fresh)
    if total > settings.plans_declared_bytes:
        limit = settings.plans_declared_bytes
        raise TooLarge(
            f"The files of a job may have {limit} bytes together at most.", code="too_many_bytes", limit=limit
        )


def uploads(files: Sequence[File]) -> list[dict[str, Any]]:
    """One entry per file of the form, in its order."""
    made = {_key(file.stored): file.document.id for file in files if file.document is not None}
    return [
        {
            "documentId": shown(
                contract.DOCUMENT, made[_key(file.stored)] if file.known is None else file.known["id"]
            ),
            "partName": file.part,
            "fileName": file.name,
            "contentType": file.content_type,
            "fileSize": file.stored.size,
            "sha256": file.stored.sha256,
            "classification": file.classification,
            "status": "uploaded" if file.document is not None else "skipped",
        }
        for file in files
    ]


def unused(files: Sequence[File]) -> list[str]:
    """Blobs of files that made no document."""
    return [file.stored.key for file in files if file.document is None]

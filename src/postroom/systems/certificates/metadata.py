"""Owns `certificates_metadata`: JSON with comments read, its entries checked, each paired with its file. Pure.

Comments are dropped because the published sample has one; otherwise JSON is read as strictly as can be.
Source: behaviour.md section 2.3; almost all of it is inferred there.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from postroom.intake.filename import FileName
from postroom.systems.certificates import contract, given
from postroom.systems.certificates.given import Kind, Kinds
from postroom.systems.certificates.problem import BAD, MISSING, Problem
from postroom.systems.certificates.upload import METADATA, Sent, pairing_key

# Texts stand first: what looks like a comment in one is none.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\r\n]*|/\*.*?\*/', re.DOTALL)
_DEPTH = 20

_name, _email = given.text(), given.email
OPTIONAL: Kinds = {
    "email": Kind(_email, nullable=True),
    "first_name": Kind(_name, nullable=True),
    "last_name": Kind(_name, nullable=True),
    "company_name": Kind(_name, nullable=True),
    "po_contact_name": Kind(_name, nullable=True),
    "po_contact_email": Kind(_email, nullable=True),
}
REQUIRED: Kinds = {
    **OPTIONAL,
    **{name: Kind(OPTIONAL[name].read, required=True) for name in ("email", "first_name", "last_name")},
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What is said of one file. where: its place in the field, for messages."""

    where: str
    key: str | None
    contractor: Mapping[str, Any] = field(default_factory=dict)
    requirement: str | None = None


class _Refused(ValueError):
    """Valid for many, and not for us; its text is for people."""


def without_comments(text: str) -> str:
    return _TOKEN.sub(lambda found: found[0] if found[0].startswith('"') else " ", text)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _Refused(f"the key '{twice[:50]}' stands twice in one object")
    return found


def _constant(name: str) -> Any:
    raise _Refused(f"{name} is no JSON")


def entries(text: str | None, *, required: bool) -> tuple[list[Entry], list[Problem]]:
    """What the field says. required: every contractor must be described."""
    if text is None or not text.strip():
        problems = [Problem(MISSING, f"'{METADATA}' is required.", METADATA)] if required else []
        return [], problems
    try:
        value = json.loads(without_comments(text), object_pairs_hook=_pairs, parse_constant=_constant)
    except _Refused as error:
        return [], [_broken(f"{error}")]
    except json.JSONDecodeError as error:
        return [], [_broken(f"{error.msg} at line {error.lineno}, column {error.colno}")]
    except (ValueError, RecursionError):
        return [], [_broken("it holds what cannot be read")]
    if _deep(value):
        return [], [_broken(f"it is nested more than {_DEPTH} levels deep")]
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        message = f"'{METADATA}' must be a JSON array of objects."
        return [], [Problem("metadata_invalid_shape", message, METADATA)]
    found, problems = [], []
    for number, one in enumerate(value):
        entry, wrong = _entry(one, f"{METADATA}[{number}]", required=required)
        found.append(entry)
        problems += wrong
    return found, problems


def _broken(why: str) -> Problem:
    return Problem("metadata_invalid_json", f"'{METADATA}' must be JSON: {why}.", METADATA)


def _deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEPTH):
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
    return bool(level)


def _entry(one: Mapping[str, Any], where: str, *, required: bool) -> tuple[Entry, list[Problem]]:
    problems = []
    filename, contractor = one.get("filename"), one.get("contractor")
    key = None
    if isinstance(filename, str) and filename:
        key = pairing_key(FileName.of(filename))
    elif filename is not None:
        problems.append(Problem(BAD, f"'{where}.filename' must be a file name.", f"{where}.filename"))
    if contractor is not None and not isinstance(contractor, dict):
        problems.append(Problem(BAD, f"'{where}.contractor' must be an object.", f"{where}.contractor"))
        contractor = None
    elif required and not contractor:
        problems.append(Problem(MISSING, f"'{where}.contractor' is required.", f"{where}.contractor"))
    values: dict[str, Any] = {}
    if contractor:
        contractor = {**contractor, "email": _unhidden(contractor.get("email"))}
        values, wrong = given.read(contractor, REQUIRED if required else OPTIONAL)
        # Where it stands, not only what it is called.
        prefix = f"{where}.contractor"
        problems += [
            Problem(
                bad.reason,
                bad.message.replace(f"'{bad.field}'", f"'{prefix}.{bad.field}'"),
                f"{prefix}.{bad.field}",
            )
            for bad in wrong
        ]
    requirement = one.get("insurance_requirement_id")
    if requirement is not None and (not isinstance(requirement, str) or len(requirement) > 200):
        field = f"{where}.insurance_requirement_id"
        problems.append(Problem(BAD, f"'{field}' must be an id.", field))
        requirement = None
    return Entry(where, key, values, (requirement or "").strip() or None), problems


def _unhidden(email: Any) -> Any:
    return None if isinstance(email, str) and email.strip() == contract.HIDDEN_EMAIL else email


def pair(
    files: Sequence[Sent], found: Sequence[Entry], *, required: bool
) -> tuple[list[Entry | None], list[Problem]]:
    """The entry of each file, and what does not fit. required: every file must have one."""
    nameless = [entry for entry in found if entry.key is None]
    if not required and found and len(nameless) == len(found) == len(files):
        return list(found), []
    problems = [
        Problem(MISSING, f"'{entry.where}.filename' is required.", f"{entry.where}.filename")
        for entry in nameless
    ]
    waiting: dict[str, list[int]] = defaultdict(list)
    for place, file in enumerate(files):
        waiting[file.key].append(place)
    names = set(waiting)
    paired: list[Entry | None] = [None] * len(files)
    for entry in found:
        if entry.key is None:
            continue
        where, shown = f"{entry.where}.filename", entry.key[:100]
        if entry.key not in names:
            text = f"No file named '{shown}' was sent."
            problems.append(Problem("metadata_unmatched_filename", text, where, filename=shown))
        elif not waiting[entry.key]:
            text = f"There are more entries for '{shown}' than files of that name."
            problems.append(Problem("metadata_duplicate_filename", text, where, filename=shown))
        else:
            paired[waiting[entry.key].pop(0)] = entry
    if required:
        problems += [
            Problem(
                "metadata_missing_for_file",
                f"'{METADATA}' has no entry for '{file.name[:100]}'.",
                METADATA,
                file.index,
                file.name,
            )
            for file, entry in zip(files, paired, strict=True)
            if entry is None and file.name
        ]
    return paired, problems

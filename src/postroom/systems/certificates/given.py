"""Owns what clients give in bodies: JSON or a form with brackets, and a reader for each kind of field.

Pure. A table of kinds says what a noun's fields are; `read` holds a body against it and reports every problem.
Refuses to know which fields a noun has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from postroom.errors import Invalid, Malformed
from postroom.systems.certificates import contract
from postroom.systems.certificates.problem import BAD, MISSING, Problem

Read: TypeAlias = Callable[[object, str], Any]

_PLAIN = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]*")
_LINE = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]*")
# The HTML standard's form of an address, with a dot in the domain.
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+"
)
_WHOLE = re.compile(r"-?[0-9]{1,15}")
_BRACKET = re.compile(r"\[([^\[\]]*)\]")
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_FORM_FIELDS, _FORM_DEPTH = 2000, 6
_ADDRESS = ("line1", "line2", "locality", "region", "postalcode", "country")


@dataclass(frozen=True, slots=True)
class Kind:
    """One field: how it is read, whether it may be null, and whether it must be there."""

    read: Read
    nullable: bool = False
    required: bool = False


Kinds: TypeAlias = Mapping[str, Kind]


def read(
    body: Mapping[str, Any], kinds: Kinds, *, partial: bool = False
) -> tuple[dict[str, Any], list[Problem]]:
    """The values of the fields that are there, and every problem. partial: nothing has to be there."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, kind in kinds.items():
        given = body.get(name)
        empty = given is None or (isinstance(given, str) and not given.strip())
        if empty and name in body and kind.nullable:
            values[name] = None
        elif empty and (kind.required and (not partial or name in body)):
            problems.append(Problem(MISSING, f"'{name}' is required.", name))
        elif empty and name in body:
            problems.append(Problem(BAD, f"'{name}' must not be empty or null.", name))
        elif not empty:
            try:
                values[name] = kind.read(given, name)
            except Invalid as error:
                problems.append(Problem(BAD, error.message, error.field or name))
    return values, problems


# --- kinds of fields: each returns the value, or raises Invalid ----------------------------------------


def _bad(field: str, valid: str) -> Invalid:
    return Invalid(f"'{field}' must be {valid}.", field=field)


def text(limit: int = contract.NAME, *, lines: bool = False) -> Read:
    """lines: line breaks and tabs are allowed."""
    plain = _PLAIN if lines else _LINE

    def of(value: object, field: str) -> str:
        if not isinstance(value, str) or len(value) > limit or not plain.fullmatch(value):
            raise _bad(field, f"a text of at most {limit} characters without control characters")
        return value.strip()

    return of


def email(value: object, field: str) -> str:
    found = value.strip() if isinstance(value, str) else ""
    # Line breaks before anything is trimmed: whoever puts them there has a header in mind.
    if not isinstance(value, str) or len(found) > contract.EMAIL or not _LINE.fullmatch(value):
        raise _bad(field, "an e-mail address")
    if not _EMAIL.fullmatch(found):
        raise _bad(field, "an e-mail address such as john@abc.example.com")
    return found


def whole(least: int, most: int) -> Read:
    """Digits in a text count, too: forms have nothing else."""

    def of(value: object, field: str) -> int:
        if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
            value = int(value)
        if type(value) is not int or not least <= value <= most:
            raise _bad(field, f"a whole number from {least} to {most}")
        return value

    return of


moment = whole(0, contract.LATEST)


def flag(value: object, field: str) -> bool:
    if isinstance(value, bool):
        return value
    found = _FLAGS.get(str(value).strip().lower()) if isinstance(value, str | int) else None
    if found is None:
        raise _bad(field, "true or false")
    return found


def choice(*valid: str) -> Read:
    def of(value: object, field: str) -> str:
        if not isinstance(value, str) or value not in valid:
            raise _bad(field, f"one of: {', '.join(valid)}")
        return value

    return of


def reference(value: object, field: str) -> str:
    """An id as text; whether there is such a thing is asked later."""
    if not isinstance(value, str) or len(value) > 200 or not _LINE.fullmatch(value):
        raise _bad(field, "an id")
    return value.strip()


def listed(one: Read, limit: int = contract.ENTRIES) -> Read:
    """A list; a single value counts as a list of one. Repetitions are dropped."""

    def of(value: object, field: str) -> list[Any]:
        entries = [value] if isinstance(value, str) else value
        if not isinstance(entries, list) or len(entries) > limit:
            raise _bad(field, f"a list of at most {limit} entries")
        return list(dict.fromkeys(one(entry, f"{field}[{n}]") for n, entry in enumerate(entries)))

    return of


def address(value: object, field: str) -> dict[str, str | None]:
    if not isinstance(value, dict):
        raise _bad(field, "an object with line1, line2, locality, region, postalcode and country")
    line = text()
    found: dict[str, str | None] = {}
    for name in _ADDRESS:
        given = value.get(name)
        if name == "postalcode" and type(given) is int and abs(given) < 10**15:
            given = str(given)
        found[name] = None if given is None or given == "" else line(given, f"{field}.{name}")
    return found


def metadata(value: object, field: str) -> dict[str, Any]:
    """Free pairs; texts, numbers, true, false and null as values."""
    if not isinstance(value, dict) or len(value) > contract.METADATA_KEYS:
        raise _bad(field, f"an object of at most {contract.METADATA_KEYS} keys")
    key, line = text(100), text(contract.TEXT, lines=True)
    found: dict[str, Any] = {}
    for name, given in value.items():
        where = f"{field}.{str(name)[:50]}"
        if not isinstance(given, str | int | float | bool | None):
            raise _bad(where, "a text, a number, true, false or null")
        if isinstance(given, int) and abs(given) >= 1 << 63:
            raise _bad(where, "a number of at most 63 bits")
        found[key(name, where)] = line(given, where) if isinstance(given, str) else given
    return found


def merged(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """custom_metadata after an update: an empty value removes its key, an empty object all of them."""
    if not new:
        return None
    kept = {**(old or {}), **new}
    return {name: value for name, value in kept.items() if value not in ("", None)} or None


# --- bodies --------------------------------------------------------------------------------------------


def form(body: bytes) -> dict[str, Any]:
    """application/x-www-form-urlencoded with brackets: a[b]=1, a[]=1, a[0][b]=1."""
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_FORM_FIELDS,
        )
    except (UnicodeDecodeError, ValueError) as error:
        raise Malformed("The body must be a form: name=value&…, in UTF-8.", cause=error) from error
    tree: dict[str, Any] = {}
    for name, value in pairs:
        _put(tree, _steps(name), value)
    found = _settled(tree)
    return found if isinstance(found, dict) else dict(tree)


def base_name(name: str) -> str:
    """`name`, `name[]` and `name[0]` are one field."""
    base, bracket, rest = name.partition("[")
    return base if bracket and re.fullmatch(r"[0-9]{0,6}\]", rest) else name


def _steps(name: str) -> list[str]:
    base, bracket, _ = name.partition("[")
    rest = name[len(base) :]
    steps = _BRACKET.findall(rest)
    if bracket and "".join(f"[{step}]" for step in steps) != rest:
        return [name]
    if len(steps) > _FORM_DEPTH:
        raise Malformed(f"A field of the form has more than {_FORM_DEPTH} brackets.", field=name[:100])
    return [base, *steps]


def _put(tree: dict[str, Any], steps: Sequence[str], value: str) -> None:
    for number, step in enumerate(steps):
        # An empty bracket takes the next free place.
        key = step if step or number == 0 else f"#{len(tree)}"
        if number == len(steps) - 1:
            if isinstance(tree.get(key), dict):
                raise Malformed("A field of the form is both a value and an object.", field=steps[0][:100])
            tree[key] = value
            return
        inner = tree.setdefault(key, {})
        if not isinstance(inner, dict):
            raise Malformed("A field of the form is both a value and an object.", field=steps[0][:100])
        tree = inner


def _settled(value: Any) -> Any:
    """Objects whose keys are all places become lists, in the order in which they came."""
    if not isinstance(value, dict):
        return value
    if value and all(key.startswith("#") or (key.isascii() and key.isdigit()) for key in value):
        return [_settled(entry) for entry in value.values()]
    return {key: _settled(entry) for key, entry in value.items()}

"""Owns which rules may be stored: shapes, and which value each check needs. Evaluating them is `review`'s."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from postroom.errors import Invalid
from postroom.systems.certificates.review import CHECKS, OPTIONS

RULES = 200  # of one requirement
_TEXT = 500  # characters of a name, path or value
_ENTRIES = 200  # of a list or map


def validate(given: object, field: str = "rules") -> list[dict[str, Any]]:
    """A requirement's rules, cleaned: unknown keys dropped. Invalid names the offending member."""
    if not isinstance(given, list) or not given:
        raise Invalid(f"'{field}' must be a list of at least one rule.", field=field)
    if len(given) > RULES:
        raise Invalid(f"'{field}' may hold at most {RULES} rules.", field=field)
    return [_rule(entry, f"{field}[{number}]") for number, entry in enumerate(given)]


def _rule(given: object, field: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise Invalid(f"'{field}' must be an object with name, path and check.", field=field)
    rule = {key: _text(given.get(key), f"{field}.{key}") for key in ("name", "path", "check")}
    if rule["check"] not in CHECKS:
        raise Invalid(f"'{field}.check' must be one of: {', '.join(CHECKS)}.", field=f"{field}.check")
    options = _options(given.get("options"), f"{field}.options")
    valid, wanted = _VALUES[rule["check"]]
    value = given.get("value")
    blanket = rule["check"] == "additional_insured" and options.get("allow_blanket") and value in (None, [])
    if not blanket and not valid(value):
        raise Invalid(f"'{field}.value' must be {wanted}.", field=f"{field}.value")
    return {**rule, "value": value, "options": options}


def _text(value: object, field: str) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > _TEXT or "\0" in value:
        raise Invalid(f"'{field}' must be a text of 1 to {_TEXT} characters.", field=field)
    return value.strip()


def _options(given: object, field: str) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise Invalid(f"'{field}' must be an object.", field=field)
    options: dict[str, Any] = {key: given[key] for key in OPTIONS if given.get(key) is not None}
    for key, value in options.items():
        valid, wanted = _OPTIONS[key]
        if not valid(value):
            raise Invalid(f"'{field}.{key}' must be {wanted}.", field=f"{field}.{key}")
    return options


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_days(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 36_500


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and _is_number(value) and 0 <= value <= 1


def _is_plain(value: object) -> bool:
    return _is_bool(value) or _is_number(value) or _is_name(value)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= _TEXT


def _are(single: Callable[[object], bool], value: object) -> bool:
    if isinstance(value, list):
        return 1 <= len(value) <= _ENTRIES and all(single(entry) for entry in value)
    return single(value)


def _is_minimum(value: object) -> bool:
    return isinstance(value, int | float) and _is_number(value) and value >= 0


def _are_limits(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and 1 <= len(value) <= _ENTRIES
        and all(_is_name(key) and _is_minimum(least) for key, least in value.items())
    )


Valid = tuple[Callable[[object], bool], str]
_NOTHING: Valid = (lambda value: True, "absent")
_NAMES: Valid = (lambda value: _are(_is_name, value), "a name or a list of at least one name")
_VALUES: Mapping[str, Valid] = {
    "present": _NOTHING,
    "min": (_is_minimum, "a number of at least 0"),
    "min_limits": (
        _are_limits,
        "an object of at least one limit's name and its least amount in whole dollars",
    ),
    "not_expired": _NOTHING,
    "in_force": _NOTHING,
    "is_true": _NOTHING,
    "equals": (_is_plain, "a text, a number, true or false"),
    "one_of": (lambda value: _are(_is_plain, value), "a list of at least one text, number, true or false"),
    "name_matches": _NAMES,
    "names_include": _NAMES,
    "additional_insured": _NAMES,
    "waiver_of_subrogation": _NOTHING,
}
_OPTIONS: Mapping[str, Valid] = {
    "min_days_remaining": (_is_days, "a whole number of days from 0 to 36500"),
    "allow_umbrella": (_is_bool, "true or false"),
    "allow_blanket": (_is_bool, "true or false"),
    "similarity": (_is_share, "a number from 0 to 1"),
}

"""Owns the rule language: what each check means, which rules are valid, and which requirement applies.

Pure: no clock, no database, no documents. A rule is a mapping as the contract shapes it (name, path, check,
value, options); what it is held against is the parsed certificate. Missing, unreadable or wrongly typed values
fail a rule, never skip it and never raise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar

from postroom.systems.certificates import name

Parsed = Mapping[str, Any]
RequirementT = TypeVar("RequirementT")

APPROVED, FLAGGED = "approved", "flagged"
PASS, FAIL = "pass", "fail"


@dataclass(frozen=True, slots=True)
class Rule:
    """name, path: echoed in the verdict. options: with every default filled in."""

    name: str
    path: str
    check: str
    value: Any = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Rule:
        """From the stored shape, which `rule.validate` has accepted."""
        options = {**OPTIONS, **(given.get("options") or {})}
        return cls(given["name"], given["path"], given["check"], given.get("value"), options)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One entry of `audit_results`. message: why it failed, with what was found and what is required."""

    rule_name: str
    rule_path: str
    result: str
    message: str | None = None

    @property
    def passed(self) -> bool:
        return self.result == PASS


@dataclass(frozen=True, slots=True)
class Review:
    """status: approved if every rule passes, else flagged. Denying is a person's business."""

    status: str
    verdicts: tuple[Verdict, ...]

    @property
    def summary(self) -> dict[str, int]:
        passed = sum(verdict.passed for verdict in self.verdicts)
        return {
            "total_rules": len(self.verdicts),
            "passed": passed,
            "failed": len(self.verdicts) - passed,
        }


OPTIONS: Mapping[str, Any] = {
    "min_days_remaining": 0,
    "allow_umbrella": False,
    "allow_blanket": False,
    "similarity": name.SIMILARITY,
}


def review(rules: Sequence[Mapping[str, Any]], parsed: Parsed, today: date) -> Review:
    """Hold the certificate against every rule, in order. today: the evaluation date, UTC."""
    verdicts = tuple(judge(Rule.of(given), parsed, today) for given in rules)
    good = bool(verdicts) and all(verdict.passed for verdict in verdicts)
    return Review(APPROVED if good else FLAGGED, verdicts)


def judge(rule: Rule, parsed: Parsed, today: date) -> Verdict:
    """One rule. What went wrong comes back as a sentence, from the function of its check."""
    message = CHECKS[rule.check](rule, parsed, today)
    return Verdict(rule.name, rule.path, PASS if message is None else FAIL, message)


def requirement(
    upload: RequirementT | None,
    tracker: RequirementT | None,
    entity: RequirementT | None,
    category: RequirementT | None,
    default: RequirementT | None,
) -> RequirementT | None:
    """The one that applies: named in the upload, else the tracker's or upload session's, else the entity's,
    else the job category's, else the default. None: there is none, and the certificate becomes an `error`.

    Source: behaviour.md section 4; the order of the last three is inferred there.
    """
    for found in (upload, tracker, entity, category, default):
        if found is not None:
            return found
    return None


def at(parsed: Any, path: str) -> Any:
    """The value at a dotted path, or None. A number walks into a list, from 0."""
    value = parsed
    for step in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


# --- the checks: None if the rule passes, else what was found and what is required ---------------------


def _present(rule: Rule, parsed: Parsed, today: date) -> str | None:
    value = at(parsed, rule.path)
    if isinstance(value, str):
        value = value.strip()
    if value is None or value is False or (isinstance(value, str | list | Mapping) and not value):
        return f"{_named(rule.path)} is missing: {_told(value)} was found, and it is required."
    return None


def _min(rule: Rule, parsed: Parsed, today: date) -> str | None:
    above, _, key = rule.path.rpartition(".")
    return _too_small(rule, parsed, above, key, rule.value)


def _min_limits(rule: Rule, parsed: Parsed, today: date) -> str | None:
    problems = [_too_small(rule, parsed, rule.path, key, least) for key, least in rule.value.items()]
    return " ".join(filter(None, problems)) or None


def _not_expired(rule: Rule, parsed: Parsed, today: date) -> str | None:
    found = _day(at(parsed, rule.path))
    last = today + timedelta(days=rule.options["min_days_remaining"])
    if found is not None and found > last:
        return None
    return f"Found {_told(at(parsed, rule.path))}; a date after {_written(last)} is required."


def _in_force(rule: Rule, parsed: Parsed, today: date) -> str | None:
    coverage = at(parsed, rule.path)
    start = _day(at(coverage, "policy_effective_date"))
    end = _day(at(coverage, "policy_expiration_date"))
    if start is not None and end is not None and start <= today < end:
        return None
    found = (
        f"{_told(at(coverage, 'policy_effective_date'))} to {_told(at(coverage, 'policy_expiration_date'))}"
    )
    return f"Found a policy period of {found}; one that covers {_written(today)} is required."


def _is_true(rule: Rule, parsed: Parsed, today: date) -> str | None:
    value = at(parsed, rule.path)
    return None if value is True else f"{_named(rule.path)}: found {_told(value)}, required yes."


def _equals(rule: Rule, parsed: Parsed, today: date) -> str | None:
    value = at(parsed, rule.path)
    return None if _same(value, rule.value) else f"Found {_told(value)}; required {_told(rule.value)}."


def _one_of(rule: Rule, parsed: Parsed, today: date) -> str | None:
    value = at(parsed, rule.path)
    if any(_same(value, accepted) for accepted in _listed(rule.value)):
        return None
    return f"Found {_told(value)}; required one of: {_told(_listed(rule.value))}."


def _name_matches(rule: Rule, parsed: Parsed, today: date) -> str | None:
    value = at(parsed, rule.path)
    if isinstance(value, str) and _accepted([value], rule):
        return None
    return (
        f"Found {_told(value)}; a name that matches one of these is required: {_told(_listed(rule.value))}."
    )


def _names_include(rule: Rule, parsed: Parsed, today: date) -> str | None:
    value = at(parsed, rule.path)
    if isinstance(value, list) and _accepted(value, rule):
        return None
    return f"Found {_told(value)}; one of these is required among them: {_told(_listed(rule.value))}."


def _additional_insured(rule: Rule, parsed: Parsed, today: date) -> str | None:
    problems = []
    ticked = at(at(parsed, rule.path), "additional_insured")
    if ticked is not True:
        problems.append(f"ADDL INSD: found {_told(ticked)}, required yes.")
    blanket = at(parsed, "description_of_operations.blanket_additional_insured") is True
    names = at(parsed, "description_of_operations.additional_insured_names")
    named = isinstance(names, list) and _accepted(names, rule)
    if not named and not (blanket and rule.options["allow_blanket"]):
        wanted = _told(_listed(rule.value))
        if rule.options["allow_blanket"]:
            wanted = "blanket wording" if not _listed(rule.value) else f"{wanted}, or blanket wording"
        problems.append(f"Additional insureds: found {_told(names)}, required {wanted}.")
    return " ".join(problems) or None


def _waiver_of_subrogation(rule: Rule, parsed: Parsed, today: date) -> str | None:
    ticked = at(at(parsed, rule.path), "waiver_of_subrogation")
    stated = at(parsed, "description_of_operations.waiver_of_subrogation")
    # A waiver stated for a coverage that is not on the certificate waives nothing.
    if isinstance(at(parsed, rule.path), Mapping) and (ticked is True or stated is True):
        return None
    found = f"SUBR WVD {_told(ticked)}, description {_told(stated)}"
    return f"Found {found}; a waiver of subrogation is required in either."


Check = Callable[[Rule, Parsed, date], str | None]
CHECKS: Mapping[str, Check] = {
    "present": _present,
    "min": _min,
    "min_limits": _min_limits,
    "not_expired": _not_expired,
    "in_force": _in_force,
    "is_true": _is_true,
    "equals": _equals,
    "one_of": _one_of,
    "name_matches": _name_matches,
    "names_include": _names_include,
    "additional_insured": _additional_insured,
    "waiver_of_subrogation": _waiver_of_subrogation,
}

# --- amounts -----------------------------------------------------------------------------------------

_UMBRELLA = "coverages.umbrella_excess_liability.limits"
# Which umbrella limit may be added to which primary limit (`allow_umbrella`). Source: section 6, inferred there.
_ADDED: Mapping[str, Mapping[str, str]] = {
    "coverages.commercial_general_liability.limits": {
        "each_occurrence_dollars": "each_occurrence_dollars",
        "general_aggregate_dollars": "aggregate_dollars",
        "products_completed_operations_dollars": "aggregate_dollars",
    },
    "coverages.automobile_liability.limits": {
        "combined_single_limit_dollars": "each_occurrence_dollars",
        "bodily_injury_per_accident_dollars": "each_occurrence_dollars",
    },
    "coverages.workers_compensation.limits": {
        "each_accident_dollars": "each_occurrence_dollars",
        "disease_policy_limit_dollars": "aggregate_dollars",
    },
}


def _too_small(rule: Rule, parsed: Parsed, above: str, key: str, least: float) -> str | None:
    found = _number(at(parsed, f"{above}.{key}"))
    shown = _dollars(found)
    if found is not None and rule.options["allow_umbrella"] and key in _ADDED.get(above, {}):
        more = _number(at(parsed, f"{_UMBRELLA}.{_ADDED[above][key]}")) or 0
        if more:
            found += more
            shown = f"{_dollars(found)} with the umbrella's {_dollars(more)}"
    if found is not None and found >= least:
        return None
    return f"{_named(key)}: found {shown}, required at least {_dollars(least)}."


def _number(value: object) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _dollars(value: float | None) -> str:
    if value is None:
        return "nothing"
    return f"${value:,.0f}" if float(value).is_integer() else f"${value:,.2f}"


# --- words -------------------------------------------------------------------------------------------


def _accepted(found: Sequence[Any], rule: Rule) -> bool:
    accepted = [entry for entry in _listed(rule.value) if isinstance(entry, str)]
    least = rule.options["similarity"]
    texts = [entry for entry in found if isinstance(entry, str)]
    return any(name.match(text, entry, least) for text in texts for entry in accepted)


def _same(value: object, wanted: object) -> bool:
    """Texts after trimming and case-folding; everything else as it is, and true is not 1."""
    if isinstance(value, str) and isinstance(wanted, str):
        return value.strip().casefold() == wanted.strip().casefold()
    if value is None or isinstance(value, bool) is not isinstance(wanted, bool):
        return False
    return value == wanted


def _day(value: object) -> date | None:
    if not isinstance(value, str):
        return None
    parts = value.strip().split("/")
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() for part in parts):
        return None
    try:
        return date(int(parts[2]), int(parts[0]), int(parts[1]))
    except ValueError:
        return None


def _written(day: date) -> str:
    return f"{day:%m/%d}/{day.year:04d}"


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _named(path: str) -> str:
    """The last step of a path as people say it: `each_occurrence_dollars` -> Each occurrence."""
    last = path.rpartition(".")[2].removesuffix("_dollars").removesuffix("_string")
    return last.replace("_", " ").strip().capitalize() or "The value"


_SHOWN = 120  # characters of a value in a message


def _told(value: object) -> str:
    if value is None or value in ("", []):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_told(entry) for entry in value[:10])
    text = (
        value
        if isinstance(value, str)
        else str(value)
        if isinstance(value, int | float)
        else "something else"
    )
    text = " ".join(text.split())
    return f"'{text if len(text) <= _SHOWN else text[:_SHOWN] + '…'}'" if isinstance(value, str) else text

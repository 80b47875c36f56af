"""Owns how a reading is compared with the truth beside a sample: field by field, right, null or wrong.

For benchmarks and tests. What the bill does not print is right as null, and wrong (`invented`) otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from postroom.systems.bills.read import account, provider
from postroom.systems.bills.read.bill import Reading

# The fields that the project's goals name.
GOALS = (
    "provider",
    "account",
    "meter",
    "startDate",
    "billDate",
    "usage",
    "usageUnits",
    "totalCharges",
    "currency",
)

Same = Callable[[Any, Any], bool]


@dataclass(frozen=True, slots=True)
class Finding:
    field: str
    verdict: str  # right, null, wrong, invented
    expected: Any
    found: Any


@dataclass(slots=True)
class Table:
    """Counts of verdicts for each field."""

    fields: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, findings: Iterator[Finding] | list[Finding]) -> None:
        for one in findings:
            self.fields.setdefault(one.field, Counter())[one.verdict] += 1

    def share(self, name: str, verdict: str = "right") -> float:
        counts = self.fields[name]
        return counts[verdict] / max(1, counts.total())

    def goals(self) -> tuple[float, float]:
        """Right, and wrong (invented too), over all the fields of `GOALS` together."""
        whole: Counter[str] = Counter()
        for name in GOALS:
            whole += self.fields.get(name, Counter())
        count = max(1, whole.total())
        return whole["right"] / count, (whole["wrong"] + whole["invented"]) / count

    def __str__(self) -> str:
        rows = [f"{'field':28}{'right':>8}{'null':>6}{'wrong':>7}{'invented':>10}{'of':>6}"]
        for name, counts in self.fields.items():
            mark = " *" if name in GOALS else ""
            rows.append(
                f"{name + mark:28}{100 * self.share(name):7.1f}%{counts['null']:6}{counts['wrong']:7}"
                f"{counts['invented']:10}{counts.total():6}"
            )
        return "\n".join(rows)


def compare(truth: Mapping[str, Any], reading: Reading) -> list[Finding]:
    """Every field of the truth against the reading."""
    document, facts = reading.document, reading.facts
    found = [
        _told("provider", truth["utilityCompany"], document["utilityCompany"], _by(provider.normal)),
        _told("account", truth["account"], facts["account"], _by(account.normal)),
        _told("invoiceId", truth["invoiceId"], document["invoiceId"], _by(account.normal)),
        _told("issued", truth["issued"], facts["issued"]),
        _told("currency", truth["chargesUnits"], document["chargesUnits"]),
        _told("commodity", truth["commodity"], facts["commodity"]),
        _told("serviceAddress", truth["serviceAddress"], facts["serviceAddress"], _by(_letters)),
    ]
    found += [_told(name, truth[name], document[name]) for name in ("startDate", "billDate", "dueDate")]
    money = (
        "totalCharges",
        "currentCharges",
        "taxCharges",
        "previousCloseBalance",
        "afterPreviousTotalPayment",
    )
    found += [_told(name, truth[name], document[name], _by(Decimal)) for name in money]
    expected = sorted(value for one in truth["usageData"] for value in one["demand"])
    demands = sorted(one["demandUsage"] for one in document["demandMeters"])
    found.append(_told("demand", expected or None, demands or None))
    return found + list(_usage(truth["usageData"], list(document["usageData"])))


def _usage(truths: list[Mapping[str, Any]], entries: list[dict[str, Any]]) -> Iterator[Finding]:
    alone = len(truths) == len(entries) == 1
    pairs = [
        next((one for one in entries if _meter(one) == account.normal(truth["meter"] or "")), None)
        for truth in truths
    ]
    nameless = [one for one in entries if _meter(one) is None and one not in pairs]
    if pairs.count(None) == len(nameless):  # numbers were lost, entries were not: they keep their order
        pairs = [nameless.pop(0) if own is None else own for own in pairs]
    for truth, own in zip(truths, pairs, strict=True):
        if own is None and alone:
            own = entries[0]
        entry = own or {}
        if own is not None:
            entries.remove(own)
        yield _told("meter", account.normal(truth["meter"]), _meter(entry) if entry else None)
        yield _told("usage", truth["usage"], entry.get("usage"), _by(Decimal))
        yield _told("usageUnits", truth["usageUnits"], entry.get("usageUnits"))
        for name in ("startDate", "endDate", "datasourceType"):
            yield _told(f"usageData.{name}", truth[name], entry.get(name))
        yield _told("tariff", truth["tariff"], entry.get("tariff"), _by(_letters))
        for name in ("previousReading", "currentReading"):
            yield _told(name, truth[name], entry.get(name), _by(Decimal))
        if truth["multiplier"] is not None:
            yield _told("multiplier", truth["multiplier"], entry.get("multiplier"), _by(Decimal))
        if truth["isEstimated"] is not None:
            yield _told("isEstimated", truth["isEstimated"], entry.get("isEstimated"))
        yield _told("timeOfUse", _times(truth["timeOfUse"].values()), _times(_parts(entry)))
        for kind, value in truth["identifiers"].items():
            own_value = next(
                (one["value"] for one in entry.get("identifiers", ()) if one["name"] == kind), None
            )
            yield _told(f"identifier {kind}", value, own_value, _by(account.normal))
    for extra in entries:
        yield Finding("meter", "invented", None, _meter(extra))


def _told(name: str, expected: Any, found: Any, same: Same = lambda one, two: bool(one == two)) -> Finding:
    if expected is None:
        return Finding(name, "right" if found is None else "invented", expected, found)
    if found is None:
        return Finding(name, "null", expected, found)
    return Finding(name, "right" if same(expected, found) else "wrong", expected, found)


def _by(normal: Callable[[Any], Any]) -> Same:
    return lambda one, two: normal(one) == normal(two)


def _letters(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalnum())


def _meter(entry: Mapping[str, Any]) -> str | None:
    return next(
        (account.normal(one["value"]) for one in entry.get("identifiers", ()) if one["name"] == "METER"), None
    )


def _parts(entry: Mapping[str, Any]) -> list[str]:
    return [part["usage"] for part in entry.get("timeOfUseBreakdown", ())]


def _times(values: Any) -> list[Decimal] | None:
    found = sorted(Decimal(value) for value in values)
    return found if len(found) > 1 else None

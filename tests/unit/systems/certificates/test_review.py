"""Every check of the rule language: what it passes, what it fails, what it says; and that nothing makes it raise."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.errors import Invalid
from postroom.systems.certificates import name, review, rule

TODAY = date(2026, 5, 17)
CGL = "coverages.commercial_general_liability"
STANDARD: list[dict[str, Any]] = [
    {
        "name": "CGL Limits",
        "path": f"{CGL}.limits",
        "check": "min_limits",
        "value": {"each_occurrence_dollars": 1_000_000, "general_aggregate_dollars": 2_000_000},
    },
    {"name": "CGL Expiration", "path": f"{CGL}.policy_expiration_date", "check": "not_expired"},
    {"name": "WC Statutory", "path": "coverages.workers_compensation.per_statute", "check": "is_true"},
    {"name": "Additional insured", "path": CGL, "check": "additional_insured", "value": ["Client Corp"]},
    {
        "name": "Certificate holder",
        "path": "certificate_holder.name",
        "check": "name_matches",
        "value": ["Client Corp"],
    },
]
GOOD: dict[str, Any] = {
    "coverages": {
        "commercial_general_liability": {
            "additional_insured": True,
            "waiver_of_subrogation": None,
            "policy_effective_date": "05/18/2025",
            "policy_expiration_date": "05/18/2026",
            "aggregate_applies_per": "project",
            "limits": {"each_occurrence_dollars": 1_000_000, "general_aggregate_dollars": 2_000_000},
        },
        "workers_compensation": {"per_statute": True, "limits": {"each_accident_dollars": 500_000}},
        "umbrella_excess_liability": {
            "limits": {"each_occurrence_dollars": 1_000_000, "aggregate_dollars": 3_000_000}
        },
    },
    "certificate_holder": {"name": "CLIENT CORP."},
    "insured": {"name": "Smith & Sons, L.L.C."},
    "description_of_operations": {
        "additional_insured_names": ["Client Corp Inc."],
        "blanket_additional_insured": True,
        "waiver_of_subrogation": True,
        "signature": True,
    },
}


def _with(path: str, value: Any) -> dict[str, Any]:
    made = deepcopy(GOOD)
    *above, last = path.split(".")
    inner = made
    for step in above:
        inner = inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return made


def _judge(check: str, path: str, value: Any = None, parsed: Any = None, **options: Any) -> review.Verdict:
    given_rule = {"name": "r", "path": path, "check": check, "value": value, "options": options}
    return review.judge(review.Rule.of(given_rule), GOOD if parsed is None else parsed, TODAY)


def _failed(parsed: dict[str, Any]) -> list[str]:
    made = review.review(STANDARD, parsed, TODAY)
    assert made.summary["total_rules"] == 5 == made.summary["passed"] + made.summary["failed"]
    assert (made.status == review.APPROVED) is (made.summary["failed"] == 0)
    return [verdict.rule_name for verdict in made.verdicts if not verdict.passed]


def test_the_contract_s_own_table() -> None:
    assert _failed(GOOD) == []
    assert _failed(_with(f"{CGL}.policy_expiration_date", "05/17/2026")) == ["CGL Expiration"]
    assert _failed(_with(f"{CGL}.limits.general_aggregate_dollars", None)) == ["CGL Limits"]
    assert _failed(_with(f"{CGL}.additional_insured", None)) == ["Additional insured"]
    assert _failed(_with("coverages.workers_compensation", ...)) == ["WC Statutory"]


def test_verdicts_come_in_the_order_of_the_rules() -> None:
    made = review.review(STANDARD, {}, TODAY)
    assert [verdict.rule_name for verdict in made.verdicts] == [entry["name"] for entry in STANDARD]
    assert [verdict.rule_path for verdict in made.verdicts] == [entry["path"] for entry in STANDARD]


def test_a_message_names_what_was_found_and_what_is_required() -> None:
    low = _with(f"{CGL}.limits.each_occurrence_dollars", 950_000)
    verdict = _judge("min", f"{CGL}.limits.each_occurrence_dollars", 1_000_000, low)
    assert verdict.message == "Each occurrence: found $950,000, required at least $1,000,000."
    both = review.review(STANDARD[:1], _with(f"{CGL}.limits", {}), TODAY).verdicts[0]
    assert both.message == (
        "Each occurrence: found nothing, required at least $1,000,000."
        " General aggregate: found nothing, required at least $2,000,000."
    )
    other = _judge("name_matches", "insured.name", ["Jones"])
    assert (
        other.message
        == "Found 'Smith & Sons, L.L.C.'; a name that matches one of these is required: 'Jones'."
    )
    assert review.review(STANDARD, GOOD, TODAY).verdicts[0].message is None


@pytest.mark.parametrize("value", [None, "", "  ", [], False, {}])
def test_nothing_is_not_present(value: Any) -> None:
    assert not _judge("present", "insured.name", parsed=_with("insured.name", value)).passed


@pytest.mark.parametrize("value", ["x", ["x"], True, 0, {"limits": {}}])
def test_something_is_present(value: Any) -> None:
    assert _judge("present", "insured.name", parsed=_with("insured.name", value)).passed


@given(found=st.integers(0, 10**8), least=st.integers(0, 10**8))
def test_a_limit_passes_exactly_from_the_minimum_on(found: int, least: int) -> None:
    path = f"{CGL}.limits.each_occurrence_dollars"
    assert _judge("min", path, least, _with(path, found)).passed is (found >= least)


@given(primary=st.integers(0, 10**7), more=st.integers(0, 10**7), least=st.integers(0, 2 * 10**7))
def test_an_umbrella_adds_only_where_it_is_allowed(primary: int, more: int, least: int) -> None:
    path = f"{CGL}.limits.each_occurrence_dollars"
    parsed = _with(path, primary)
    parsed["coverages"]["umbrella_excess_liability"]["limits"]["each_occurrence_dollars"] = more
    assert _judge("min", path, least, parsed).passed is (primary >= least)
    assert _judge("min", path, least, parsed, allow_umbrella=True).passed is (primary + more >= least)


def test_an_umbrella_makes_no_limit_that_is_missing() -> None:
    parsed = _with(f"{CGL}.limits.each_occurrence_dollars", None)
    path = f"{CGL}.limits.each_occurrence_dollars"
    assert not _judge("min", path, 1, parsed, allow_umbrella=True).passed
    assert not _judge("min", "coverages.other.0.limits.aggregate_dollars", 1, allow_umbrella=True).passed


@given(days=st.integers(-400, 400), margin=st.integers(0, 60))
def test_a_policy_must_outlast_the_day_and_the_margin(days: int, margin: int) -> None:
    end = TODAY + timedelta(days=days)
    path = f"{CGL}.policy_expiration_date"
    verdict = _judge("not_expired", path, None, _with(path, f"{end:%m/%d/%Y}"), min_days_remaining=margin)
    assert verdict.passed is (days > margin)


@pytest.mark.parametrize(
    ("start", "end", "passed"),
    [
        ("05/17/2026", "05/17/2027", True),
        ("05/18/2026", "05/17/2027", False),
        ("05/17/2025", "05/17/2026", False),
        ("05/17/2025", "05/18/2026", True),
        (None, "05/18/2026", False),
        ("05/17/2025", None, False),
        ("13/45/2025", "05/18/2026", False),
    ],
)
def test_in_force_from_the_first_day_until_before_the_last(start: Any, end: Any, passed: bool) -> None:
    parsed = _with(f"{CGL}.policy_effective_date", start)
    parsed["coverages"]["commercial_general_liability"]["policy_expiration_date"] = end
    assert _judge("in_force", CGL, parsed=parsed).passed is passed


def test_equality_trims_and_folds_case_and_tells_true_from_one() -> None:
    path = f"{CGL}.aggregate_applies_per"
    assert _judge("equals", path, " PROJECT ").passed
    assert not _judge("equals", path, "policy").passed
    assert _judge("one_of", path, ["policy", "Project"]).passed
    assert not _judge("one_of", path, ["policy"]).passed
    assert not _judge("equals", "description_of_operations.signature", 1).passed
    assert not _judge("equals", "nowhere", None).passed


def test_additional_insured_needs_the_tick_and_the_name() -> None:
    wanted = ["Client Corp"]
    assert _judge("additional_insured", CGL, wanted).passed
    nameless = _with("description_of_operations.additional_insured_names", [])
    assert not _judge("additional_insured", CGL, wanted, nameless).passed
    assert _judge("additional_insured", CGL, wanted, nameless, allow_blanket=True).passed
    unticked = _with(f"{CGL}.additional_insured", False)
    assert not _judge("additional_insured", CGL, wanted, unticked, allow_blanket=True).passed


def test_a_waiver_is_ticked_or_stated_for_a_coverage_that_is_there() -> None:
    assert _judge("waiver_of_subrogation", CGL).passed
    unstated = _with("description_of_operations.waiver_of_subrogation", False)
    assert not _judge("waiver_of_subrogation", CGL, parsed=unstated).passed
    unstated["coverages"]["commercial_general_liability"]["waiver_of_subrogation"] = True
    assert _judge("waiver_of_subrogation", CGL, parsed=unstated).passed
    assert not _judge("waiver_of_subrogation", "coverages.automobile_liability").passed


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
_VALUES: dict[str, Any] = {
    "min": 1,
    "min_limits": {"each_occurrence_dollars": 1},
    "equals": "x",
    "one_of": ["x"],
    "name_matches": ["x"],
    "names_include": ["x"],
    "additional_insured": ["x"],
}


@given(value=_JSON, check=st.sampled_from(sorted(review.CHECKS)))
def test_no_value_makes_a_rule_raise_and_missing_ones_fail(value: Any, check: str) -> None:
    for parsed in ({"a": value}, value, {"a": {"limits": value}}):
        for path in ("a", "a.limits", "a.0.b", ""):
            verdict = _judge(check, path, _VALUES.get(check), parsed)
            assert verdict.passed is (verdict.message is None)
    missing = _judge(check, "no.such.path", _VALUES.get(check), {"a": value})
    assert not missing.passed
    assert missing.message


@given(text=st.text(max_size=60))
def test_a_plain_name_stays_plain_and_matches_itself(text: str) -> None:
    plain = name.plain(text)
    assert name.match(text, text) is bool(plain)
    assert name.match(text, plain) is bool(plain)


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("Client Corp", "CLIENT CORP.", True),
        ("Smith & Sons, L.L.C.", "smith and sons", True),
        ("Acme Roofing Co., Inc.", "Acme Roofing", True),
        ("Acme Roofing", "Acme Rofing", True),
        ("Acme Roofing", "Apex Roofing", False),
        ("Inc.", "LLC", False),
        ("", "", False),
    ],
)
def test_names(one: str, two: str, same: bool) -> None:
    assert name.match(one, two) is same
    assert name.match(two, one) is same


def test_the_requirement_named_first_wins() -> None:
    assert review.requirement("u", "t", "e", "c", "d") == "u"
    assert review.requirement(None, "t", "e", "c", "d") == "t"
    assert review.requirement(None, None, "e", "c", "d") == "e"
    assert review.requirement(None, None, None, "c", "d") == "c"
    assert review.requirement(None, None, None, None, "d") == "d"
    assert review.requirement(None, None, None, None, None) is None


def test_good_rules_are_kept_as_they_are() -> None:
    kept = rule.validate(STANDARD)
    assert [entry["name"] for entry in kept] == [entry["name"] for entry in STANDARD]
    assert review.review(kept, GOOD, TODAY).status == review.APPROVED


@pytest.mark.parametrize(
    ("given_rules", "field"),
    [
        ([], "rules"),
        ({}, "rules"),
        (["x"], "rules[0]"),
        ([{"path": "a", "check": "present"}], "rules[0].name"),
        ([{"name": "a", "path": " ", "check": "present"}], "rules[0].path"),
        ([{"name": "a", "path": "a", "check": "shiny"}], "rules[0].check"),
        ([{"name": "a", "path": "a", "check": "min"}], "rules[0].value"),
        ([{"name": "a", "path": "a", "check": "min", "value": True}], "rules[0].value"),
        ([{"name": "a", "path": "a", "check": "min", "value": float("nan")}], "rules[0].value"),
        ([{"name": "a", "path": "a", "check": "min_limits", "value": {}}], "rules[0].value"),
        ([{"name": "a", "path": "a", "check": "min_limits", "value": {"x": "1"}}], "rules[0].value"),
        ([{"name": "a", "path": "a", "check": "name_matches", "value": []}], "rules[0].value"),
        ([{"name": "a", "path": "a", "check": "additional_insured"}], "rules[0].value"),
        ([{"name": "a", "path": "a", "check": "present", "options": []}], "rules[0].options"),
        (
            [{"name": "a", "path": "a", "check": "present", "options": {"similarity": 2}}],
            "rules[0].options.similarity",
        ),
        (
            [{"name": "a", "path": "a", "check": "not_expired", "options": {"min_days_remaining": -1}}],
            "rules[0].options.min_days_remaining",
        ),
    ],
)
def test_bad_rules_are_refused_by_the_member_that_is_wrong(given_rules: Any, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        rule.validate(given_rules)
    assert refused.value.field == field

"""Owns: how jobs and documents end, example by example and over all small counts."""

from __future__ import annotations

import itertools

import pytest

from postroom.core.outcome import Cause, Policy, document_outcome, outcome
from postroom.core.progress import Counts
from postroom.core.states import DocumentMove, JobMove

ENDED = ("succeeded", "partial", "failed", "duplicate", "rejected", "cancelled")


def counts(**numbers: int) -> Counts:
    return Counts(documents=sum(numbers.values()), **numbers)


@pytest.mark.parametrize(
    ("numbers", "move"),
    [
        ({"succeeded": 3}, JobMove.SUCCEED),
        ({"succeeded": 1, "duplicate": 2}, JobMove.SUCCEED),
        ({"duplicate": 2}, JobMove.SUCCEED),
        ({"succeeded": 2, "failed": 1}, JobMove.PARTLY),
        ({"succeeded": 2, "rejected": 1}, JobMove.PARTLY),
        ({"succeeded": 2, "cancelled": 1}, JobMove.SUCCEED),  # taken back before the job was closed
        ({"partial": 1, "cancelled": 1}, JobMove.PARTLY),
        ({"failed": 1, "cancelled": 1}, JobMove.FAIL),
        ({"cancelled": 2}, JobMove.FAIL),
        ({"partial": 1}, JobMove.PARTLY),
        ({"partial": 1, "failed": 5}, JobMove.PARTLY),
        ({"failed": 2}, JobMove.FAIL),
        ({"rejected": 2, "failed": 1}, JobMove.FAIL),
        ({}, JobMove.FAIL),
    ],
)
def test_an_independent_job_ends_by_what_its_documents_did(numbers: dict[str, int], move: JobMove) -> None:
    assert outcome(counts(**numbers), None, Policy.INDEPENDENT)[0] is move


@pytest.mark.parametrize("bad", ["partial", "failed", "rejected", "cancelled"])
def test_one_bad_document_fails_an_all_or_nothing_job(bad: str) -> None:
    assert outcome(counts(succeeded=9, **{bad: 1}), None, Policy.ALL_OR_NOTHING) == (
        JobMove.FAIL,
        Cause.INPUT,
    )


def test_a_job_that_failed_as_a_whole_fails_whatever_its_documents_did() -> None:
    for policy, cause in itertools.product(Policy, Cause):
        assert outcome(counts(succeeded=2), cause, policy) == (JobMove.FAIL, cause)


def test_an_empty_job_fails_and_blames_the_input_under_both_policies() -> None:
    for policy in Policy:
        assert outcome(Counts(), None, policy, failed_by=Cause.SYSTEM) == (JobMove.FAIL, Cause.INPUT)


def test_a_failed_job_blames_whom_its_documents_blame() -> None:
    assert outcome(counts(failed=1), None, Policy.INDEPENDENT, failed_by=Cause.SYSTEM)[1] is Cause.SYSTEM


@pytest.mark.parametrize("numbers", [{"waiting": 1}, {"running": 1}, {"succeeded": 1, "waiting": 1}])
def test_a_job_that_has_not_ended_has_no_outcome(numbers: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="not ended"):
        outcome(counts(**numbers), None, Policy.INDEPENDENT)


def test_counts_that_do_not_add_up_have_no_outcome() -> None:
    with pytest.raises(ValueError, match="not ended"):
        outcome(Counts(documents=2, succeeded=1), None, Policy.INDEPENDENT)


def test_a_cause_is_given_exactly_when_a_job_did_not_succeed() -> None:
    for numbers in itertools.product(range(3), repeat=len(ENDED)):
        for policy in Policy:
            move, cause = outcome(counts(**dict(zip(ENDED, numbers, strict=True))), None, policy)
            assert (cause is None) == (move is JobMove.SUCCEED)


def test_all_or_nothing_never_ends_partly() -> None:
    for numbers in itertools.product(range(3), repeat=len(ENDED)):
        move, _ = outcome(counts(**dict(zip(ENDED, numbers, strict=True))), None, Policy.ALL_OR_NOTHING)
        assert move is not JobMove.PARTLY


@pytest.mark.parametrize(
    ("failed", "chunks", "units_failed", "units", "move"),
    [
        (0, 1, 0, 0, DocumentMove.SUCCEED),
        (0, 3, 0, 30, DocumentMove.SUCCEED),
        (1, 1, 0, 0, DocumentMove.FAIL),
        (1, 3, 10, 30, DocumentMove.PARTLY),
        (1, 3, 0, 0, DocumentMove.PARTLY),
        (3, 3, 30, 30, DocumentMove.FAIL),
        (0, 3, 1, 30, DocumentMove.PARTLY),
        (0, 3, 30, 30, DocumentMove.FAIL),
    ],
)
def test_a_document_ends_by_its_chunks_and_its_pages_and_rows(
    failed: int, chunks: int, units_failed: int, units: int, move: DocumentMove
) -> None:
    found = document_outcome(chunks_failed=failed, chunks=chunks, units_failed=units_failed, units=units)
    assert found is move

"""Owns how things end: the one function that ends a job, and the one that ends a document."""

from __future__ import annotations

from enum import StrEnum

from postroom.core.progress import Counts
from postroom.core.states import DocumentMove, JobMove


class Policy(StrEnum):
    """independent: one bad document harms no other. all_or_nothing: one bad document fails the job."""

    INDEPENDENT = "independent"
    ALL_OR_NOTHING = "all_or_nothing"


class Cause(StrEnum):
    """Who could have prevented a failure."""

    INPUT = "input"
    SYSTEM = "system"
    TENANT = "tenant"
    OPERATOR = "operator"


def outcome(
    counts: Counts, cause: Cause | None, policy: Policy, *, failed_by: Cause = Cause.INPUT
) -> tuple[JobMove, Cause | None]:
    """How a job with nothing left to do ends: the move, and the cause if it did not succeed.

    counts: of its documents; nothing may be waiting or running.
    cause: set if the job as a whole failed (its finish step, or an operator), whatever its documents did.
    failed_by: what the failed documents blame, when the job itself has no cause.

    Duplicates are no failures, and neither is a document that was read and found to be of another kind
    (it succeeded). Neither is one that is cancelled while its job is not: the client took it back before it
    closed the job. A job without documents fails: there was nothing to do and somebody should know.
    """
    if counts.waiting or counts.running or not counts.conserved:
        raise ValueError(f"an outcome was asked for a job that has not ended: {counts}")
    if cause is not None:
        return JobMove.FAIL, cause
    good = counts.succeeded + counts.duplicate
    bad = counts.failed + counts.rejected
    if counts.documents == 0:
        return JobMove.FAIL, Cause.INPUT
    if policy is Policy.ALL_OR_NOTHING:
        all_good = not (bad or counts.partial or counts.cancelled)
        return (JobMove.SUCCEED, None) if all_good else (JobMove.FAIL, failed_by)
    if not good and not counts.partial:
        return JobMove.FAIL, failed_by
    if not bad and not counts.partial:
        return JobMove.SUCCEED, None
    return JobMove.PARTLY, failed_by


def document_outcome(*, chunks_failed: int, chunks: int, units_failed: int, units: int) -> DocumentMove:
    """How a document whose last chunk is done ends.

    chunks_failed of chunks failed as a whole; units are its rows and pages, of which units_failed failed.
    """
    if chunks_failed >= chunks or (units and units_failed >= units):
        return DocumentMove.FAIL
    if chunks_failed or units_failed:
        return DocumentMove.PARTLY
    return DocumentMove.SUCCEED

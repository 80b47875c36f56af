"""Owns: examples of moves and buckets. That the tables as a whole are sound: properties/test_tables.py."""

from __future__ import annotations

import pytest

from postroom.core.states import (
    CHUNK,
    DOCUMENT,
    JOB,
    TERMINAL_JOBS,
    ChunkMove,
    ChunkState,
    DocumentMove,
    DocumentState,
    JobMove,
    JobState,
    bucket,
    sources,
    target,
)


def test_a_job_is_cancelled_from_every_state_that_has_not_ended() -> None:
    assert sources(JOB, JobMove.CANCEL) == [state for state in JobState if state not in TERMINAL_JOBS]


def test_only_an_open_job_can_be_closed() -> None:
    assert sources(JOB, JobMove.CLOSE) == [JobState.OPEN]


def test_a_job_at_work_never_expires() -> None:
    assert sources(JOB, JobMove.EXPIRE) == [JobState.OPEN, JobState.BLOCKED]


def test_a_blocked_job_goes_back_to_checking_and_nowhere_else_but_its_end() -> None:
    assert set(JOB[JobState.BLOCKED].values()) == {JobState.CHECKING, JobState.CANCELLED, JobState.EXPIRED}


def test_a_chunk_is_finished_only_while_it_is_running() -> None:
    assert sources(CHUNK, ChunkMove.FINISH) == [ChunkState.RUNNING]


def test_a_document_that_waits_again_is_ready() -> None:
    assert target(DOCUMENT, DocumentMove.REQUEUE) is DocumentState.READY


def test_a_move_that_leads_to_two_states_is_refused() -> None:
    with pytest.raises(ValueError, match="unpack"):
        target({"a": {"go": "b"}, "b": {"go": "c"}, "c": {}}, "go")


@pytest.mark.parametrize("state", [DocumentState.REGISTERED, DocumentState.RECEIVED, DocumentState.READY])
def test_a_document_that_nobody_works_on_yet_counts_as_waiting(state: DocumentState) -> None:
    assert bucket(state) == "waiting"

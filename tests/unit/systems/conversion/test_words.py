"""Proves that what a child says is shown only as far as it has the right shape, and which error is a job's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.core.states import JobState
from postroom.systems.conversion import contract, words
from postroom.systems.conversion.view import Found, Held, Part

SOME = UUID(int=7)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["code", "severity", "message", "dataId", "dataPart", "x"]), inner, max_size=5
        )
    ),
)


def found(state: JobState, *documents: Part, finish: Part = Part(), **more: Any) -> Found:
    given = {"activity": "", "reason": None, "cause": None, **more}
    return Found(
        Held(SOME, state, contract.ARCHIVE_2, touched_at=datetime.now(UTC), **given), documents, finish
    )


@given(JSON, JSON)
def test_whatever_a_child_says_the_result_keeps_its_shape(of_document: object, of_finish: object) -> None:
    told = words.result(
        found(JobState.SUCCEEDED, Part(str(SOME), events=of_document), finish=Part(events=of_finish))
    )
    assert told["status"] in ("success", "warning")
    for event in told["events"]:
        assert event["severity"] in contract.SEVERITIES
        assert (
            {"code", "severity", "message"}
            <= set(event)
            <= {*("code", "severity", "message", "dataId", "dataPart")}
        )
        assert all(isinstance(value, str) for value in event.values())
        assert event["code"] and len(event["message"]) <= contract.EVENT_TEXT


def test_no_child_fills_the_answer() -> None:
    flood = [{"code": "X" * 9999, "severity": "info", "message": "m" * 9999}] * 100_000
    told = words.result(found(JobState.SUCCEEDED, Part(str(SOME), events=flood)))
    assert len(told["events"]) == contract.EVENTS
    assert len(str(told)) < 500_000


def test_the_event_of_a_document_is_about_that_document_whatever_it_says() -> None:
    event = {"code": "Generic", "severity": "info", "message": "m", "dataId": "another"}
    told = words.result(found(JobState.SUCCEEDED, Part(str(SOME), events=[event])))
    assert told["events"][0]["dataId"] == str(SOME)


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (found(JobState.CANCELLED, Part(code="corrupt")), "canceled"),
        (found(JobState.FAILED), "generic"),
        (found(JobState.FAILED, Part("a"), Part("b", "corrupt"), Part("c", "password")), "corrupt"),
        (found(JobState.FAILED, Part("a"), finish=Part(None, "conformance")), "conformance"),
        (found(JobState.FAILED, Part("a", "child_timeout", cause="input")), "timeout"),
        (found(JobState.FAILED, Part("a", "not_known", cause="system")), "internal"),
        (found(JobState.FAILED, Part("a", "not_known", cause="input")), "generic"),
        (found(JobState.FAILED, Part("a"), cause="system"), "internal"),
        (found(JobState.FAILED, Part("a"), cause="input"), "generic"),
    ],
)
def test_the_error_of_a_job(one: Found, code: str) -> None:
    told = words.result(one)
    assert told["error"]["code"] == code
    assert told["error"]["message"]
    assert "dataList" not in told


def test_every_error_has_a_status_in_the_simple_api() -> None:
    assert set(contract.SIMPLE_STATUS) == set(contract.ERROR_CODES)
    assert set(contract.ERROR_OF.values()) <= set(contract.ERROR_CODES)


def test_every_title_of_a_problem_can_be_named() -> None:
    for status in (400, 401, 403, 404, 405, 409, 413, 415, 500, 503, 504):
        assert words.plain(status) in words.TITLES

"""Proves rules of the desk that need no server: addresses of webhooks, ids, words, secrets that follow."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom import errors
from postroom.core.states import JobState
from postroom.desk.context import SystemClock
from postroom.errors import Invalid, NotFound, PostroomError
from postroom.settings import Settings
from postroom.systems.plans import contract, derive, wire_job, words


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "https://127.0.0.1/",
        "https://10.0.0.1/hook",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[fd00::1]/",
        "https://user:secret@127.0.0.1/",
    ],
)
def test_a_webhook_may_not_go_to_a_private_place(url: str) -> None:
    desk: Any = SimpleNamespace(settings=Settings(_env_file=None), clock=SystemClock())
    with pytest.raises(Invalid) as caught:
        wire_job._webhook(desk, url)
    assert caught.value.field == "webhookUrl"


def test_a_webhook_may_go_to_a_public_place() -> None:
    desk: Any = SimpleNamespace(settings=Settings(_env_file=None), clock=SystemClock())
    assert wire_job._webhook(desk, "https://hooks.example.com/pg?x=1") == "https://hooks.example.com/pg?x=1"
    assert wire_job._webhook(desk, None) is None


@given(st.uuids())
def test_an_id_that_is_shown_is_read(value: UUID) -> None:
    said = contract.shown(contract.JOB, value)
    assert contract.read_id(said, contract.PROJECT, contract.JOB, field="jobId") == value
    with pytest.raises(NotFound):
        contract.read_id(said, contract.PROJECT, field="projectId")


@given(st.text())
def test_any_other_text_names_nothing(text: str) -> None:
    with pytest.raises(NotFound):
        contract.read_id(text, contract.JOB, field="jobId")


@pytest.mark.parametrize("state", JobState)
def test_the_words_are_those_of_the_contract(state: JobState) -> None:
    assert (
        words.word(state)
        == {
            "open": "awaiting_uploads",
            "checking": "preflighting",
            "queued": "preflighting",
            "blocked": "blocked_insufficient_credits",
            "running": "processing",
            "succeeded": "complete",
            "partial": "completed_with_errors",
            "failed": "failed",
            "cancelled": "cancelled",
            "expired": "expired",
        }[state]
    )
    assert words.word(state, uploading=True) == ("uploading" if state == "open" else words.word(state))


@pytest.mark.parametrize("kind", [one for one in vars(errors).values() if isinstance(one, type)])
def test_every_error_has_a_status_and_the_envelope(kind: type) -> None:
    if not issubclass(kind, PostroomError):
        return
    status, body, _ = words.told(kind("Something is wrong.", field="x"))
    assert 400 <= status < 600
    error: Any = body["error"]
    assert error["message"] == "Something is wrong." and error["code"] and error["details"] == {"field": "x"}


def test_a_signature_opens_one_result_until_one_time() -> None:
    good = derive.result_signature("whsec_a", "job_1", 100)
    assert derive.opens_result("whsec_a", "job_1", 100, good)
    for account, job, until in (
        ("whsec_b", "job_1", 100),
        ("whsec_a", "job_2", 100),
        ("whsec_a", "job_1", 101),
    ):
        assert not derive.opens_result(account, job, until, good)
    assert derive.webhook_secret("whsec_a", "job_1") != derive.webhook_secret("whsec_a", "job_2")

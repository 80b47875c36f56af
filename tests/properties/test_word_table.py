"""Owns: each desk has a word for every state of a job. New desks are covered as soon as wiring names them."""

from __future__ import annotations

import pytest

from postroom.core.states import JobState
from postroom.ports import System
from postroom.wiring.system import SYSTEMS


def missing_words(system: System) -> dict[str, set[str]]:
    """What is wrong with a desk's words: states without one, and names that are no state. Empty: all is well.

    A desk without any words shows no job of the core (certificates) or is reached by our own API only.
    """
    if not system.words:
        return {}
    states = {state.value for state in JobState}
    named = {str(name) for name in system.words}
    empty = {
        str(name) for name, word in system.words.items() if not isinstance(word, str) or not word.strip()
    }
    wrong = {"without a word": (states - named) | empty, "no state": named - states}
    return {what: names for what, names in wrong.items() if names}


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_the_words_of_the_desk_are_total(system: System) -> None:
    assert missing_words(system) == {}


def test_a_total_table_is_accepted() -> None:
    assert missing_words(System("x", words=dict.fromkeys(JobState, "busy"))) == {}
    assert missing_words(System("x")) == {}


@pytest.mark.parametrize("state", JobState)
def test_a_table_without_a_state_is_found(state: JobState) -> None:
    words = {other: "busy" for other in JobState if other is not state}
    assert missing_words(System("x", words=words)) == {"without a word": {state.value}}
    assert missing_words(System("x", words={**words, state: " "})) == {"without a word": {state.value}}


def test_a_word_for_no_state_is_found() -> None:
    words: dict[str, str] = dict.fromkeys(JobState, "busy")
    assert missing_words(System("x", words={**words, "done": "busy"})) == {"no state": {"done"}}

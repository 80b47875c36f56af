"""The suite's examples are the same in every run; those that are asked for by number are not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DRAW = """
import importlib, sys
from hypothesis import given, strategies as st
from tests import example

example.load()
for name in sys.argv[1:]:
    importlib.import_module(name)

@example.calls(50)
@given(st.text(), st.integers(), st.sets(st.text(max_size=2)))
def draw(text, number, several):
    print(ascii((text, number, sorted(several))))

draw()
"""


def drawn(*modules: str, **environment: str) -> list[str]:
    inherited = {name: value for name, value in os.environ.items() if name not in ("POSTROOM_EXAMPLES", "CI")}
    done = subprocess.run(
        [sys.executable, "-c", DRAW, *modules],
        cwd=ROOT,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_examples_depend_neither_on_what_ran_before_nor_on_the_process() -> None:
    first = drawn(PYTHONHASHSEED="1")
    assert len(first) == 50
    assert len(set(first)) > 25
    # Full of texts and numbers of ours, which Hypothesis would otherwise try.
    again = drawn("postroom.core.states", "postroom.systems.bills.contract", PYTHONHASHSEED="2", CI="true")
    assert again == first


@pytest.mark.parametrize("machine", [{}, {"CI": "true"}], ids=["anywhere", "where Hypothesis sees a CI"])
def test_twice_as_many_are_drawn_anew_when_they_are_asked_for(machine: dict[str, str]) -> None:
    first, second = (drawn(POSTROOM_EXAMPLES="2", **machine) for _ in range(2))
    assert len(first) == len(second) == 100
    assert first != second

"""A companion program answers, is ended when it is late or gone, and starts again for the next request."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from postroom.engine import companion
from postroom.engine.companion import Companion, CompanionGone, CompanionLate

_PROGRAM = """
import os, time
from postroom.engine import companion

def prepare():
    def answer(request):
        if request.get("die"):
            os._exit(3)
        time.sleep(request.get("sleep", 0))
        print("this is for the log")
        return {"pid": os.getpid(), "heard": request.get("say"), "home": os.environ["HOME"]}
    return answer

companion.serve(prepare)
"""


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Companion]:
    (tmp_path / "program.py").write_text(_PROGRAM)
    made = Companion([sys.executable, "-P", str(tmp_path / "program.py")], uses=3, start=30)
    yield made
    made.end()


def test_it_is_started_once_and_answers_each_request(program: Companion) -> None:
    first, second = (program.ask({"say": word}, seconds=30) for word in ("a", "ü"))
    assert (first["heard"], second["heard"]) == ("a", "ü")
    assert first["pid"] == second["pid"]


def test_it_is_replaced_when_it_is_used_up(program: Companion) -> None:
    used = [program.ask({}, seconds=30)["pid"] for _ in range(6)]
    assert len(set(used)) == 2
    assert used[2] != used[3]


def test_one_that_is_late_is_ended_and_the_next_request_gets_another(program: Companion) -> None:
    first = program.ask({}, seconds=30)
    with pytest.raises(CompanionLate):
        program.ask({"sleep": 60}, seconds=0.2)
    with pytest.raises(ProcessLookupError):
        os.kill(first["pid"], 0)
    assert program.ask({}, seconds=30)["pid"] != first["pid"]


def test_one_that_dies_is_gone_and_the_next_request_gets_another(program: Companion) -> None:
    with pytest.raises(CompanionGone):
        program.ask({"die": True}, seconds=30)
    assert program.ask({"say": "again"}, seconds=30)["heard"] == "again"


def test_what_cannot_be_started_is_gone() -> None:
    with pytest.raises(CompanionGone):
        Companion(["/no/such/program"], uses=1, start=5).ask({}, seconds=5)


def test_nothing_is_left_of_it(program: Companion) -> None:
    answer = program.ask({}, seconds=30)
    assert answer["pid"] in companion.LIVING
    program.end()
    assert answer["pid"] not in companion.LIVING
    assert not Path(answer["home"]).exists()

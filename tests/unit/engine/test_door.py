"""The API's own children: a start that fails is tried again, and until then nobody waits for them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from postroom.engine.door import Door
from postroom.engine.fault import SandboxUnavailable
from postroom.engine.sandbox import Pool
from postroom.wiring.child import command
from tests.unit.engine.test_sandbox import HERE, LIMITS

TASK: Any = object()  # never looked at: nobody is there


def pools(folder: Path, *commands: Sequence[str]) -> Iterator[Pool]:
    for one in commands:
        yield Pool(1, one, limits=LIMITS, scratch=folder)


async def test_a_start_that_fails_is_tried_again_and_meanwhile_a_question_is_answered_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", HERE)
    made = pools(tmp_path, [sys.executable, "-c", "raise SystemExit(3)"], command("faulty"))
    door = Door(lambda: next(made), timeout=10, pause=2)
    door.open()
    try:
        with pytest.raises(SandboxUnavailable, match="tried again"):
            await door.ask(TASK)
        async with asyncio.timeout(120):
            while door.closed:
                await asyncio.sleep(0.05)
    finally:
        await door.close()


async def test_a_door_that_was_never_opened_refuses() -> None:
    with pytest.raises(SandboxUnavailable):
        await Door(lambda: pytest.fail("not wanted"), timeout=1).ask(TASK)

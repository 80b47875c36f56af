"""Real processes: what the supervisor promises about starting, dying and leaving nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from postroom.cli.supervise import Spec, Supervisor
from postroom.errors import Conflict, Unavailable

STUBBORN = "trap '' TERM; echo up; while :; do sleep 0.05; done"


def shell(script: str) -> list[str]:
    return ["/bin/sh", "-c", script]


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)


async def until(condition: Callable[[], object], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)


def quick(*specs: Spec, **how: float) -> Supervisor:
    return Supervisor(specs, **{"base": 0.02, "cap": 0.1, **how})  # type: ignore[arg-type]


@asynccontextmanager
async def running(supervisor: Supervisor) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(supervisor.run())
    try:
        started = asyncio.create_task(supervisor.started.wait())
        await asyncio.wait((task, started), return_when=asyncio.FIRST_COMPLETED, timeout=120)
        started.cancel()
        yield task
    finally:
        supervisor.stop()
        await asyncio.wait((task,), timeout=120)
        assert task.done()


async def test_children_start_in_order_each_after_the_former_is_ready(tmp_path: Path) -> None:
    seen: list[str] = []

    def note(word: str, pause: float = 0.0) -> Callable[[], Awaitable[None]]:
        async def do() -> None:
            await asyncio.sleep(pause)
            seen.append(word)

        return do

    specs = (
        Spec(name="web", argv=["sleep", "60"], order=2, before=note("web starts")),
        Spec(name="db", argv=["sleep", "60"], order=1, before=note("db starts"), ready=note("db ready", 0.1)),
    )
    async with running(quick(*specs)):
        assert seen == ["db starts", "db ready", "web starts"]


async def test_children_stop_in_reverse_order_each_after_the_former_is_gone(tmp_path: Path) -> None:
    out = tmp_path / "out"

    def spec(name: str, order: int) -> Spec:
        trap = f"trap 'sleep 0.1; echo {name} >> {out}; exit' TERM; touch {out}-{name}; while :; do sleep 0.02; done"
        return Spec(name=name, argv=shell(trap), order=order)

    async with running(quick(spec("db", 0), spec("worker", 1), spec("web", 2))):
        await until(lambda: len(list(tmp_path.glob("out-*"))) == 3)  # the shells have set their traps
    assert out.read_text().split() == ["web", "worker", "db"]


async def test_a_killed_child_is_started_again() -> None:
    supervisor = quick(Spec(name="worker", argv=["sleep", "60"]))
    async with running(supervisor):
        first = supervisor.pids()["worker"]
        os.kill(first, signal.SIGKILL)
        await until(lambda: supervisor.pids().get("worker", first) != first)


async def test_the_pause_grows_and_a_stable_life_resets_it(tmp_path: Path) -> None:
    starts: list[float] = []

    async def before() -> None:
        starts.append(time.monotonic())

    spec = Spec(name="worker", argv=["true"], before=before)
    supervisor = Supervisor([spec], base=0.05, cap=0.2, stable=60, jitter=lambda: 1.0)
    async with running(supervisor):
        await until(lambda: len(starts) >= 8)
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert all(gap >= pause for gap, pause in zip(gaps, (0.05, 0.1, 0.2), strict=False))
    assert gaps[6] < 3  # capped: it would be 3.2

    starts.clear()
    spec = Spec(name="worker", argv=["sleep", "0.1"], before=before)
    supervisor = Supervisor([spec], base=0.5, cap=60, stable=0.05, jitter=lambda: 1.0)
    async with running(supervisor):
        await until(lambda: len(starts) >= 5)
    # Without the reset the pauses were 0.5, 1, 2 and 4 seconds.
    assert starts[-1] - starts[-2] < 3


async def test_a_child_that_never_gets_ready_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    spec = Spec(name="db", argv=shell("echo no such luck; exit 3"), ready=never, log=tmp_path / "log")
    other = Spec(name="other", argv=["sleep", "60"], order=-1)
    supervisor = quick(other, spec, attempts=3)
    with pytest.raises(Unavailable, match=r"db ended 3 times.*code 3") as caught:
        await supervisor.run()
    assert "no such luck" in str(caught.value.cause)
    assert supervisor.pids() == {}


async def test_what_a_first_start_raises_comes_out_of_run_and_others_are_stopped() -> None:
    async def refuse() -> None:
        raise Conflict("the folder is taken")

    other = Spec(name="other", argv=["sleep", "60"])
    supervisor = quick(other, Spec(name="db", argv=["sleep", "60"], before=refuse, order=1))
    with pytest.raises(Conflict, match="taken"):
        await supervisor.run()
    assert supervisor.pids() == {}


async def test_a_readiness_check_that_fails_ends_the_child() -> None:
    async def fail() -> None:
        raise Unavailable("no answer")

    with pytest.raises(Unavailable, match="ended 2 times"):
        await quick(Spec(name="db", argv=["sleep", "60"], ready=fail), attempts=2).run()


async def test_sigterm_drains_and_a_stubborn_child_is_killed_after_the_limit(tmp_path: Path) -> None:
    log = tmp_path / "log"
    supervisor = quick(Spec(name="worker", argv=shell(STUBBORN), drain=0.3, log=log))
    async with running(supervisor) as task:
        pid = supervisor.pids()["worker"]
        await until(lambda: log.read_text())
        began = time.monotonic()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(asyncio.shield(task), 120)  # by itself it would not end
        assert time.monotonic() - began >= 0.3
        assert not alive(pid)


async def test_a_second_interrupt_does_not_wait_for_the_drain(tmp_path: Path) -> None:
    log = tmp_path / "log"
    supervisor = quick(
        Spec(name="web", argv=shell(STUBBORN), drain=60, log=log, order=1),
        Spec(name="db", argv=shell(STUBBORN), drain=60),
    )
    async with running(supervisor) as task:
        await until(lambda: log.read_text())
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(0.2)
        assert not task.done()
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.wait_for(asyncio.shield(task), 50)


async def test_a_stop_during_the_start_does_not_wait_for_readiness() -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    supervisor = quick(Spec(name="db", argv=["sleep", "60"], ready=never))
    task = asyncio.create_task(supervisor.run())
    await until(lambda: supervisor.pids())
    supervisor.stop()
    await asyncio.wait_for(task, 50)
    assert not supervisor.started.is_set()


async def test_a_stop_during_the_pause_starts_nothing_more() -> None:
    supervisor = Supervisor([Spec(name="worker", argv=["true"])], base=60, cap=60)
    async with running(supervisor) as task:
        await until(lambda: not supervisor.pids())
        supervisor.stop()
        await asyncio.wait_for(asyncio.shield(task), 50)


async def test_a_child_is_in_a_group_of_its_own_and_its_group_ends_with_it(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    supervisor = quick(Spec(name="worker", argv=shell(f"sleep 61 & echo $! > {note}; wait")))
    async with running(supervisor):
        pid = supervisor.pids()["worker"]
        assert os.getpgid(pid) == pid != os.getpgid(0)
        await until(lambda: note.exists() and note.read_text().strip())
        grandchild = int(note.read_text())
        os.kill(pid, signal.SIGKILL)
        await until(lambda: not alive(grandchild))


async def test_a_log_past_its_limit_is_moved_aside_while_the_child_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postroom.cli.supervise._TRIM_EVERY", 0.05)
    log = tmp_path / "log"
    line = "x" * 999
    spec = Spec(name="w", argv=shell(f"while :; do echo {line}; sleep 0.01; done"), log=log, log_limit=5000)
    async with running(quick(spec)):
        await until(lambda: (tmp_path / "log.1").exists() and 0 < log.stat().st_size < 5000)
    assert log.read_bytes()[:1] == b"x"  # no hole of zeros where the old content was


PARENT = """
import asyncio, signal, sys
from postroom.cli.supervise import Spec, Supervisor

stubborn = ["/bin/sh", "-c", "trap '' TERM INT HUP; while :; do sleep 0.05; done"]
specs = [Spec(name="a", argv=stubborn), Spec(name="b", argv=["sleep", "60"], death_signal=signal.SIGTERM)]

async def main():
    supervisor = Supervisor(specs)
    task = asyncio.create_task(supervisor.run())
    await supervisor.started.wait()
    print(*supervisor.pids().values(), file=sys.stderr, flush=True)
    await task

asyncio.run(main())
"""


async def test_nothing_survives_kill_9_of_the_supervisor() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert parent.stderr and parent.stdout
    try:
        pids = [int(word) for word in parent.stderr.readline().split()]
        assert len(pids) == 2 and all(map(alive, pids))
        parent.kill()
        parent.wait()
        await until(lambda: not any(map(alive, pids)))
    finally:
        parent.kill()
        parent.wait()
        parent.stderr.close()
        parent.stdout.close()

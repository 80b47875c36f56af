"""What a document may do to its own process, and that it does nothing beyond it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest
from structlog.testing import capture_logs

from postroom.blobs.local import LocalBlobs
from postroom.core.states import ChunkKind
from postroom.engine import message
from postroom.engine.attempt import Attempts
from postroom.engine.claim import Claimed
from postroom.engine.fault import (
    BadReply,
    ChildCrashed,
    ChildDied,
    ChildMemory,
    ChildTimeout,
    ReplyTooLarge,
    SandboxUnavailable,
)
from postroom.engine.jail import Limits, network_isolation
from postroom.engine.sandbox import Pool
from postroom.errors import DocumentError, Transient
from postroom.ports import Checked, Part, Processed, Task
from postroom.settings import Settings
from postroom.wiring.child import command
from tests.live import until

LIMITS = Limits(memory=1 << 30, file_size=8 << 20, open_files=64)
HERE = str(Path(__file__).parent)

Opened = Callable[..., Any]


@pytest.fixture(autouse=True)
def _findable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", HERE)
    monkeypatch.setenv("POSTROOM_DATABASE_URL", "postgresql://hush-hush")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush-hush")


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    """Makes pools, and proves of each that nothing of it is left when it has closed."""
    pools: list[Pool] = []

    async def make(size: int = 1, **more: Any) -> Pool:
        pool = Pool(size, command("faulty"), **({"limits": LIMITS, "scratch": tmp_path} | more))
        pools.append(pool)
        await pool.start()
        return pool

    yield make
    for pool in pools:
        processes = family(pool)
        await pool.close()
        assert not psutil.wait_procs(processes, timeout=60)[1]
    assert list(tmp_path.glob("pool-*")) == []


def family(pool: Pool) -> list[psutil.Process]:
    """The processes of a pool, as an outsider sees them."""
    if pool._server is None or pool._server._process is None:
        return []
    try:
        first = psutil.Process(pool._server._process.pid)
        return [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def task(do: str | None = None, kind: ChunkKind = ChunkKind.PROCESS, **options: Any) -> dict[str, Any]:
    given = options | ({"do": do} if do else {})
    return message.dump_task(Task(kind, UUID(int=1), "faulty", None, given, Path()))


async def done(pool: Pool, do: str | None = None, timeout: float = 120, **options: Any) -> Any:
    """What the workflow has made of it."""
    async with pool.run(task(do, **options), timeout=timeout) as answer:
        processed = message.load_answer(answer.reply, answer.files)
    assert isinstance(processed, Processed)
    return processed.result["made"]


@asynccontextmanager
async def at_work(pool: Pool, do: str, **options: Any) -> AsyncIterator[asyncio.Task[Any]]:
    running = asyncio.create_task(done(pool, do, 60, **options))
    await asyncio.sleep(0.2)
    assert not running.done()
    yield running
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


# --- what goes well -----------------------------------------------------------------------------------


async def test_check_process_and_finish_come_back_as_they_were(opened: Opened) -> None:
    pool = await opened()
    async with pool.run(task(kind=ChunkKind.CHECK), timeout=120) as answer:
        assert message.load_answer(answer.reply, {}) == Checked(media_type="text/plain", facts={"pages": 2})
        assert answer.folder is None
    async with pool.run(task("refuse", kind=ChunkKind.CHECK), timeout=120) as answer:
        checked = message.load_answer(answer.reply, {})
        assert isinstance(checked, Checked) and checked.rejected and checked.problem is not None
    async with pool.run(task(kind=ChunkKind.FINISH), timeout=120) as answer:
        assert message.load_answer(answer.reply, {}) == Processed(
            result={"made": None}, warnings=("A warning.",)
        )


async def test_an_artifact_is_handed_over_and_removed_after_use(opened: Opened) -> None:
    pool = await opened()
    async with pool.run(task("artifact"), timeout=120) as answer:
        processed = message.load_answer(answer.reply, answer.files)
        assert isinstance(processed, Processed)
        (made,) = processed.artifacts
        assert made.file.read_text() == "hello"
        # the child is free again meanwhile, with an empty folder
        async with pool.run(task("artifact"), timeout=120) as other:
            assert other.files["deep/page.txt"].read_text() == "hello"
    await asyncio.sleep(0.1)
    assert not made.file.exists()


async def test_a_small_artifact_comes_with_the_answer_and_a_large_one_as_a_file(opened: Opened) -> None:
    pool = await opened()
    for size, sent in ((5, True), (0, True), (300_000, False)):
        async with pool.run(task("leaflet", size=size), timeout=120) as answer:
            processed = message.load_answer(answer.reply, answer.files)
            assert isinstance(processed, Processed)
            (made,) = processed.artifacts
            assert (answer.folder is None) is sent
            assert made.data == (b"x" * size if sent else None)
            assert sent or made.file.stat().st_size == size


async def test_sentences_arrive_at_most_five_times_a_second(opened: Opened) -> None:
    pool = await opened()
    said: list[str] = []
    async with pool.run(task("say"), timeout=120, on_say=said.append):
        pass
    assert said[0] == "Page 0."
    assert 4 <= len(said) <= 12


async def test_text_that_no_database_takes_is_mended(opened: Opened) -> None:
    pool = await opened()
    assert await done(pool, "text") == {"nul": "a\ufffdb", "half": "a?b"}


# --- what a workflow raises ------------------------------------------------------------------------------


async def test_each_failure_of_a_workflow_has_its_own_error(opened: Opened) -> None:
    pool = await opened()
    with pytest.raises(DocumentError, match="encrypted") as document:
        await done(pool, "document_error")
    assert document.value.code == "encrypted"
    with pytest.raises(Transient, match="busy"):
        await done(pool, "transient")
    with pytest.raises(ChildCrashed) as crashed:
        await done(pool, "bug")
    assert "private detail" not in crashed.value.message and "private detail" in str(crashed.value.cause)
    for crash in ("recurse", "leave"):
        with pytest.raises(ChildCrashed):
            await done(pool, crash)
    with pytest.raises(Transient, match="does not know the workflow"):
        async with pool.run(task() | {"workflow": "other"}, timeout=120) as answer:
            message.load_answer(answer.reply, {})


async def test_why_a_child_failed_is_in_the_log_and_not_in_what_clients_see(
    opened: Opened, tmp_path: Path
) -> None:
    pool = await opened()
    blobs = LocalBlobs(tmp_path / "blobs")
    attempts = Attempts(pool, blobs, Settings(blobs=f"file://{tmp_path}/blobs"), tmp_path)
    claimed = Claimed(
        chunk=7,
        epoch=1,
        attempt=2,
        lost=0,
        kind=ChunkKind.FINISH,
        job=UUID(int=1),
        document=None,
        workflow="faulty",
        profile=None,
        options={"do": "bug"},
        part=Part(),
        sources=(),
    )
    with capture_logs() as lines:
        ended = await attempts.make(claimed, lambda sentence: None)
    assert isinstance(ended.what, Processed) and ended.what.problem is not None
    assert "private detail" not in ended.what.problem.message
    (line,) = (line for line in lines if line["event"] == "child.fault")
    assert (line["chunk"], line["code"]) == (7, "child_crashed")
    assert "Traceback" in line["cause"] and "private detail" in line["cause"]


async def test_memory_bomb_ends_as_out_of_memory(opened: Opened) -> None:
    pool = await opened()
    for do in ("memory", "native_memory"):
        with pytest.raises(ChildMemory):
            await done(pool, do)
    assert await done(pool) is None


# --- what ends a process ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("do", "number", "status"),
    [
        ("segfault", signal.SIGSEGV, None),
        ("kill_self", signal.SIGKILL, None),
        ("exit_now", None, 7),
    ],
)
async def test_death_of_a_child_costs_only_its_task(
    opened: Opened, do: str, number: int | None, status: int | None
) -> None:
    pool = await opened(2)
    async with at_work(pool, "sleep", seconds=0.6) as neighbour:
        with pytest.raises(ChildDied) as died:
            await done(pool, do)
        assert (died.value.extra["signal"], died.value.extra["status"]) == (number, status)
        assert await done(pool) is None
        assert await neighbour is None
    assert do != "exit_now" or "going" in died.value.extra["output"]


async def test_killing_everybody_kills_no_neighbour(opened: Opened) -> None:
    pool = await opened(2)
    if "landlock" not in pool.isolation:
        pytest.skip("the kernel cannot keep signals in")
    async with at_work(pool, "sleep", seconds=0.6) as neighbour:
        try:
            await done(pool, "kill_everybody")
        except ChildDied:
            pass
        assert await neighbour is None


@pytest.mark.parametrize("do", ["spin", "sleep"])
async def test_a_task_that_takes_too_long_is_killed(opened: Opened, do: str) -> None:
    pool = await opened()
    with pytest.raises(ChildTimeout) as late:
        await done(pool, do, 0.3)
    assert late.value.extra["seconds"] == 0.3
    assert await done(pool) is None


async def test_processor_time_is_limited_even_if_the_worker_does_not_watch(opened: Opened) -> None:
    pool = await opened()
    (child,) = pool._children
    fail = child._fail
    deaf = lambda error: None if isinstance(error, ChildTimeout) else fail(error)  # noqa: E731
    child._fail = deaf  # type: ignore[method-assign]
    with pytest.raises(ChildTimeout, match="processor time"):
        await done(pool, "spin", 0.5)


async def test_cancelling_kills_at_once_and_removes_the_folder(opened: Opened, tmp_path: Path) -> None:
    pool = await opened()
    before = {process.pid for process in family(pool)}
    (home,) = tmp_path.glob("pool-*/child-*")
    async with at_work(pool, "spin") as running:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert await done(pool) is None
    await until(lambda: not home.exists())
    assert len({process.pid for process in family(pool)} & before) == len(before) - 1


async def test_cancelling_while_waiting_for_a_child_costs_nobody(opened: Opened) -> None:
    pool = await opened()
    async with at_work(pool, "sleep", seconds=0.5) as running:
        waiting = asyncio.create_task(done(pool))
        await asyncio.sleep(0)
        waiting.cancel()
        assert await running is None
    assert await done(pool) is None


async def test_processes_that_a_task_leaves_behind_end_with_it(opened: Opened) -> None:
    pool = await opened()
    before = len(family(pool))
    assert await done(pool, "leave_helper") > 0
    assert len(family(pool)) == before


async def test_fork_bomb_is_gone_when_its_time_is_up(opened: Opened) -> None:
    pool = await opened(2)
    before = len(family(pool))
    async with at_work(pool, "sleep", seconds=2) as neighbour:
        with pytest.raises(ChildTimeout):
            await done(pool, "fork_bomb", 1)
        assert await done(pool) is None
        await until(lambda: len(family(pool)) == before)
        assert await neighbour is None


# --- limits ------------------------------------------------------------------------------------------------


async def test_limits_are_set(opened: Opened) -> None:
    pool = await opened()
    found = await done(pool, "limits", 9)
    assert found["RLIMIT_AS"] == 1 << 30 and found["RLIMIT_FSIZE"] == 8 << 20
    assert found["RLIMIT_NOFILE"] == 64 and found["RLIMIT_CORE"] == 0 and 10 <= found["RLIMIT_CPU"] <= 12
    assert found["nice"] >= 5 and found["oom"] >= 500
    assert len(set(found["home"])) == 1


async def test_a_file_too_large_is_an_error_of_the_task(opened: Opened) -> None:
    pool = await opened()
    assert await done(pool, "big_file") == "File too large"
    assert await done(pool) is None


async def test_temporary_files_go_to_the_folder_of_the_task_whatever_was_imported_before(
    opened: Opened,
) -> None:
    pool = await opened()
    for _ in range(2):
        where, folder = await done(pool, "temporary")
        assert where == folder


async def test_open_files_are_limited(opened: Opened) -> None:
    pool = await opened()
    assert 20 < await done(pool, "many_files") < 64


async def test_network_is_out_of_reach(opened: Opened) -> None:
    if network_isolation() is None:
        pytest.skip("this machine cannot take the network away")
    pool = await opened()
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert await done(pool, "network", port=server.getsockname()[1]) == "refused"


async def test_unix_sockets_of_others_are_out_of_reach(opened: Opened, tmp_path: Path) -> None:
    pool = await opened()
    if "seccomp" not in pool.isolation:
        pytest.skip("this machine cannot filter system calls")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        server.listen()
        assert await done(pool, "unix_socket", path=str(tmp_path / "s")) == "refused"


async def test_nothing_is_written_outside_of_the_folder(opened: Opened, tmp_path: Path) -> None:
    pool = await opened()
    if "landlock" not in pool.isolation:
        pytest.skip("the kernel cannot restrict writing")
    assert await done(pool, "write_elsewhere", path=str(tmp_path / "blob")) == "refused"
    assert not (tmp_path / "blob").exists()


async def test_no_secret_and_no_foreign_descriptor_is_inherited(opened: Opened) -> None:
    pool = await opened()
    held = Path("/dev/null").open()  # noqa: SIM115
    os.set_inheritable(held.fileno(), True)
    found = await done(pool, "environment", parent=os.getpid())
    held.close()
    assert "hush-hush" not in str(found)
    assert not [name for name in found["own"] if name.startswith(("POSTROOM_", "AWS_"))]
    assert found["parents"] == ""
    assert len(found["descriptors"]) <= 5  # three, the line to the worker, the listing itself


# --- a hostile answer -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "how", ["symlink", "folder link", "fifo", "hard link", "folder", "dots", "large", "missing"]
)
async def test_an_artifact_that_is_no_plain_file_of_the_folder_is_refused(opened: Opened, how: str) -> None:
    pool = await opened(artifact_size=2 << 20)
    with pytest.raises(ReplyTooLarge if how == "large" else BadReply):
        await done(pool, "escape", how=how)
    assert await done(pool) is None


async def test_an_oversize_reply_is_refused_without_being_read(opened: Opened) -> None:
    pool = await opened(limits=Limits(memory=4 << 30))
    before = psutil.Process().memory_info().rss
    for do, options in (("huge_reply", {}), ("garbage", {"bytes": "\xff\xff\xff\xff{"})):
        with pytest.raises(ReplyTooLarge):
            await done(pool, do, **options)
    assert psutil.Process().memory_info().rss - before < 32 << 20
    assert await done(pool) is None


@pytest.mark.parametrize(
    "body",
    [
        '{"reply": 1, "files": [], "sent": {"a": 5}, "left": false, "rss": 1, "retire": false}',
        '{"reply": 1, "files": [], "sent": {"a": -1}, "left": false, "rss": 1, "retire": false}',
        "not json",
        "[]",
        '{"reply": 1}',
        '{"reply": 1, "files": [1], "left": false, "rss": 1}',
        "[" * 5000,
    ],
)
async def test_garbage_on_the_line_is_refused(opened: Opened, body: str) -> None:
    pool = await opened()
    frame = (4 + len(body)).to_bytes(4).decode("latin-1") + len(body).to_bytes(4).decode("latin-1") + body
    with pytest.raises(BadReply):
        await done(pool, "garbage", bytes=frame)
    assert await done(pool) is None


@pytest.mark.parametrize(
    "reply",
    [
        None,
        {},
        {"other": {}},
        {"checked": {}},
        {"processed": {"result": [], "artifacts": []}},
        {"error": {"kind": "x"}},
        {"processed": {"result": {}, "artifacts": [{"name": "a", "file": "a", "media_type": "b"}]}},
        {"checked": {"facts": {}, "parts": [{"range": {}, "pages": -1, "rows": 0}]}},
        {"checked": {"facts": {}, "parts": [{"range": {}, "pages": True, "rows": 0}]}},
    ],
)
def test_an_answer_of_another_shape_is_refused(reply: Any) -> None:
    with pytest.raises(BadReply):
        message.load_answer(reply, {})


async def test_what_a_task_prints_is_kept_apart_and_bounded(opened: Opened) -> None:
    pool = await opened()
    (child,) = pool._children
    assert child.output is not None
    taken: list[str] = []
    take = child.output.take
    child.output.take = lambda: taken.append(take()) or ""  # type: ignore[method-assign,func-returns-value]
    assert await done(pool, "talk") == "fine"
    assert "the end\n" in taken[0] and len(taken[0]) <= 16_384


# --- coming and going --------------------------------------------------------------------------------------


async def test_a_child_is_replaced_after_its_share_of_tasks(opened: Opened) -> None:
    pool = await opened(recycle_after=3)
    pids = [await done(pool, "pid") for _ in range(7)]
    assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [3, 3, 1]


async def test_a_child_that_has_grown_is_replaced(opened: Opened) -> None:
    pool = await opened(recycle_rss=64 << 20)
    first = await done(pool, "pid")
    assert await done(pool, "grow") == first
    assert await done(pool, "pid") != first


async def test_an_idle_child_that_dies_is_replaced(opened: Opened) -> None:
    pool = await opened()
    first = await done(pool, "pid")
    family(pool)[-1].kill()
    await asyncio.sleep(0.2)
    assert await done(pool, "pid") != first


async def test_a_dead_fork_server_is_replaced(opened: Opened) -> None:
    pool = await opened(2)
    await done(pool)
    family(pool)[0].kill()
    await asyncio.sleep(0.6)
    assert await done(pool) is None
    await until(lambda: len(pool._children) == 2)


async def test_children_that_cannot_start_give_a_clear_error(tmp_path: Path) -> None:
    for argv in (command("no_such_module"), ["/no/such/program"]):
        pool = Pool(1, argv, limits=LIMITS, scratch=tmp_path)
        with pytest.raises(SandboxUnavailable) as refused:
            await pool.start()
        assert "no_such_module" in str(refused.value.cause) or "/no/such/program" in str(refused.value.cause)
        with pytest.raises(SandboxUnavailable):
            await done(pool)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_children_that_stop_starting_fail_the_waiting_and_do_not_spin(opened: Opened) -> None:
    pool = await opened()
    pool._argv = command("no_such_module")
    processes = family(pool)
    processes[0].kill()
    await until(lambda: not any(map(_lives, processes)))
    await asyncio.sleep(0.05)  # and the pool has heard of it
    with pytest.raises(SandboxUnavailable, match="cannot be started"):
        await done(pool)
    before = next(pool._numbers)
    await asyncio.sleep(0.5)
    assert next(pool._numbers) - before < 5


async def test_folders_of_a_dead_worker_are_removed_by_the_next(opened: Opened, tmp_path: Path) -> None:
    (tmp_path / "pool-dead" / "child-0").mkdir(parents=True)
    (tmp_path / "pool-dead" / "lock").touch()
    first, second = await opened(), await opened()
    assert len(list(tmp_path.glob("pool-*"))) == 2
    assert await done(first) is None and await done(second) is None


_WORKER = """
import asyncio, sys
from pathlib import Path
from test_sandbox import LIMITS, Pool, command, done, family

async def main():
    pool = Pool(2, command("faulty"), limits=LIMITS, scratch=Path(sys.argv[1]))
    await pool.start()
    work = [asyncio.create_task(done(pool, do, 60)) for do in ("fork_bomb", "spin")]
    while len(family(pool)) <= 80:
        await asyncio.sleep(0.1)
    print(*[process.pid for process in family(pool)], flush=True)
    await asyncio.gather(*work)

asyncio.run(main())
"""


def test_kill_9_of_the_worker_leaves_no_process(tmp_path: Path) -> None:
    command_line = [sys.executable, "-c", _WORKER, str(tmp_path)]
    with subprocess.Popen(command_line, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        found = [psutil.Process(int(pid)) for pid in worker.stdout.readline().split()]
        assert len(found) > 80
        worker.kill()
        assert not psutil.wait_procs(found, timeout=60)[1]


def test_uvloop_runs_the_pool_too(tmp_path: Path) -> None:
    import uvloop

    async def main() -> None:
        pool = Pool(2, command("faulty"), limits=LIMITS, scratch=tmp_path)
        await pool.start()
        with pytest.raises(ChildDied):
            await done(pool, "segfault")
        with pytest.raises(ChildTimeout):
            await done(pool, "spin", 0.2)
        assert await asyncio.gather(*(done(pool) for _ in range(50))) == [None] * 50
        await pool.close()

    uvloop.run(main())

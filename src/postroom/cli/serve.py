"""Owns `postroom serve`: the whole server on one machine, as children of one supervisor.

Order: database, then (once it is migrated) API and workers; down in reverse. The supervisor itself holds the
listening socket, so the port stays ours, and callers wait instead of being refused, while an API process is
replaced. Refuses to know how processes are kept alive (`supervise`).
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from postroom.cli import place
from postroom.cli.lifeline import tie
from postroom.cli.place import Data
from postroom.cli.say import note
from postroom.cli.supervise import Spec, Supervisor
from postroom.db.embedded import Embedded
from postroom.errors import Conflict, Invalid, Unavailable
from postroom.settings import Settings

_STDIN = 0
_LINGER = 1.0  # seconds that the processes of a server killed just now may still hold its port
_SELF = (sys.executable, "-P", "-m", "postroom.cli")


def _workers() -> int:
    return max(2, len(os.sched_getaffinity(0)))


def serve(
    data: Data = place.DEFAULT,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 for a free one.")] = 8080,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Worker processes.", show_default="cores, at least 2")
    ] = None,
) -> None:
    """Run a whole server here: database, API and workers.

    Everything is kept in the data folder. Ctrl-C or SIGTERM finishes what is being worked on and stops.
    After a crash or a power cut, start it again on the same folder: it carries on.

    Whoever calls it needs a key: `postroom keys create` makes one, or POSTROOM_BOOTSTRAP_KEY plants the one
    that it names (for all desks, account default). Other settings are POSTROOM_… variables, too; the README says
    where they are listed. The dashboard is at /, the API's page at /postroom/v1/docs.

    Examples:

    postroom serve

    postroom serve --data /srv/postroom --host 0.0.0.0 --port 80 --workers 8

    POSTROOM_DATABASE_URL=postgresql://me@db/postroom postroom serve   (instead of the embedded database)
    """
    from postroom.wiring import log

    log.configure(Settings(), "serve")
    asyncio.run(_serve(data, host, port, workers or _workers()))


async def _serve(folder: Path, host: str, port: int, workers: int) -> None:
    with listen(host, port) as listener:
        folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240
        embedded = None if Settings().database_url else Embedded(folder)
        if embedded:
            await embedded.prepare()
        try:
            house = House(place.settings_of(folder, embedded.url if embedded else ""), listener, workers)
            supervisor = Supervisor([*([database(embedded)] if embedded else []), *house.specs()])
            running = asyncio.create_task(supervisor.run())
            up = asyncio.create_task(supervisor.started.wait())
            await asyncio.wait((running, up), return_when=asyncio.FIRST_COMPLETED)
            up.cancel()
            if supervisor.started.is_set() and not running.done():
                announce(host, listener.getsockname()[1], folder, keys=house.keys)
            await running
        finally:
            if embedded:
                embedded.release()


def announce(host: str, port: int, folder: Path, *, keys: bool) -> None:
    if not keys:
        # Without --data where the command would find the folder anyway.
        option = "" if folder == place.DEFAULT else f" --data {folder}"
        note(f"There is no API key yet. Make one in another terminal: postroom keys create{option}")
    # Last: whoever waits for this line has been told everything.
    print(f"postroom ready on http://{bracketed(host)}:{port}", flush=True)


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Conflict or Invalid, in words, if there can be none at that address."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise Invalid(f"'{host}' is no address of this machine.", field="--host", cause=error) from error
    deadline = time.monotonic() + _LINGER
    while True:
        listener = socket.socket(family, kind, proto)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(1024)
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise _unbound(host, port, error) from error
            time.sleep(0.05)
        else:
            return listener


def _unbound(host: str, port: int, error: OSError) -> Exception:
    if error.errno == errno.EADDRINUSE:
        return Conflict(
            f"Port {port} on {host} is in use by another program. Choose another with --port; "
            "--port 0 takes a free one.",
            field="--port",
        )
    if error.errno == errno.EACCES:
        return Invalid(f"This user may not listen on port {port}; choose one from 1024 on.", field="--port")
    return Invalid(f"Cannot listen on {host}: {error.strerror}.", field="--host")


def database(embedded: Embedded) -> Spec:
    return Spec(
        name="postgres",
        argv=embedded.argv,
        env=embedded.env,
        before=embedded.prepare,
        enter=embedded.enter,
        ready=embedded.wait_ready,
        stop_signal=embedded.stop_signal,
        last_signal=embedded.last_signal,
        death_signal=embedded.death_signal,
        log=embedded.log,
    )


class House:
    """The children beside the database: one API, some workers; each waits until the database is migrated.

    keys: whether there is any API key; known once all are up.
    """

    def __init__(self, settings: Settings, listener: socket.socket, workers: int) -> None:
        self._settings = settings
        self._listener = listener
        self._workers = workers
        self._migrating: asyncio.Task[bool] | None = None
        # The bootstrap key is for `migrate` alone.
        self._env = place.environment(settings)
        self._env_of_parts = {
            name: value for name, value in self._env.items() if name != "POSTROOM_BOOTSTRAP_KEY"
        }

    @property
    def keys(self) -> bool:
        return self._migrating is not None and self._migrating.result()

    def specs(self) -> list[Spec]:
        slots = self._settings.slots_for(self._workers)
        drain = self._settings.drain_timeout + 5
        # The socket goes as standard input, as inetd did it: the supervisor passes no other handle on.
        api = self._spec("api", "--fd", str(_STDIN), drain=20.0, ready=self._answers, enter=self._hand_over)
        return [
            api,
            *(
                self._spec(
                    f"worker-{n}",
                    "--seat",
                    str(n),
                    "--slots",
                    str(slots),
                    command="worker",
                    drain=drain,
                    ready=self._at_work,
                )
                for n in range(1, self._workers + 1)
            ),
        ]

    def _spec(self, name: str, *options: str, command: str | None = None, **more: Any) -> Spec:
        argv = (*_SELF, command or name, *options)
        return Spec(name=name, argv=argv, env=self._env_of_parts, order=1, before=self._migrated, **more)

    def _hand_over(self) -> None:
        os.dup2(self._listener.fileno(), _STDIN)

    async def _migrated(self) -> None:
        """Once per server, however many children wait for it and however often they are started."""
        if self._migrating is None:
            self._migrating = asyncio.create_task(migrate(self._env))
        await asyncio.shield(self._migrating)

    async def _answers(self) -> None:
        """Return when /readyz says yes. Until the API takes connections, ours waits in the socket's queue."""
        await self._until(lambda answer: answer is not None)

    async def _at_work(self) -> None:
        """Return when a worker is alive: a server without one is not ready, and must say so."""
        await self._until(lambda answer: answer is not None and answer["workers"] > 0)

    async def _until(self, condition: Callable[[dict[str, Any] | None], bool]) -> None:
        host, port = self._listener.getsockname()[:2]
        reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        while True:
            try:
                if condition(await asyncio.wait_for(readiness(reachable, port), 10)):
                    return
            except (OSError, TimeoutError):
                pass
            await asyncio.sleep(0.1)


async def readiness(host: str, port: int) -> dict[str, Any] | None:
    """What /readyz says; None if that is no."""
    # By hand: an HTTP library would double what this process needs, for one answer. Version 1.0 ends with
    # the connection.
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(b"GET /readyz HTTP/1.0\r\n\r\n")
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        found: dict[str, Any] | None = json.loads(body) if b" 200 " in head.partition(b"\r\n")[0] else None
        return found
    finally:
        writer.close()


async def migrate(env: dict[str, str]) -> bool:
    """Run `postroom migrate`; whether there is any key. A child: it brings libraries and threads that we,
    who fork, do not want. Unavailable, with what it said last, if it fails."""
    parent = os.getpid()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(  # noqa: ASYNC220, S603
            (*_SELF, "migrate", "--json"),
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            preexec_fn=partial(tie, parent, signal.SIGKILL),
            process_group=0,
        )
        try:
            while process.poll() is None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        out.seek(0)
        err.seek(0)
        said, complained = out.read(), err.read().decode(errors="replace")
    if process.returncode != 0:
        raise Unavailable(
            "The database could not be brought up to date.", cause=complained.removeprefix("error: ")
        )
    return bool(json.loads(said)["keys"])

"""Owns a running Postroom for wire tests: API and worker as processes, their database and blobs in sight."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self, TypeVar
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import httpx

from postroom.core.outcome import Cause
from postroom.db.connection import Database
from postroom.db.job import lock
from postroom.desk.access import create_key
from postroom.desk.job import block
from postroom.wiring.system import SYSTEMS
from tests.database import drop
from tests.port import free_port

T = TypeVar("T")
BASE = "/postroom/v1"
ROOT = Path(__file__).resolve().parents[3]
TERMINAL = ("succeeded", "partial", "failed", "cancelled", "expired")
DESKS = ("postroom", *(system.name for system in SYSTEMS))


class Called(NamedTuple):
    """A call that a receiver of webhooks had. headers: by lower-case name."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Process:
    """One part, running. url: of an API."""

    popen: subprocess.Popen[bytes]
    url: str = ""

    def kill(self) -> None:
        self.popen.kill()
        self.popen.wait()

    def stop(self) -> None:
        """As the supervisor stops it; hard after half a minute."""
        self.popen.send_signal(signal.SIGTERM)
        try:
            self.popen.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()


@dataclass
class House:
    """usual: settings of every part of a kind of house. more: of what is started while they stand (`given`).

    only: the systems that its worker takes work of; none: all.
    """

    usual: ClassVar[Mapping[str, str]] = {}
    only: ClassVar[tuple[str, ...]] = ()

    database: str
    folder: Path
    running: list[Process] = field(default_factory=list)
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": str(ROOT),  # children start in no folder of ours and need the test systems
            "POSTROOM_DATABASE_URL": self.database,
            "POSTROOM_BLOBS": f"file://{self.folder}/blobs",
            "POSTROOM_SCRATCH": str(self.folder / "scratch"),
            "POSTROOM_HEARTBEAT": "3",
            "POSTROOM_RECONCILE_EVERY": "1",
            "POSTROOM_RETRY_BASE": "0.05",
            "POSTROOM_BODY_IDLE_TIMEOUT": "20",
            "POSTROOM_MULTIPART_PART_SIZE": str(1 << 20),
            "POSTROOM_UPLOAD_CHECKPOINT": str(1 << 20),
            "POSTROOM_IDEMPOTENCY_LEASE": "2",
            "POSTROOM_DRAIN_TIMEOUT": "3",
            "POSTROOM_FETCH_ALLOW_HTTP": "1",
            "POSTROOM_FETCH_ALLOW_PRIVATE": "1",
            "POSTROOM_LOG_FORMAT": "json",
            **self.usual,
            **self.more,
        }

    @contextmanager
    def given(self, **settings: str) -> Iterator[None]:
        """What is started meanwhile has these settings of its own."""
        before, self.more = self.more, {**self.more, **settings}
        try:
            yield
        finally:
            self.more = before

    @classmethod
    @contextmanager
    def built(cls, postgres: str, folder: Path, *, slots: int = 2) -> Iterator[Self]:
        """With a database of its own and a worker, for as long as the body lasts. folder: an empty one."""
        name = f"{re.sub('[^a-z0-9]', '_', folder.name.lower())}_{os.getpid()}"
        (folder / "blobs").mkdir()
        _execute(postgres, f"CREATE DATABASE {name} TEMPLATE postroom STRATEGY FILE_COPY")
        house = cls(urlunsplit(urlsplit(postgres)._replace(path=f"/{name}")), folder)
        try:
            house.start("worker", "--slots", str(slots), *(f"--only={name}" for name in cls.only))
            yield house
        finally:
            house.stop()
            asyncio.run(drop(postgres, name))

    def start(self, part: str, *more: str) -> Process:
        log = (self.folder / f"{part}.log").open("ab")
        popen = subprocess.Popen(
            [sys.executable, "-m", "tests.part", part, *more],
            cwd=ROOT,
            env=self.environment,
            stdout=log,
            stderr=log,
        )
        process = Process(popen)
        self.running.append(process)
        return process

    def start_api(self, port: int | None = None) -> Process:
        """An API that answers. port: the one of another that is gone."""
        port = port or free_port()
        process = self.start("api", "--port", str(port))
        process.url = f"http://127.0.0.1:{port}"
        until(lambda: _answers(process), 400)
        return process

    def stop(self) -> None:
        for process in self.running:
            if process.popen.poll() is None:
                process.popen.terminate()
        for process in self.running:
            process.stop()

    def sql(self, query: str, *args: object) -> list[Any]:
        async def run() -> list[Any]:
            connection = await asyncpg.connect(self.database)
            try:
                return list(await connection.fetch(query, *args))
            finally:
                await connection.close()

        return asyncio.run(run())

    def key(self, account: str | None = None, **given: Any) -> tuple[str, str]:
        """A new key: its id and its secret."""

        async def run() -> tuple[str, str]:
            db = await Database.connect(self.database, size=1)
            try:
                name = account or f"a-{secrets.token_hex(4)}"
                key, secret = await create_key(db, account=name, known_desks=DESKS, **given)
                return str(key), secret
            finally:
                await db.close()

        return asyncio.run(run())

    def block(self, job: str) -> None:
        """As an operator does: pause a job that is at work."""

        async def run() -> bool:
            db = await Database.connect(self.database, size=1)
            try:
                async with db.transaction() as connection:
                    (row,) = await lock(connection, [UUID(job)])
                    return await block(connection, row, Cause.OPERATOR, "Paused.", expires_in=600)
            finally:
                await db.close()

        assert asyncio.run(run())

    def files(self) -> set[str]:
        """Every file in the blob folder, unfinished ones too."""
        return {str(path) for path in (self.folder / "blobs").rglob("*") if path.is_file()}

    def stored(self) -> tuple[int, set[str]]:
        (row,) = self.sql("SELECT count(*) AS n FROM document")
        return row["n"], self.files()

    @contextmanager
    def nothing_stored(self) -> Iterator[None]:
        """After the body neither a document nor a blob is there that was not before."""
        before = self.stored()
        yield
        until(lambda: self.stored() == before)


def _execute(url: str, statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(urlunsplit(urlsplit(url)._replace(path="/postgres")))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


def _answers(process: Process) -> bool:
    assert process.popen.poll() is None, "the process ended at once; its log says why"
    try:
        return httpx.get(f"{process.url}/readyz", timeout=10).status_code == 200
    except httpx.TransportError:
        return False


def until(true: Callable[[], T], seconds: float = 300.0) -> T:
    """The first true value; fails when time is over."""
    deadline = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < deadline, f"not within {seconds} seconds"
        time.sleep(0.05)
    return value


def client(url: str, secret: str | None, **given: Any) -> httpx.Client:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return httpx.Client(base_url=url + BASE, headers=headers, timeout=300, **given)


def form(*documents: bytes | tuple[str, bytes]) -> list[tuple[str, tuple[str, bytes, str]]]:
    """For httpx's `files`: contents, or pairs of name and content."""
    pairs = [one if isinstance(one, tuple) else (f"{n}.txt", one) for n, one in enumerate(documents)]
    return [("file", (name, data, "application/octet-stream")) for name, data in pairs]


def create(api: httpx.Client, workflow: str = "probe", **given: Any) -> str:
    response = api.post("/jobs", json={"workflow": workflow, **given})
    assert response.status_code == 201, response.text
    job: str = response.json()["id"]
    return job


def add(api: httpx.Client, job: str, *documents: bytes | tuple[str, bytes]) -> list[dict[str, Any]]:
    response = api.post(f"/jobs/{job}/documents", files=form(*documents))
    assert response.status_code == 201, response.text
    found: list[dict[str, Any]] = response.json()["documents"]
    return found


def submit(api: httpx.Client, *documents: bytes | tuple[str, bytes], **given: Any) -> str:
    """A closed job of these documents."""
    job = create(api, **given)
    if documents:
        add(api, job, *documents)
    assert api.post(f"/jobs/{job}/close").status_code == 202
    return job


def get(api: httpx.Client, job: str) -> dict[str, Any]:
    response = api.get(f"/jobs/{job}")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    counts = dict(found["counts"])
    assert counts.pop("documents") == sum(counts.values())
    return found


def state(api: httpx.Client, job: str, *wanted: str) -> dict[str, Any]:
    """The job, once it is in one of these states; without any: once it has ended."""

    def reached() -> dict[str, Any] | None:
        found = get(api, job)
        return found if found["status"] in (wanted or TERMINAL) else None

    found = until(reached)
    assert found is not None
    return found


def problem(
    response: httpx.Response, status: int, *, code: str | None = None, field: str | None = None
) -> dict[str, Any]:
    """The problem document that this answer is; fails if it is none, or another one."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["type"] == f"urn:postroom:problem:{body['code']}"
    assert body["title"] and body["detail"].endswith((".", "…"))
    if code is not None:
        assert body["code"] == code, body
    if field is not None:
        assert body.get("field") == field, body
    return body

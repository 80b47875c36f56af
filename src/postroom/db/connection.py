"""Owns the way to Postgres: one asyncpg pool, transactions, and the translation of its errors.

Statements are SQL text or SQLAlchemy Core selects, compiled here and run on asyncpg itself: SQLAlchemy's
async layer halved the rate of status polls. JSON goes in and out as text through `dumps` and `loads`,
because the queue shares these connections and brings its own.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NoReturn, TypeAlias
from urllib.parse import urlsplit

import asyncpg
import orjson
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect

from postroom.errors import CancelledInCommit, OutcomeUnknown, PostroomError, Unavailable

Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)
Row: TypeAlias = asyncpg.Record

_dialect = asyncpg_dialect()  # type: ignore[no-untyped-call]

# What a lost or overloaded database looks like. Anything else is a defect of ours and stays as it is.
_PASSING = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a statement on a connection whose server was killed in the midst of another
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    ConnectionError,
    OSError,
    TimeoutError,
)


_AWAY = "The database cannot be reached right now; try again."
# Classes of SQLSTATE that a COMMIT is refused with: a constraint that was put off, a conflict of transactions.
_REFUSALS = ("23", "40")
_COMPLETION_UNKNOWN = "40003"

# An escaped NUL: \u0000 behind an even number of backslashes. Behind an odd one it is text about a NUL.
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def dumps(value: object) -> str:
    """JSON text for a jsonb parameter. NUL cannot be stored in jsonb; it becomes U+FFFD."""
    out = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str).decode()
    return _NUL.sub(r"\1\\ufffd", out) if "\\u0000" in out else out


def loads(value: str | bytes | None) -> Any:
    return None if value is None else orjson.loads(value)


class PlainConnection(asyncpg.Connection):  # type: ignore[misc,unused-ignore]
    """Without the reset query that would cost each release a round trip: nothing here leaves session state."""

    def get_reset_query(self) -> str:
        return ""


def translate(error: BaseException) -> PostroomError | None:
    if isinstance(error, PostroomError):
        return None
    if isinstance(error, _PASSING):
        return Unavailable(_AWAY, cause=error)
    return None


def _refused(error: Exception) -> bool:
    """Whether the server has said that it did not commit, rather than nothing, or that it goes away."""
    cause = error.cause if isinstance(error, PostroomError) else error
    if not isinstance(cause, asyncpg.PostgresError):
        return False
    state = cause.sqlstate or ""
    return state[:2] in _REFUSALS and state != _COMPLETION_UNKNOWN


def _raise(error: Exception) -> NoReturn:
    known = translate(error)
    if known is None:
        raise error
    raise known from error


class Database:
    """The pool. Make one per process with `connect`; close it with `close`."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record], url: str, *, wait: float = 30.0) -> None:
        """wait: seconds for a free connection; after that Unavailable, never a hang."""
        self._pool = pool
        self._wait = wait
        self.url = url

    @classmethod
    async def connect(
        cls, url: str, *, size: int = 10, patience: float = 30.0, idle: float | None = None
    ) -> Database:
        """url: postgresql://… . size: connections at most. patience: seconds to wait for a starting server.

        idle: seconds that a transaction of ours may ask nothing of the database before it is undone: a
        process that is stopped in the middle of one would hold its locks until it is woken.
        """
        session = {} if idle is None else {"idle_in_transaction_session_timeout": f"{1000 * idle:.0f}"}
        deadline = asyncio.get_running_loop().time() + patience
        while True:
            try:
                pool = await asyncpg.create_pool(
                    url,
                    min_size=1,
                    max_size=size,
                    connection_class=PlainConnection,
                    timeout=10,
                    server_settings=session,
                )
            except (OSError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError) as error:
                if asyncio.get_running_loop().time() > deadline:
                    raise Unavailable(
                        f"No database answers at {where(url)}.", field="POSTROOM_DATABASE_URL", cause=error
                    ) from error
                await asyncio.sleep(0.2)
            else:
                return cls(pool, url)

    async def close(self) -> None:
        try:
            await asyncio.wait_for(self._pool.close(), 5)
        except (TimeoutError, *_PASSING):
            self._pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection outside a transaction: each statement is one."""
        try:
            async with self._pool.acquire(timeout=self._wait) as connection:
                yield connection
        except Exception as error:
            if (known := translate(error)) is not None:
                raise known from error
            raise

    @asynccontextmanager
    async def transaction(self, *, relaxed: bool = False, planned: bool = False) -> AsyncIterator[Connection]:
        """Everything or nothing. relaxed: the commit does not wait for the disk; only for what can be
        lost without harm, because it is done again (an admission, a claim). planned: its statements find rows
        by their ids alone, so they are planned once per connection and not for each list of ids.

        OutcomeUnknown (CancelledInCommit, if we are cancelled then) once COMMIT is on its way and the server
        has not said that it refuses: the transaction may have been committed."""
        begin = "BEGIN"
        if relaxed:
            begin += "; SET LOCAL synchronous_commit = off"
        if planned:
            begin += "; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off"
            begin += "; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
        committing = False
        try:
            async with self.connection() as connection:
                # One round trip, which asyncpg's own transaction() would not be.
                await connection.execute(begin)
                try:
                    yield connection
                except BaseException:
                    await connection.execute("ROLLBACK")
                    raise
                committing = True
                await connection.execute("COMMIT")
        except asyncio.CancelledError as error:
            if committing:
                raise CancelledInCommit(*error.args) from error
            raise
        except Exception as error:
            if committing and not _refused(error):
                raise OutcomeUnknown(_AWAY, cause=error) from error
            raise

    async def fetch(self, query: str | Select[Any], *args: object) -> list[Row]:
        async with self.connection() as connection:
            return await fetch(connection, query, *args)

    # The next three do what the pool's own shortcuts do, which would wait for a connection for ever. Not
    # `connection`: another context manager each would cost a status poll more than its query does.

    async def fetchrow(self, query: str, *args: object) -> Row | None:
        try:
            async with self._pool.acquire(timeout=self._wait) as connection:
                return await connection.fetchrow(query, *args)
        except Exception as error:
            _raise(error)

    async def fetchval(self, query: str, *args: object) -> Any:
        try:
            async with self._pool.acquire(timeout=self._wait) as connection:
                return await connection.fetchval(query, *args)
        except Exception as error:
            _raise(error)

    async def execute(self, query: str, *args: object) -> str:
        try:
            async with self._pool.acquire(timeout=self._wait) as connection:
                return await connection.execute(query, *args)
        except Exception as error:
            _raise(error)

    async def listen(self) -> asyncpg.Connection[asyncpg.Record]:
        """A connection of its own, for LISTEN. The caller closes it."""
        try:
            return await asyncpg.connect(self.url, timeout=10)
        except _PASSING as error:
            raise Unavailable(_AWAY, cause=error) from error


async def fetch(connection: Connection, query: str | Select[Any], *args: object) -> list[Row]:
    if isinstance(query, str):
        return await connection.fetch(query, *args)
    compiled = query.compile(dialect=_dialect, compile_kwargs={"render_postcompile": True})
    names = compiled.positiontup or []
    return await connection.fetch(str(compiled), *(compiled.params[name] for name in names))


def where(url: str) -> str:
    """The address without user and password, for messages."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'a local socket'}{f':{parts.port}' if parts.port else ''}{parts.path}"

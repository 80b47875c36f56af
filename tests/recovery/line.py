"""Owns a line to Postgres that loses the answer to a COMMIT, once it has been told to."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

_SOCKET = ".s.PGSQL.5432"


class Line:
    """url: of the database through this line. losing: whether the next COMMIT gets no answer; the server has
    done it by then, and the connection is gone."""

    def __init__(self, database_url: str, folder: Path) -> None:
        parts = urlsplit(database_url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self._real = f"{query['host']}/.s.PGSQL.{query['port']}"
        self.url = urlunsplit(parts._replace(query=urlencode({"host": str(folder), "port": "5432"})))
        self.losing = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, questions = await asyncio.open_unix_connection(self._real)
        cut = False

        async def ask() -> None:
            nonlocal cut
            while data := await reader.read(65536):
                if self.losing and b"COMMIT\0" in data:
                    self.losing, cut = False, True
                questions.write(data)
                await questions.drain()
            questions.close()

        async def answer() -> None:
            while (data := await answers.read(65536)) and not cut:
                writer.write(data)
                await writer.drain()
            writer.transport.abort()
            questions.close()

        await asyncio.gather(ask(), answer(), return_exceptions=True)


@asynccontextmanager
async def line(database_url: str) -> AsyncIterator[Line]:
    # Not in pytest's folder: the path of a socket may have a hundred characters only.
    with tempfile.TemporaryDirectory(prefix="line-") as folder:
        made = Line(database_url, Path(folder))
        server = await asyncio.start_unix_server(made.serve, Path(folder) / _SOCKET)
        try:
            yield made
        finally:
            server.close()

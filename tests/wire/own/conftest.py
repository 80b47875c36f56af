"""Fixtures for our own API on the wire: one house for the session, accounts that do not know each other."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import httpx
import pytest

from tests.wire.own.house import Called, House, Process, client


@pytest.fixture(scope="session")
def house(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A database of its own and a worker."""
    with House.built(postgres, tmp_path_factory.mktemp("house")) as built:
        yield built


@pytest.fixture(scope="session")
def server(house: House) -> Process:
    return house.start_api()


@pytest.fixture(scope="session")
def other_server(house: House, server: Process) -> Process:
    """A second API process of the same house."""
    return house.start_api()


@pytest.fixture
def secret(house: House) -> str:
    return house.key()[1]


@pytest.fixture
def api(server: Process, secret: str) -> Iterator[httpx.Client]:
    """A client of an account of its own."""
    with client(server.url, secret) as opened:
        yield opened


@pytest.fixture
def stranger(server: Process, house: House) -> Iterator[httpx.Client]:
    """A client of another account."""
    with client(server.url, house.key()[1]) as opened:
        yield opened


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[Called]]]:
    """A webhook's other end: its address, and what was sent there."""
    called: list[Called] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            called.append(
                Called(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            )
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook", called
    server.shutdown()

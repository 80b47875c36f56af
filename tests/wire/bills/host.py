"""Owns a web server of somebody else, for tests: some addresses work, others are as broken as they say."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Host:
    """files: path -> bytes. at_once: requests under way, and the most that there ever were."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)  # that the posts went to
    delay: float = 0.0

    def put(self, name: str, data: bytes) -> str:
        """Its address."""
        self.files[f"/{name}"] = data
        return f"{self.url}/{name}"


def _handler(host: Host, lock: threading.Lock) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            with lock:
                host.asked.append(self.path)
                host.at_once += 1
                host.most_at_once = max(host.most_at_once, host.at_once)
            try:
                time.sleep(host.delay)
                self._answer()
            except OSError:
                self.close_connection = True  # the other side went away
            finally:
                with lock:
                    host.at_once -= 1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            with lock:
                host.paths.append(self.path)
                host.posts.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self._send(200, b"")

        def _answer(self) -> None:
            path = self.path.partition("?")[0]
            if path.startswith("/refused"):
                return self._send(403, b"<Error>AccessDenied</Error>")
            if path.startswith("/broken"):
                return self._send(500, b"")
            if path.startswith("/slow"):
                self.send_response(200)
                self.send_header("content-length", "1000000")
                self.end_headers()
                for _ in range(600):
                    self.wfile.write(b"%")
                    self.wfile.flush()
                    time.sleep(0.1)
                return None
            if path.startswith("/endless"):
                self.send_response(200)
                self.end_headers()
                self.close_connection = True
                while True:
                    self.wfile.write(b"%PDF-1.7 " + bytes(65536))
            if path not in host.files:
                return self._send(404, b"nothing")
            return self._send(200, host.files[path])

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


@contextmanager
def host() -> Iterator[Host]:
    found = Host()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(found, threading.Lock()))
    server.daemon_threads = True
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()

"""Owns the other side of the upload measurement: a sender that costs next to nothing, and npm `@tus/server`."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_PACKAGES = ("@tus/server@2", "@tus/file-store@2")
_SERVER = """
const { Server } = require('@tus/server');
const { FileStore } = require('@tus/file-store');
const [folder, port] = process.argv.slice(2);
new Server({ path: '/files', datastore: new FileStore({ directory: folder }) }).listen({ host: '127.0.0.1', port });
"""


@dataclass
class Answer:
    status: int
    headers: dict[str, str]


def send(
    method: str,
    url: str,
    headers: dict[str, str],
    file: Path | None = None,
    *,
    start: int = 0,
    length: int | None = None,
    before: bytes = b"",
    after: bytes = b"",
) -> Answer:
    """One request whose body is `before`, a stretch of a file by sendfile, and `after`."""
    parts = urlsplit(url)
    size = (length if length is not None else file.stat().st_size - start) if file else 0
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = {"host": parts.netloc, "content-length": str(len(before) + size + len(after)), **headers}
    head = f"{method} {target} HTTP/1.1\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in lines.items()
    )
    with socket.create_connection((parts.hostname, parts.port)) as line:
        line.sendall(head.encode() + b"connection: close\r\n\r\n" + before)
        if file is not None:
            with file.open("rb") as source:
                sent = 0
                while sent < size:
                    sent += os.sendfile(
                        line.fileno(), source.fileno(), start + sent, min(size - sent, 1 << 20)
                    )
        line.sendall(after)
        received = b""
        while piece := line.recv(65536):
            received += piece
    top = received.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    found = dict(text.lower().split(": ", 1) if ": " in text else (text, "") for text in top[1:])
    return Answer(int(top[0].split()[1]), found)


def tus_headers(size: int, metadata: str) -> dict[str, str]:
    return {"tus-resumable": "1.0.0", "upload-length": str(size), "upload-metadata": metadata}


def tus(url: str, file: Path, headers: dict[str, str], metadata: str) -> None:
    """One file by tus, in one PATCH."""
    made = send("POST", url, {**headers, **tus_headers(file.stat().st_size, metadata)})
    assert made.status == 201, made
    patch = {
        "tus-resumable": "1.0.0",
        "upload-offset": "0",
        "content-type": "application/offset+octet-stream",
    }
    location = made.headers["location"]
    if location.startswith("//"):
        location = "http:" + location
    done = send("PATCH", location, {**headers, **patch}, file)
    assert done.status == 204, done


@contextmanager
def tus_server(folder: Path) -> Iterator[str | None]:
    """Address of an npm `@tus/server` that stores below `folder`; None if it cannot be had."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        yield None
        return
    home = Path(tempfile.gettempdir()) / f"postroom-bench-tus-{os.getuid()}"
    if not (home / "ready").exists():
        home.mkdir(exist_ok=True)
        argv = [
            npm,
            "install",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--prefix",
            str(home),
            *_PACKAGES,
        ]
        if subprocess.run(argv, check=False).returncode != 0:
            yield None
            return
        (home / "ready").touch()
    script = folder / "server.js"
    script.write_text(_SERVER)
    (folder / "files").mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "NODE_PATH": str(home / "node_modules")}
    process = subprocess.Popen([node, str(script), str(folder / "files"), str(port)], env=environment)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/files"
    finally:
        process.terminate()
        process.wait()

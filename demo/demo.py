"""`make demo`: a server made for the occasion, real work through every system, every figure checked.

    python demo/demo.py [--keep]

Owns the server and the table. What a system is sent, and what must come of it, is in a file of its own beside
this one (not named as the system: beside a script, inspect.py would hide the standard library's own).
Adding a system means adding that file and one line in DEMOS.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Protocol

import demo_bills
import demo_certificates
import demo_conversion
import demo_inspect
import demo_plans
import demo_revenue
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from postroom.client import Postroom


@dataclass(frozen=True)
class Server:
    """A server to send work to. post: a client of its own API; desks are spoken to at their addresses."""

    url: str
    key: str
    post: Postroom


class Work(Protocol):
    """What is sent through one system. expected: every figure that must come of it. `said`, if it is there:
    lines that are shown when all is over."""

    @property
    def documents(self) -> int: ...

    @property
    def expected(self) -> Mapping[str, int]: ...

    def send(self, server: Server, show: Callable[[int, str], None]) -> Mapping[str, int]:
        """Do it all through the server; what came of it. show: documents ended, what is being done."""


Make = Callable[[Path], Work]
DEMOS: tuple[tuple[str, Make], ...] = (
    ("inspect", demo_inspect.make),
    ("revenue", demo_revenue.make),
    ("plans", demo_plans.make),
    ("bills", demo_bills.make),
    ("conversion", demo_conversion.make),
    ("certificates", demo_certificates.make),
)
SETTINGS = {
    # What production does with gigabytes is to be seen with the demo's small files, too.
    "POSTROOM_MULTIPART_THRESHOLD": "65536",
    "POSTROOM_MULTIPART_PART_SIZE": "32768",
    "POSTROOM_CONVERSION_KEYLESS": "1",
    # Bills are fetched from a server on loopback.
    "POSTROOM_FETCH_ALLOW_HTTP": "1",
    "POSTROOM_FETCH_ALLOW_PRIVATE": "1",
}
COLUMNS = ("documents", "succeeded", "partial", "failed", "duplicate", "rejected")
START = 120.0  # seconds
STOP = 60.0

console = Console(highlight=False)


@contextlib.contextmanager
def server(folder: Path, key: str) -> Iterator[str]:
    """The address of a `postroom serve` on a free port; it and all its processes end with the block."""
    log = folder / "serve.log"
    # Nothing of the caller's: not their database, not their settings.
    env = {name: value for name, value in os.environ.items() if not name.startswith("POSTROOM_")}
    command = [
        sys.executable,
        "-P",
        "-m",
        "postroom.cli",
        "serve",
        "--port",
        "0",
        "--data",
        str(folder / "data"),
    ]
    with log.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603
            command,
            env=env | SETTINGS | {"POSTROOM_BOOTSTRAP_KEY": key},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,  # Ctrl-C is ours; the server is asked to stop below
        )
        try:
            yield ready(process, log)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP)
            except subprocess.TimeoutExpired:
                process.kill()  # its children die with it
                process.wait()


def ready(process: subprocess.Popen[str], log: Path) -> str:
    found: list[str] = []

    def read() -> None:
        for line in process.stdout or ():
            if line.startswith("postroom ready on "):
                found.append(line.split()[-1])
                return

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(START)
    if not found:
        said = log.read_text(errors="replace").strip().splitlines()
        raise SystemExit("The server did not start. It said last:\n" + "\n".join(said[-15:]))
    return found[0]


def run(name: str, make: Make, to: Server, folder: Path) -> tuple[Mapping[str, int], Work, float]:
    """What came of one system's work, that work, and the seconds it took."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    ) as progress:
        making = progress.add_task(f"{name}: making documents", total=None)
        work = make(folder)
        progress.update(making, total=work.documents, completed=work.documents)
        task = progress.add_task(f"{name}: sending", total=work.documents)

        def show(ended: int, doing: str) -> None:
            progress.update(task, completed=ended, description=f"{name}: {doing}")

        began = time.monotonic()
        counts = work.send(to, show)
        taken = time.monotonic() - began
        progress.update(task, completed=work.documents, description=f"{name}: done")
    return counts, work, taken


def main() -> int:
    parser = argparse.ArgumentParser(description="Real work through every system of Postroom.")
    parser.add_argument("--keep", action="store_true", help="keep the data folder afterwards")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, interrupt)
    folder = Path(tempfile.mkdtemp(prefix="postroom-demo-"))
    folder.chmod(0o755)  # the database runs as another user when we are root
    title = "What became of every document"
    table = Table("system", *COLUMNS, "seconds", title=title, title_justify="left", box=None, pad_edge=False)
    wrong: list[str] = []
    said: list[str] = []
    try:
        key = "pr_live_" + secrets.token_urlsafe(32)
        console.print("Starting a server with its own database …")
        with server(folder, key) as url, Postroom(url, key) as post:
            console.print(f"It is ready on {url}")
            for name, make in DEMOS:
                counts, work, taken = run(name, make, Server(url, key, post), folder / name)
                cells = [str(counts[column]) for column in COLUMNS]
                table.add_row(name, *cells, f"{taken:.1f}")
                wrong += [
                    f"{name}: {what} is {counts.get(what)}, not {number}"
                    for what, number in work.expected.items()
                    if counts.get(what) != number
                ]
                said += [f"{name}: {line}" for line in getattr(work, "said", ())]
    finally:
        if given.keep:
            console.print(f"Kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    console.print(table)
    for line in said:
        console.print(line, markup=False)
    for line in wrong:
        console.print(line, style="bold red")
    if not wrong:
        console.print("Every figure is the known one.", style="green")
    return 1 if wrong else 0


def interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        console.print("Interrupted; everything that was started has been stopped.")
        sys.exit(130)

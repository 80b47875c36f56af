"""Owns how commands reach a server, and how a job's way through it is shown while one waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)

from postroom.cli.say import err, plain
from postroom.errors import Unavailable

if TYPE_CHECKING:
    from postroom.client import Postroom

Server = Annotated[
    str, typer.Option("--server", envvar="POSTROOM_URL", help="Address of the server.", show_default=True)
]
Key = Annotated[str, typer.Option("--key", envvar="POSTROOM_KEY", help="API key.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for machines.")]
DEFAULT = "http://127.0.0.1:8080"

# By how a job has ended: the exit code of a command that waited for it.
EXIT = {"succeeded": 0, "partial": 3}


@contextmanager
def connected(server: str, key: str) -> Iterator[Postroom]:
    """A client, of a server that answers. Unavailable, at once and in words, if none does."""
    from postroom.client import Postroom, Unreachable

    with Postroom(server, key) as post:
        try:
            post.ping()
        except Unreachable as error:
            raise Unavailable(
                f"No Postroom answers at {server}. Start one with `postroom serve`, or name it with --server "
                "or POSTROOM_URL.",
                cause=error.detail.rpartition(": ")[2],
            ) from error
        yield post


def sending() -> Progress:
    """A bar in bytes."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    return Progress(*columns, TransferSpeedColumn(), console=err, transient=True, disable=not err.is_terminal)


def working() -> Progress:
    """A bar in documents."""
    columns = (SpinnerColumn(), BarColumn(), MofNCompleteColumn(), TextColumn("documents"))
    return Progress(
        *columns,
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
        console=err,
        transient=True,
    )


def watch(post: Postroom, job: str) -> dict[str, Any]:
    """The job when it has ended; a bar until then."""
    with working() as progress:
        task = progress.add_task("", total=None)

        def show(now: dict[str, Any]) -> None:
            counts = now["counts"]
            done = counts["documents"] - counts["waiting"] - counts["running"]
            say = plain(now.get("waiting") or now["activity"] or now["status"])
            progress.update(task, total=counts["documents"] or None, completed=done, description=say)

        return post.wait(job, show)

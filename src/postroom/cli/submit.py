"""Owns `postroom submit`: which files a path means, what they are called, and the summary at the end."""

from __future__ import annotations

import json as json_module
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from postroom.cli import server as at
from postroom.cli.say import as_json, counted, err, note, out, status, table
from postroom.cli.server import AsJson, Key, Server
from postroom.errors import Invalid

if TYPE_CHECKING:
    from postroom.client import Postroom

_SHOWN = 20  # documents that the summary names; there may be thousands


@dataclass(frozen=True, slots=True)
class Found:
    """A file to send. name: below the folder that was named, so that two of the same name differ."""

    name: str
    path: Path
    size: int


def submit(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Files, and folders with all in them.")
    ],
    workflow: Annotated[
        str, typer.Option(help="What is to be done with them; `postroom workflows` lists all.")
    ] = "inspect",
    option: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="An option of the workflow; repeatable.")
    ] = None,
    external_id: Annotated[str | None, typer.Option(help="Your own name for the job.")] = None,
    watch: Annotated[bool, typer.Option(help="Wait for the end and show a summary.")] = True,
    hidden: Annotated[
        bool, typer.Option("--hidden", help="Also files whose names begin with a dot.")
    ] = False,
    json: AsJson = False,
    server: Server = at.DEFAULT,
    key: Key = "",
) -> None:
    """Send documents in as one job, and wait until every one is answered for.

    Exit code: 0 all is well, 3 some documents are not, 1 the job failed.

    The workflow inspect says of each document what it is. `postroom workflows` shows what else can be done with
    documents, and the options of each.

    Examples:

    postroom submit ./inbox

    postroom submit a.pdf b.jpg --option 'passwords=["open-sesame"]' --option thumbnails=false

    postroom submit ./inbox --no-watch --json
    """
    options = dict(parsed(text) for text in option or [])
    files = list(gather(paths, hidden=hidden))
    if not files:
        raise Invalid("There is no file to send.", field="PATH")
    with at.connected(server, key) as post:
        job = post.create_job(workflow, options=options, external_id=external_id)
        try:
            _send(post, job["id"], files)
            job = post.close_job(job["id"])
        except BaseException:
            note(f"Job {job['id']} is left open. Drop it with: postroom jobs cancel {job['id']}")
            raise
        if not watch:
            if json:
                as_json(job)
            else:
                typer.echo(job["id"])
            return
        note(f"Job {job['id']}: {len(files):,} files sent. Ctrl-C leaves it at work.")
        job = at.watch(post, job["id"])
        if json:
            as_json(job)
        else:
            summary(post, job)
    raise typer.Exit(at.EXIT.get(job["status"], 1))


def parsed(text: str) -> tuple[str, Any]:
    """NAME=VALUE; the value as JSON if it is JSON (a number, true, a list), as text otherwise."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise typer.BadParameter(f"'{text}' is not NAME=VALUE.", param_hint="--option")
    try:
        return name, json_module.loads(value)
    except ValueError:
        return name, value


def gather(paths: Sequence[Path], *, hidden: bool = False) -> Iterator[Found]:
    """The files of all paths, in a fixed order. What is left out is said on stderr."""
    passed_over = 0
    for path in paths:
        if path.is_dir():
            for parent, folders, names in os.walk(path):
                if not hidden:
                    passed_over += sum(name.startswith(".") for name in (*folders, *names))
                    folders[:] = [name for name in folders if not name.startswith(".")]
                folders.sort()
                for name in sorted(names):
                    file = Path(parent, name)
                    if name.startswith(".") and not hidden:
                        continue
                    if file.is_file():
                        yield Found(file.relative_to(path).as_posix(), file, file.stat().st_size)
                    else:
                        note(f"Left out: {file} is no file.")
        elif path.is_file():
            yield Found(path.name, path, path.stat().st_size)
        else:
            raise Invalid(f"There is no file or folder '{path}'.", field="PATH")
    if passed_over:
        note(f"Left out: {passed_over} with names that begin with a dot; --hidden sends them too.")


def _send(post: Postroom, job: str, files: Sequence[Found]) -> None:
    with at.sending() as progress:
        task = progress.add_task("Sending", total=sum(file.size for file in files))
        given = ((file.name, file.path) for file in files)
        post.add(job, given, on_sent=lambda more: progress.advance(task, more))


def summary(post: Postroom, job: dict[str, Any]) -> None:
    """One line for the job, and a table of the documents that something is wrong with."""
    out.print(Text.assemble("Job ", job["id"], " ", status(job["status"]), f": {counted(job['counts'])}"))
    if job["reason"]:
        out.print(Text(job["reason"]))
    wrong = sum(job["counts"][word] for word in ("partial", "failed", "rejected"))
    if not wrong:
        return
    rows: list[tuple[object, ...]] = []
    for document in post.documents(job["id"], status=["partial", "failed", "rejected"]):
        if len(rows) == _SHOWN:
            break
        rows.append((document["name"], status(document["status"]), reason(document)))
    out.print(table(("document", "status", "reason"), rows))
    if wrong > len(rows):
        err.print(f"… and {wrong - len(rows):,} more: postroom jobs show {job['id']} --documents")


def reason(document: dict[str, Any]) -> str:
    if document["error"]:
        return str(document["error"]["message"])
    for what in ("pages", "rows"):
        if document[f"{what}Failed"]:
            return f"{document[f'{what}Failed']} of {document[what]} {what} failed"
    return ""

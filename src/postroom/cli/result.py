"""Owns `postroom results`: everything that a job made, as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from postroom.cli import server as at
from postroom.cli.say import as_json, note
from postroom.cli.server import AsJson, Key, Server


def results(
    job: Annotated[str, typer.Argument(metavar="JOB", help="Id of the job.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder to write to; made if missing.", file_okay=False)
    ],
    json: AsJson = False,
    server: Server = at.DEFAULT,
    key: Key = "",
) -> None:
    """Fetch a job's results: results.jsonl with a line per document, and a folder per document for its files.

    The folders are named by position and name, in characters that every system takes.

    Works at any time, also while the job runs, and again: files that are there are written over.

    Example: postroom results JOB -o ./results && jq -r '[.name, .status] | @tsv' ./results/results.jsonl
    """
    from postroom.client import save

    with at.connected(server, key) as post:
        total = post.job(job)["counts"]["documents"]
        with at.working() as progress:
            task = progress.add_task("Fetching results", total=total)
            count = save(post, job, output, lambda _: progress.advance(task))
    if json:
        as_json({"documents": count, "results": str(output / "results.jsonl")})
        return
    note(f"{count:,} documents in {output / 'results.jsonl'}")

"""Owns `postroom jobs`: look at jobs and steer them, through the HTTP API."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

import typer
from rich.text import Text

from postroom.cli import server as at
from postroom.cli.say import as_json, counted, moment, note, out, status, table
from postroom.cli.server import AsJson, Key, Server
from postroom.cli.submit import reason, summary

_ABOUT = """Look at jobs, watch, cancel, retry and delete them.

A job is one pile of documents; its id is what `postroom submit` and `jobs list` print. While open it takes
documents; then it is checking, queued, running, and ends as succeeded, partial (some documents are not well),
failed, cancelled or expired. A blocked one waits for something outside of it, and then for `jobs resume`.

Examples:

postroom jobs list --status running

postroom jobs show JOB --documents
"""

app = typer.Typer(no_args_is_help=True, help=_ABOUT)

Job = Annotated[str, typer.Argument(metavar="JOB", help="Id of the job.")]


@app.command("list")
def listing(
    state: Annotated[
        list[str] | None, typer.Option("--status", help="Only jobs in this state; repeatable.")
    ] = None,
    workflow: Annotated[str | None, typer.Option(help="Only jobs of this workflow.")] = None,
    external_id: Annotated[str | None, typer.Option(help="Only jobs with this name of yours.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    json: AsJson = False,
    server: Server = at.DEFAULT,
    key: Key = "",
) -> None:
    """List jobs, newest first.

    Example: postroom jobs list --status running --status blocked --json
    """
    with at.connected(server, key) as post:
        found = post.jobs(
            status=state or [], workflow=workflow, external_id=external_id, page=min(limit, 200)
        )
        jobs = list(islice(found, limit))
    if json:
        as_json(jobs)
        return
    if not jobs:
        note("There are no such jobs.")
        return
    rows = [
        (
            job["id"],
            status(job["status"]),
            job["workflow"],
            job["counts"]["documents"],
            f"{job['progress']} %",
            counted(job["counts"]),
            moment(job["createdAt"]),
        )
        for job in jobs
    ]
    columns = ("id", "status", "workflow", "documents", "done", "counts", "created")
    out.print(table(columns, rows, right=("documents", "done")))


@app.command()
def show(
    job: Job,
    documents: Annotated[bool, typer.Option("--documents", help="Also every document.")] = False,
    json: AsJson = False,
    server: Server = at.DEFAULT,
    key: Key = "",
) -> None:
    """Show how a job stands, and with --documents what became of each document.

    Examples:

    postroom jobs show JOB --documents

    postroom jobs show JOB --json | jq .counts
    """
    with at.connected(server, key) as post:
        found = post.job(job)
        each = list(post.documents(job)) if documents else []
    if json:
        as_json({**found, "documents": each} if documents else found)
        return
    out.print(_described(found))
    if documents:
        rows = [
            (
                document["position"],
                document["name"],
                status(document["status"]),
                document["mediaType"] or "",
                document["size"] if document["size"] is not None else "",
                reason(document),
            )
            for document in each
        ]
        out.print(
            table(("no.", "document", "status", "type", "bytes", "reason"), rows, right=("no.", "bytes"))
        )


def _described(job: dict[str, Any]) -> Any:
    rows: list[tuple[str, object]] = [
        ("job", job["id"]),
        ("status", status(job["status"])),
        ("activity", job["activity"] or ""),
        ("waiting", job.get("waiting") or ""),
        ("reason", job["reason"] or ""),
        ("workflow", job["workflow"]),
        ("external id", job["externalId"] or ""),
        ("retry of", job["retryOf"] or ""),
        ("documents", f"{job['counts']['documents']:,}: {counted(job['counts'])}"),
        ("progress", f"{job['progress']} %"),
        ("created", moment(job["createdAt"])),
        ("closed", moment(job["closedAt"])),
        ("ended", moment(job["endedAt"])),
    ]
    shown = [(Text(name, style="dim"), value) for name, value in rows if value != ""]
    made = table(("", ""), shown)
    made.show_header = False
    return made


@app.command()
def watch(job: Job, json: AsJson = False, server: Server = at.DEFAULT, key: Key = "") -> None:
    """Follow a job until it has ended.

    Exit code: 0 all is well, 3 some documents are not, 1 the job failed. Any number may watch, and Ctrl-C stops
    the watching only.

    Example: postroom jobs watch JOB && postroom results JOB -o ./results
    """
    with at.connected(server, key) as post:
        found = at.watch(post, job)
        if json:
            as_json(found)
        else:
            summary(post, found)
    raise typer.Exit(at.EXIT.get(found["status"], 1))


@app.command()
def cancel(
    job: Job,
    reason: Annotated[str | None, typer.Option(help="Kept with the job.")] = None,
    json: AsJson = False,
    server: Server = at.DEFAULT,
    key: Key = "",
) -> None:
    """Stop a job. Documents that have ended keep their results; the others are cancelled, running ones too.

    Example: postroom jobs cancel JOB --reason 'wrong folder'
    """
    with at.connected(server, key) as post:
        found = post.cancel(job, reason)
    if json:
        as_json(found)
        return
    note(f"Job {found['id']} is {found['status']}: {counted(found['counts'])}.")


@app.command()
def resume(job: Job, json: AsJson = False, server: Server = at.DEFAULT, key: Key = "") -> None:
    """Go on with a blocked job, once what it waits for is there; `jobs show` says what that is.

    Example: postroom jobs resume JOB
    """
    with at.connected(server, key) as post:
        found = post.resume(job)
    if json:
        as_json(found)
        return
    note(f"Job {found['id']} is {found['status']}.")


@app.command()
def retry(job: Job, json: AsJson = False, server: Server = at.DEFAULT, key: Key = "") -> None:
    """Make a new job of the documents that failed; its id is printed. Their bytes need not be sent again.

    Example: postroom jobs watch $(postroom jobs retry JOB)
    """
    with at.connected(server, key) as post:
        found = post.retry(job)
    if json:
        as_json(found)
    else:
        typer.echo(found["id"])


@app.command()
def delete(
    job: Job,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json: AsJson = False,
    server: Server = at.DEFAULT,
    key: Key = "",
) -> None:
    """Forget an ended or open job, with its documents and results. One at work must be cancelled first.

    Example: postroom jobs delete JOB --yes
    """
    with at.connected(server, key) as post:
        found = post.job(job)
        if not yes:
            number = found["counts"]["documents"]
            typer.confirm(f"Delete job {job} and its {number:,} documents for good?", abort=True, err=True)
        post.delete(job)
    if json:
        as_json({"deleted": job})
    else:
        note("Deleted.")

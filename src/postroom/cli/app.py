"""Owns the tree of commands, and how an error looks on a terminal: one line, and an exit code.

Knows no command's work. Exit codes: 1 it failed, 2 the call was wrong, 3 a job is partial, 130 interrupted.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from typing import Annotated

import typer
from pydantic import ValidationError

from postroom import __version__, errors
from postroom.cli import (
    backup,
    bills,
    doctor,
    grep,
    job,
    key,
    part,
    result,
    sample,
    serve,
    submit,
    upgrade,
    workflow,
)
from postroom.cli.say import complain

app = typer.Typer(
    name="postroom",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""[bold]A first session[/bold]

postroom serve --data ./data

export POSTROOM_KEY=$(postroom keys create --data ./data)

postroom submit ./folder-of-documents --watch

postroom results JOB -o ./results""",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"postroom {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Postroom, a self-hosted document mailroom.

    A pile of documents goes in, becomes one durable job, and every document is answered for.
    """


_RUN, _USE, _KEEP = "Run a server", "Use a server", "Look after a server"
app.command(rich_help_panel=_RUN)(serve.serve)
app.command(rich_help_panel=_RUN)(part.api)
app.command(rich_help_panel=_RUN)(part.worker)
app.command(rich_help_panel=_RUN)(part.migrate)
app.command(rich_help_panel=_USE)(submit.submit)
app.command(rich_help_panel=_USE)(workflow.workflows)
app.add_typer(job.app, name="jobs", rich_help_panel=_USE)
app.command(rich_help_panel=_USE)(result.results)
app.command(rich_help_panel=_USE)(grep.grep)
app.command(rich_help_panel=_USE)(sample.sample)
app.add_typer(key.app, name="keys", rich_help_panel=_KEEP)
app.add_typer(bills.app, name="bills", rich_help_panel=_KEEP)
app.command(rich_help_panel=_KEEP)(doctor.doctor)
app.command(rich_help_panel=_KEEP)(backup.backup)
app.command(rich_help_panel=_KEEP)(backup.restore)
app.command(rich_help_panel=_KEEP)(upgrade.upgrade)


def _reflow(commands: typer.Typer) -> None:
    """Help as paragraphs that fit the terminal: line breaks of the source would stand in the middle of lines."""
    for command in commands.registered_commands:
        command.help = _paragraphs(command.help or getattr(command.callback, "__doc__", None))
    for group in commands.registered_groups:
        if group.typer_instance is not None:
            group.typer_instance.info.help = _paragraphs(group.typer_instance.info.help)
            _reflow(group.typer_instance)


def _paragraphs(text: object) -> str:
    return re.sub(r"(?<!\n)\n(?!\n) *", " ", inspect.cleandoc(text)) if isinstance(text, str) else ""


_reflow(app)


def run() -> None:
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has enough (`| head`). Python would complain again while it shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
    except Exception as error:
        if os.environ.get("POSTROOM_DEBUG") == "1" or not (told := sentence(error)):
            raise
        complain(told)
        sys.exit(1)


def sentence(error: Exception) -> str:
    """The one line that a person needs. Empty for what can only be a defect of ours."""
    from postroom import client  # here, so that a supervisor need not hold an HTTP library

    if isinstance(error, errors.PostroomError):
        cause = last_line(error.cause)
        return f"{error.message} ({cause})" if cause else error.message
    if isinstance(error, client.NotAuthenticated):
        return f"{error.detail} (set POSTROOM_KEY, or give --key)"
    if isinstance(error, client.PostroomError):
        return error.detail
    if isinstance(error, ValidationError) and error.title == "Settings":
        first = error.errors()[0]
        name = "_".join(str(step) for step in first["loc"]).upper()
        return f"POSTROOM_{name}: {first['msg']}."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if os.environ.get("POSTROOM_DEBUG") is None:
        # A defect. A trace of it helps us and nobody else, so it must be asked for.
        return f"Unexpected: {type(error).__name__}: {error} (POSTROOM_DEBUG=1 shows where)"
    return ""


def last_line(cause: object) -> str:
    """Of what a program said before it died, the end; of an exception, what it says."""
    lines = [line.strip() for line in str(cause or "").splitlines() if line.strip()]
    return lines[-1] if lines else ""

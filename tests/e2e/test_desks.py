"""The sessions of docs/desks.md do what the page says: each block is run in a shell against a real server."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from postroom.wiring.system import SYSTEMS
from tests.e2e.test_serve import PATIENCE, Server, call, environment

PAGE = (Path(__file__).parents[2] / "docs" / "desks.md").read_text()
SESSIONS = dict(re.findall(r"<!-- tested: (\w+) -->\n```sh\n(.*?)```", PAGE, re.DOTALL))

pytestmark = pytest.mark.skipif(
    not (shutil.which("jq") and shutil.which("curl")), reason="the sessions want curl and jq"
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """What the page sets once: a server, a key, and `postroom` on the path."""
    server = Server(tmp_path_factory.mktemp("desks") / "data")
    try:
        key = call("keys", "create", "--data", server.data).stdout.strip()
        path = f"{Path(sys.executable).parent}:{environment()['PATH']}"
        yield {"POSTROOM_URL": server.url, "POSTROOM_KEY": key, "PATH": path}
    finally:
        server.stop()


def test_every_desk_has_a_session() -> None:
    assert set(SESSIONS) == {system.name for system in SYSTEMS if system.routes}


@pytest.mark.parametrize("name", SESSIONS)
def test_the_session_does_what_it_says(desk: Mapping[str, str], name: str, tmp_path: Path) -> None:
    if name == "conversion" and not _converts(desk):
        pytest.skip("PDF/A-2 is not offered on this machine; `postroom doctor` says what is missing")
    done = subprocess.run(
        ["bash", "-e", "-u", "-o", "pipefail", "-c", SESSIONS[name]],
        cwd=tmp_path,
        env=environment(**desk),
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def _converts(desk: Mapping[str, str]) -> bool:
    base = f"{desk['POSTROOM_URL']}/conversion/v1.0/rest/workflows"
    listed = subprocess.run(
        ["curl", "-sf", "-H", f"X-API-Key: {desk['POSTROOM_KEY']}", base],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    return "Archive PDF/A-2" in listed.stdout

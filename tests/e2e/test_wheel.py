"""The wheel, built and installed into a fresh environment, is a whole Postroom: nothing is left in the checkout."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
import venv
from pathlib import Path

import pytest

from tests.e2e.test_serve import PATIENCE, environment

ROOT = Path(__file__).parents[2]


def run(*words: object, cwd: Path) -> str:
    done = subprocess.run(
        [*map(str, words)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=environment(),
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.slow
def test_the_wheel_installs_into_a_fresh_environment_and_serves(tmp_path: Path) -> None:
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    run(*pip, "wheel", "--no-deps", "-w", tmp_path / "dist", ROOT, cwd=tmp_path)
    (wheel,) = (tmp_path / "dist").glob("postroom-*.whl")
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv/bin/python"
    lock = ROOT / "requirements.lock"
    run(python, "-m", "pip", "--quiet", "install", "--require-hashes", "--no-deps", "-r", lock, cwd=tmp_path)
    run(python, "-m", "pip", "--quiet", "install", "--no-deps", wheel, cwd=tmp_path)
    assert run(tmp_path / "venv/bin/postroom", "--version", cwd=tmp_path).strip().endswith("0.1.0")
    server = subprocess.Popen(
        [
            tmp_path / "venv/bin/postroom",
            "serve",
            "--data",
            tmp_path / "data",
            "--port",
            "0",
            "--workers",
            "1",
        ],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=(tmp_path / "log").open("wb"),
        text=True,
        env=environment(),
    )
    try:
        assert server.stdout is not None
        ready = server.stdout.readline()
        assert ready.startswith("postroom ready on "), (tmp_path / "log").read_text()[-3000:]
        with urllib.request.urlopen(ready.split()[-1] + "/") as page:
            assert b"Postroom" in page.read()
    finally:
        server.terminate()
        assert server.wait(PATIENCE) == 0

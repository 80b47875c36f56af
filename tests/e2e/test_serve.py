"""A whole server as a user runs it: started, used from the command line, killed, started again, moved."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from postroom.client import Postroom
from postroom.systems.inspect.sample import Manifest, generate

SELF = (sys.executable, "-P", "-m", "postroom.cli")
PATIENCE = 180.0  # seconds; machines that run tests are busy
NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="changes users")


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("POSTROOM_")}
    return kept | {"POSTROOM_HEARTBEAT": "2", "POSTROOM_RECONCILE_EVERY": "1"} | more


class Server:
    """`postroom serve` on a folder; `said` is what it printed before it was ready."""

    def __init__(self, data: Path, port: int = 0, *, before: Sequence[str] = (), **env: str) -> None:
        self.data = data
        self.log = data.parent / f"{data.name}.log"
        command = [*before, *SELF, "serve", "--data", str(data), "--port", str(port), "--workers", "2"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment(**env)
            )
        assert self.process.stdout is not None
        self.ready = self.process.stdout.readline().strip()
        assert self.ready.startswith("postroom ready on http://127.0.0.1:"), self.log.read_text()[-4000:]
        self.url = self.ready.split()[-1]
        self.port = int(self.url.rpartition(":")[2])

    def children(self) -> dict[str, psutil.Process]:
        """postgres, api, worker-1, worker-2."""
        found = {}
        for child in psutil.Process(self.process.pid).children():
            line = child.cmdline()
            name = line[line.index("postroom.cli") + 1] if "postroom.cli" in line else "postgres"
            found[f"worker-{line[line.index('--seat') + 1]}" if name == "worker" else name] = child
        return found

    def tree(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def kill(self) -> None:
        """As if the machine's power had failed, for this process."""
        tree = self.tree()
        self.process.kill()
        self.process.wait()
        until(lambda: not any(lives(process) for process in tree))

    def stop(self) -> int:
        tree = self.tree()
        self.process.terminate()
        code = self.process.wait(PATIENCE)
        assert not [process for process in tree if lives(process)], "something was left behind"
        return code


def lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def call(
    *words: object, code: int = 0, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [*SELF, *map(str, words)]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment(**(env or {})), timeout=PATIENCE, check=False
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def base() -> Iterator[Path]:
    """A folder that every user can walk to; pytest's own are for their owner alone."""
    folder = Path(tempfile.mkdtemp(prefix="postroom-e2e-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def server(base: Path) -> Iterator[Server]:
    """One server for the tests in this file, in their order; `restarted` below replaces its process."""
    started = Server(base / "data")
    yield started
    if started.process.poll() is None:
        started.stop()


@pytest.fixture(scope="module")
def pile(base: Path) -> Manifest:
    return generate(base / "in", 50, seed=7)


@pytest.fixture(scope="module")
def env(server: Server) -> dict[str, str]:
    """What a user sets once: where the server is, and a key, made beside it."""
    assert "postroom keys create --data" in server.log.read_text()
    made = call("keys", "create", "--data", server.data, "--name", "e2e")
    assert made.stdout.startswith("pr_live_") and made.stdout.count("\n") == 1
    assert made.stdout.strip() not in made.stderr
    return {"POSTROOM_URL": server.url, "POSTROOM_KEY": made.stdout.strip()}


def test_a_pile_goes_in_and_every_document_is_answered_for(
    base: Path, env: dict[str, str], pile: Manifest
) -> None:
    option = "passwords=" + json.dumps(pile.passwords)
    done = call("submit", base / "in", "--option", option, "--json", code=3, env=env)
    job = json.loads(done.stdout)
    expected = {
        name: pile.totals[name] for name in ("documents", "succeeded", "partial", "failed", "duplicate")
    }
    assert {name: job["counts"][name] for name in expected} == expected

    shown = call("jobs", "watch", job["id"], code=3, env=env).stdout
    failed = next(entry for entry in pile.entries if entry.state == "failed")
    assert failed.name in shown

    call("results", job["id"], "-o", base / "out", env=env)
    lines = [json.loads(line) for line in (base / "out" / "results.jsonl").read_text().splitlines()]
    assert [line["name"] for line in lines] == [entry.name for entry in pile.entries]
    assert [line["status"] for line in lines] == [entry.state for entry in pile.entries]
    kept = sum(len(line["artifacts"]) for line in lines)
    assert kept and len([path for path in (base / "out").glob("*/*") if path.is_file()]) == kept

    again = json.loads(call("jobs", "retry", job["id"], "--json", env=env).stdout)
    assert again["retryOf"] == job["id"]
    call("jobs", "watch", again["id"], code=3, env=env)
    call("jobs", "delete", again["id"], "--yes", env=env)
    listed = json.loads(call("jobs", "list", "--json", env=env).stdout)
    assert [found["id"] for found in listed] == [job["id"]]


def test_names_arrive_as_they_are(base: Path, env: dict[str, str]) -> None:
    names = ['quote".txt', "back\\slash.txt", "Grüße – 日本.txt", "100%.txt", "semi;colon=.txt", "a  b.txt"]
    with Postroom(env["POSTROOM_URL"], env["POSTROOM_KEY"]) as post:
        job = post.create_job("inspect")
        added = post.add(job["id"], [(name, name.encode()) for name in names])
        post.cancel(job["id"])
    shown = [name.rpartition("\\")[2].replace("  ", " ") for name in names]
    assert [document["name"] for document in added] == shown


def test_the_port_of_a_running_server_is_refused_in_words(base: Path, server: Server) -> None:
    done = call("serve", "--data", base / "other", "--port", server.port, code=1)
    assert f"Port {server.port} on 127.0.0.1 is in use" in done.stderr and done.stderr.count("\n") == 1
    assert not (base / "other").exists()


def test_a_second_server_on_the_folder_is_refused_in_words(server: Server) -> None:
    done = call("serve", "--data", server.data, "--port", 0, code=1)
    assert f"(process {server.process.pid})" in done.stderr and done.stderr.count("\n") == 1


def test_a_revoked_key_is_refused_on_the_next_request(server: Server, env: dict[str, str]) -> None:
    other = call("keys", "create", "--data", server.data, "--scope", "read").stdout.strip()
    mine = env | {"POSTROOM_KEY": other}
    call("jobs", "list", env=mine)
    assert "lacks the scope" in call("submit", sys.executable, code=1, env=mine).stderr
    keys = json.loads(call("keys", "list", "--data", server.data, "--json").stdout)
    assert other not in json.dumps(keys)
    call("keys", "revoke", keys[-1]["id"], "--data", server.data)
    assert "revoked" in call("jobs", "list", code=1, env=mine).stderr


def test_the_doctor_finds_a_healthy_server_healthy(server: Server) -> None:
    found = {
        item["check"]: item["status"]
        for item in json.loads(call("doctor", "--data", server.data, "--json").stdout)
    }
    assert "failed" not in found.values()
    assert found["database"] == found["workers"] == found["blobs"] == "ok"


def test_the_readmes_session_does_what_it_says(env: dict[str, str], tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text()
    found = re.search(r"<!-- tested: tests/e2e/test_serve.py[^>]*-->\n```sh\n(.*?)```", text, re.DOTALL)
    assert found, "the README has no tested block"
    done = subprocess.run(
        ["bash", "-e", "-c", found.group(1)],
        cwd=tmp_path,
        env=environment(**env),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    assert '"to":"succeeded"' in done.stdout and '"status":"duplicate"' in done.stdout


def test_what_dies_comes_back_and_the_port_stays(server: Server, env: dict[str, str]) -> None:
    before = server.children()
    for name in ("api", "worker-1"):
        before[name].send_signal(signal.SIGKILL)
    # The client waits in the socket's queue; nobody is refused.
    with Postroom(env["POSTROOM_URL"], env["POSTROOM_KEY"]) as post:
        assert list(post.jobs())
    until(lambda: set(server.children()) == set(before))


def test_a_killed_server_carries_on(base: Path, server: Server, env: dict[str, str], pile: Manifest) -> None:
    with Postroom(env["POSTROOM_URL"], env["POSTROOM_KEY"]) as post:
        job = post.create_job("inspect", options={"passwords": list(pile.passwords)})["id"]
        post.add(job, (base / "in" / entry.name for entry in pile.entries))
        post.close_job(job)
        until(lambda: sum(post.job(job)["counts"][name] for name in ("succeeded", "running")))
        server.kill()
        again = Server(server.data, server.port)
        server.process, server.ready = again.process, again.ready
        counts = post.wait(job, timeout=PATIENCE)["counts"]
    assert {name: counts[name] for name in counts} == {
        **{name: pile.totals.get(name, 0) for name in counts},
        "waiting": 0,
        "running": 0,
    }


def test_a_backup_taken_at_work_restores_the_whole_mailroom(
    base: Path, server: Server, env: dict[str, str]
) -> None:
    call("backup", base / "b.tar", "--data", server.data)
    before = json.loads(call("jobs", "list", "--json", env=env).stdout)
    assert server.stop() == 0
    assert (base / "b.tar").stat().st_mode & 0o077 == 0

    call("restore", base / "b.tar", "--data", base / "moved")
    assert "not empty" in call("restore", base / "b.tar", "--data", base / "moved", code=1).stderr
    moved = Server(base / "moved")
    try:
        there = env | {"POSTROOM_URL": moved.url}  # the same key: it moved too
        after = json.loads(call("jobs", "list", "--json", env=there).stdout)
        assert after == before
        with Postroom(moved.url, env["POSTROOM_KEY"]) as post:
            documents = [document for document in post.results(before[0]["id"]) if document["artifacts"]]
            for document in documents[:5]:
                post.download(document["artifacts"][0], base / "artifact")  # checks its digest
    finally:
        assert moved.stop() == 0


def test_keys_are_made_and_listed_without_a_server(base: Path, server: Server) -> None:
    made = call("keys", "create", "--data", server.data, "--account", "tenant", "--desk", "bills")
    assert made.stdout.startswith("pr_live_")
    found: list[dict[str, Any]] = json.loads(call("keys", "list", "--data", server.data, "--json").stdout)
    assert (found[-1]["account"], found[-1]["desks"]) == ("tenant", ["bills"])
    assert (
        "valid are: all, postroom"
        in call("keys", "create", "--data", server.data, "--desk", "x", code=1).stderr
    )
    assert "no Postroom data" in call("keys", "list", "--data", base / "nowhere", code=1).stderr
    assert not (base / "nowhere").exists()


def as_nobody(base: Path) -> list[str]:
    """The beginning of a command that runs as an ordinary user.

    The interpreter may lie below a folder that only root may enter, such as /root. Then, in a mount namespace
    that ends with the command, that folder is covered by one that holds nothing but what is needed.
    """
    drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--bounding-set=-all"]
    needed = {Path(sys.base_prefix), Path(sys.prefix), Path(__file__).parents[2]}
    closed = {
        next((parent for parent in reversed(path.parents) if not parent.stat().st_mode & 0o001), None)
        for path in needed
    } - {None}
    if not closed:
        return drop
    steps = ["set -e"]
    aside = base / "aside"
    for number, path in enumerate(needed):
        steps.append(f"mkdir -p {aside}/{number}; mount --bind {path} {aside}/{number}")
    steps += [f"mount -t tmpfs -o mode=755 none {folder}" for folder in closed]
    steps += [
        f"mkdir -p {path}; mount --bind {aside}/{number} {path}"
        for number, path in enumerate(needed)
        if closed & set(path.parents)
    ]
    script = "\n".join([*steps, 'exec "$@"'])
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", *drop]


@as_root
def test_an_ordinary_user_runs_a_server_too(base: Path) -> None:
    home = base / "nobody"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    drop = as_nobody(base)
    if subprocess.run([*drop, *SELF, "--version"], check=False, capture_output=True).returncode:
        pytest.skip("no other user can run this interpreter here, not even in a mount namespace")
    key = "pr_live_" + "x" * 43
    server = Server(home / "data", before=drop, HOME=str(home), POSTROOM_BOOTSTRAP_KEY=key)
    try:
        assert "keys create" not in server.log.read_text()  # there is the planted one
        assert {process.uids().real for process in server.tree()} == {NOBODY}
        env = {"POSTROOM_URL": server.url, "POSTROOM_KEY": key}
        assert json.loads(call("submit", __file__, "--json", env=env).stdout)["counts"]["succeeded"] == 1
    finally:
        assert server.stop() == 0

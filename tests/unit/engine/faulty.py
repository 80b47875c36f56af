"""Workflows that misbehave on purpose, one function each; brought into child processes by `--module`.

`SYSTEMS` holds one workflow, `faulty`; the option `do` says what it does. Not a test module itself.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from postroom.core.outcome import Policy
from postroom.core.states import ChunkKind
from postroom.errors import DocumentError, Transient
from postroom.ports import Artifact, Checked, Problem, Processed, System, Task

Act = Callable[[Task], Any]

tempfile.gettempdir()  # which it remembers: some libraries ask as soon as they are imported


def _wire() -> int:
    """The descriptor of our line to the parent: what a hostile native library would find, too."""
    for number in range(3, 64):
        try:
            found = socket.socket(fileno=os.dup(number))
        except OSError:
            continue
        with found:
            if found.family == socket.AF_UNIX and found.type == socket.SOCK_STREAM:
                return number
    raise LookupError


def segfault(task: Task) -> None:
    ctypes.string_at(0)


def kill_self(task: Task) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_everybody(task: Task) -> str:
    try:
        os.kill(-1, signal.SIGKILL)
        os.kill(os.getppid(), signal.SIGKILL)
    except OSError as error:
        return type(error).__name__
    return "done"


def exit_now(task: Task) -> None:
    print("going", flush=True)
    os._exit(7)


def spin(task: Task) -> None:
    while True:
        pass


def sleep(task: Task) -> None:
    time.sleep(task.options.get("seconds", 3600))


def memory(task: Task) -> int:
    held = []
    while True:
        held.append(bytes(64 << 20))  # zeros: counted against the limit, but quick


def native_memory(task: Task) -> None:
    os.write(2, b"terminate called after throwing an instance of 'std::bad_alloc'\n")
    os.abort()


def recurse(task: Task) -> None:
    def again() -> None:
        again()

    again()


def fork_bomb(task: Task) -> None:
    for _ in range(40):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(3600)
            time.sleep(3600)
    time.sleep(3600)


def leave_helper(task: Task) -> int:
    return subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(3600)"], start_new_session=True
    ).pid


def big_file(task: Task) -> str:
    try:
        with (task.scratch / "big").open("wb") as file:
            for _ in range(1000):
                file.write(bytes(1 << 20))
    except OSError as error:
        return os.strerror(error.errno or 0)
    return "written"


def temporary(task: Task) -> list[str]:
    """Where temporary files go, and the folder of the task."""
    with tempfile.NamedTemporaryFile() as file:
        return [str(Path(file.name).parent), str(task.scratch)]


def many_files(task: Task) -> int:
    held = []
    try:
        for _ in range(100_000):
            held.append(Path("/dev/null").open())  # noqa: SIM115
    except OSError:
        return len(held)
    return -1


def network(task: Task) -> str:
    try:
        with socket.create_connection(("127.0.0.1", task.options["port"]), 2):
            return "connected"
    except OSError:
        return "refused"


def unix_socket(task: Task) -> str:
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(task.options["path"])
            return "connected"
    except OSError:
        return "refused"


def environment(task: Task) -> dict[str, Any]:
    own = dict(os.environ)
    try:
        parents = Path(f"/proc/{task.options['parent']}/environ").read_bytes().decode("latin-1")
    except OSError:
        parents = ""
    return {
        "own": own,
        "parents": parents,
        "descriptors": [path.name for path in Path("/proc/self/fd").iterdir()],
    }


def write_elsewhere(task: Task) -> str:
    try:
        Path(task.options["path"]).write_text("mine")
    except OSError:
        return "refused"
    return "written"


def escape(task: Task) -> tuple[Artifact, ...]:
    """An artifact that is not what it says; `how` it is done. The honest child's own check is bypassed."""
    how = task.options["how"]
    target = task.scratch / "it"
    if how == "symlink":
        target.symlink_to("/etc/passwd")
    elif how == "folder link":
        target.symlink_to("/etc")
        target = target / "passwd"
    elif how == "fifo":
        os.mkfifo(target)
    elif how == "hard link":
        target.write_text("x")
        os.link(target, task.scratch / "other")
    elif how == "folder":
        target.mkdir()
    elif how == "dots":
        target = task.scratch / ".." / ".." / "lock"
    elif how == "large":
        target.write_bytes(bytes(3 << 20))
    return (Artifact("it", target, "text/plain"),)


def artifact(task: Task) -> tuple[Artifact, ...]:
    file = task.scratch / "deep" / "page.txt"
    file.parent.mkdir()
    file.write_text("hello")
    return (Artifact("page", file, "text/plain"),)


def leaflet(task: Task) -> tuple[Artifact, ...]:
    file = task.scratch / "leaflet.txt"
    file.write_text("x" * task.options.get("size", 5))
    return (Artifact("leaflet", file, "text/plain"),)


def huge_reply(task: Task) -> str:
    return "x" * (100 << 20)


def garbage(task: Task) -> None:
    os.write(_wire(), task.options["bytes"].encode("latin-1"))
    time.sleep(3600)


def talk(task: Task) -> str:
    print("x" * 2_000_000)
    os.write(1, b"from below\n")
    os.write(2, b"the end\n")
    return "fine"


def grow(task: Task) -> int:
    global _held
    _held = b"x" * (128 << 20)  # not zeros: those take no memory
    return os.getpid()


_held = b""


def text(task: Task) -> dict[str, str]:
    return {"nul": "a\0b", "half": "a\ud800b"}


def pid(task: Task) -> int:
    return os.getpid()


def limits(task: Task) -> dict[str, Any]:
    names = ("RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_NOFILE")
    return {name: resource.getrlimit(getattr(resource, name))[0] for name in names} | {
        "nice": os.nice(0),
        "oom": int(Path("/proc/self/oom_score_adj").read_text()),
        "home": [os.environ["HOME"], os.environ["TMPDIR"], str(task.scratch), str(Path.cwd())],
    }


def say(task: Task) -> None:
    for number in range(1000):
        task.say(f"Page {number}.")
        time.sleep(0.001)


def document_error(task: Task) -> None:
    raise DocumentError("The document is encrypted.", code="encrypted", cause="private")


def transient(task: Task) -> None:
    raise Transient("The tool is busy.")


def bug(task: Task) -> None:
    raise KeyError("private detail")


def leave(task: Task) -> None:
    sys.exit(3)


class Faulty:
    name = "faulty"
    policy = Policy.INDEPENDENT
    finishes = True

    def options(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        return given

    def check(self, task: Task) -> Checked:
        if task.options.get("do") == "refuse":
            return Checked(problem=Problem("empty", "The document is empty."), rejected=True)
        return Checked(media_type="text/plain", facts={"pages": 2})

    def process(self, task: Task) -> Processed:
        do: str | None = task.options.get("do")
        made = globals()[do](task) if do else None
        if isinstance(made, tuple):
            return Processed(artifacts=made)
        return Processed(result={"made": made}, warnings=("A warning.",))

    finish = process

    def activity(self, kind: ChunkKind, name: str | None) -> str:
        return "Failing."


SYSTEMS = (System(name="faulty", workflows=(Faulty(),)),)

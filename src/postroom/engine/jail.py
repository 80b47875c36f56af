"""Owns what is taken away from a process before it may touch foreign bytes (Linux, ctypes only).

Two steps, because some things are done once and are inherited, and some belong to each process:
`enclose` for the fork server (limits, namespaces), `confine` for each child (files, calls, privileges).
Everything beyond rlimits is best effort: what the machine allows is used and reported, never required.
Refuses to know what a task or a workflow is.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 22, 36, 38
_NEWIPC, _NEWUSER, _NEWPID, _NEWNET = 0x08000000, 0x10000000, 0x20000000, 0x40000000

NICENESS = 5  # document work gives way to the event loops that keep leases alive
OOM_SCORE = 500  # when memory runs out the kernel takes a child, not the worker or Postgres


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes. memory: address space of one child. processes: helpers that it may start in all."""

    memory: int = 2 << 30
    file_size: int = 2 << 30
    open_files: int = 256
    processes: int = 512


def _check(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def _prctl(option: int, a: object, b: object = 0) -> None:
    _check(_libc.prctl(option, a, b, 0, 0))


def _tried(step: Callable[[], None]) -> bool:
    try:
        step()
    except OSError:
        return False
    return True


def die_with_parent() -> None:
    """SIGKILL for us when the thread that started us ends. The caller guards the race."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """What our descendants leave behind becomes our child, so that it can be found and ended."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


# --- once, in the fork server ------------------------------------------------------------------------


def enclose(limits: Limits) -> tuple[str, ...]:
    """Limit this process and all that come from it. Returns the namespaces left: of `user net pid ipc`.

    With `pid` in the result the caller is not inside yet: only the next fork is, as process 1.
    """
    os.nice(NICENESS)
    _tried(_prefer_for_oom)  # before the user namespace: afterwards the file is not ours
    left = _leave_namespaces()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _lower(resource.RLIMIT_AS, limits.memory)
    _lower(resource.RLIMIT_FSIZE, limits.file_size)
    _lower(resource.RLIMIT_NOFILE, limits.open_files)
    # Outside a user namespace the kernel counts every process of this user, also those that are not ours.
    _lower(resource.RLIMIT_NPROC, limits.processes if "user" in left else limits.processes + 8192)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a file too large is an OSError, not a death
    return left


def _lower(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    most = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (most, most))


def _prefer_for_oom() -> None:
    Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE))


def _leave_namespaces() -> tuple[str, ...]:
    user, group = os.getuid(), os.getgid()
    every = _NEWNET | _NEWPID | _NEWIPC
    # Own namespaces of users need no privilege; where they are switched off, root can do without.
    for flags in (_NEWUSER | every, every, _NEWUSER | _NEWNET, _NEWNET):
        if _libc.unshare(flags) == 0:
            break
    else:
        return ()
    if flags & _NEWUSER:
        # Same ids inside and out, so that files keep their owner. Nobody else exists inside.
        _tried(lambda: _write("/proc/self/setgroups", "deny"))
        _write("/proc/self/uid_map", f"{user} {user} 1")
        _write("/proc/self/gid_map", f"{group} {group} 1")
    names = (("user", _NEWUSER), ("net", _NEWNET), ("pid", _NEWPID), ("ipc", _NEWIPC))
    return tuple(name for name, flag in names if flags & flag)


def _write(path: str, text: str) -> None:
    Path(path).write_text(text)


# --- in each child -----------------------------------------------------------------------------------


def confine(writable: Path) -> tuple[str, ...]:
    """Take away what a document never needs: privileges, writing elsewhere, sockets, other processes.

    Returns what worked, of `caps landlock seccomp`. No way back. Also for programs started from here.
    """
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    steps = (
        ("caps", _drop_capabilities),
        ("landlock", lambda: _write_only_below(writable)),
        ("seccomp", _filter_calls),
    )
    return tuple(name for name, step in steps if _tried(step))


def _drop_capabilities() -> None:
    header = struct.pack("=Ii", 0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this thread
    _check(_libc.capset(header, bytes(24)))


# Landlock. Numbers from linux/landlock.h; each version of the interface knows more rights.
_READ_RIGHTS = 0b1101  # execute, read file, read folder: not restricted
_RIGHTS_BY_VERSION = {1: 13, 2: 14, 3: 15, 4: 15}  # number of file rights known; 16 from version 5 on
_WRITE_FILE = 1 << 1
_READ_FILES = 0b1100  # read file, read folder
_CREATE, _ADD, _RESTRICT = 444, 445, 446  # system calls


def _write_only_below(folder: Path) -> None:
    """Write, create and remove below `folder` only; from version 6 on also no signals to outsiders.

    As a side effect of being in a domain, nothing outside of it can be traced or have its memory read.
    """
    version = _check(_libc.syscall(_CREATE, None, ctypes.c_size_t(0), 1))
    handled = ((1 << _RIGHTS_BY_VERSION.get(version, 16)) - 1) & ~_READ_RIGHTS
    scoped = 0b11 if version >= 6 else 0  # abstract sockets, signals
    allowed = ((folder, handled), (Path("/dev/null"), handled & (_WRITE_FILE | 1 << 14)))
    _restrict(handled, allowed, scoped)


def read_only_below(folders: Iterable[Path]) -> bool:
    """Read files below these folders only, for a program that would follow names in a document. Whether it worked.

    To be called by the program itself, when it has been confined: a further layer. Missing folders are no fault.
    """
    allowed = [(folder, _READ_FILES) for folder in folders if folder.is_dir()]
    return _tried(lambda: _restrict(_READ_FILES, allowed, 0))


def _restrict(handled: int, allowed: Iterable[tuple[Path, int]], scoped: int) -> None:
    attributes = struct.pack("=QQQ", handled, 0, scoped)
    ruleset = _check(_libc.syscall(_CREATE, attributes, ctypes.c_size_t(len(attributes)), 0))
    try:
        for path, rights in allowed:
            target = os.open(path, os.O_PATH | os.O_CLOEXEC)
            try:
                _check(_libc.syscall(_ADD, ruleset, 1, struct.pack("=Qi", rights, target), 0))
            finally:
                os.close(target)
        _check(_libc.syscall(_RESTRICT, ruleset, 0))
    finally:
        os.close(ruleset)


# Seccomp: architecture, then the numbers of `socket`, and of calls that are refused whatever their arguments.
# connect: Unix sockets are files, which a network namespace does not hide (Postgres listens on one).
# io_uring_setup: it would do any of the others unseen. The rest looks into processes or kernel internals.
# connect, io_uring_setup, ptrace, process_vm_readv, process_vm_writev, unshare, setns, mount, bpf, keyctl,
# add_key, request_key, perf_event_open, userfaultfd
_CALLS = {
    "x86_64": (0xC000003E, 41, (42, 425, 101, 310, 311, 272, 308, 165, 321, 250, 248, 249, 298, 323)),
    "aarch64": (0xC00000B7, 198, (203, 425, 117, 270, 271, 97, 268, 40, 280, 219, 217, 218, 241, 282)),
}
_LOAD, _JUMP_EQUAL, _JUMP_MORE, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | errno.EACCES, 0x80000000


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _filter_calls() -> None:
    if platform.machine() not in _CALLS or sys.maxsize < 1 << 32:
        raise OSError(errno.ENOSYS, "no table of system calls for this architecture")
    architecture, socket_call, refused = _CALLS[platform.machine()]
    code: list[tuple[int, int, int, int]] = [
        (_LOAD, 0, 0, 4),  # the architecture: another one has other numbers
        (_JUMP_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),  # the number of the call
        (_JUMP_MORE, 0, 1, 0x40000000),  # the x32 interface: the same calls under other numbers
        (_RETURN, 0, 0, _KILL),
        (_JUMP_EQUAL, 0, 3, socket_call),
        (_LOAD, 0, 0, 16),  # its first argument: only AF_UNIX is harmless (libraries make pairs of them)
        (_JUMP_EQUAL, 0, len(refused) + 2, 1),
        (_RETURN, 0, 0, _ALLOW),
    ]
    for place, call in enumerate(refused):
        code.append((_JUMP_EQUAL, len(refused) - place, 0, call))
    code += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    filters = b"".join(struct.pack("=HBBI", *line) for line in code)
    program = _Program(len(code), filters)
    _prctl(_PR_SET_SECCOMP, 2, ctypes.byref(program))


# --- for those who look from outside -----------------------------------------------------------------


def children() -> list[int]:
    """Our child processes, adopted ones too, numbered as we see them; empty where the kernel is mute."""
    try:
        outside = Path("/proc/thread-self/children").read_text().split()
    except OSError:
        return []
    found = []
    for number in outside:
        # /proc numbers processes as the namespace does that mounted it; the last number is ours.
        try:
            status = Path(f"/proc/{number}/status").read_text()
        except OSError:
            continue
        found += [int(line.split()[-1]) for line in status.splitlines() if line.startswith("NSpid:")]
    return found


_PROBE = """
from pathlib import Path
from postroom.engine import jail
left = jail.enclose(jail.Limits())
worked = jail.confine(Path("/dev"))
print("namespace" if "net" in left else "filter" if "seccomp" in worked else "")
"""


def network_isolation() -> str | None:
    """How the network is taken from children on this machine: `namespace`, `filter`, or None (not at all).

    Tries it in a process of its own; takes some 0.1 s. For `postroom doctor`.
    """
    command = [sys.executable, "-P", "-c", _PROBE]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None

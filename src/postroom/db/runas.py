"""Owns under which account the bundled Postgres runs, and how a child process becomes it.

Postgres refuses to run as root. When we are root, it gets a fixed user id of its own, without a line in
/etc/passwd: no user is made, and unlike `nobody` it is shared with no other service. A data folder that
already belongs to somebody keeps its owner. Where that id cannot walk down to the data folder or to the
binaries (below /root, say), the child keeps one capability, to search folders, instead of us opening them.
This file knows nothing of Postgres beyond that.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import pwd
import signal
import stat
import struct
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from postroom.errors import Unavailable

# 60706 to 61183 is what neither Debian, systemd nor the usual ranges for people and containers hand out;
# below 65536, so that it also exists in a user namespace.
SERVER_UID = 60970

_PR_SET_PDEATHSIG, _PR_GET_SECUREBITS, _PR_SET_SECUREBITS = 1, 27, 28
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 47, 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH, _CAP_SETPCAP = 1, 2, 8
_CAPABILITY_VERSION_3 = 0x20080522
# Loaded here: nothing may be looked up between fork and exec.
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Account:
    """uid, gid: whom the child becomes. switch: whether it must change. capability: kept, or None."""

    uid: int
    gid: int
    switch: bool = False
    capability: int | None = None

    def named(self) -> bool:
        try:
            pwd.getpwuid(self.uid)
        except KeyError:
            return False
        return True

    def entry(self, death_signal: int) -> Callable[[], None]:
        """What the child does between fork and exec: become this account, and die with us.

        The order matters: the kernel forgets the death signal when the user id changes.
        """
        parent = os.getpid()

        def enter() -> None:
            if self.switch:
                self._become()
            os.chdir("/")  # the caller's folder may be one that this account cannot read
            _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:  # we died before the child could ask to be told
                os.kill(os.getpid(), signal.SIGKILL)

        return enter

    def _become(self) -> None:
        if self.capability is not None:
            # Keeps all capabilities over the change of user (all but one go below), and lets access(2)
            # heed that one: Postgres asks it about its own binaries.
            bits = _libc.prctl(_PR_GET_SECUREBITS, 0, 0, 0, 0) | _SECBIT_NO_SETUID_FIXUP
            if _libc.prctl(_PR_SET_SECUREBITS, bits, 0, 0, 0) != 0:
                raise OSError(ctypes.get_errno(), "prctl")
        os.setgroups([])
        os.setresgid(self.gid, self.gid, self.gid)
        os.setresuid(self.uid, self.uid, self.uid)
        if self.capability is None:
            return
        mask = 1 << self.capability
        header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
        if _libc.capset(header, struct.pack("6I", mask, mask, mask, 0, 0, 0)) != 0:
            raise OSError(ctypes.get_errno(), "capset")
        # Ambient: it outlives the exec of a program that is not root's.
        if _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, self.capability, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


def choose(data: Path, paths: Iterable[Path]) -> Account:
    """The account for the server of data folder `data`, able to reach all of `paths`.

    Raises Unavailable, naming the folder, when it cannot be made to reach one of them.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    uid = gid = SERVER_UID
    if data.exists() and (owner := data.stat()).st_uid != 0:
        uid, gid = owner.st_uid, owner.st_gid
    blocking = next((folder for path in paths for folder in _closed(path, uid, gid)), None)
    if blocking is None:
        return Account(uid, gid, switch=True)
    kept = _held()
    # Reading is enough, and less; containers usually hold only the other one.
    for capability in (_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE):
        if kept & (1 << capability) and kept & (1 << _CAP_SETPCAP):
            return Account(uid, gid, switch=True, capability=capability)
    raise Unavailable(
        f"The embedded database runs as user id {uid}, which cannot enter {blocking}. "
        f"Allow it with `chmod o+x {blocking}`, choose another --data folder, or do not run as root.",
        code="folder_unreachable",
    )


def stand_in(account: Account) -> Account:
    """`account`, or one with a name in its place for a program that insists on one (initdb does).

    Raises Unavailable if there is none, or if we are not root and so cannot change.
    """
    if account.named():
        return account
    if not account.switch:
        raise Unavailable(
            f"User id {account.uid} has no name on this machine, and initdb insists on one. "
            "Add a line for it to /etc/passwd, run as a user that has one, or set POSTROOM_DATABASE_URL.",
            code="user_without_name",
        )
    others = [entry for entry in pwd.getpwall() if entry.pw_uid != 0]
    others.sort(key=lambda entry: entry.pw_name != "nobody")
    if not others:
        raise Unavailable("There is no user but root in /etc/passwd, and Postgres refuses to run as root.")
    return Account(others[0].pw_uid, others[0].pw_gid, switch=True, capability=account.capability)


def give(folder: Path, account: Account) -> None:
    """Make `folder` and all in it belong to `account`, following no link; itself last, so that its owner
    tells whether it was done."""
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.lchown(f"{parent}/{name}", account.uid, account.gid)
    os.chown(folder, account.uid, account.gid)


def spawn(
    argv: Sequence[str], env: Mapping[str, str], account: Account, death_signal: int, log: Path
) -> subprocess.Popen[bytes]:
    """Start a program as `account`; what it prints is added to `log`. Dies with the calling thread."""
    with open(log, "ab", opener=lambda path, flags: os.open(path, flags, 0o600)) as output:
        return subprocess.Popen(  # noqa: S603  (our own binary, our own arguments)
            argv,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=account.entry(death_signal),
            process_group=0,  # a terminal's Ctrl-C is for us, not for it
        )


async def ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether `process` ends within that time."""
    deadline = time.monotonic() + seconds
    while process.poll() is None:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.01)
    return True


def _closed(path: Path, uid: int, gid: int) -> list[Path]:
    """The folders above `path` that this id may not walk through. Access lists are not looked at."""
    out = []
    for folder in reversed(path.resolve().parents):
        info = folder.stat()
        bit = stat.S_IXOTH
        if info.st_uid == uid:
            bit = stat.S_IXUSR
        elif info.st_gid == gid:
            bit = stat.S_IXGRP
        if not info.st_mode & bit:
            out.append(folder)
    return out


def _held() -> int:
    """The capabilities that we hold and may pass on, as a bit mask."""
    masks = {}
    for line in Path("/proc/self/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in ("CapPrm", "CapBnd"):
            masks[name] = int(value, 16)
    return masks.get("CapPrm", 0) & masks.get("CapBnd", 0)

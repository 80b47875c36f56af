"""Owns the errors that end a sandboxed task from outside. Refuses to know which of them are worth a retry.

`message` is fit for a client; `cause` holds what the log needs (signal, output of the child, traceback).
"""

from __future__ import annotations

from postroom.errors import PostroomError, Unavailable


class SandboxFault(PostroomError):
    """Root of what can go wrong with a task in a child process."""

    code = "sandbox"


class ChildDied(SandboxFault):
    """The process ended under the task. `extra`: `signal` (number or None), `status` (exit code or None)."""

    code = "child_died"


class ChildTimeout(SandboxFault):
    """The task took longer than it may; the process was killed. `extra`: `seconds`."""

    code = "child_timeout"


class ChildMemory(SandboxFault):
    """The task asked for more memory than it may."""

    code = "child_memory"


class ChildCrashed(SandboxFault):
    """The workflow raised something that it should not have: a bug of ours, or a document that hit one."""

    code = "child_crashed"


class BadReply(SandboxFault):
    """The process answered something that is no answer: wrong shape, a file outside its folder, noise."""

    code = "bad_reply"


class ReplyTooLarge(SandboxFault):
    """The answer, or a file named in it, is larger than allowed. `extra`: `limit` in bytes."""

    code = "reply_too_large"


class SandboxUnavailable(Unavailable):
    """Child processes cannot be started; says nothing about the task, which was not begun."""

    code = "sandbox_unavailable"

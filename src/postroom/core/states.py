"""Owns every state and every move between states, as tables. The database guards each move again in SQL.

Read this file first. A job, a document and a chunk each have one table: state -> {move: next state}.
A state with no moves is terminal. Nothing here knows how a move is triggered or stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

S = TypeVar("S")  # a state
M = TypeVar("M")  # a move


class JobState(StrEnum):
    OPEN = "open"  # accepts documents
    CHECKING = "checking"  # closed; documents are checked
    BLOCKED = "blocked"  # paused for a cause outside the documents
    QUEUED = "queued"  # waits for a free worker
    RUNNING = "running"  # at least one chunk has been taken up
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class JobMove(StrEnum):
    CLOSE = "close"
    CHECKED = "checked"
    BLOCK = "block"
    RESUME = "resume"
    START = "start"
    SUCCEED = "succeed"
    PARTLY = "partly"
    FAIL = "fail"
    CANCEL = "cancel"
    EXPIRE = "expire"


class DocumentState(StrEnum):
    REGISTERED = "registered"  # announced, no bytes yet
    RECEIVED = "received"  # bytes are stored
    READY = "ready"  # checked, may be processed
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"  # some pages or rows failed
    FAILED = "failed"
    DUPLICATE = "duplicate"  # same bytes as an earlier document of the job
    REJECTED = "rejected"  # refused by a rule, e.g. empty
    CANCELLED = "cancelled"


class DocumentMove(StrEnum):
    RECEIVE = "receive"
    ACCEPT = "accept"  # the check is passed
    START = "start"
    REQUEUE = "requeue"  # a retry waits again
    SUCCEED = "succeed"
    PARTLY = "partly"
    FAIL = "fail"
    LINK = "link"  # it is a duplicate
    REJECT = "reject"
    CANCEL = "cancel"


class ChunkKind(StrEnum):
    FETCH = "fetch"  # one document's bytes, from their address; its check follows
    CHECK = "check"  # one document
    PROCESS = "process"  # a document, a page range or a row range
    FINISH = "finish"  # the job


class ChunkState(StrEnum):
    WAITING = "waiting"  # in the backlog, perhaps until a retry is due
    ADMITTED = "admitted"  # in the queue's window
    RUNNING = "running"  # claimed by a worker under an epoch
    DONE = "done"  # its effects are stored; the document says how it went
    CANCELLED = "cancelled"


class ChunkMove(StrEnum):
    ADMIT = "admit"
    CLAIM = "claim"
    RETRY = "retry"
    FINISH = "finish"
    CANCEL = "cancel"


def _table(rows: dict[S, dict[M, S]]) -> Mapping[S, Mapping[M, S]]:
    return MappingProxyType({state: MappingProxyType(moves) for state, moves in rows.items()})


_J, _JM = JobState, JobMove
JOB = _table(
    {
        _J.OPEN: {_JM.CLOSE: _J.CHECKING, _JM.CANCEL: _J.CANCELLED, _JM.EXPIRE: _J.EXPIRED},
        _J.CHECKING: {_JM.CHECKED: _J.QUEUED, _JM.BLOCK: _J.BLOCKED, _JM.CANCEL: _J.CANCELLED},
        _J.BLOCKED: {_JM.RESUME: _J.CHECKING, _JM.CANCEL: _J.CANCELLED, _JM.EXPIRE: _J.EXPIRED},
        _J.QUEUED: {
            _JM.START: _J.RUNNING,
            _JM.BLOCK: _J.BLOCKED,
            _JM.CANCEL: _J.CANCELLED,
            # Nothing was left to process: every document was refused or a duplicate.
            _JM.SUCCEED: _J.SUCCEEDED,
            _JM.PARTLY: _J.PARTIAL,
            _JM.FAIL: _J.FAILED,
        },
        _J.RUNNING: {
            _JM.SUCCEED: _J.SUCCEEDED,
            _JM.PARTLY: _J.PARTIAL,
            _JM.FAIL: _J.FAILED,
            _JM.BLOCK: _J.BLOCKED,
            _JM.CANCEL: _J.CANCELLED,
        },
        _J.SUCCEEDED: {},
        _J.PARTIAL: {},
        _J.FAILED: {},
        _J.CANCELLED: {},
        _J.EXPIRED: {},
    }
)

_D, _DM = DocumentState, DocumentMove
DOCUMENT = _table(
    {
        _D.REGISTERED: {_DM.RECEIVE: _D.RECEIVED, _DM.FAIL: _D.FAILED, _DM.CANCEL: _D.CANCELLED},
        _D.RECEIVED: {
            _DM.ACCEPT: _D.READY,
            _DM.FAIL: _D.FAILED,
            _DM.REJECT: _D.REJECTED,
            _DM.CANCEL: _D.CANCELLED,
        },
        _D.READY: {
            _DM.START: _D.RUNNING,
            _DM.LINK: _D.DUPLICATE,
            _DM.REJECT: _D.REJECTED,
            _DM.FAIL: _D.FAILED,
            _DM.CANCEL: _D.CANCELLED,
        },
        _D.RUNNING: {
            _DM.REQUEUE: _D.READY,
            _DM.SUCCEED: _D.SUCCEEDED,
            _DM.PARTLY: _D.PARTIAL,
            _DM.FAIL: _D.FAILED,
            _DM.LINK: _D.DUPLICATE,
            _DM.REJECT: _D.REJECTED,
            _DM.CANCEL: _D.CANCELLED,
        },
        _D.SUCCEEDED: {},
        _D.PARTIAL: {},
        _D.FAILED: {},
        _D.DUPLICATE: {},
        _D.REJECTED: {},
        _D.CANCELLED: {},
    }
)

_C, _CM = ChunkState, ChunkMove
CHUNK = _table(
    {
        _C.WAITING: {_CM.ADMIT: _C.ADMITTED, _CM.CANCEL: _C.CANCELLED},
        _C.ADMITTED: {_CM.CLAIM: _C.RUNNING, _CM.RETRY: _C.WAITING, _CM.CANCEL: _C.CANCELLED},
        # A running chunk whose worker went silent goes back and is claimed anew, under a higher epoch.
        _C.RUNNING: {
            _CM.RETRY: _C.WAITING,
            _CM.FINISH: _C.DONE,
            _CM.CANCEL: _C.CANCELLED,
        },
        _C.DONE: {},
        _C.CANCELLED: {},
    }
)

WAITING_DOCUMENTS = (_D.REGISTERED, _D.RECEIVED, _D.READY)
TERMINAL_JOBS = tuple(state for state, moves in JOB.items() if not moves)
TERMINAL_DOCUMENTS = tuple(state for state, moves in DOCUMENT.items() if not moves)


def bucket(state: DocumentState) -> str:
    """Which of a job's counts a document stands in (core/progress.py).

    The database holds the same table in its trigger (0001_core.sql); a test compares the two.
    """
    return "waiting" if state in WAITING_DOCUMENTS else state.value


def sources(table: Mapping[S, Mapping[M, S]], move: M) -> list[S]:
    """The states that allow `move`; goes into the WHERE clause that guards it in the database."""
    return [state for state, moves in table.items() if move in moves]


def target(table: Mapping[S, Mapping[M, S]], move: M) -> S:
    """The one state that `move` leads to, whatever it starts from."""
    states = {moves[move] for moves in table.values() if move in moves}
    (state,) = states
    return state

"""Owns the rows of chunks: make, admit, claim, finish, retry. Every change is guarded by state and fences.

Two fences. `admission` counts how often a chunk was put into the queue; a queue entry may claim only under
the number that it carries. `epoch` counts claims; only the latest claim's effects are stored.
Statements work on many chunks at once: engine/batch.py brings them in batches. They name the ids once more
as `= ANY($1)`, or Postgres, which cannot know how few there are, reads the whole table instead of the index.
"""

from __future__ import annotations

from postroom.db.chunk.admission import accounts, admit, backlog, in_flight, seen_pace, set_pace, store_shares
from postroom.db.chunk.claim import (
    Entry,
    check_sources,
    claim,
    held,
    let_go,
    start_documents,
    succeeded_documents,
)
from postroom.db.chunk.effect import (
    CheckEnd,
    DocumentSum,
    FetchEnd,
    ProcessEnd,
    add_artifacts,
    add_to_documents,
    done_under,
    finish_checks,
    finish_fetches,
    finish_job_chunk,
    finish_processes,
)
from postroom.db.chunk.make import make_checks, make_checks_after_fetch, make_finish, make_processes
from postroom.db.chunk.retry import Return, missing_from, put_back, put_back_entry, put_back_of_worker

__all__ = [
    "CheckEnd",
    "DocumentSum",
    "Entry",
    "FetchEnd",
    "ProcessEnd",
    "Return",
    "accounts",
    "add_artifacts",
    "add_to_documents",
    "admit",
    "backlog",
    "check_sources",
    "claim",
    "done_under",
    "finish_checks",
    "finish_fetches",
    "finish_job_chunk",
    "finish_processes",
    "held",
    "in_flight",
    "let_go",
    "make_checks",
    "make_checks_after_fetch",
    "make_finish",
    "make_processes",
    "missing_from",
    "put_back",
    "put_back_entry",
    "put_back_of_worker",
    "seen_pace",
    "set_pace",
    "start_documents",
    "store_shares",
    "succeeded_documents",
]

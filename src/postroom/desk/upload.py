"""Owns the names by which front desks reach announced uploads: documents that are announced first and arrive later.

A registered document has a row from the start and is `registered` until its bytes are there. How the bytes
come in is `desk/arrive.py`; on S3 they do not pass through us at all. Whoever closes a job settles what is
still missing: rule 1 holds for announced documents, too.
"""

from __future__ import annotations

from postroom.core.uploads import (
    Address,
    Announced,
    Completion,
    Failure,
    Instruction,
    Limits,
    Mode,
)
from postroom.desk.announce import register
from postroom.desk.settle import check_token, complete, complete_and_close, withdraw

__all__ = [
    "Address",
    "Announced",
    "Completion",
    "Failure",
    "Instruction",
    "Limits",
    "Mode",
    "check_token",
    "complete",
    "complete_and_close",
    "register",
    "withdraw",
]

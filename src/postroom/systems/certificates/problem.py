"""Owns what is wrong with a request, told all at once: a list of problems and the error that carries them.

Refuses to know statuses and envelopes (`words`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from postroom.errors import Invalid, NotFound, PostroomError

MISSING, BAD, UNKNOWN = "missing_field", "invalid_field", "unknown_reference"
_GENERAL = "invalid_input"


@dataclass(frozen=True, slots=True)
class Problem:
    """reason: the contract's slug. index, filename: of the file that it is about. code: the error's own name."""

    reason: str
    message: str
    field: str | None = None
    index: int | None = None
    filename: str | None = None
    code: str = _GENERAL

    def shown(self) -> dict[str, Any]:
        members = {name: getattr(self, name) for name in ("index", "filename", "field", "reason", "message")}
        return {name: value for name, value in members.items() if value is not None}


def refused(problems: Sequence[Problem], *, lead: str = "") -> PostroomError:
    """The error of a request with these problems: NotFound if all they say is that something does not exist.

    lead: a sentence that stands before what is said of more than one problem.
    """
    first = problems[0]
    fields = {problem.field for problem in problems}
    codes = {problem.code for problem in problems}
    more = len(problems) - 1
    message = first.message
    if more:
        others = f"{more} more problem{'s' if more > 1 else ''}: see details."
        message = " ".join(filter(None, (lead, first.message, others)))
    kind = NotFound if all(problem.reason == UNKNOWN for problem in problems) else Invalid
    return kind(
        message,
        code=first.code if len(codes) == 1 else _GENERAL,
        field=first.field if len(fields) == 1 else None,
        details=[problem.shown() for problem in problems],
    )

"""Owns the question whether a file is PDF/A, asked of veraPDF in a process of its own (verify_child.py).

Where veraPDF is not installed, pikepdf's own check, which knows level B only, says whether anything is wrong
that it knows of; such a verdict is never called verified.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pikepdf import pdfa

from postroom.engine.companion import Companion, CompanionGone, CompanionLate, command
from postroom.systems.conversion import need

SECONDS = 90.0  # for one file; most take a tenth of one
_USES = 200  # files after which the process is replaced

_COMPANION = Companion(
    command("postroom.systems.conversion.verify_child"),
    uses=_USES,
    start=120.0,
    # Each arena of the C library reserves 64 MB of an address space that is limited.
    environ={"MALLOC_ARENA_MAX": "2"},
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one file for one flavour ("2u").

    by: `veraPDF`, or `pikepdf` where that is not installed. failures: rule -> sentence. pages: indices (from
    0) of the pages on which something failed; outside: something failed on no page. broken: why nobody could
    say.
    """

    flavour: str
    passed: bool
    by: str
    failures: Mapping[str, str] = field(default_factory=dict)
    pages: Sequence[int] = ()
    outside: bool = False
    broken: str | None = None
    where: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """As the job's verdict shows it."""
        told: dict[str, Any] = {"flavour": f"PDF/A-{self.flavour}", "passed": self.passed, "by": self.by}
        if self.failures:
            told["failed"] = [{"rule": rule, "message": text} for rule, text in self.failures.items()][:50]
        if self.broken:
            told["broken"] = self.broken
        return told


def warm() -> None:
    """A file is about to be verified: it takes the verifier seconds to start."""
    if need.verifier() is None:
        with contextlib.suppress(CompanionGone):  # it will be told when it is asked
            _COMPANION.warm()


def verify(file: Path, flavour: str) -> Verdict:
    """Whether `file` is PDF/A of `flavour`: "1a", "1b", "2a", "2u", "2b", "3a", "3u" or "3b"."""
    if need.verifier() is not None:
        return _by_pikepdf(file, flavour)
    try:
        found = _ask({"file": str(file), "flavour": flavour})
    except CompanionLate:
        return Verdict(flavour, False, "veraPDF", broken=f"it took longer than {SECONDS:g} seconds")
    except CompanionGone:
        return Verdict(flavour, False, "veraPDF", broken="the verifier could not read the file")
    if "broken" in found:
        return Verdict(flavour, False, "veraPDF", broken=str(found["broken"]))
    return Verdict(
        flavour,
        found["passed"],
        "veraPDF",
        {rule: one["message"] for rule, one in found["failures"].items()},
        tuple(found["pages"]),
        found["outside"],
        where={rule: tuple(one["pages"]) for rule, one in found["failures"].items()},
    )


def _ask(request: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return _COMPANION.ask(request, seconds=SECONDS)
    except CompanionGone:
        # Somebody may have killed it, or a file before this one hurt it; whom it dies of twice, it dies of.
        return _COMPANION.ask(request, seconds=SECONDS)


def _by_pikepdf(file: Path, flavour: str) -> Verdict:
    """Passed: nothing was found that breaks the standard, though some things may not have been looked at."""
    report = pdfa.validate_written(file, f"{flavour[0]}b")
    found = report.violations or report.unsupported
    failures = {finding.rule.rpartition(":")[2]: finding.message[:300] for finding in found}
    return Verdict(flavour, not report.violations, "pikepdf", failures, outside=bool(report.violations))

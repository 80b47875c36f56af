"""Owns what a child does for `certificates`: what is asked of one when it is checked, and what is read of it.

It joins the parts of this package and holds no rule of its own. Which requirement applies to a certificate is the
desk's business; a job of our own API may bring its rules along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from postroom.errors import DocumentError
from postroom.ports import Artifact, Checked, Part, Problem, Processed, Source, Task
from postroom.readers import pdf, sniff
from postroom.systems.certificates import certificate, overlay, review
from postroom.systems.certificates.certificate import Looked, Reading
from postroom.systems.certificates.contract import PAGES


def check(task: Task) -> Checked:
    """A PDF that opens without a password and has pages. What is on them is seen when it is processed."""
    source = _source(task)
    media_type = sniff.sniff(source.file, source.name)
    if media_type == sniff.EMPTY:
        return _failed(media_type, "empty", "The document is empty: it has no bytes.", rejected=True)
    if media_type != sniff.PDF:
        return _failed(media_type, "not_a_pdf", "A certificate must be a PDF; this is none.")
    try:
        found = pdf.probe(source.file)
    except DocumentError as error:
        return _failed(media_type, error.code, error.message)
    read = min(found.pages, task.options.get("pages", PAGES))
    return Checked(media_type, {"pages": found.pages}, parts=(Part(pages=read),))


def process(task: Task) -> Processed:
    """Read it; hold it against the job's rules, if there are any. See `answer` for the result."""
    source = _source(task)
    reading = certificate.read(source.file, pages=task.options.get("pages", PAGES))
    result = answer(reading, task.options.get("rules", ()), datetime.now(UTC).date())
    artifacts = []
    if task.options.get("overlay", True):
        files = overlay.draw(source.file, None, reading.places.values(), task.scratch)
        artifacts = [Artifact(file.name, file, overlay.MEDIA_TYPE) for file in files]
    return Processed(result, artifacts, problem=_problem(reading))


def answer(reading: Reading, rules: Sequence[Mapping[str, Any]], today: date) -> dict[str, Any]:
    """What is known of a certificate, as JSON.

    form, edition: what the document is. usable: whether it can be reviewed. certificate: the contract's
    ParsedCertificate. provenance: path -> page, box in points, confidence, text as printed. pages: how each was
    read. review: status, summary and one verdict a rule, if there are rules and something to hold against them.
    """
    found: dict[str, Any] = {
        "form": reading.kind.form,
        "edition": reading.kind.edition,
        "usable": reading.usable,
        "certificate": reading.parsed or None,
        "provenance": {path: place.shown() for path, place in sorted(reading.places.items())},
        "pages": [_page(looked) for looked in reading.pages],
    }
    if rules and reading.usable:
        made = review.review(rules, reading.parsed, today)
        found["review"] = {
            "status": made.status,
            "summary": made.summary,
            "audit_results": [
                {
                    "rule_name": verdict.rule_name,
                    "rule_path": verdict.rule_path,
                    "result": verdict.result,
                    "message": verdict.message,
                }
                for verdict in made.verdicts
            ],
        }
    return found


def _page(looked: Looked) -> dict[str, Any]:
    fit = looked.transform
    return {
        "page": looked.number,
        "form": looked.kind.form,
        "width": round(looked.words.width, 1),
        "height": round(looked.words.height, 1),
        "source": looked.words.source,
        "labels": fit.labels if fit else 0,
        "turn": round(fit.angle, 2) if fit else None,
        "scale": round(fit.scale, 4) if fit else None,
    }


def _problem(reading: Reading) -> Problem | None:
    """Why it is an `error`, if it is one. Source: behaviour.md section 5.2, inferred there."""
    if reading.usable:
        return None
    if reading.parsed:
        return Problem("nothing_usable", "The ACORD 25 names no insured and no coverage.")
    if reading.kind.form is not None:
        return Problem("not_acord_25", f"The document is an {reading.kind.form}, not an ACORD 25.")
    if reading.kind.blank:
        return Problem("blank", "Nothing can be read on the first pages: they are blank.")
    return Problem("not_acord_25", "The document is not an ACORD 25.")


def _failed(media_type: str, code: str, message: str, *, rejected: bool = False) -> Checked:
    return Checked(media_type, parts=(), problem=Problem(code, message), rejected=rejected)


def _source(task: Task) -> Source:
    if task.source is None:
        raise ValueError("a chunk of certificates always has a document")
    return task.source

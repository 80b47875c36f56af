"""What the revenue desk must make of a file, in plain Python: the stdlib's csv, Decimal, datetime. No code shared.

Slow, short, and written from the contract alone.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

csv.field_size_limit(1 << 30)

IDENTIFIERS = ["RaId", "EmailAddress", "PhoneNumber", "PayloadValue"]
REVENUE = {
    "date": "RevenueClosedDate",
    "value": "Value",
    "required": ["RevenueClosedDate", "CurrencyCode", "Value", "Label", "Reference"],
    "known": [
        *["RevenueClosedDate", "CurrencyCode", "Value", *IDENTIFIERS],
        *["LeadDate", "Label", "Reference", "AdditionalDataProperties"],
    ],
}
OPPORTUNITY = {
    "date": "OpportunityDateTime",
    "value": "OpportunityValue",
    "required": ["OpportunityDateTime", "CurrencyCode", "OpportunityValue", "PipelineStage"],
    "known": [
        *["OpportunityDateTime", "CurrencyCode", "OpportunityValue", "PipelineStage", *IDENTIFIERS],
        *["Label", "Reference", "AdditionalDataProperties"],
    ],
}
KINDS = {"revenue": REVENUE, "opportunity": OPPORTUNITY}
SPACE = " \t\n\r\x0b\x0c\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    chr(code) for code in range(0x2000, 0x200B)
)
# A few of each sort; the list itself is compared elsewhere.
CURRENCIES = {"GBP", "USD", "EUR", "JPY", "CHF", "XXX", "XAU"}


@dataclass
class Verdict:
    """refused: (row or None, message) each. fatal: the documented reason. failed: row -> (raw text, message)."""

    refused: list[tuple[int | None, str]] = field(default_factory=list)
    fatal: str | None = None
    rows: int = 0
    header: bytes = b""
    failed: dict[int, tuple[bytes, str]] = field(default_factory=dict)
    stored: dict[int, dict[str, object]] = field(default_factory=dict)
    cells: dict[int, list[str]] = field(default_factory=dict)


def judge(data: bytes, kind_name: str, now: datetime) -> Verdict:
    kind = KINDS[kind_name]
    verdict = Verdict()
    try:
        text = data.decode()
    except UnicodeDecodeError:
        verdict.fatal = "The file could not be read."
        return verdict
    if text.startswith("\ufeff"):
        text = text[1:]
    records = list(_records(text))
    if not records or not any(cell.strip(SPACE) for cell in records[0][1]):
        verdict.refused.append((None, "The file has no header row."))
        return verdict
    head_text, head, head_open = records.pop(0)
    verdict.header = head_text.encode()
    if "\0" in head_text:
        verdict.refused.append((None, "The file must not contain NUL bytes."))
        return verdict
    if head_open:
        verdict.refused.append((None, "A quote is opened and never closed."))
        return verdict
    names = [_canonical(cell, kind) for cell in head]
    verdict.refused += [(None, message) for message in _header_problems(names, kind)]
    for number, (raw, cells, is_open) in enumerate(records, 1):
        if is_open:
            verdict.refused.append((number, "A quote is opened and never closed."))
            continue
        if "\0" in raw:
            verdict.refused.append((number, "The file must not contain NUL bytes."))
        if len(cells) != len(head):
            message = f"The row has {len(cells)} columns but the header has {len(head)}."
            verdict.refused.append((number, message))
    if verdict.refused:
        return verdict
    verdict.rows = len(records)
    if not records:
        verdict.fatal = "The file was empty."
        return verdict
    taken: set[str] = set()
    for number, (raw, cells, _) in enumerate(records, 1):
        row = _row(names, cells)
        message = _first_problem(row, kind, now, taken)
        verdict.cells[number] = cells
        if message is None:
            verdict.stored[number] = row
            if row.get("Reference"):
                taken.add(str(row["Reference"]))
        else:
            verdict.failed[number] = (raw.encode(), message)
    return verdict


def _records(text: str) -> Iterator[tuple[str, list[str], bool]]:
    """(raw text without its line break, cells, whether a quote is left open) of each record that is not empty."""
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text)
    reader = csv.reader([*lines, "\x01end"])
    before = 0
    for cells in reader:
        own, before = lines[before : reader.line_num], reader.line_num
        raw = re.sub(r"(?:\r\n|\r|\n)\Z", "", "".join(own))
        is_end = reader.line_num > len(lines)
        if is_end and not own and cells == ["\x01end"]:
            return
        # The end mark is swallowed by an open quote, or sticks to a last line that has no break of its own.
        is_open = is_end and cells[-1].endswith("\x01end") and _opens(raw)
        if is_end and not is_open:
            cells = next(csv.reader(own)) if own else cells
        if cells:
            yield raw, cells, is_open


def _opens(raw: str) -> bool:
    """Whether a record has a quote that is never closed: a little machine over its characters."""
    state = "start"
    for char in raw:
        if state == "start":
            state = "quoted" if char == '"' else "start" if char == "," else "plain"
        elif state == "plain":
            state = "start" if char == "," else "plain"
        elif state == "quoted":
            state = "closing" if char == '"' else "quoted"
        else:
            state = "quoted" if char == '"' else "start" if char == "," else "plain"
    return state == "quoted"


def _canonical(cell: str, kind: dict) -> str:
    name = cell.strip()
    return next((known for known in kind["known"] if known.lower() == name.lower()), name)


def _header_problems(names: list[str], kind: dict) -> list[str]:
    problems = []
    told = set()
    for place, name in enumerate(names):
        if name.lower() != "label" and name.lower() in [n.lower() for n in names[:place]]:
            if name.lower() not in told:
                problems.append(f"Duplicate column '{name}'.")
            told.add(name.lower())
    for column in kind["required"]:
        if column not in names:
            problems.append(
                "At least one 'Label' column must be provided."
                if column == "Label"
                else f"Missing required column '{column}'."
            )
    return problems


def _row(names: list[str], cells: list[str]) -> dict[str, object]:
    row: dict[str, object] = {"Label": []}
    for name, cell in zip(names, cells, strict=True):
        cell = cell.strip(SPACE)
        if name == "Label":
            if cell and cell not in row["Label"]:
                row["Label"].append(cell)
        else:
            row[name] = cell
    return row


def _first_problem(row: dict, kind: dict, now: datetime, taken: set[str]) -> str | None:
    date, value = kind["date"], kind["value"]
    if not any(row.get(name) for name in IDENTIFIERS):
        return "At least one visitor identifier must be provided."
    if not row[value]:
        return f"'{value}' is required."
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", row[value]):
        return f"'{value}' must be a valid number."
    if not row[date]:
        return f"'{date}' is required."
    if (problem := _date_problem(row[date], date, now)) is not None:
        return problem
    if not row["CurrencyCode"]:
        return "'CurrencyCode' is required."
    if row["CurrencyCode"] not in CURRENCIES:
        return "'CurrencyCode' must be a valid ISO 4217 currency code."
    if "PipelineStage" in kind["required"] and not row["PipelineStage"]:
        return "'PipelineStage' is required."
    if "Label" in kind["required"] and not row["Label"]:
        return "'Label' is required."
    if "Reference" in kind["required"] and not row["Reference"]:
        return "'Reference' is required."
    if row.get("Reference") in taken:
        return "'Reference' must be unique."
    if "LeadDate" in kind["known"] and row.get("LeadDate"):
        problem = _date_problem(row["LeadDate"], "LeadDate", now)
        if problem is not None:
            return problem
    if row.get("AdditionalDataProperties") and not _properties(row["AdditionalDataProperties"]):
        return "'AdditionalDataProperties' is not in the correct format."
    return None


def _date_problem(cell: str, column: str, now: datetime) -> str | None:
    shapes = {10: "%Y-%m-%d", 19: "%Y-%m-%dT%H:%M:%S", 26: "%Y-%m-%dT%H:%M:%S.%f"}
    try:
        assert cell.isascii() and re.fullmatch(r"[0-9T:.\-]+", cell)
        moment = datetime.strptime(cell, shapes[len(cell)])  # noqa: DTZ007
    except (KeyError, ValueError, AssertionError):
        return f"'{column}' must be a valid ISO 8601 date."
    late = moment.date() > now.date() if len(cell) == 10 else moment > now.replace(tzinfo=None)
    return f"'{column}' must not be a future date." if late else None


def _properties(cell: str) -> list[tuple[str, str]] | None:
    entries = cell.split(";")
    if entries[-1] == "" and len(entries) > 1:
        entries.pop()
    found = []
    for entry in entries:
        name, comma, value = entry.partition(",Value=")
        if not comma or not name.startswith("Name=") or not name[5:].strip(SPACE):
            return None
        found.append((name[5:], value))
    return found

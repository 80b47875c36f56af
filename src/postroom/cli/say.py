"""Owns how commands talk: results on stdout, everything else on stderr, JSON when machines listen."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

# In a file or a pipe nothing has to fit a screen.
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 200)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def complain(sentence: str) -> None:
    """An error: one line, whatever is in it."""
    err.print(Text.assemble(("error: ", "bold red"), " ".join(plain(sentence).split())))


def note(sentence: str) -> None:
    err.print(Text(sentence))


def plain(text: object) -> str:
    """Without what would move the cursor or change colours: names come from strangers."""
    return "".join(
        character if character.isprintable() else "�" for character in str(text).replace("\n", " ")
    )


def as_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], right: Sequence[str] = ()) -> Table:
    """right: columns of numbers. Cells are text or Text; markup in them means nothing."""
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text(plain(cell)) for cell in row))
    return made


_STYLES: Mapping[str, str] = {
    "succeeded": "green",
    "partial": "yellow",
    "failed": "red",
    "rejected": "red",
    "cancelled": "magenta",
    "expired": "magenta",
    "blocked": "yellow",
    "running": "cyan",
    "ok": "green",
    "warning": "yellow",
}


def status(word: str) -> Text:
    return Text(word, style=_STYLES.get(word, ""))


def moment(value: str | datetime | None) -> str:
    """As people read it, in their own time zone."""
    if value is None:
        return ""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def counted(counts: Mapping[str, Any]) -> str:
    """ "286 succeeded, 3 failed", only what there is."""
    names = ("succeeded", "partial", "failed", "duplicate", "rejected", "cancelled", "running", "waiting")
    return ", ".join(f"{counts[name]:,} {name}" for name in names if counts.get(name)) or "no documents"

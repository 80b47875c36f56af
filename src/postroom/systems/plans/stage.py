"""Owns what both sides know of the files that a child writes for the database: their columns, the shape of a box.

`outcome` and `finish` write them, in a child; `keep` copies them into tables.
"""

from __future__ import annotations

Edges = tuple[float, float, float, float]  # left, top, right, bottom as shares of the page

PAGE = (
    *("page", "kind", "code", "message", "warning", "width", "height", "rotation", "source", "text", "words"),
    *("grams", "sheet_number", "sheet_name", "discipline", "drawing_type", "revision", "issued"),
    *("confidence", "boxes"),
)
REGION = ("page", "number", "kind", "label", "text", "box", "label_box")
SHEET = (
    *("document", "page", "sheet_number", "sheet_name", "discipline", "drawing_type", "revision", "issued"),
    *("confidence", "boxes", "block", "block_text"),
)
SECTION = ("document", "place", "number", "title", "page_start", "start_at", "page_end", "end_at")
FILE = ("document", "classification", "doc_type", "title")


def edges(box: Edges | None) -> dict[str, float] | None:
    return None if box is None else dict(zip(("left", "top", "right", "bottom"), box, strict=True))

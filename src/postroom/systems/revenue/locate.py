"""Owns what the desk has its children find out when failures are shown: the cells of rows, where rows stand.

Foreign bytes are taken apart in a child here as everywhere; they come and go as text. Refuses to know jobs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postroom.systems.revenue import block, machine
from postroom.systems.revenue.survey import Stretch


def answer(question: Mapping[str, Any]) -> dict[str, Any]:
    """`{"rows": [text]}` -> `{"cells": [[cell]]}`; `{"text": text, "stretch": plan}` -> `{"places": [[row,
    start, length]]}`, of the stretch's rivals only if `rivals` is true, without them if it is false."""
    if "rows" in question:
        return {"cells": [machine.cells(row.encode()) for row in question["rows"]]}
    stretch = Stretch.planned(question["stretch"])
    piece = block.scan(question["text"].encode(), final=True, counted=False)
    chosen = list(range(len(piece)))
    if stretch.rivals is not None:
        chosen = [index for index in chosen if bool(stretch.rivals[index]) is question["rivals"]]
    starts, ends = piece.starts.tolist(), piece.ends.tolist()
    return {
        "places": [
            [stretch.row + index, stretch.start + starts[index], ends[index] - starts[index]]
            for index in chosen
        ]
    }

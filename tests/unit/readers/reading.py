"""A workflow that reads its document's page; brought into child processes by `--module`. No test module itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium

from postroom.core.outcome import Policy
from postroom.core.states import ChunkKind
from postroom.ports import Checked, Processed, System, Task
from postroom.readers import page


class Reading:
    name = "reading"
    policy = Policy.INDEPENDENT
    finishes = False

    def options(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        return given

    def check(self, task: Task) -> Checked:
        return Checked(media_type="image/png", facts={})

    def process(self, task: Task) -> Processed:
        path = Path(task.options["path"])
        if path.suffix == ".pdf":
            with pdfium.PdfDocument(path) as document:
                found = page.page_words(document[0], ocr="always")
        else:
            found = page.image_words(path)
        return Processed(result={"source": found.source, "turn": found.turn, "text": found.text()})

    finish = process

    def activity(self, kind: ChunkKind, name: str | None) -> str:
        return "Reading."


SYSTEMS = (System(name="reading", workflows=(Reading(),)),)

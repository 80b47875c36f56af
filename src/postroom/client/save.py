"""Owns results as files: one folder per document, and names from strangers made harmless.

Refuses to know how results are fetched.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from postroom.client.api import Postroom

_KEPT = re.compile(r"[^\w.,=+@ ()-]+")
_LONGEST = 80  # characters; with four bytes each still short of a file system's 255
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


def safe_name(name: str, fallback: str = "document") -> str:
    """A file name that stays in its folder on every system: no separator, no leading dot, not too long."""
    plain = _KEPT.sub("_", unicodedata.normalize("NFC", name))
    if len(plain) > _LONGEST:
        stem, dot, extension = plain.rpartition(".")
        ends = dot + extension if stem and len(extension) <= 10 else ""
        plain = plain[: _LONGEST - len(ends)] + ends
    plain = plain.strip(" .")
    if not plain.strip("_"):
        return fallback
    return f"_{plain}" if _DEVICES.match(plain) else plain


def save(
    post: Postroom, job: str, folder: Path, on_document: Callable[[dict[str, Any]], None] | None = None
) -> int:
    """Write results.jsonl and, per document with artifacts, POSITION-NAME/ARTIFACT. Returns the documents.

    Positions are unique, so no document's folder is another's. Writing again goes over what is there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    unfinished = folder / ".results.jsonl.part"
    with unfinished.open("w", encoding="utf-8") as lines:
        for document in post.results(job):
            lines.write(json.dumps(document, ensure_ascii=False) + "\n")
            _save_artifacts(post, document, folder)
            count += 1
            if on_document is not None:
                on_document(document)
    unfinished.replace(folder / "results.jsonl")
    return count


def _save_artifacts(post: Postroom, document: dict[str, Any], folder: Path) -> None:
    if not document["artifacts"]:
        return
    own = folder / f"{int(document['position']):06d}-{safe_name(document['name'])}"
    own.mkdir(exist_ok=True)
    taken: set[str] = set()
    for number, artifact in enumerate(document["artifacts"]):
        name = safe_name(artifact["name"], "artifact")
        if name.casefold() in taken:  # two names that only differ in what was made harmless
            name = f"{number}-{name}"
        taken.add(name.casefold())
        post.download(artifact, own / name)

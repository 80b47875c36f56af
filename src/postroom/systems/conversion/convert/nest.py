"""Owns documents that hold documents: their parts are converted one by one and bound into one PDF."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from postroom.systems.conversion.convert.work import Work

EXECUTABLES = (
    ".exe", ".com", ".bat", ".cmd", ".scr", ".pif", ".msi", ".dll", ".js", ".jse", ".vbs", ".vbe", ".wsf",
    ".ps1", ".jar", ".lnk", ".hta", ".cpl", ".apk", ".sh",
)  # fmt: skip
_MAGIC = (b"MZ", b"\x7fELF", b"#!/")


def is_executable(name: str, head: bytes) -> bool:
    return name.lower().endswith(EXECUTABLES) or head.startswith(_MAGIC)


@contextmanager
def within(work: Work, name: str) -> Iterator[None]:
    """What is told meanwhile names this part."""
    before = work.notes.part
    work.notes.part = name if before is None else f"{before}/{name}"
    try:
        yield
    finally:
        work.notes.part = before


def part(work: Work, name: str, file: Path) -> Path:
    """One part as PDF. Its events name it."""
    from postroom.systems.conversion.convert import family

    with within(work, name):
        return family.to_pdf(work.inside(name), file)


def bind(work: Work, parts: Sequence[tuple[str, Path]], *, bookmarks: bool = True) -> Path:
    from postroom.systems.conversion import assemble

    if len(parts) == 1:
        return parts[0][1]
    made = work.file(".pdf")
    assemble.merge(parts, made, bookmarks=bookmarks)
    return made

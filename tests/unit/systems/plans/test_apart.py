"""Proves that a page that ends the process that reads it costs itself, once its chunk is tried again."""

from __future__ import annotations

import csv
import os
import signal
from pathlib import Path
from uuid import UUID

import pikepdf
import pytest

from postroom.core.states import ChunkKind
from postroom.engine import message
from postroom.engine.fault import SandboxFault
from postroom.engine.jail import Limits
from postroom.engine.sandbox import Pool
from postroom.ports import Checked, Part, Processed, Source, Task
from postroom.systems.plans import apart
from postroom.systems.plans.workflow import Plans
from postroom.wiring.child import command

_UNIT = b"BT /F1 12 Tf 1 1 Td (AAAAAAAAAAAAAAAAAAA) Tj ET\n"
_MEMORY = 600 << 20


def _set(path: Path) -> None:
    """Four pages, the second of which holds 600,000 pieces of text in a few ten KB."""
    pdf = pikepdf.new()
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    for page in range(4):
        added = pdf.add_blank_page(page_size=(2592, 1728))
        added.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        content = _UNIT * 600_000 if page == 1 else b"BT /F1 40 Tf 2400 60 Td (A-10%d) Tj ET" % page
        added.obj.Contents = pdf.make_stream(content)
    pdf.save(path)


async def test_a_page_that_takes_its_process_down_fails_alone_at_the_second_attempt(tmp_path: Path) -> None:
    file, scratch = tmp_path / "set.pdf", tmp_path / "scratch"
    scratch.mkdir()
    _set(file)
    source = Source(UUID(int=2), 0, "set.pdf", file, file.stat().st_size, None, None)
    options = Plans().options({"images": "none"})

    async def tried(kind: ChunkKind, attempt: int, part: Part = Part()) -> Checked | Processed:
        task = Task(kind, UUID(int=1), "plans", None, options, Path(), part, source, attempt=attempt)
        async with pool.run(message.dump_task(task), timeout=250) as answer:
            found = message.load_answer(answer.reply, answer.files)
            if isinstance(found, Processed):
                rows.extend(csv.reader(found.payload["pages"].read_text().splitlines()))
            return found

    rows: list[list[str]] = []
    pool = Pool(
        1, command("postroom.wiring.system", ["plans"]), limits=Limits(memory=_MEMORY), scratch=scratch
    )
    await pool.start()
    try:
        with pytest.raises(SandboxFault):
            await tried(ChunkKind.CHECK, 0)
        checked = await tried(ChunkKind.CHECK, 1)
        assert isinstance(checked, Checked)
        assert checked.problem is None
        first = checked.parts[0]
        assert (first.range["first"], first.range["last"]) == (1, 2)
        with pytest.raises(SandboxFault):
            await tried(ChunkKind.PROCESS, 0, first)
        processed = await tried(ChunkKind.PROCESS, 1, first)
    finally:
        await pool.close()
    assert isinstance(processed, Processed)
    assert processed.pages_failed == 1
    assert [(row[0], row[2]) for row in rows] == [("1", ""), ("2", "page_died")]
    assert rows[0][12] == "A-100"


def test_what_is_done_apart_comes_back_and_its_death_does_not(tmp_path: Path) -> None:
    assert apart.done(lambda: {"page": 1}, tmp_path) == {"page": 1}
    assert apart.done(lambda: os.kill(os.getpid(), signal.SIGKILL), tmp_path) is None
    assert apart.done(lambda: 1 // 0, tmp_path) is None
    assert apart.done(lambda: "still here", tmp_path) == "still here"
    assert list(tmp_path.iterdir()) == []

"""Pages are recognised where document code runs: in a confined child of a fork server."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image

from postroom.core.states import ChunkKind
from postroom.engine import message
from postroom.engine.jail import Limits
from postroom.engine.sandbox import Pool
from postroom.ports import Processed, Task
from postroom.wiring.child import command
from tests.unit.readers.letter import LINES, picture


async def test_a_confined_child_reads_one_picture_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    upright, head, pdf = tmp_path / "a.png", tmp_path / "b.png", tmp_path / "c.pdf"
    picture().save(upright, dpi=(200, 200))
    picture().transpose(Image.Transpose.ROTATE_180).save(head, dpi=(200, 200))
    picture().save(pdf, resolution=200)
    pool = Pool(1, command("reading"), limits=Limits(), scratch=scratch)
    await pool.start()
    try:
        for path, turn in ((upright, 0), (head, 180), (pdf, 0)):
            task = Task(ChunkKind.PROCESS, UUID(int=1), "reading", None, {"path": str(path)}, Path())
            async with pool.run(message.dump_task(task), timeout=120) as answer:
                done = message.load_answer(answer.reply, answer.files)
            assert isinstance(done, Processed)
            assert done.result == {"source": "ocr", "turn": turn, "text": "\n".join(LINES)}
    finally:
        await pool.close()

"""How well and how fast bills are read: a table per field, classification, and speed beside the bare libraries.

    python -m bench.bench_bills [--bills 25] [--scans 2] [--dpi 150 300] [--layouts held tuned] [--files FOLDER …]
                                [--seed 1000] [--classify 25] [--speed 200] [--pictures 12] [--processes 2]

Accuracy: the layouts that the reader was never tuned on, then all others beside; as PDFs with text, then
as scans. Fields with a star are those that the goals name. --files: folders with further documents that are no
bills, for the classification (`python -m bench.paper FOLDER` fetches some). Speed: whole files in child processes, from bytes
to JSON, beside bare pypdfium2 text (text bills) and bare pypdfium2 + tesserocr (scans) on the same files. It is
processor time (all threads of the process), so that neighbours do not count: on two cores twice as many go through.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

os.environ["OMP_THREAD_LIMIT"] = "1"  # for both sides, before anything loads the library
import pypdfium2 as pdfium
import tesserocr

from bench.paper import papers
from postroom.core.states import ChunkKind
from postroom.errors import DocumentError
from postroom.ports import Source, Task
from postroom.readers import ocr, sniff
from postroom.systems.bills import sample, work
from postroom.systems.bills.classify import classify
from postroom.systems.bills.read import bill
from postroom.systems.bills.read.document import opened
from postroom.systems.bills.sample.score import Table, compare
from postroom.systems.bills.workflow import Bills

_JOB = UUID(int=1)


def _pages(path: Path) -> list[object]:
    return list(work.words(path, sniff.sniff(path, path.name)))


def _scored(job: tuple[str, int, int]) -> list[object]:
    """Findings of one bill; dpi 0 for the PDF with text."""
    layout, seed, dpi = job
    data, truth = sample.scan(layout, seed, dpi) if dpi else sample.bill(layout, seed)
    with TemporaryDirectory() as name:
        path = Path(name) / "bill.pdf"
        path.write_bytes(data)
        return list(compare(truth, bill.read(_pages(path))))  # type: ignore[arg-type]


def accuracy(pool: ProcessPoolExecutor, seeds: range, dpi: int, *, held: bool) -> None:
    layouts = [layout.name for layout in sample.LAYOUTS if layout.held is held]
    table = Table()
    for findings in pool.map(_scored, [(name, seed, dpi) for name in layouts for seed in seeds]):
        table.add(findings)  # type: ignore[arg-type]
    right, wrong = table.goals()
    kind = f"scans at {dpi} dpi" if dpi else "PDFs with text"
    which = "never tuned on" if held else "tuned on"
    print(f"\n{len(layouts)} layouts {which}, seeds {seeds[0]} to {seeds[-1]}, {kind}\n{table}")
    print(f"goal fields together: {100 * right:.2f} % right, {100 * wrong:.2f} % wrong", flush=True)


# --- classification ---------------------------------------------------------------------------------------


def _verdict(path: Path) -> bool | None:
    try:
        return classify(opened(_pages(path))).utility  # type: ignore[arg-type]
    except (DocumentError, OSError):
        return None


def classification(pool: ProcessPoolExecutor, folder: Path, bills: int, folders: Sequence[Path]) -> None:
    right: list[Path] = []
    other: list[Path] = []
    for layout in sample.LAYOUTS:
        for seed in range(bills):
            right.append(folder / f"{layout.name}-{seed}.pdf")
            right[-1].write_bytes(sample.bill(layout.name, 2000 + seed)[0])
    for kind in sample.NONBILLS:
        for seed in range(20):
            data, suffix = sample.nonbill(kind, seed)
            other.append(folder / f"{kind}-{seed}{suffix}")
            other[-1].write_bytes(data)
    found = papers(folders)
    for name, paths, expected in (
        ("bills", right, True),
        ("made non-bills", other, False),
        ("found non-bills", found, False),
    ):
        verdicts = [
            (path, verdict)
            for path, verdict in zip(paths, pool.map(_verdict, paths), strict=True)
            if verdict is not None
        ]
        wrong = [path.name for path, verdict in verdicts if verdict is not expected]
        if verdicts:
            print(
                f"{name:16} {len(verdicts):5} {100 * (1 - len(wrong) / len(verdicts)):6.2f} % right   {wrong[:8]}",
                flush=True,
            )


# --- speed --------------------------------------------------------------------------------------------------


def _ours(path: Path) -> int:
    """The whole workflow on one file; returns its pages."""
    workflow = Bills()
    source = Source(_JOB, 0, path.name, path, path.stat().st_size, None, None)
    task = Task(ChunkKind.CHECK, _JOB, "bills", None, {}, path.parent, source=source)
    checked = workflow.check(task)
    done = Source(_JOB, 0, path.name, path, source.size, None, None, checked.media_type, checked.facts)
    task = Task(ChunkKind.PROCESS, _JOB, "bills", None, {}, path.parent, source=done)
    json.dumps(workflow.process(task).result)
    return int(checked.facts["pages"])


def _bare_text(path: Path) -> int:
    document = pdfium.PdfDocument(path)
    for page in document:
        page.get_textpage().get_text_range()
    return len(document)


@cache
def _bare_api() -> tesserocr.PyTessBaseAPI:
    """With the language data that we use, and as ready as ours: neither side pays for loading it."""
    return tesserocr.PyTessBaseAPI(path=str(ocr._data(ocr.LANGUAGE)), lang=ocr.LANGUAGE)


def _bare_ocr(path: Path) -> int:
    document = pdfium.PdfDocument(path)
    api = _bare_api()
    for page in document:
        api.SetImage(page.render(scale=300 / 72, grayscale=True).to_pil())
        api.Recognize()
        api.GetTSVText(0)
    return len(document)


def _spent(job: tuple[Callable[[Path], int], Path]) -> tuple[float, int]:
    work, path = job
    begin = time.process_time()
    pages = work(path)
    return time.process_time() - begin, pages


def _rate(pool: ProcessPoolExecutor, work: Callable[[Path], int], paths: Sequence[Path]) -> tuple[float, int]:
    """Processor seconds and pages of all of them."""
    spent = list(pool.map(_spent, [(work, path) for path in paths], chunksize=4))
    return sum(seconds for seconds, _ in spent), sum(pages for _, pages in spent)


def speed(pool: ProcessPoolExecutor, folder: Path, count: int, scans: int, processes: int) -> None:
    paths = []
    for number in range(count):
        layout = sample.LAYOUTS[number % len(sample.LAYOUTS)].name
        paths.append(folder / f"speed-{number}.pdf")
        paths[-1].write_bytes(sample.bill(layout, 3000 + number)[0])
    _rate(pool, _ours, paths[:8])
    ours = [_rate(pool, _ours, paths) for _ in range(3)]
    bare = [_rate(pool, _bare_text, paths) for _ in range(3)]
    seconds, pages = statistics.median(one[0] for one in ours), ours[0][1]
    plain = statistics.median(one[0] for one in bare)
    print(
        f"\ntext: {1000 * seconds / count:.1f} ms of processor time a bill ({pages} pages in {count} bills):"
        f" {processes * count / seconds:.1f} bills/s on {processes} cores; goal 20"
    )
    print(f"      bare pypdfium2 text: {1000 * plain / count:.1f} ms")
    pictures = []
    for number in range(scans):
        layout = sample.LAYOUTS[(number * 5) % len(sample.LAYOUTS)].name
        pictures.append(folder / f"scan-{number}.pdf")
        pictures[-1].write_bytes(sample.scan(layout, 3000 + number)[0])
    if not pictures:
        return
    for side in (_ours, _bare_ocr):
        _rate(pool, side, [pictures[0]] * 8)
    seconds, pages = _rate(pool, _ours, pictures)
    plain, _ = _rate(pool, _bare_ocr, pictures)
    print(f"scans: {seconds / pages:.2f} s of processor time a page ({pages} pages); goal 2.5")
    print(f"      bare pypdfium2 + tesserocr: {plain / pages:.2f} s; ratio {seconds / plain:.2f}, goal 1.3")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bills", type=int, default=25, help="of each layout, as PDFs with text")
    parser.add_argument("--scans", type=int, default=2, help="of each layout, for each resolution")
    parser.add_argument("--seed", type=int, default=1000, help="the first; a bill of each layout for each")
    parser.add_argument("--dpi", type=int, nargs="*", default=[150, 300])
    parser.add_argument("--layouts", choices=("held", "tuned"), nargs="*", default=["held", "tuned"])
    parser.add_argument(
        "--classify", type=int, default=25, help="bills of each layout to tell from other papers"
    )
    parser.add_argument("--pictures", type=int, default=12, help="scans whose speed is measured")
    parser.add_argument(
        "--files", type=Path, nargs="*", default=[], help="folders of documents that are no bills"
    )
    parser.add_argument("--speed", type=int, default=200)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    with TemporaryDirectory(prefix="postroom-bills-") as name, ProcessPoolExecutor(given.processes) as pool:
        folder = Path(name)
        kinds = [name == "held" for name in given.layouts]
        for held in kinds:
            if given.bills:
                accuracy(pool, range(given.seed, given.seed + given.bills), 0, held=held)
        for dpi in given.dpi if given.scans else []:
            for held in kinds:
                accuracy(pool, range(given.seed, given.seed + given.scans), dpi, held=held)
        if given.classify:
            classification(pool, folder, given.classify, [*given.files])
        if given.speed:
            speed(pool, folder, given.speed, given.pictures, given.processes)


if __name__ == "__main__":
    main()

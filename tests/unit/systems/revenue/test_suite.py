"""Proves that CSV files which others collected are cut into the same cells as the stdlib's reader cuts them.

The files ship in frictionless (PyPI) and csv-spectrum (npm). They are fetched when they may be, and never kept.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from postroom.systems.revenue import block, frame, machine
from postroom.systems.revenue.block import Block, Quotes

_PATIENCE = 60  # seconds for a registry to answer
_LARGEST = 1 << 20  # bytes; some of theirs are large and all the same


def _fetched(folder: Path, *command: str) -> Path:
    """The unpacked archive that the command downloads into `folder`."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not here")
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=_PATIENCE)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"the archive cannot be fetched: {error}")
    (archive,) = [*folder.glob("*.tgz"), *folder.glob("*.tar.gz")]
    with tarfile.open(archive) as opened:
        opened.extractall(folder / "out", filter="data")
    return folder / "out"


@pytest.fixture(scope="module")
def spectrum(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _fetched(tmp_path_factory.mktemp("spectrum"), "npm", "pack", "csv-spectrum") / "package"


@pytest.fixture(scope="module")
def frictionless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pip = [sys.executable, "-m", "pip", "download", "frictionless", "--no-deps", "--no-binary", ":all:"]
    return _fetched(tmp_path_factory.mktemp("frictionless"), *pip)


def rows_of(data: bytes) -> list[list[str]] | None:
    """The cells of a whole file by arrays, and, where all rows have one width, by columns too; None if a quote
    is left open."""
    whole = block.scan(data.removeprefix(b"\xef\xbb\xbf"), final=True)
    if whole.open:
        return None
    rows = [machine.cells(whole.text(index)) for index in range(len(whole))]
    assert whole.cells.tolist() == [len(row) for row in rows]
    widths = {len(row) for row in rows}
    if len(widths) == 1:
        _same_by_columns(whole, rows, widths.pop())
    return rows


def _same_by_columns(whole: Block, rows: list[list[str]], width: int) -> None:
    by_columns = frame.columns(whole, width, list(range(width)))
    trimmed = [[cell.strip() for cell in row] for row in rows]
    assert [list(row) for row in by_columns.rows()] == trimmed
    assert whole.quotes in Quotes


def test_csv_spectrum_reads_as_its_json_says(spectrum: Path) -> None:
    files = sorted((spectrum / "csvs").glob("*.csv"))
    assert len(files) >= 12
    for file in files:
        rows = rows_of(file.read_bytes())
        assert rows is not None
        wanted = json.loads((spectrum / "json" / f"{file.stem}.json").read_text())
        if not isinstance(wanted, list):  # one of theirs says something else than its file
            wanted = list(csv.DictReader(io.StringIO(file.read_text(), newline="")))
        assert [dict(zip(rows[0], row, strict=True)) for row in rows[1:]] == wanted, file.name


def _texts(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(folder.rglob("*.csv")):
        if file.stat().st_size > _LARGEST:
            continue
        data = file.read_bytes()
        try:
            data.decode()
        except UnicodeDecodeError:
            continue
        yield file.name, data


def test_the_files_of_frictionless_read_as_the_stdlib_reads_them(frictionless: Path) -> None:
    csv.field_size_limit(1 << 30)
    files = list(_texts(frictionless))
    assert len(files) > 80
    for name, data in files:
        wanted = [row for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")) if row]
        found = rows_of(data)
        if found is not None:
            assert found == wanted, name
        else:
            assert data.count(b'"') % 2 == 1, name

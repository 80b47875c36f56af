"""Owns what can be told of a table: CSV by streaming, spreadsheets through calamine. Knows no claim."""

from __future__ import annotations

import csv
import struct
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import python_calamine as calamine

from postroom.errors import DocumentError
from postroom.readers import delimiter, text

_SAMPLE = 64 << 10  # characters that the delimiter is guessed from
_LINE = 1 << 20  # characters of one line; what is longer is no table
_CELLS = 200  # columns of which the first row is shown
_CELL = 100  # characters of each
_SHEETS = 50
_UNPACKED = 512 << 20  # bytes that a spreadsheet may have when unpacked; calamine holds a sheet in memory

_DAMAGE = (
    calamine.CalamineError,
    zipfile.BadZipFile,
    NotImplementedError,  # a version of ZIP that there never was
    struct.error,
    OSError,
    ValueError,
)
_FIELD = 131_072  # characters of one field; an unclosed quotation mark makes the rest of the file one


def read_csv(path: Path) -> Mapping[str, Any]:
    """encoding, delimiter (None: one column), columns, rows, first_row, ragged_rows.

    rows: records that are not blank, a header included, quotes respected. columns: of the first one.
    ragged_rows: records with another number of columns. DocumentError for a line without end.
    """
    codec = text.encoding(path)
    with path.open(encoding=codec, errors="replace", newline="") as file:
        sample = file.read(_SAMPLE)
        mark = delimiter.guess(sample, whole=len(sample) < _SAMPLE)
        file.seek(0)
        counts = _count(file, mark or ",")
    return {"encoding": text.public_name(codec), "delimiter": mark, **counts}


def _count(file: TextIO, mark: str) -> Mapping[str, Any]:
    first: list[str] = []
    rows = ragged = 0
    csv.field_size_limit(_FIELD)  # for the whole process: somebody else may have set another
    reader = csv.reader(_lines(file), delimiter=mark)
    try:
        for row in reader:
            if not row:
                continue
            rows += 1
            if rows == 1:
                first = row
            elif len(row) != len(first):
                ragged += 1
    except csv.Error as error:
        # The csv module's own limit on a field ends this before memory does.
        raise DocumentError(
            f"Row {rows + 1:,} has a field of more than {_FIELD:,} characters; "
            "probably a quotation mark in it is never closed.",
            cause=error,
        ) from error
    return {
        "columns": len(first),
        "rows": rows,
        "ragged_rows": ragged,
        "first_row": [cell[:_CELL] for cell in first[:_CELLS]],
    }


def _lines(file: TextIO) -> Iterator[str]:
    number = 0
    while line := file.readline(_LINE):
        number += 1
        if len(line) == _LINE:
            raise DocumentError(f"Line {number:,} is longer than {_LINE:,} characters; this is no table.")
        yield line


def read_workbook(path: Path) -> Mapping[str, Any]:
    """sheets: of the first 50, name, rows and columns in use; sheet_count. XLSX, XLSB, XLS and ODS.

    DocumentError if it is damaged, protected by a password, or too large when unpacked.
    """
    try:
        _guard_size(path)
        with path.open("rb") as file:
            book = calamine.CalamineWorkbook.from_filelike(file)
            names = book.sheet_names
            sheets = [_sheet(book, index, name) for index, name in enumerate(names[:_SHEETS])]
    except calamine.PasswordError as error:
        raise DocumentError("The spreadsheet is protected by a password.", code="encrypted") from error
    except _DAMAGE as error:
        raise DocumentError("The spreadsheet is damaged and cannot be opened.", cause=error) from error
    except BaseException as error:
        # A panic of the Rust library is no Exception, so that nobody swallows it by accident. Here it is the
        # fault of the file, not ours.
        if type(error).__name__ != "PanicException":
            raise
        raise DocumentError("The spreadsheet is damaged and cannot be opened.", cause=error) from error
    return {"sheet_count": len(names), "sheets": sheets}


def _sheet(book: Any, index: int, name: str) -> Mapping[str, Any]:
    try:
        sheet = book.get_sheet_by_index(index)
    except calamine.WorksheetNotFound:  # a chart sheet has no cells
        return {"name": name[:_CELL], "rows": 0, "columns": 0}
    # By the last cell in use: `total_height` and `total_width` of the library are one too small.
    row, column = sheet.end or (-1, -1)
    return {"name": name[:_CELL], "rows": row + 1, "columns": column + 1}


def _guard_size(path: Path) -> None:
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > _UNPACKED:
        raise DocumentError(
            f"The spreadsheet is {unpacked:,} bytes when unpacked; at most {_UNPACKED:,} are opened.",
            code="too_large",
            limit=_UNPACKED,
        )

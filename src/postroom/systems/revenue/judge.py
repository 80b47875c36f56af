"""Owns what a process chunk does: judge the rows of one block, or those of all rivals, and write it down.

Two files come out, as CSV for `COPY`: rows that go into the table, in key order, and rows that failed, with
where their text stands in the document. Columns that are empty throughout are left out; the file's name in
the payload says which are there. Nothing in them says whose they are: that is not ours to say, because the
bytes that we read may have taken us over. Refuses to know the database.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import polars as pl

from postroom.systems.revenue import block, contract, frame, rule
from postroom.systems.revenue.block import Block, Quotes
from postroom.systems.revenue.contract import Code, Kind
from postroom.systems.revenue.header import Layout
from postroom.systems.revenue.survey import Mask, Stretch

LONGEST = 512  # bytes of a reference that is a key as it is; an index cannot hold much longer ones
RECORDS = (
    *("key", "reference", "happened_at", "currency", "value", "stage", "ra_id", "email", "phone", "payload"),
    *("lead_at", "labels", "properties", "row"),
)
MAY_LACK = ("reference", "stage", "ra_id", "email", "phone", "payload", "lead_at", "properties")
FAILURES = ("row", "start", "length", "code")
RIVALS = (*RECORDS, "start", "length", "code")

# Rows with these codes might as well be told that their reference repeats: that rule comes before theirs.
AFTER_REFERENCE = (Code.LEAD, Code.LEAD_FUTURE, Code.PROPERTIES, Code.LONG)


class Judge:
    """For one document. document: makes the keys of rows without a reference unique."""

    def __init__(
        self, kind: Kind, layout: Layout, document: UUID, *, now: datetime, cell_length: int
    ) -> None:
        self._kind = kind
        self._layout = layout
        self._document = document
        self._rules = rule.rules(kind, layout, now=now, cell_length=cell_length)

    def judged(self, file: Path, stretch: Stretch, chosen: Mask | None) -> tuple[pl.DataFrame, Block]:
        """The rows of a stretch (of which only those that are `chosen`), trimmed, with their `code`, number
        `row`, and where their text stands: `start`, `length`. And the block that they were read of."""
        with file.open("rb") as source:
            data = os.pread(source.fileno(), stretch.end - stretch.start, stretch.start)
        piece = block.scan(data, final=True, counted=False)
        if len(piece) != stretch.rows:
            raise ValueError(f"{len(piece)} rows where {stretch.rows} were found before")
        cells = frame.columns(piece, self._layout.width, self._layout.wanted)
        table = cells.with_columns(
            pl.Series("row", np.arange(stretch.row, stretch.row + stretch.rows)),
            pl.Series("start", piece.starts + stretch.start),
            pl.Series("length", piece.ends - piece.starts),
        )
        if chosen is not None:
            table = table.filter(pl.Series(chosen))
        return table.with_columns(rule.first(self._rules)), piece

    def part(self, file: Path, stretch: Stretch, scratch: Path) -> tuple[int, dict[str, Path]]:
        """One block, without its rivals. Returns how many rows failed, and the files."""
        chosen = None if stretch.rivals is None else ~stretch.rivals
        table, piece = self.judged(file, stretch, chosen)
        bad = table.filter(pl.col("code") != 0).select(FAILURES)
        files = {}
        if len(bad) < len(table):
            records = self._records(table, special=_special(piece))
            lacking = [name for name in MAY_LACK if (records[name] == "").all()]
            # Texts are moved once: bad rows go while the others are put in order.
            order = records["key"].arg_sort()
            if len(bad):
                order = order.filter((table["code"] == 0).gather(order))
            records = records.drop(lacking)[order]
            # No cell needs an escape.
            simple = piece.lines and b"\\" not in piece.data and b"\t" not in piece.data
            name = ":".join(("lines" if simple else "records", *records.columns))
            files[name] = scratch / "records"
            _write(records, files[name], simple=simple)
        if len(bad):
            files["failures"] = scratch / "failures.csv"
            bad.write_csv(files["failures"], include_header=False)
        return len(bad), files

    def rivals(self, file: Path, stretches: Sequence[Stretch], scratch: Path) -> tuple[int, dict[str, Path]]:
        """All rows of a document whose references may repeat. Which of them win, the database decides."""
        failed = 0
        files: dict[str, Path] = {}
        for stretch in stretches:
            table, piece = self.judged(file, stretch, stretch.rivals)
            contends = (pl.col("code") == 0) | pl.col("code").is_in([int(code) for code in AFTER_REFERENCE])
            bad, others = table.filter(~contends), table.filter(contends)
            failed += len(bad)
            marks = others.select("start", "length", "code")
            _append(scratch / "failures.csv", "failures", files, bad.select(FAILURES))
            _append(
                scratch / "rivals.csv",
                "rivals",
                files,
                self._records(others, special=_special(piece)).hstack(marks),
            )
        return failed, files

    def _records(self, table: pl.DataFrame, *, special: bool) -> pl.DataFrame:
        """special: whether a cell may hold a quote or a backslash."""
        layout, kind = self._layout, self._kind

        def text(name: str, alias: str) -> pl.Expr:
            """Blank stays empty, which `COPY` is told to take for NULL."""
            cell = pl.col(str(layout.places[name])) if name in layout.places else pl.lit("")
            return cell.alias(alias)

        names = zip(contract.IDENTIFIERS, ("ra_id", "email", "phone", "payload"), strict=True)
        rows = table.select(
            *(text(contract.REFERENCE, "reference"), text(kind.date, "happened_at")),
            *(text(contract.CURRENCY, "currency"), text(kind.value, "value"), text(contract.STAGE, "stage")),
            *(text(name, alias) for name, alias in names),
            *(text(contract.LEAD, "lead_at"), text(contract.PROPERTIES, "properties"), "row"),
            _labels(layout.labels, special=special),
        )
        return self._keyed(rows).select(RECORDS)

    def _keyed(self, rows: pl.DataFrame) -> pl.DataFrame:
        """With the column `key`. A reference is its own key, and then not written twice, unless it is too
        long or absent; such keys begin with a space, which no reference does."""
        reference = pl.col("reference")
        long, blank = reference.str.len_bytes() > LONGEST, reference == ""
        if not rows.select((long | blank).any()).item():
            return rows.with_columns(reference.alias("key"), pl.lit("").alias("reference"))
        absent = pl.concat_str(pl.lit(f" {self._document.hex}:"), pl.col("row").cast(pl.String).str.zfill(12))
        digest = pl.when(long).then(reference).map_elements(_digest, return_dtype=pl.String)
        return rows.with_columns(
            pl.when(blank).then(absent).when(long).then(digest).otherwise(reference).alias("key"),
            pl.when(long).then(reference).otherwise(pl.lit("")).alias("reference"),
        )


def _digest(reference: str) -> str:
    return " sha256:" + hashlib.sha256(reference.encode()).hexdigest()


def _special(piece: Block) -> bool:
    quote = b'""' if piece.quotes is Quotes.REGULAR else b'"'
    return quote in piece.data or b"\\" in piece.data


def _labels(places: Sequence[int], *, special: bool) -> pl.Expr:
    """An array of the labels that are not blank, each once, as Postgres writes arrays."""
    if not places:
        return pl.lit("{}").alias("labels")
    cells = [pl.col(str(place)) for place in places]
    plain = [cell.str.replace_all(r'(["\\])', r"\$1") if special else cell for cell in cells]
    quoted = [pl.concat_str(pl.lit('"'), cell, pl.lit('"')) for cell in plain]
    if len(places) > 8:
        kept = [pl.when(cell != "").then(text) for cell, text in zip(cells, quoted, strict=True)]
        joined = pl.concat_list(kept).list.drop_nulls().list.unique(maintain_order=True).list.join(",")
    else:
        joined = pl.concat_str(
            [
                pl.when(pl.all_horizontal(cell != "", *(cell != earlier for earlier in cells[:n]))).then(text)
                for n, (cell, text) in enumerate(zip(cells, quoted, strict=True))
            ],
            separator=",",
            ignore_nulls=True,
        )
    return pl.concat_str(pl.lit("{"), joined, pl.lit("}")).alias("labels")


def _write(table: pl.DataFrame, path: Path, *, simple: bool) -> None:
    """simple: in the format of `COPY` itself, tabs and no quotes, which both sides do twice as fast."""
    if simple:
        table.write_csv(path, include_header=False, separator="\t", quote_style="never")
    else:
        table.write_csv(path, include_header=False)


def _append(path: Path, name: str, files: dict[str, Path], table: pl.DataFrame) -> None:
    if len(table):
        files[name] = path
        with path.open("ab") as out:
            table.write_csv(out, include_header=False)


def range_of(stretches: Sequence[Stretch]) -> Mapping[str, Any]:
    """The range of the chunk of all rivals."""
    return {"stretches": [stretch.plan() for stretch in stretches if stretch.rivals is not None]}

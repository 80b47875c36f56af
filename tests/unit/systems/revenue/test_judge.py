"""Proves that files are read and rows are judged as the oracle does, wherever the borders of blocks fall."""

from __future__ import annotations

import csv
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from postroom.systems.revenue import contract, judge, survey
from postroom.systems.revenue.contract import Code
from tests.example import examples
from tests.unit.systems.revenue import oracle
from tests.unit.systems.revenue.files import files

NOW = datetime(2026, 1, 15, 12, 0, 0, 500, UTC)
# Without shrinking: a file that fails is small already, and minutes are not worth a smaller one.
_LIMIT = settings(
    max_examples=examples(60),
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def found_in(data: bytes, kind: str, folder: Path, size: int) -> oracle.Verdict:
    """What the desk's own code makes of a file, with blocks of `size` bytes; rivals settled as SQL does."""
    file = folder / "file.csv"
    file.write_bytes(data)
    before, survey.SIZE = survey.SIZE, size
    try:
        seen = survey.survey(file, contract.KINDS[kind])
    finally:
        survey.SIZE = before
    verdict = oracle.Verdict()
    if seen.unreadable:
        verdict.fatal = contract.UNREADABLE
        return verdict
    verdict.refused = [(problem.row, problem.message) for problem in seen.problems]
    if verdict.refused:
        return verdict
    verdict.header = data[slice(*seen.head)]
    verdict.rows = seen.rows
    if not seen.rows:
        verdict.fatal = contract.EMPTY
        return verdict
    assert seen.layout is not None
    own = judge.Judge(contract.KINDS[kind], seen.layout, UUID(int=7), now=NOW, cell_length=0)
    stretches = [survey.Stretch.planned(stretch.plan()) for stretch in seen.stretches]
    for number, stretch in enumerate(stretches):
        scratch = folder / str(number)
        scratch.mkdir(exist_ok=True)
        _collect(verdict, own.part(file, stretch, scratch)[1], kind, data)
    rivals = [stretch for stretch in stretches if stretch.rivals is not None]
    scratch = folder / "rivals"
    scratch.mkdir(exist_ok=True)
    _collect(verdict, own.rivals(file, rivals, scratch)[1], kind, data)
    return verdict


def _collect(verdict: oracle.Verdict, paths: dict[str, Path], kind: str, data: bytes) -> None:
    texts = contract.texts(contract.KINDS[kind])

    def fail(row: str, start: str, length: str, code: int) -> None:
        raw = data[int(start) : int(start) + int(length)]
        assert int(row) not in verdict.failed
        verdict.failed[int(row)] = (raw, texts[Code(code)].message)

    for form, path in paths.items():
        name, *columns = form.split(":")
        if name == "lines":
            rows = [line.split("\t") for line in path.read_text().split("\n")[:-1]]
        else:
            with path.open(newline="") as source:
                rows = list(csv.reader(source))
        if name == "failures":
            for row, start, length, code in rows:
                fail(row, start, length, int(code))
            continue
        if columns:
            rows = [[named.get(one, "") for one in judge.RECORDS] for named in _named(columns, rows)]
        winners: dict[str, int] = {}
        for row in rows:
            if name == "rivals" and row[-1] == "0":
                winners[row[0]] = min(int(row[13]), winners.get(row[0], 1 << 60))
        keys = [row[0].encode() for row in rows]
        assert name == "rivals" or keys == sorted(keys)
        for row in rows:
            if name == "rivals" and int(row[13]) > winners.get(row[0], 1 << 60):
                fail(row[13], row[14], row[15], Code.REFERENCE_REPEATED)
            elif name == "rivals" and row[16] != "0":
                fail(row[13], row[14], row[15], int(row[16]))
            else:
                assert int(row[13]) not in verdict.stored
                verdict.stored[int(row[13])] = _record(row, kind)
    for path in paths.values():
        path.unlink()


def _named(columns: list[str], rows: list[list[str]]) -> list[dict[str, str]]:
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _record(row: list[str], kind: str) -> dict[str, object]:
    own = oracle.KINDS[kind]
    key, long, date, currency, value, stage, *identifiers, lead, labels, properties, _ = row[:14]
    record: dict[str, object] = {own["date"]: date, "CurrencyCode": currency, own["value"]: value}
    record |= dict(zip(oracle.IDENTIFIERS, identifiers, strict=True))
    record["Reference"] = long or ("" if key.startswith(" ") else key)
    record |= {"LeadDate": lead, "PipelineStage": stage, "AdditionalDataProperties": properties}
    record["Label"] = _array(labels)
    return record


def _array(literal: str) -> list[str]:
    """A Postgres array of texts, all quoted."""
    found, text, at = [], None, 1
    while at < len(literal) - 1:
        char = literal[at]
        if char == "\\":
            at += 1
            text = (text or "") + literal[at]
        elif char == '"':
            if text is None:
                text = ""
            else:
                found.append(text)
                text = None
        elif text is not None:
            text += char
        at += 1
    return found


def _same(data: bytes, kind: str, size: int) -> None:
    expected = oracle.judge(data, kind, NOW)
    with tempfile.TemporaryDirectory() as folder:
        found = found_in(data, kind, Path(folder), size)
    assert (found.fatal, found.rows) == (expected.fatal, expected.rows)
    assert found.refused == expected.refused
    assert found.failed == expected.failed
    assert found.stored.keys() == expected.stored.keys()
    for row, record in found.stored.items():
        known = {name: value for name, value in record.items() if name in expected.stored[row]}
        wanted = {name: value for name, value in expected.stored[row].items() if name in record}
        assert known == wanted
    if expected.rows:
        assert found.header == expected.header


@pytest.mark.parametrize("kind", ["revenue", "opportunity"])
@_LIMIT
@given(data=st.data(), size=st.sampled_from([16, 64, 300, 4 << 20]))
def test_sound_files_are_judged_row_by_row_as_the_oracle_does(
    kind: str, data: st.DataObject, size: int
) -> None:
    _same(data.draw(files(kind)), kind, size)


@_LIMIT
@given(data=files("revenue", broken=True), size=st.sampled_from([16, 64, 300, 4 << 20]))
@example(data=b"", size=64)
@example(data=b"\xef\xbb\xbf", size=64)
@example(data=b"\n\n\r\n", size=64)
@example(data=",,\n".encode(), size=64)  # noqa: UP012
@example(data="Value\n1\n".encode("utf-16"), size=64)
@example(data="Value,é\n1,2\n".encode("latin-1"), size=64)
@example(data=b'a,"b\n', size=64)
def test_broken_files_are_refused_for_the_oracles_reasons(data: bytes, size: int) -> None:
    _same(data, "revenue", size)


@_LIMIT
@given(
    text=st.lists(st.sampled_from(["a", '"', ",", "\n", "\r", '""', "é", " ", "Value"]), max_size=40).map(
        "".join
    ),
    size=st.sampled_from([4, 16, 64]),
)
def test_any_soup_of_quotes_commas_and_breaks_is_cut_into_the_oracles_rows(text: str, size: int) -> None:
    head = "RevenueClosedDate,CurrencyCode,Value,Label,Reference\n"
    _same((head + text).encode(), "revenue", size)


def test_the_currencies_of_the_oracle_are_known() -> None:
    assert oracle.CURRENCIES <= contract.CURRENCIES
    assert all(len(code) == 3 and code.isupper() and code.isascii() for code in contract.CURRENCIES)

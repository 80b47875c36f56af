"""Rows, columns, delimiter and encoding of tables; texts and their lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from postroom.errors import DocumentError
from postroom.readers import archive, sheet, text
from postroom.systems.inspect.sample import file as sample_file


def _file(folder: Path, data: bytes) -> Path:
    (folder / "x").write_bytes(data)
    return folder / "x"


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_quotes_and_line_ends_are_respected(tmp_path: Path, mark: str, end: str) -> None:
    rows = [["a", "b"], [f'"x{mark}y{end}z"', '"say ""hi"""'], [], ["1", "2"], ["3"]]
    data = end.join(mark.join(row) for row in rows)
    facts = sheet.read_csv(_file(tmp_path, data.encode()))
    assert (facts["delimiter"], facts["columns"], facts["rows"]) == (mark, 2, 4)
    assert facts["ragged_rows"] == 1
    assert facts["first_row"] == ["a", "b"]


def test_one_column_has_no_delimiter(tmp_path: Path) -> None:
    facts = sheet.read_csv(_file(tmp_path, b"name\nanna\nbert\n"))
    assert (facts["delimiter"], facts["columns"], facts["rows"]) == (None, 1, 3)


def test_a_quotation_mark_that_is_never_closed_does_not_fill_the_memory(tmp_path: Path) -> None:
    data = b'a,b\n1,"open\n' + b"2,3\n" * 100_000
    with pytest.raises(DocumentError, match="never closed"):
        sheet.read_csv(_file(tmp_path, data))


def test_a_line_without_an_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="longer than"):
        sheet.read_csv(_file(tmp_path, b"a," * 600_000))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04" + bytes(100), b"\xd0\xcf\x11\xe0" + bytes(600)])
def test_a_damaged_workbook_is_the_documents_fault(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(DocumentError):
        sheet.read_workbook(_file(tmp_path, data))


def test_a_workbook_in_a_zip_of_the_future_is_damaged(tmp_path: Path) -> None:
    data = bytearray(sample_file.workbook([("One", [["a"]])]))
    at = data.index(b"PK\x01\x02")
    data[at + 6] = 132  # the version needed to unpack it
    with pytest.raises(DocumentError, match="damaged"):
        sheet.read_workbook(_file(tmp_path, bytes(data)))


def test_an_archive_without_its_end_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="directory"):
        archive.read(_file(tmp_path, b"PK\x03\x04" + bytes(100)))


@pytest.mark.parametrize(
    ("codec", "words", "public"),
    [
        ("ascii", "plain words\n", "ascii"),
        ("utf-8", "Grüße an Łódź\n", "utf-8"),
        ("utf-8-sig", "Grüße\n", "utf-8"),
        ("utf-16", "Grüße\n", "utf-16"),
        ("utf-32", "Grüße\n", "utf-32"),
        ("cp1252", "Müller & Söhne, Größe, Chloé, señor; Straße und Öl\n", "windows-1252"),
        ("cp1250", "Łódź jest piękna; zażółć gęślą jaźń; Płatność za usługę\n", "windows-1250"),
        ("cp1251", "Привет мир, это счет за электроэнергию\n", "windows-1251"),
        ("cp932", "請求書番号 東京都千代田区 合計金額\n", "shift_jis"),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, codec: str, words: str, public: str) -> None:
    facts = text.read(_file(tmp_path, (words * 5).encode(codec)))
    assert facts == {"encoding": public, "lines": 5, "characters": 5 * len(words)}


def test_an_odd_byte_far_behind_the_beginning_is_seen(tmp_path: Path) -> None:
    data = b"plain words\n" * 200_000 + "Größe, Müller, Söhne\n".encode("cp1252")
    assert text.encoding(_file(tmp_path, data)) == "cp1252"


def test_the_last_line_counts_without_an_end(tmp_path: Path) -> None:
    assert text.read(_file(tmp_path, b"one\r\ntwo\rthree"))["lines"] == 3
    assert text.read(_file(tmp_path, b"one\n"))["lines"] == 1

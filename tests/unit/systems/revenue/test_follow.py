"""Files that are looked into while they arrive: the same is found as in the whole file, or nothing at all."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest

from postroom.systems.revenue import contract, survey

KIND = contract.KINDS["revenue"]
HEAD = "RevenueClosedDate,CurrencyCode,Value,EmailAddress,Label,Reference\n"


def _rows(count: int) -> bytes:
    draw = random.Random(3)
    broken = ("a", "a\n")
    rows = (
        f'2024-01-{draw.randint(1, 28):02},GBP,{number},"{draw.choice(broken)}@example.org",Ü,R{number % 9000}'
        for number in range(count)
    )
    return (HEAD + "\n".join(rows)).encode()


def _arrive(path: Path, data: bytes, pause: float) -> threading.Thread:
    """Append to the file in uneven pieces, as writers do, then give it its name."""
    path.write_bytes(data[: len(HEAD)])

    def write() -> None:
        draw, place = random.Random(5), len(HEAD)
        with path.open("ab", buffering=0) as out:
            while place < len(data):
                size = draw.randint(1, 1 << 17)
                out.write(data[place : place + size])
                place += size
                time.sleep(pause)
        path.rename(path.with_suffix(".csv"))

    thread = threading.Thread(target=write)
    thread.start()
    return thread


def test_a_file_that_still_arrives_is_surveyed_as_the_whole_of_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "SIZE", 1 << 16)
    monkeypatch.setattr(survey, "PATIENCE", 60.0)
    thread = _arrive(tmp_path / "file", _rows(20_000), 0.002)
    seen = survey.survey(tmp_path / "file", KIND, arriving=True)
    thread.join()
    whole = survey.survey(tmp_path / "file.csv", KIND)
    assert [one.plan() for one in seen.stretches] == [one.plan() for one in whole.stretches]
    assert (seen.rows, seen.head, seen.layout) == (20_000, whole.head, whole.layout)


def test_a_file_that_arrives_slowly_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "PATIENCE", 0.02)
    (tmp_path / "file").write_bytes(_rows(10))
    with pytest.raises(survey.NotYet):
        survey.survey(tmp_path / "file", KIND, arriving=True)


@pytest.mark.parametrize("wrong", [b"1,2\n", b"\xff\n", b'"'])
def test_what_is_wrong_with_a_file_is_only_told_of_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: bytes
) -> None:
    monkeypatch.setattr(survey, "PATIENCE", 60.0)
    thread = _arrive(tmp_path / "file", _rows(100) + b"\n" + wrong + _rows(100), 0.0)
    with pytest.raises(survey.NotYet):
        survey.survey(tmp_path / "file", KIND, arriving=True)
    thread.join()

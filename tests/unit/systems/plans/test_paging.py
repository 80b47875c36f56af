"""Proves cursors: what is written is read, and nothing else is ever taken for one."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.errors import Invalid
from postroom.systems.plans import paging


@given(st.uuids(), st.integers(0, (1 << 31) - 1), st.uuids())
def test_what_is_written_is_read(file: UUID, page: int, id: UUID) -> None:
    mark = paging.mark("sheets", "a")
    assert paging.read(paging.write(mark, file, page, id), mark, UUID, int, UUID) == [file, page, id]


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        paging.read(text, paging.mark("x"), UUID, int, UUID)
    assert caught.value.field == "cursor"


@given(st.uuids(), st.integers(0, 9))
def test_a_cursor_of_another_list_is_refused(file: UUID, page: int) -> None:
    cursor = paging.write(paging.mark("sheets"), file, page, file)
    with pytest.raises(Invalid):
        paging.read(cursor, paging.mark("regions"), UUID, int, UUID)
    with pytest.raises(Invalid):
        paging.read(cursor, paging.mark("sheets"), int)


@given(st.binary(max_size=60), st.integers(0, 60))
def test_a_damaged_cursor_is_refused_or_reads_as_some_place(noise: bytes, at: int) -> None:
    mark = paging.mark("x")
    cursor = paging.write(mark, UUID(int=1), 2, UUID(int=3))
    damaged = cursor[:at] + noise.decode("latin-1") + cursor[at + len(noise) :]
    try:
        found = paging.read(damaged, mark, UUID, int, UUID)
    except Invalid:
        return
    assert [type(one) for one in found] == [UUID, int, UUID]

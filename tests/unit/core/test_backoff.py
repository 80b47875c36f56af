"""Owns: examples of the back-off; its bounds are in properties/test_backoff.py."""

from __future__ import annotations

import pytest

from postroom.core.backoff import delay


def test_it_doubles_with_each_attempt() -> None:
    assert [delay(n, base=1, cap=1000, jitter=0) for n in (1, 2, 3, 4)] == [0.5, 1, 2, 4]


def test_it_stops_at_the_cap() -> None:
    assert delay(30, base=1, cap=300, jitter=0) == 150
    assert delay(10_000, base=1, cap=300, jitter=0.999_999) < 300


def test_attempts_count_from_one() -> None:
    with pytest.raises(ValueError, match="from 1"):
        delay(0, base=1, cap=1, jitter=0)

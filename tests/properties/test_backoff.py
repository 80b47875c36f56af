"""Owns: the bounds of the back-off, for every attempt, base, cap and jitter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from postroom.core.backoff import delay

attempts = st.integers(1, 10_000)
seconds = st.floats(0.001, 1e6)
jitters = st.floats(0, 1, exclude_max=True)


@given(attempts, seconds, seconds, jitters)
def test_it_lies_between_half_the_ceiling_and_the_ceiling(
    n: int, base: float, cap: float, jitter: float
) -> None:
    ceiling = min(cap, base * 2.0 ** min(n - 1, 62))
    assert ceiling / 2 <= delay(n, base=base, cap=cap, jitter=jitter) <= ceiling <= cap


@given(attempts, seconds, seconds, jitters)
def test_it_never_falls_from_one_attempt_to_the_next(n: int, base: float, cap: float, jitter: float) -> None:
    assert delay(n, base=base, cap=cap, jitter=jitter) <= delay(n + 1, base=base, cap=cap, jitter=jitter)


@given(attempts, seconds, seconds, jitters, jitters)
def test_jitter_spreads_and_keeps_its_order(n: int, base: float, cap: float, one: float, two: float) -> None:
    low, high = sorted((one, two))
    assert delay(n, base=base, cap=cap, jitter=low) <= delay(n, base=base, cap=cap, jitter=high)

"""Proves that a key that calls too often is told when to come back, and that nobody else pays for it."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from postroom.errors import Busy
from postroom.systems.plans.rate import Buckets


def test_after_a_burst_a_key_waits_as_long_as_it_is_told() -> None:
    buckets, key = Buckets(), UUID(int=1)
    for _ in range(3):
        buckets.take(key, 10.0, rate=0.5, burst=3)
    with pytest.raises(Busy) as refused:
        buckets.take(key, 10.0, rate=0.5, burst=3)
    wait = refused.value.extra["retry_after"]
    assert wait == 2
    buckets.take(UUID(int=2), 10.0, rate=0.5, burst=3)
    buckets.take(key, 10.0 + wait, rate=0.5, burst=3)
    with pytest.raises(Busy):
        buckets.take(key, 10.0 + wait, rate=0.5, burst=3)


def test_without_a_rate_there_is_no_limit() -> None:
    buckets = Buckets()
    for _ in range(1000):
        buckets.take(UUID(int=1), 0.0, rate=0.0, burst=1)


def test_keys_that_have_rested_are_forgotten() -> None:
    buckets = Buckets()
    for _ in range(10_001):
        buckets.take(uuid4(), 0.0, rate=1.0, burst=2)
    buckets.take(uuid4(), 100.0, rate=1.0, burst=2)
    assert len(buckets._found) == 1

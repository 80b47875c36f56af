"""Owns: that counts and units know whether they add up (rule 1)."""

from __future__ import annotations

import pytest

from postroom.core.progress import BUCKETS, Counts, Units


def test_the_buckets_are_all_counts_but_the_sum() -> None:
    assert set(BUCKETS) | {"documents"} == set(Counts().as_dict())


@pytest.mark.parametrize("name", BUCKETS)
def test_counts_add_up_in_every_bucket(name: str) -> None:
    assert Counts(documents=2, **{name: 2}).conserved
    assert not Counts(documents=2, **{name: 1}).conserved
    assert not Counts(documents=1, **{name: 2}).conserved


@pytest.mark.parametrize("name", BUCKETS)
def test_what_neither_waits_nor_runs_has_ended(name: str) -> None:
    assert Counts(documents=3, **{name: 3}).ended == (0 if name in ("waiting", "running") else 3)


@pytest.mark.parametrize("name", ["waiting", "running", "succeeded", "failed", "cancelled"])
def test_pages_and_rows_add_up_too(name: str) -> None:
    assert Units(total=2, **{name: 2}).conserved
    assert not Units(total=2, **{name: 1}).conserved

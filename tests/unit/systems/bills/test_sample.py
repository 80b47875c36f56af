"""The sample keeps its word: same seed, same bytes; sums that add up; the truth about each file."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from random import Random

import pypdfium2 as pdfium
import pytest

from postroom.systems.bills import sample

NAMES = [layout.name for layout in sample.LAYOUTS]


@pytest.mark.parametrize("layout", NAMES)
def test_a_layout_is_the_same_for_the_same_seed(layout: str) -> None:
    assert sample.bill(layout, 3) == sample.bill(layout, 3)
    assert sample.bill(layout, 3)[0] != sample.bill(layout, 4)[0]


@pytest.mark.parametrize("layout", NAMES)
def test_the_facts_of_a_bill_add_up(layout: str) -> None:
    made = next(one for one in sample.LAYOUTS if one.name == layout)
    for seed in range(20):
        _, facts = made.make(Random(seed))
        assert facts.previous - facts.paid + facts.current == facts.total
        assert facts.start <= facts.end <= facts.due
        for supply in facts.supplies:
            if supply.parts:
                assert sum((part[2] for part in supply.parts), Decimal(0)) == supply.usage


def test_there_are_enough_layouts_of_every_service_and_land() -> None:
    held = [layout for layout in sample.LAYOUTS if layout.held]
    assert len(held) >= 4 and len(sample.LAYOUTS) - len(held) >= 12
    truths = [sample.bill(name, 1)[1] for name in NAMES]
    assert {one["commodity"] for one in truths} >= {"ELECTRICITY", "GAS", "WATER", "TELECOM", "WASTE"}
    assert {one["chargesUnits"] for one in truths} >= {"USD", "GBP", "EUR", "AUD"}
    pages = {len(pdfium.PdfDocument(sample.bill(name, 1)[0])) for name in NAMES}
    assert min(pages) == 1 and max(pages) == 6


def test_a_pile_tells_the_truth_about_each_file(tmp_path: Path) -> None:
    made = sample.generate(tmp_path / "one", 40, seed=5, scans=0.0)
    again = sample.generate(tmp_path / "two", 40, seed=5, scans=0.0)
    assert made == again
    for entry in made.entries:
        data = (tmp_path / "one" / entry.name).read_bytes()
        assert data == (tmp_path / "two" / entry.name).read_bytes()
        if entry.duplicate_of is not None:
            assert data == (tmp_path / "one" / entry.duplicate_of).read_bytes()
    kinds = {entry.kind for entry in made.entries}
    assert "bill" in kinds and len(kinds) > 2
    made.save(tmp_path / "truth.json")
    assert len(json.loads((tmp_path / "truth.json").read_text())["documents"]) == 40

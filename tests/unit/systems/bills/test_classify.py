"""Bills and what is none: by content, of every layout and kind that the sample has."""

from __future__ import annotations

from pathlib import Path

import pypdfium2 as pdfium
import pytest

from postroom.readers.page import page_words
from postroom.readers.word import PageWords
from postroom.systems.bills import sample
from postroom.systems.bills.classify import Verdict, classify
from postroom.systems.bills.read.document import opened

SAMPLES = Path(__file__).parents[5] / "shared" / "samples"


def judged(data: bytes) -> Verdict:
    document = pdfium.PdfDocument(data)
    try:
        return classify(opened([page_words(page, ocr="never") for page in document]))
    finally:
        document.close()


@pytest.mark.parametrize("layout", [layout.name for layout in sample.LAYOUTS])
def test_every_layout_is_a_utility_bill(layout: str) -> None:
    for seed in range(3):
        verdict = judged(sample.bill(layout, seed)[0])
        assert verdict.utility, verdict


@pytest.mark.parametrize("kind", [kind for kind in sample.NONBILLS if kind != "photo"])
def test_what_is_no_bill_is_not_one(kind: str) -> None:
    for seed in range(5):
        verdict = judged(sample.nonbill(kind, seed)[0])
        assert not verdict.utility, verdict


def test_a_photo_has_nothing_to_read_and_is_no_bill() -> None:
    assert not classify(opened([PageWords(600, 400, (), "none")])).utility


def test_real_documents_that_are_no_bills() -> None:
    files = [file for file in SAMPLES.rglob("*.pdf") if file.name != "la_dwp.pdf"]
    if not files:
        pytest.skip("no real documents here: ../shared/samples")
    for file in files:
        verdict = judged(file.read_bytes())
        assert not verdict.utility, (file.name, verdict)


def test_the_score_comes_with_its_reasons() -> None:
    verdict = judged(sample.bill("us_gas", 1)[0])
    assert verdict.reasons
    assert {"amount due", "account number", "meter readings"} <= {name for name, _ in verdict.reasons}
    assert 0.5 <= verdict.score <= 1

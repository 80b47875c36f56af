"""Whole certificates: generated ones against their truth, the real samples, and what is laid over, turned, merged."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from postroom.readers import ocr
from postroom.systems.certificates import certificate, sample
from postroom.systems.certificates.read import form
from postroom.systems.certificates.read.trace import leaves
from postroom.systems.certificates.sample import agency, drawing, style
from postroom.systems.certificates.sample import fill as sample_fill
from postroom.systems.certificates.sample import scan as sample_scan
from postroom.systems.certificates.sample.drawing import Look
from postroom.systems.certificates.sample.scan import Scan

SAMPLES = Path(__file__).parents[5] / "shared" / "samples" / "certificates"
REAL = SAMPLES / "acord_25_2016_03.pdf"
needs_samples = pytest.mark.skipif(not REAL.exists(), reason="the shared samples are not beside the project")
needs_ocr = pytest.mark.skipif(ocr.available() is not None, reason=ocr.available() or "")


def _read(folder: Path, data: bytes) -> certificate.Reading:
    file = folder / "certificate.pdf"
    file.write_bytes(data)
    return certificate.read(file)


def _tally(folder: Path, kind: str, count: int, seed: int) -> tuple[Counter[str], list[str]]:
    random, tally, bad = Random(seed), Counter[str](), []
    for number in range(count):
        data, entry = sample.make(random, number + 1, kind)
        reading = _read(folder, data)
        verdicts = sample.compare(entry.truth, reading.parsed)
        tally.update(verdicts.values())
        bad += [f"{entry.name} {path} {verdict}" for path, verdict in verdicts.items() if verdict != "right"]
    return tally, bad


def test_every_value_of_form_fields_is_read(tmp_path: Path) -> None:
    tally, bad = _tally(tmp_path, "fields", 24, 11)
    assert not bad
    assert tally["right"] > 1500


def test_flat_text_of_three_editions_is_read(tmp_path: Path) -> None:
    tally, bad = _tally(tmp_path, "flat", 24, 12)
    assert tally["right"] >= 0.99 * tally.total(), bad
    assert tally["wrong"] < 0.01 * tally.total(), bad


@pytest.mark.parametrize("fields", [True, False])
def test_certificates_as_agencies_send_them_are_read(tmp_path: Path, fields: bool) -> None:
    """Wrapped numbers, symbol fonts, codes in corners, fax headers; pages turned, cropped, scaled, shifted."""
    random, bad, count = Random(31), [], 0
    for number in range(12):
        data, truth = agency.make(random, number + 1, fields=fields)
        verdicts = sample.compare(truth, _read(tmp_path, data).parsed)
        count += len(verdicts)
        bad += [f"{number} {path} {verdict}" for path, verdict in verdicts.items() if verdict != "right"]
    assert len(bad) < 0.005 * count, bad


@pytest.mark.parametrize("name", [name for name, one in style.STYLES.items() if not one.under])
def test_certificates_of_five_house_styles_are_read(tmp_path: Path, name: str) -> None:
    """Capitals set off their boxes, letters above their row, flattened fields, filled boxes, $1MM, a full blank row."""
    random, bad, count = Random(name), [], 0
    for number in range(6):
        data, truth = style.make(random, number + 1, name)
        verdicts = sample.compare(truth, _read(tmp_path, data).parsed)
        count += len(verdicts)
        bad += [f"{number} {path} {verdict}" for path, verdict in verdicts.items() if verdict != "right"]
    assert len(bad) < 0.005 * count, bad


@needs_ocr
def test_text_typed_over_a_picture_of_the_form_is_read_as_text(tmp_path: Path) -> None:
    data, truth = style.make(Random(5), 2, "overprint")
    reading = _read(tmp_path, data)
    verdicts = sample.compare(truth, reading.parsed)
    assert [path for path, verdict in verdicts.items() if verdict != "right"] == []
    assert reading.places["insured.name"].confidence == 1.0


def test_the_same_seed_makes_the_same_bytes() -> None:
    for kind in ("fields", "flat"):
        assert sample.make(Random(3), 1, kind) == sample.make(Random(3), 1, kind)


@needs_ocr
def test_a_skew_scan_upside_down_is_read(tmp_path: Path) -> None:
    data, entry = sample.make(Random(7), 3, "flat")
    scan = sample_scan.scanned(data, Scan(dpi=300, skew=3.0, turned=True, seed=1))
    reading = _read(tmp_path, scan)
    verdicts = Counter(sample.compare(entry.truth, reading.parsed).values())
    assert verdicts["right"] >= 0.9 * verdicts.total(), sample.compare(entry.truth, reading.parsed)
    assert reading.pages[0].words.source == "ocr"


# --- the real samples --------------------------------------------------------------------------------


def _assert_real(parsed: dict[str, Any], *, naic: bool = True) -> None:
    """What is printed on it, read by eye."""
    producer = parsed["producer"]
    assert producer["name"] == "Damon Bogich, LLC"
    assert producer["address"]["line1"] == "300 Mission St."
    assert producer["address"]["locality"] == "Livonia"
    assert (producer["address"]["region"], producer["address"]["postalcode"]) == ("MI", "48152")
    assert producer["contact_name"] == "Tiffany Edison"
    assert (producer["phone"], producer["fax"]) == ("(313)775-8809", "(313)775-4444")
    assert producer["email"] == "Tiffany.edison@yahoo.com"
    assert parsed["insured"]["name"] == "Lisa Gomez, LLC"
    names = ("Mid", "Half", "Whole", "Quarter")
    assert [(each["letter"], each["name"]) for each in parsed["insurers"]] == [
        *((letter, f"{name} Century Insurance Company") for letter, name in zip("ABCD", names, strict=True)),
        ("E", "National Liability Insurers Company"),
        ("F", "Fire Insurance Company"),
    ]
    assert [each["naic"] for each in parsed["insurers"]] == [str(digit) * 5 for digit in range(1, 7)]
    assert set(parsed["coverages"]) == {"commercial_general_liability", "automobile_liability", "other"}
    liability = parsed["coverages"]["commercial_general_liability"]
    assert liability["occurrence"] is True
    assert (liability["claims_made"], liability["aggregate_applies_per"]) == (False, None)
    assert liability["additional_insured"] is True
    assert liability["waiver_of_subrogation"] is None
    assert _row(liability) == ("A", "7843243-A", "01/17/2020", "01/17/2021")
    assert list(liability["limits"].values()) == [400_000, 500_000, 600_000, 700_000, 800_000, None]
    autos = parsed["coverages"]["automobile_liability"]
    assert _row(autos) == ("B", "73 TRS 104039", "04/17/2020", "04/17/2020")
    assert (autos["scheduled_autos"], autos["any_auto"], autos["hired_autos_only"]) == (True, False, False)
    assert list(autos["limits"].values()) == [500_000, None, None, None]
    (garage,) = parsed["coverages"]["other"]
    assert _row(garage) == ("D", "7841276-A", "03/17/2020", "03/17/2021")
    assert (garage["name"], garage["additional_insured"]) == ("Garage Keepers Liability", True)
    described = parsed["description_of_operations"]
    assert described["text"] == "Placeholder Description text to show how this will be extracted"
    assert described["signature"] is True
    holder = parsed["certificate_holder"]
    assert holder["name"] == "World's Best, Inc."
    assert holder["address"]["line1"] == "231 Reindeer Avenue"
    assert parsed["certificate_date"] is None
    assert parsed["certificate_number"] is None
    assert parsed["additional_policies"] == []


def _row(policy: dict[str, Any]) -> tuple[Any, ...]:
    keys = ("insurer_letter", "policy_number_string", "policy_effective_date", "policy_expiration_date")
    return tuple(policy[key] for key in keys)


@needs_samples
def test_every_value_of_a_real_form_is_read_and_nothing_is_invented() -> None:
    reading = certificate.read(REAL)
    assert (reading.kind.form, reading.kind.edition) == ("ACORD 25", "2016/03")
    _assert_real(reading.parsed)


@needs_samples
@needs_ocr
def test_the_real_form_is_read_from_a_scan_too(tmp_path: Path) -> None:
    _assert_real(_read(tmp_path, sample_scan.scanned(REAL.read_bytes(), Scan(300, skew=2.0))).parsed)


@needs_samples
@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_is_read_as_it_is_displayed(tmp_path: Path, turn: int) -> None:
    with pikepdf.open(REAL) as pdf:
        pdf.pages[0].obj.Rotate = turn
        pdf.pages[0].obj.CropBox = Array([5, 5, 607, 785])
        out = io.BytesIO()
        pdf.save(out)
    _assert_real(_read(tmp_path, out.getvalue()).parsed)


@needs_samples
def test_another_acord_form_is_told_apart() -> None:
    reading = certificate.read(SAMPLES / "acord_28_property.pdf")
    assert reading.kind.form == "ACORD 28"
    assert not reading.usable
    assert reading.parsed == {}


# --- provenance --------------------------------------------------------------------------------------


def test_every_known_value_says_where_it_stands(tmp_path: Path) -> None:
    data, _ = sample.make(Random(5), 3, "flat")
    reading = _read(tmp_path, data)
    known = {
        path
        for path, value in leaves(reading.parsed)
        if value not in (None, False) and not path.startswith("form.")
    }
    implied = {path for path in known if path.endswith((".letter", ".coverage"))}
    assert known - set(reading.places) <= implied
    for path, place in reading.places.items():
        assert path in dict(leaves(reading.parsed)), path
        assert place.page == 1
        assert 0 <= place.box.left < place.box.right <= 612
        assert 0 <= place.box.top < place.box.bottom <= 792
        assert 0 < place.confidence <= 1


# --- what is particular ------------------------------------------------------------------------------


def _filled(seed: int = 21) -> sample_fill.Fill:
    return sample_fill.fill(Random(seed), "2016/03")


def test_ticks_are_seen_however_they_are_drawn(tmp_path: Path) -> None:
    filled = _filled()
    found = []
    for tick in drawing.TICKS:
        parsed = _read(tmp_path, drawing.draw(filled, Look(tick=tick))).parsed
        found.append(_booleans(parsed["coverages"]))
    assert found[0]
    assert all(one == found[0] for one in found)
    filled.boxes.clear()
    assert not any(_booleans(_read(tmp_path, drawing.draw(filled, Look())).parsed["coverages"]).values())


def _booleans(coverages: dict[str, Any]) -> dict[str, bool]:
    names = ("additional_insured", "waiver_of_subrogation", "proprietor_excluded")
    return {
        path: value
        for path, value in leaves(coverages)
        if isinstance(value, bool) and not path.endswith(names)
    }


def test_a_tick_or_a_letter_alone_is_no_coverage(tmp_path: Path) -> None:
    filled = sample_fill.Fill("2016/03")
    filled.text = {"insured": ["Acme LLC"]}
    filled.boxes = {"umbrella_excess_liability.umbrella", "workers_compensation.per_statute"}
    filled.rows = [sample_fill.Row(452, letter="C"), sample_fill.Row(498, letter="A", waived="Y")]
    reading = _read(tmp_path, drawing.draw(filled, Look()))
    assert reading.parsed["coverages"] == {}
    assert reading.usable
    assert not any(path.startswith("coverages") for path in reading.places)


def test_an_empty_form_is_not_usable(tmp_path: Path) -> None:
    reading = _read(tmp_path, drawing.draw(sample_fill.Fill("2014/01"), Look()))
    assert (reading.kind.form, reading.usable) == ("ACORD 25", False)
    values = [value for path, value in leaves(reading.parsed) if not path.startswith("form.")]
    assert not [value for value in values if value not in (None, False)]


def test_remarks_on_the_next_page_continue_the_description(tmp_path: Path) -> None:
    filled = _filled()
    filled.text["description"] = ["See attached."]
    remarks = ["Acme Holdings LLC is included as additional insured.", "Waiver of subrogation applies."]
    reading = _read(tmp_path, drawing.draw(filled, Look(), remarks))
    described = reading.parsed["description_of_operations"]
    assert described["text"].startswith("See attached. Acme Holdings LLC")
    assert described["additional_insured_names"] == ["Acme Holdings LLC"]
    assert described["waiver_of_subrogation"] is True
    assert reading.parsed["form"]["pages_read"] == 2
    assert "SCHEDULE" not in described["text"]


def _joined(pages: Iterable[bytes]) -> bytes:
    whole = pikepdf.new()
    for data in pages:
        with pikepdf.open(io.BytesIO(data)) as part:
            whole.pages.extend(part.pages)
    out = io.BytesIO()
    whole.save(out)
    return out.getvalue()


def test_a_second_form_adds_its_policies_and_a_third_page_is_not_read(tmp_path: Path) -> None:
    first, second, third = (sample_fill.Fill("2016/03") for _ in range(3))
    first.text = {"insured": ["Acme LLC"]}
    first.rows = [sample_fill.Row(308, "A", number="GL-1", effective="01/01/2025", expiration="01/01/2026")]
    second.rows = [
        sample_fill.Row(308, "B", number="GL-2", effective="01/01/2025", expiration="01/01/2026"),
        sample_fill.Row(392, "B", number="AUTO-2", effective="01/01/2025", expiration="01/01/2026"),
    ]
    third.rows = [sample_fill.Row(500, "A", number="WC-3", effective="01/01/2025", expiration="01/01/2026")]
    reading = _read(tmp_path, _joined(drawing.draw(each, Look()) for each in (first, second, third)))
    coverages = reading.parsed["coverages"]
    assert coverages["commercial_general_liability"]["policy_number_string"] == "GL-1"
    assert coverages["automobile_liability"]["policy_number_string"] == "AUTO-2"
    assert "workers_compensation" not in coverages
    (more,) = reading.parsed["additional_policies"]
    assert (more["coverage"], more["policy"]["policy_number_string"]) == (
        "commercial_general_liability",
        "GL-2",
    )
    assert reading.places["coverages.automobile_liability.policy_number_string"].page == 2
    assert reading.places["additional_policies.0.policy.policy_number_string"].page == 2


def test_a_date_stamped_into_its_neighbour_s_column_is_not_lost(tmp_path: Path) -> None:
    filled = sample_fill.Fill("2016/03")
    filled.rows = [sample_fill.Row(308, "A", number="GL-1", effective="01/01/2025", expiration="01/01/2026")]
    reading = _read(tmp_path, drawing.draw(filled, Look(font="/Courier", size=9.5)))
    assert _row(reading.parsed["coverages"]["commercial_general_liability"]) == (
        "A",
        "GL-1",
        "01/01/2025",
        "01/01/2026",
    )


def _typed_rows(limits: list[tuple[float, str, str]], shift: float = 0.0) -> sample_fill.Fill:
    """Two policies in the blank rows, as close below each other as they are typed."""
    filled = sample_fill.Fill("2016/03")
    dated = {"effective": "1/17/20", "expiration": "1/17/21"}
    filled.rows = [
        sample_fill.Row(534 + shift, "A", "Y", number="CRIME-1", name="Crime", **dated),
        sample_fill.Row(552 + shift, "B", number="CYB-2", name="Cyber Liability", **dated),
    ]
    filled.extra = limits
    return filled


def test_limits_typed_close_below_each_other_belong_to_their_own_policy(tmp_path: Path) -> None:
    limits = [
        (534.0, "Each Occurrence", "$ 1,000,000"),
        (544.0, "Aggregate", "2,000,000"),
        (552.0, "Each Claim", "3000000"),
        (562.0, "Aggregate", "INCLUDED"),
    ]
    found = _read(tmp_path, drawing.draw(_typed_rows(limits), Look())).parsed["coverages"]
    crime, cyber = found["criminal_liability"], found["cyber_liability"]
    assert _row(crime) == ("A", "CRIME-1", "01/17/2020", "01/17/2021")
    assert (crime["additional_insured"], cyber["additional_insured"]) == (True, None)
    keys = ("each_claim_dollars", "each_occurrence_dollars", "aggregate_dollars")
    assert [crime["limits"][key] for key in keys] == [None, 1_000_000, 2_000_000]
    assert [cyber["limits"][key] for key in keys] == [3_000_000, None, None]


def test_two_limits_of_a_kind_for_one_policy_are_unknown(tmp_path: Path) -> None:
    limits = [(534.0, "Aggregate", "1,000,000"), (544.0, "Aggregate", "2,000,000")]
    reading = _read(tmp_path, drawing.draw(_typed_rows(limits), Look()))
    assert reading.parsed["coverages"]["criminal_liability"]["limits"]["aggregate_dollars"] is None
    assert "coverages.criminal_liability.limits.aggregate_dollars" not in reading.places


def test_limits_that_are_words_are_unknown(tmp_path: Path) -> None:
    band = "commercial_general_liability"
    filled = sample_fill.Fill("2010/05")
    filled.rows = [sample_fill.Row(308, "A", number="GL-1", effective="1/17/20", expiration="1/17/21")]
    said = ("$ 1,000,000", "INCLUDED", "EXCLUDED", "Excl", "$2,000,000", "N/A")
    filled.limits = [(band, key, text) for key, text in zip(form.LIMITS[band], said, strict=True)]
    found = _read(tmp_path, drawing.draw(filled, Look(font="/Courier"))).parsed["coverages"][band]
    assert list(found["limits"].values()) == [1_000_000, None, None, None, 2_000_000, None]


def test_of_a_form_in_another_order_nothing_is_taken_for_something_else(tmp_path: Path) -> None:
    """The upper half stands below the lower one: the geometry fits one of them at most."""
    filled = _filled()
    with pikepdf.open(io.BytesIO(drawing.draw(filled, Look()))) as pdf:
        page = pdf.pages[0].obj
        drawn = page.Contents.read_bytes()
        halves = ((0, -396), (396, 396))
        parts = [b"q 0 %d 612 396 re W n 1 0 0 1 0 %d cm %b Q" % (at, by, drawn) for at, by in halves]
        page.Contents = pdf.make_stream(b"\n".join(parts))
        out = io.BytesIO()
        pdf.save(out)
    reading = _read(tmp_path, out.getvalue())
    truth, read = dict(leaves(filled.truth)), dict(leaves(reading.parsed))
    wrong = {
        path: value
        for path, value in read.items()
        if path in truth and value not in (None, False, [], truth[path]) and not isinstance(value, bool)
    }
    assert not wrong


def test_text_typed_over_as_an_annotation_and_a_signature_field_count(tmp_path: Path) -> None:
    filled = sample_fill.Fill("2016/03")
    with pikepdf.open(io.BytesIO(drawing.draw(filled, Look()))) as pdf:
        page = pdf.pages[0].obj
        note = Dictionary(
            Type=Name.Annot,
            Subtype=Name.FreeText,
            Rect=[30, 580, 200, 600],
            Contents=String("Typed Over LLC"),
        )
        signed = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Sig,
            Rect=[400, 55, 500, 75],
            V=Dictionary(Type=Name.Sig),
        )
        page.Annots = Array([pdf.make_indirect(note), pdf.make_indirect(signed)])
        out = io.BytesIO()
        pdf.save(out)
    reading = _read(tmp_path, out.getvalue())
    assert reading.parsed["insured"]["name"] == "Typed Over LLC"
    assert reading.parsed["description_of_operations"]["signature"] is True

"""Proves that grep finds what Python's re finds, in a corpus behind an index, in order and to the last hit."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postroom.core.states import JobState
from postroom.desk import job as jobs
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.job import Order
from postroom.errors import Invalid
from postroom.systems.plans import entity, gram, keep, sample
from postroom.systems.plans.entity import Wanted
from postroom.systems.plans.sample import text as sample_text
from postroom.systems.plans.search import grep, shelf
from postroom.systems.plans.search import ranked as search
from postroom.systems.plans.search.ranked import Filter
from tests.example import examples
from tests.unit.systems.plans.hand import Done, Home, home, read, store

_ALPHABET = "abAB1é \n"
_literals = st.text(_ALPHABET, min_size=1, max_size=4).map(re.escape)
_atoms = _literals | st.sampled_from([".", r"\d", "[ab]", "[^a]", "^", "$", r"\w"])
_patterns = st.recursive(
    _atoms,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("|".join),
        inner.map("({})".format),
        inner.map("(?:{})?".format),
        inner.map("(?:{})+".format),
        st.tuples(_literals, st.sampled_from(["+", "*", "?", "{2}", "{0,1}"])).map("".join),
    ),
    max_leaves=6,
)
_LIMIT = settings(max_examples=examples(300), suppress_health_check=list(HealthCheck))


@_LIMIT
@given(_patterns, st.text(_ALPHABET, max_size=40), st.booleans())
def test_the_index_never_withholds_a_page_that_matches(pattern: str, text: str, ignore: bool) -> None:
    needs = gram.needed(pattern, literal=False)
    if needs is not None and re.search(pattern, text, re.MULTILINE | (re.IGNORECASE if ignore else 0)):
        there = set(gram.of_text(text))
        assert any(set(need) <= there for need in needs)


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        ("(?:FOUND|VERIF)ER", ["FOUNDER", "VERIFER"]),
        ("A-10[1-3]", ["A-101", "A-102", "A-103"]),
        ("colou?r", ["color", "colour"]),
        (r"\bSEE\s+[A-Z]", ["SEE"]),
        ("b+cde", ["bcde"]),
        ("(?:foods?|food)", ["food"]),
    ],
)
def test_what_stands_beside_a_choice_is_looked_up_with_it(pattern: str, literals: list[str]) -> None:
    assert sorted(gram.needed(pattern, literal=False) or []) == sorted(map(gram.of_text, literals))


@pytest.mark.parametrize("pattern", ["a.b", r"\d+", "(?:abc|x)", "ab*c*", "[^abc]de"])
def test_a_pattern_without_three_sure_characters_may_be_on_any_page(pattern: str) -> None:
    assert gram.needed(pattern, literal=False) is None


@_LIMIT
@given(st.text(_ALPHABET, min_size=1, max_size=6), st.text(_ALPHABET, max_size=60), st.booleans())
def test_a_plain_text_is_found_wherever_it_stands(needle: str, text: str, ignore: bool) -> None:
    expression = grep.compiled(needle, literal=True, ignore_case=ignore)
    expected = [
        found.span() for found in re.finditer(re.escape(needle), text, re.IGNORECASE if ignore else 0)
    ]
    assert list(grep.spans(expression, text.encode())) == expected


# Neither alternatives nor repetitions of what may be empty: there leftmost-first of two engines may differ.
_SAME = [
    r"ab",
    r"a.b",
    r"[ab]+1",
    r"^a\w*",
    r"(?:ab|ba)1?",
    r"\d+\s",
    r"b$",
    r"é.",
    r"A[^b]{1,3}b",
    r"(?i)ab",
]


@_LIMIT
@given(st.sampled_from(_SAME), st.text(_ALPHABET, max_size=60))
def test_a_regular_expression_finds_the_same_places_as_pythons(pattern: str, text: str) -> None:
    expression = grep.compiled(pattern, literal=False, ignore_case=False)
    flags = re.MULTILINE | re.ASCII  # RE2's \w and \d are ASCII
    assert list(grep.spans(expression, text.encode())) == [
        m.span() for m in re.finditer(pattern, text, flags)
    ]


@pytest.mark.parametrize("pattern", ["(", "[a", "a**", r"(?=a)", r"\1", "x" * 2000, "", "a\0b", "a{5000}"])
def test_what_is_no_pattern_is_refused_by_name(pattern: str) -> None:
    with pytest.raises(Invalid) as told:
        grep.compiled(pattern, literal=False, ignore_case=False)
    assert told.value.field == "pattern"


def test_a_pattern_made_to_hang_does_not() -> None:
    expression = grep.compiled("(a+a+)+b", literal=False, ignore_case=False)
    assert list(grep.spans(expression, b"a" * 100_000)) == []


# --- behind the database ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Done]:
    """A set of drawings, a manual, an addendum, a report, read once."""
    folder = tmp_path_factory.mktemp("read")
    truth = sample.project(folder / "in", seed=4, sheets=6, strokes=5)
    return [read(folder / "in" / entry.name, folder) for entry in truth]


@pytest.fixture
async def at(desk: Desk, access: Access, files: list[Done], tmp_path: Path) -> Home:
    """A project of an account that holds them."""
    job = await jobs.submit(desk, access, Order("plans"))
    assert job.state is JobState.OPEN
    made = await home(desk.db, access.account, job.id)
    await store(desk.db, made, tmp_path, *files)
    return made


async def test_grep_finds_every_match_in_order_however_it_is_paged(desk: Desk, at: Home) -> None:
    rows = await desk.db.fetch("SELECT file_id, page, text FROM plan_page ORDER BY file_id, page")
    patterns = [
        r"FIRE RATED \w+",
        r"SEE [A-Z]+-?\d",
        "the",
        r"\bmanufacturer's\b",
        r"S[A-Z]+ION",
        "zzz",
        r"\d{3}",
        "1",
    ]
    for pattern in patterns:
        expected = [
            (row["file_id"], row["page"], found.start(), found.end())
            for row in rows
            for found in re.finditer(pattern, row["text"], re.MULTILINE | re.ASCII)
        ]
        hits, after = [], None
        while True:
            found = await grep.search(desk.db, at.project, pattern, after=after, limit=7)
            assert len(found.hits) <= 7
            hits += [(hit.file, hit.page, hit.start, hit.end) for hit in found.hits]
            after = found.next
            if after is None:
                break
        assert hits == expected, pattern


async def test_a_page_that_is_gone_is_not_found_though_its_text_was_read_before(desk: Desk, at: Home) -> None:
    before = (await grep.search(desk.db, at.project, "FIRE", limit=200)).hits
    gone = before[0].page_id
    await desk.db.execute("DELETE FROM plan_page WHERE id = $1", gone)
    after = (await grep.search(desk.db, at.project, "FIRE", limit=200)).hits
    assert [hit for hit in before if hit.page_id != gone] == list(after)
    assert len(after) < len(before)


async def test_texts_in_memory_are_bounded_and_the_last_used_stay(desk: Desk, at: Home) -> None:
    await desk.db.execute("UPDATE plan_page SET text = lpad(page::text, 1000, 'x')")
    rows = await desk.db.fetch("SELECT id, text FROM plan_page LIMIT 12")
    kept = shelf.Shelf(10 * 1200)
    for row in rows:
        assert await kept.take(desk.db, [row["id"]]) == {row["id"]: row["text"].encode()}
    await desk.db.execute("UPDATE plan_page SET text = 'another'")
    texts = await kept.take(desk.db, [row["id"] for row in rows])
    assert [text == b"another" for text in texts.values()].count(True) == 2
    assert texts[rows[-1]["id"]] == rows[-1]["text"].encode()


async def test_a_hit_names_its_sheet_and_the_boxes_of_its_words(desk: Desk, at: Home) -> None:
    (hit, *_) = (await grep.search(desk.db, at.project, "general notes", ignore_case=True, literal=True)).hits
    assert hit.match == "GENERAL NOTES"
    assert hit.sheet_number
    assert len(hit.boxes) == 2
    (one, two) = hit.boxes
    assert one[2] <= two[0]
    assert one[0] > 0.5
    assert "GENERAL NOTES" in hit.snippet


async def test_one_project_never_shows_another(desk: Desk, at: Home, access: Access) -> None:
    job = await jobs.submit(desk, access, Order("plans"))
    other = await home(desk.db, access.account, job.id, "Other")
    assert not (await grep.search(desk.db, other.project, "FIRE")).hits
    assert not await search.find(desk.db, [other.project], "fire", Filter(), limit=5)
    assert (await entity.sheets(desk.db, Wanted(other.project))).total == 0


async def test_words_and_phrases_are_found_and_ranked(desk: Desk, at: Home) -> None:
    hits = await search.find(desk.db, [at.project], '"fire rated doors"', Filter(), limit=10)
    assert hits
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all("FIRE RATED DOORS" in hit.snippet.upper().replace("\n", " ") for hit in hits)
    assert {hit.source["type"] for hit in hits} == {"region"}
    (section, *_) = await search.find(
        desk.db, [at.project], "installation instructions", Filter(entity_types=("specification",)), limit=5
    )
    assert section.source["section_number"]
    found = await search.text_of(desk.db, at.project, section.uri, "text")
    assert found is not None
    assert found[0].startswith("SECTION")
    assert await search.text_of(desk.db, uuid4(), section.uri, "text") is None


async def test_entities_are_listed_in_one_order_and_filtered(desk: Desk, at: Home) -> None:
    whole = await entity.sheets(desk.db, Wanted(at.project))
    assert whole.total == len(whole.rows) == 6
    (first,) = (await entity.sheets(desk.db, Wanted(at.project), limit=1)).rows
    after = (first["file_id"], first["page"], first["id"])
    rest = await entity.sheets(desk.db, Wanted(at.project), after=after)
    assert [row["id"] for row in rest.rows] == [row["id"] for row in whole.rows[1:]]
    number = whole.rows[2]["sheet_number"]
    (one,) = (await entity.sheets(desk.db, Wanted(at.project, sheet_number=number))).rows
    blocks = await entity.regions(desk.db, Wanted(at.project, sheet=one["id"], region_type="title_block"))
    assert number in blocks.rows[0]["text"]
    sections = await entity.sections(desk.db, Wanted(at.project))
    detail = await entity.section_text(desk.db, sections.rows[0]["id"])
    assert detail is not None
    assert detail["text"].startswith("SECTION")
    assert "END OF SECTION" in detail["text"]
    kinds = {row["doc_type"] for row in (await entity.docs(desk.db, Wanted(at.project))).rows}
    assert kinds == {"addendum", "report"}


async def test_pages_that_are_not_those_that_were_asked_for_are_not_stored(
    desk: Desk, at: Home, tmp_path: Path
) -> None:
    sample_text.document(tmp_path / "liar.pdf", 1, pages=2)
    done = read(tmp_path / "liar.pdf", tmp_path)
    (part, result) = done.parts[0]
    await desk.db.execute(
        "INSERT INTO plan_file (id, project_id, job_id, position, name, content_type, size) "
        "VALUES ($1, $2, $3, 9, 'liar.pdf', 'application/pdf', 1)",
        done.source.id,
        at.project,
        at.job,
    )
    lying = replace(part, pages=3, range={**part.range, "last": 3})
    async with desk.db.transaction() as connection:
        stored = await keep.write(connection, at.job, done.source.id, lying, result)
    assert stored.problem is not None
    assert stored.problem.code == "bad_result"
    rows = await entity.pages(desk.db, done.source.id)
    assert [(row["page"], row["ok"], row["code"]) for row in rows] == [
        (n, False, "bad_result") for n in (1, 2, 3)
    ]

"""Proves what a section of specifications is said to be made of."""

from __future__ import annotations

from uuid import UUID

from postroom.systems.plans.read import facet

TEXT = """SECTION 09 91 00
PAINTING
PART 1 - GENERAL
1.1 SUMMARY
A. Paint everything.
1.2 SUBMITTALS
A. Submit samples of each color
for selection by the Architect.
B. Submit product data.
PART 2 - PRODUCTS
2.1 PRIMERS
A. Alkyd, white.
PART 3 - EXECUTION
3.1 APPLICATION
A. Two coats. See 1.2 SUBMITTALS for colors.
END OF SECTION"""
PAGES = [(0, 7), (TEXT.index("PART 2"), 8)]


def test_parts_and_articles_are_facets_of_the_whole_text() -> None:
    found = facet.facets(TEXT)
    labels = [(one.kind, one.label) for one in found]
    assert labels == [
        ("part", "PART 1 GENERAL"),
        ("article", "1.1 SUMMARY"),
        ("article", "1.2 SUBMITTALS"),
        ("part", "PART 2 PRODUCTS"),
        ("article", "2.1 PRIMERS"),
        ("part", "PART 3 EXECUTION"),
        ("article", "3.1 APPLICATION"),
    ]
    assert all(TEXT[one.at :].startswith(one.text) for one in found)
    assert len({facet.shown_id(UUID(int=1), one) for one in found}) == len(found)


def test_a_facet_says_on_which_pages_it_stands() -> None:
    pages = [facet.pages_of(one, PAGES) for one in facet.facets(TEXT)]
    assert pages == [(7, 7)] * 3 + [(8, 8)] * 4


def test_what_articles_ask_for_is_told_paragraph_by_paragraph() -> None:
    told = facet.told(facet.facets(TEXT))
    assert told["submittals"] == [
        {
            "text": "Submit samples of each color for selection by the Architect.",
            "label": "1.2 SUBMITTALS",
        },
        {"text": "Submit product data.", "label": "1.2 SUBMITTALS"},
    ]
    assert told["products"] == [{"name": "PRIMERS", "description": "Alkyd, white."}]
    assert [one["label"] for one in told["executionRequirements"]][:1] == ["3.1 APPLICATION"]
    assert told["references"] == []


def test_a_text_without_parts_has_no_facets() -> None:
    assert facet.facets("Nothing here.\n1.1 SUMMARY") == []

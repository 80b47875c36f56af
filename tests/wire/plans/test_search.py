"""Proves search in sources and over projects, and reading what was found."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.wire.plans.conftest import Office
from tests.wire.plans.paper import pdf
from tests.wire.plans.site import Site


def _search(site: Site, query: str, **more: Any) -> list[dict[str, Any]]:
    path = f"/projects/{site.project}/source-search"
    body = site.call("POST", path, 200, json={"query": query, **more}).json()
    assert (body["status"], body["query"], body["hitCount"]) == ("ok", query, len(body["hits"]))
    scores = [hit["score"] for hit in body["hits"]]
    assert scores == sorted(scores, reverse=True)
    hits: list[dict[str, Any]] = body["hits"]
    return hits


def test_what_was_read_is_found_with_where_it_stands(library: Site) -> None:
    (hit,) = _search(library, "zirconium")
    assert "zirconium" in hit["snippet"].lower()
    assert hit["source"]["type"] == "specification"
    assert hit["source"]["sectionNumber"] == "03 30 00"
    hits = _search(library, "wallaby")
    assert {one["source"]["sheetNumber"] for one in hits} == {"A-101", "S-201"}
    assert all(one["source"]["fileId"].startswith("file_") for one in hits)
    assert _search(library, "nonexistentword") == []


def test_filters_of_a_search_hold_together(library: Site) -> None:
    assert {one["source"]["sheetNumber"] for one in _search(library, "wallaby", sheetNumber="S-201")} == {
        "S-201"
    }
    assert _search(library, "wallaby", classification="specifications") == []
    assert _search(library, "wallaby", entityTypes=["specification"]) == []
    assert _search(library, "wallaby", entityTypes=["region", "door"])
    assert _search(library, "wallaby", fileName="nothing") == []
    assert len(_search(library, "wallaby", maxHits=1)) == 1
    assert _search(library, "zirconium", pageNumber=3) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": ""},
        {"query": "  "},
        {"query": 7},
        {"query": "x", "maxHits": 0},
        {"query": "x", "maxHits": 51},
        {"query": "x", "maxHits": "5"},
        {"query": "x", "pageNumber": 0},
        {"query": "x", "classification": "novel"},
        {"query": "x", "entityTypes": "region"},
        {"query": "x", "entityTypes": [7]},
        {"query": "x", "sheetNumber": 7},
    ],
    ids=str,
)
def test_a_search_that_does_not_fit_is_refused(library: Site, body: dict[str, Any]) -> None:
    library.refused("POST", f"/projects/{library.project}/source-search", 400, "validation_failed", json=body)


@pytest.mark.parametrize(
    "query", ['"', "a & | !", "((", "\\", "%_", "ß 漢字 🏗", "-", "a" * 1000, "x <-> y:*"]
)
def test_no_query_breaks_the_search(library: Site, query: str) -> None:
    _search(library, query)


def test_a_project_without_files_has_no_hits(site: Site) -> None:
    assert _search(site, "anything") == []


def test_a_project_whose_files_are_being_read_is_not_ready(site: Site, office: Any) -> None:
    job = site.job()
    site.upload(job, pdf("soon"), classification="documents")
    assert _search(site, "soon") == []
    office.sql("UPDATE job SET state = 'blocked' WHERE id = $1::uuid", job[4:])
    path = f"/projects/{site.project}/source-search"
    site.refused("POST", path, 409, "vector_index_not_ready", json={"query": "soon"})
    site.call("POST", f"/jobs/{job}/cancel", 200)


def _text(site: Site, uri: str, **more: Any) -> dict[str, Any]:
    path = f"/projects/{site.project}/source-text"
    found: dict[str, Any] = site.call("POST", path, 200, json={"sourceCatalogUri": uri, **more}).json()
    return found


@pytest.mark.parametrize("most", [1, 7, 50_000])
def test_chunks_of_a_text_make_the_whole_of_it(library: Site, most: int) -> None:
    (hit,) = _search(library, "zirconium")
    uri = hit["sourceCatalogUri"]
    whole = _text(library, uri)
    assert whole["nextCursor"] is None and "zirconium" in whole["text"]
    pieces, cursor = [], None
    while True:
        page = _text(library, uri, maxChars=most, **({"cursor": cursor} if cursor else {}))
        assert len(page["text"]) <= most and page["cursor"] == cursor
        pieces.append(page["text"])
        cursor = page["nextCursor"]
        if cursor is None or len(pieces) > 60:
            break
    assert "".join(pieces) == whole["text"][: len("".join(pieces))]
    assert cursor is not None or "".join(pieces) == whole["text"]


@pytest.mark.parametrize(
    "kind", ["text", "markdown", "page_regions", "facet_source_text", "facet_match_text"]
)
def test_every_kind_of_text_can_be_asked_for(library: Site, kind: str) -> None:
    uri = _search(library, "wallaby")[0]["sourceCatalogUri"]
    found = _text(library, uri, textKind=kind)
    assert (found["textKind"], found["sourceCatalogUri"]) == (kind, uri)


def test_a_text_that_is_none_of_this_project_is_not_found(library: Site, site: Site) -> None:
    uri = _search(library, "zirconium")[0]["sourceCatalogUri"]
    path = "/projects/%s/source-text"
    site.refused("POST", path % site.project, 404, "not_found", json={"sourceCatalogUri": uri})
    for wrong in ("pgcat://x", "x", uri + "0"):
        library.refused("POST", path % library.project, 404, "not_found", json={"sourceCatalogUri": wrong})
    given = {"sourceCatalogUri": uri, "facetId": "facet_1"}
    library.refused("POST", path % library.project, 404, "not_found", json=given)


@pytest.mark.parametrize(
    "change",
    [
        {"sourceCatalogUri": ""},
        {"sourceCatalogUri": None},
        {"maxChars": 0},
        {"maxChars": 50_001},
        {"textKind": "html"},
        {"textKind": None},
        {"cursor": "x"},
        {"cursor": 7},
    ],
    ids=str,
)
def test_a_wish_for_text_that_does_not_fit_is_refused(library: Site, change: dict[str, Any]) -> None:
    body = {"sourceCatalogUri": _search(library, "zirconium")[0]["sourceCatalogUri"], **change}
    library.refused("POST", f"/projects/{library.project}/source-text", 400, "validation_failed", json=body)


def test_projects_are_found_by_name_and_by_what_is_in_them(library: Site) -> None:
    name = library.call("GET", f"/projects/{library.project}", 200).json()["project"]["name"]
    other = library.call("POST", "/projects", 202, json={"name": "Zebra Hall"}).json()["project"]["id"]

    def found(query: str, **more: Any) -> list[tuple[str, list[str]]]:
        body = library.call("POST", "/projects/search", 200, json={"query": query, **more}).json()
        assert body["returnedCount"] == len(body["projects"])
        return [(one["project"]["id"], one["matchReasons"]) for one in body["projects"]]

    assert found("zebra") == [(other, ["name"])]
    assert found("zirconium") == [(library.project, ["semantic source"])]
    assert found(name)[0] == (library.project, ["name"])
    assert found("zirconium", projectIds=[other]) == []
    body = {"query": "zirconium", "projectIds": ["proj_x"]}
    assert library.call("POST", "/projects/search", 200, json=body).json()["warnings"]
    first = library.call(
        "POST", "/projects/search", 200, json={"query": "zebra or zirconium", "limit": 1}
    ).json()
    assert first["hasMore"] and first["total"] == 2
    given = {"query": "zebra or zirconium", "limit": 1, "cursor": first["nextCursor"]}
    second = library.call("POST", "/projects/search", 200, json=given).json()
    assert second["projects"][0]["project"]["id"] != first["projects"][0]["project"]["id"]
    for wrong in ({"query": "x", "limit": 101}, {"query": ""}, {"query": "x", "cursor": "y"}):
        library.refused("POST", "/projects/search", 400, "validation_failed", json=wrong)


def test_a_search_over_very_many_projects_finds_what_is_there(office: Office, library: Site) -> None:
    """More than a query can name one by one."""
    (row,) = office.sql("SELECT account_id FROM plan_project WHERE id = $1", UUID(library.project[5:]))
    body = {"query": "zirconium or wallaby"}
    few = library.call("POST", "/projects/search", 200, json=body).json()
    office.sql(
        "INSERT INTO plan_project (id, account_id, name)"
        " SELECT gen_random_uuid(), $1, 'Many ' || n FROM generate_series(1, 20000) n",
        row["account_id"],
    )
    try:
        many = library.call("POST", "/projects/search", 200, json=body).json()
        assert few["projects"][0]["hits"]
        assert many["projects"] == few["projects"]
    finally:
        office.sql("DELETE FROM plan_project WHERE account_id = $1 AND name LIKE 'Many %'", row["account_id"])


def test_projects_that_a_search_names_count_once_and_are_limited(library: Site) -> None:
    body = {"query": "zirconium", "projectIds": [library.project]}
    once = library.call("POST", "/projects/search", 200, json=body).json()
    named = {"query": "zirconium", "projectIds": [library.project] * 1000}
    assert library.call("POST", "/projects/search", 200, json=named).json()["projects"] == once["projects"]
    for most in (1001, 20_000):
        too_many = {"query": "zirconium", "projectIds": [library.project] * most}
        error = library.refused("POST", "/projects/search", 400, "validation_failed", json=too_many)
        assert "'projectIds'" in error["message"] and "1000" in error["message"]

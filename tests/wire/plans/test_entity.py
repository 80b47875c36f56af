"""Proves the reads of a project's entities: what they show, filters, pages, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire.plans.paper import pdf
from tests.wire.plans.site import Site

KINDS = ("files", "sheets", "regions", "specifications", "docs")
IDS = {"files": "fileId", "sheets": "sheetId", "regions": "regionId", "specifications": "specificationId"}


def _list(site: Site, kind: str, **query: Any) -> dict[str, Any]:
    found: dict[str, Any] = site.call("GET", f"/projects/{site.project}/{kind}", 200, params=query).json()
    assert found["returnedCount"] == len(found[kind.rpartition("/")[2]])
    assert (found["nextCursor"] is not None) is found["hasMore"] is found["pageInfo"]["hasNextPage"]
    return found


def test_every_file_is_listed_with_its_class(library: Site) -> None:
    found = _list(library, "files")
    assert [file["classification"] for file in found["files"]] == [
        "plans",
        "plans",
        "specifications",
        "documents",
    ]
    assert {file["status"] for file in found["files"]} == {"complete"}
    assert [file["pageCount"] for file in found["files"]] == [1, 1, 3, 1]
    assert (found["total"], found["limit"], found["cursor"]) == (4, 100, None)


def test_sheets_have_the_numbers_and_titles_of_their_title_blocks(library: Site) -> None:
    sheets = _list(library, "sheets")["sheets"]
    assert [sheet["sheetNumber"] for sheet in sheets] == ["A-101", "S-201"]
    assert sheets[0]["sheetDisplayName"] == f"A-101 – {sheets[0]['sheetName']}"
    kinds = {artifact["type"] for artifact in sheets[0]["artifacts"]}
    assert "thumbnail" in kinds
    one = library.call("GET", f"/projects/{library.project}/sheets/{sheets[0]['sheetId']}", 200).json()
    assert one == {"sheet": sheets[0]}


@pytest.mark.parametrize("kind", KINDS)
def test_pages_follow_each_other_without_gap_or_overlap(library: Site, kind: str) -> None:
    whole = _list(library, kind)
    items, cursor = [], None
    while True:
        page = _list(library, kind, limit=1, **({"cursor": cursor} if cursor else {}))
        assert (page["total"], page["limit"], page["cursor"]) == (whole["total"], 1, cursor)
        assert page["pageInfo"]["hasPreviousPage"] is (cursor is not None)
        items += page[kind]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert items == whole[kind]
    assert len(items) == whole["total"] > 0


@pytest.mark.parametrize("kind", KINDS)
def test_compact_leaves_artifacts_out(library: Site, kind: str) -> None:
    full, compact = _list(library, kind)[kind], _list(library, kind, compact="true")[kind]
    assert compact == [{name: value for name, value in one.items() if name != "artifacts"} for one in full]
    assert all("artifacts" in one for one in full)


@pytest.mark.parametrize(
    ("kind", "query", "count"),
    [
        ("files", {"fileName": "SET-1"}, 1),
        ("files", {"fileName": "nothing"}, 0),
        ("files", {"classification": "plans"}, 2),
        ("files", {"status": "complete"}, 4),
        ("files", {"status": "failed"}, 0),
        ("files", {"status": "whatever"}, 0),
        ("files", {"fileId": "file_x"}, 0),
        ("sheets", {"sheetNumber": "S-201"}, 1),
        ("sheets", {"sheetNumber": "s-201"}, 0),
        ("sheets", {"pageNumber": 1}, 2),
        ("sheets", {"pageNumber": 2}, 0),
        ("sheets", {"classification": "specifications"}, 0),
        ("sheets", {"sheets": "sheet_x"}, 0),
        ("sheets", {"sheets": ""}, 0),
        ("regions", {"regionType": "nothing"}, 0),
        ("specifications", {"sectionNumber": "03 30 00"}, 1),
        ("specifications", {"sectionNumber": "3 30 00"}, 0),
        ("specifications", {"pageStart": 3}, 1),
        ("specifications", {"pageEnd": 2}, 1),
        ("docs", {"docType": "nothing"}, 0),
        ("docs", {"classification": "documents"}, 1),
    ],
)
def test_filters_restrict(library: Site, kind: str, query: dict[str, Any], count: int) -> None:
    assert _list(library, kind, **query)["total"] == count


def test_an_allow_list_of_sheets_restricts_sheets_regions_and_files(library: Site) -> None:
    first, second = _list(library, "sheets")["sheets"]
    both = f"{first['sheetId']},{second['sheetId']}"
    assert _list(library, "sheets", sheets=both)["total"] == 2
    assert _list(library, "sheets", sheets=second["sheetId"])["sheets"] == [second]
    assert [one["fileId"] for one in _list(library, "files", sheets=second["sheetId"])["files"]] == [
        second["fileId"]
    ]
    regions = _list(library, "regions", sheets=second["sheetId"])["regions"]
    assert regions and {one["sheetId"] for one in regions} == {second["sheetId"]}


def test_the_regions_of_a_sheet_lie_on_its_page(library: Site) -> None:
    sheet = _list(library, "sheets")["sheets"][0]
    found = _list(library, f"sheets/{sheet['sheetId']}/regions")["regions"]
    assert found == _list(library, "regions", sheetId=sheet["sheetId"])["regions"]
    for region in found:
        box = region["displayBox"]
        assert 0 <= box["left"] < box["right"] <= 1 and 0 <= box["top"] < box["bottom"] <= 1
    library.refused("GET", f"/projects/{library.project}/sheets/sheet_{'0' * 32}/regions", 404, "not_found")


def test_a_section_is_read_with_its_whole_text(library: Site) -> None:
    first, second = _list(library, "specifications")["specifications"]
    assert (first["sectionNumber"], first["pageStart"], first["pageEnd"]) == ("03 30 00", 1, 2)
    assert (second["sectionNumber"], second["pageStart"]) == ("08 11 13", 3)
    for spec in (first["fileId"], first["fileId"].replace("file_", "doc_"), first["specificationId"]):
        found = _list(library, f"specifications/{spec}/sections")["sections"]
        assert [one["sectionNumber"] for one in found] == ["03 30 00", "08 11 13"]
        path = f"/projects/{library.project}/specifications/{spec}/sections/{found[0]['sectionId']}"
        section = library.call("GET", path, 200).json()["section"]
        assert "zirconium" in section["text"] and "rain" in section["text"]
        assert "Fire rated" not in section["text"]
        assert section["textLength"] == len(section["text"])
    sheet = _list(library, "sheets")["sheets"][0]
    path = f"/projects/{library.project}/specifications/{sheet['fileId']}/sections"
    library.refused("GET", f"{path}/{first['specificationId']}", 404, "not_found")


@pytest.mark.parametrize("kind", ["files", "sheets", "regions", "specifications"])
def test_a_single_read_finds_only_what_matches_its_filters(library: Site, kind: str) -> None:
    one = _list(library, kind)[kind][0]
    path = f"/projects/{library.project}/{kind}/{one[IDS[kind]]}"
    assert library.call("GET", path, 200).json() == {kind[:-1]: one}
    library.refused("GET", path, 404, "not_found", params={"fileName": "another"})
    library.refused("GET", path, 404, "not_found", params={"status": "failed"})
    library.refused("GET", f"/projects/{library.project}/{kind}/x", 404, "not_found")


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 501},
        {"limit": "x"},
        {"limit": "-1"},
        {"limit": "1e9"},
        {"compact": "yes"},
        {"classification": "novel"},
        {"pageNumber": 0},
        {"pageNumber": "one"},
        {"cursor": ""},
        {"cursor": "x"},
        {"cursor": "%00"},
        {"cursor": "W10"},
        {"cursor": "é"},
    ],
    ids=str,
)
def test_parameters_that_do_not_fit_are_refused(library: Site, query: dict[str, Any]) -> None:
    path = f"/projects/{library.project}/sheets"
    library.refused("GET", path, 400, "validation_failed", params=query)


def test_a_cursor_of_another_list_or_with_other_filters_is_refused(library: Site) -> None:
    cursor = _list(library, "sheets", limit=1)["nextCursor"]
    base = f"/projects/{library.project}"
    library.refused("GET", f"{base}/files", 400, "validation_failed", params={"cursor": cursor})
    query = {"cursor": cursor, "fileName": "x"}
    library.refused("GET", f"{base}/sheets", 400, "validation_failed", params=query)
    assert _list(library, "sheets", limit=2, cursor=cursor)["returnedCount"] == 1


def test_the_project_is_summed_up(library: Site) -> None:
    body = library.call("GET", f"/projects/{library.project}/summary", 200).json()["projectSummary"]
    counts = body["entityCounts"]
    assert (counts["files"], counts["sheets"], counts["specifications"]) == (4, 2, 2)
    assert len(body["keyFiles"]) == 4
    assert body["detectedDisciplines"]


def test_entities_stay_when_the_core_forgets_the_job(site: Site, office: Any) -> None:
    job, _ = site.run(pdf("Kept for good"), classification="documents")
    (file,) = _list(site, "files")["files"]
    assert site.http.delete(f"/postroom/v1/jobs/{job[4:]}").status_code == 204
    site.refused("GET", f"/jobs/{job}", 404, "not_found")
    assert _list(site, "files")["files"] == [file]
    (row,) = office.sql("SELECT blob FROM plan_file WHERE id = $1::uuid", file["fileId"][5:])
    assert any(name.endswith(row["blob"].replace("/", ",")) for name in office.files())


def test_a_job_that_is_forgotten_while_it_is_open_takes_its_files_along(site: Site, office: Any) -> None:
    job = site.job()
    with office.nothing_stored():
        site.upload(job, pdf("Never completed"))
        assert _list(site, "files")["total"] == 1
        assert site.http.delete(f"/postroom/v1/jobs/{job[4:]}").status_code == 204
    assert _list(site, "files")["total"] == 0

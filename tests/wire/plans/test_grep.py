"""Proves that our own API greps a project: by id and by name, in pages, and refuses what is no pattern."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.wire.plans.site import Site


def path(site: Site, project: str | None = None) -> str:
    return f"/postroom/v1/plans/{project or site.project}/grep"


def test_hits_come_in_order_and_in_pages_with_sheet_snippet_and_boxes(library: Site) -> None:
    whole = library.http.get(path(library), params={"pattern": "[A-Za-z]{4,}"}).json()
    assert whole["complete"]
    assert whole["hits"]
    for hit in whole["hits"]:
        assert hit["match"] in hit["snippet"]
        assert hit["boxes"]
        assert all(0 <= edge <= 1 for box in hit["boxes"] for edge in box.values())
    seen, cursor = [], None
    while True:
        given = {"pattern": "[A-Za-z]{4,}", "limit": 20, **({"cursor": cursor} if cursor else {})}
        page = library.http.get(path(library), params=given).json()
        seen += page["hits"]
        cursor = page["next"]
        if cursor is None or len(seen) >= len(whole["hits"]):
            break
    assert seen[: len(whole["hits"])] == whole["hits"][: len(seen)]
    assert any("sheetNumber" in hit for hit in seen)


@pytest.mark.parametrize(
    "given", [{"pattern": "("}, {}, {"pattern": "x", "cursor": "y"}, {"pattern": "x", "file": "z"}]
)
def test_a_wrong_call_is_refused(library: Site, given: dict[str, str]) -> None:
    answer = library.http.get(path(library), params=given)
    assert answer.status_code == 400
    assert answer.json()["code"]


def test_another_accounts_project_is_not_there(library: Site, stranger: Site) -> None:
    assert stranger.http.get(path(library), params={"pattern": "x"}).status_code == 404


def test_the_command_line_greps_by_the_projects_name(library: Site) -> None:
    name = library.call("GET", f"/projects/{library.project}", 200).json()["project"]["name"]
    command = [
        sys.executable,
        "-m",
        "postroom.cli",
        "grep",
        "--server",
        library.url,
        "--key",
        library.key,
        "-p",
        name,
    ]
    found = subprocess.run([*command, "[A-Z]{3,}", "-m", "3"], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert len(found.stdout.splitlines()) == 3
    assert ".pdf:" in found.stdout
    assert subprocess.run([*command, "qqzzqq"], capture_output=True, check=False).returncode == 1

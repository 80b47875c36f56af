"""Proves artifacts: who gets which bytes, and that a token is good for one download."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.wire.plans.conftest import Office
from tests.wire.plans.site import BASE, Site


def _path(site: Site) -> str:
    sheets = site.call("GET", f"/projects/{site.project}/sheets", 200).json()["sheets"]
    return str(next(one["path"] for one in sheets[0]["artifacts"] if one["type"] == "thumbnail"))


def test_an_artifact_is_fetched_by_the_address_that_is_shown(library: Site) -> None:
    sheets = library.call("GET", f"/projects/{library.project}/sheets", 200).json()["sheets"]
    for artifact in sheets[0]["artifacts"]:
        response = library.http.get(artifact["url"])
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert len(response.content) == int(response.headers["Content-Length"]) > 0
        head = library.http.head(artifact["url"])
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Length"] == response.headers["Content-Length"]
        assert "attachment" in head.headers["Content-Disposition"]


def test_a_job_hands_out_what_its_result_names(library: Site) -> None:
    path = _path(library)
    jobs = library.call("GET", f"/projects/{library.project}/jobs", 200).json()["jobs"]
    found = [library.call("GET", f"/jobs/{job['id']}/artifact", params={"path": path}) for job in jobs]
    assert sorted(one.status_code for one in found) == [200, 404, 404]
    told = [
        artifact["path"]
        for job in jobs
        for document in library.result(job["id"])["documents"]
        for sheet in document["sheets"]
        for artifact in sheet["artifacts"]
    ]
    assert path in told


@pytest.mark.parametrize(
    "path",
    ["x", "../../etc/passwd", "/etc/passwd", "0" * 32, f"{'0' * 32}/pages/0001/image.webp", "a/b", "%00"],
)
def test_a_path_that_no_answer_shows_is_not_found(library: Site, path: str) -> None:
    for base in (f"/projects/{library.project}", f"/jobs/{_job(library)}"):
        library.refused("GET", f"{base}/artifact", 404, "artifact_not_found", params={"path": path})


def _job(site: Site) -> str:
    return str(site.call("GET", f"/projects/{site.project}/jobs", 200).json()["jobs"][0]["id"])


def test_a_path_is_needed(library: Site) -> None:
    for query in ({}, {"path": ""}):
        where = f"/projects/{library.project}/artifact"
        library.refused("GET", where, 400, "validation_failed", params=query)


def test_notes_of_the_workflow_are_no_artifacts(library: Site, office: Office) -> None:
    row = office.sql("SELECT file_id, name FROM plan_artifact WHERE name LIKE 'reading/%' LIMIT 1")
    for one in row:
        path = f"{one['file_id'].hex}/{one['name']}"
        where = f"/projects/{library.project}/artifact"
        library.refused("GET", where, 404, "artifact_not_found", params={"path": path})


def test_another_project_hands_out_nothing(library: Site, site: Site) -> None:
    path = {"path": _path(library)}
    site.refused("GET", f"/projects/{site.project}/artifact", 404, "artifact_not_found", params=path)
    site.refused("GET", f"/projects/{library.project}/artifact", 404, "not_found", params=path)


def _token(site: Site) -> dict[str, Any]:
    where = f"/postroom/v1/plans/projects/{site.project}/artifact-tokens"
    response = site.http.post(where, params={"path": _path(site)})
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found


def test_a_token_is_good_for_one_download_and_any_number_of_looks(library: Site) -> None:
    url = _token(library)["url"]
    assert urlsplit(url).path.startswith(f"{BASE}/artifact-downloads/")
    for _ in range(2):
        head = httpx.head(url)
        assert head.status_code == 200 and int(head.headers["Content-Length"]) > 0
    response = httpx.get(url)
    assert (response.status_code, len(response.content)) == (200, int(head.headers["Content-Length"]))
    for again in (httpx.get(url), httpx.get(url, headers={"Authorization": f"Bearer {library.key}"})):
        assert (again.status_code, again.json()["error"]["code"]) == (410, "download_token_invalid")
    assert httpx.head(url).status_code == 410


def test_a_token_that_is_unknown_or_expired_opens_nothing(library: Site, office: Office) -> None:
    library.refused("GET", "/artifact-downloads/adl_nothing", 404, "not_found")
    url = _token(library)["url"]
    office.sql("UPDATE plan_token SET expires_at = now() - interval '1 second' WHERE used_at IS NULL")
    assert httpx.get(url).status_code == 410


def test_tokens_are_stored_hashed(library: Site, office: Office) -> None:
    token = _token(library)["token"]
    rows = office.sql("SELECT hash FROM plan_token")
    assert all(token.encode() not in bytes(row["hash"]) for row in rows)

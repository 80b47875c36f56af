"""Values that are wrong: each a problem that names the field, and no job made of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.wire.own.house import create, problem


@pytest.fixture(autouse=True)
def _no_job_is_made(api: httpx.Client) -> Iterator[None]:
    yield
    jobs = api.get("/jobs").json()["items"]
    assert [job for job in jobs if job["externalId"] != "mine"] == []


def post(api: httpx.Client, body: bytes, kind: str = "application/json") -> httpx.Response:
    return api.post("/jobs", content=body, headers={"Content-Type": kind})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"[" * 100_000,
        b'{"options":' * 50_000,
        b'{"workflow": "probe", "options": {"flag": 1' + b"0" * 400 + b"}}",
        b'{"workflow":"probe","options":{"flag":' + b"[" * 900 + b"]" * 900 + b"}}",
        b'{"workflow":"probe","options":{"flag":' + b"[" * 200 + b"]" * 200 + b"}}",
        b'{"workflow":"probe","options":{"flag":' + b'{"a":' * 300 + b"1" + b"}" * 300 + b"}}",
        b'{"workflow": "\xff\xfe"}',
        b'{"workflow": "\\ud800"}',
        b'{"workflow": "probe", "externalId": "\\udfff"}',
        b'{"workflow": NaN}',
        b'\xef\xbb\xbf{"workflow": "probe"',
        '{"workflow": "probe"}'.encode("utf-16"),
    ],
)
def test_a_body_that_is_no_json_of_sane_depth_is_malformed(api: httpx.Client, body: bytes) -> None:
    problem(post(api, body), 400, code="malformed", field="body")


def test_a_body_of_3_mb_is_too_large(api: httpx.Client) -> None:
    body = problem(post(api, b'{"workflow": "' + b"x" * (3 << 20) + b'"}'), 413, code="too_large")
    assert body["limit"] == 1 << 20
    chunks = api.post(
        "/jobs", content=iter([b" " * 65536] * 48), headers={"Content-Type": "application/json"}
    )
    problem(chunks, 413, code="too_large")


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/xml", "\xe9"])
def test_json_sent_as_something_else_is_refused(api: httpx.Client, kind: str) -> None:
    response = api.post(
        "/jobs", content=b'{"workflow": "probe"}', headers={"Content-Type": kind.encode("latin-1")}
    )
    problem(response, 415, field="Content-Type")


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ([], "body"),
        (None, "body"),
        ("probe", "body"),
        (7, "body"),
        ({}, "workflow"),
        ({"workflow": None}, "workflow"),
        ({"workflow": 7}, "workflow"),
        ({"workflow": ["probe"]}, "workflow"),
        ({"workflow": ""}, "workflow"),
        ({"workflow": "nonsense"}, "workflow"),
        ({"workflow": "pro\x00be"}, "workflow"),
        ({"workflow": "x" * 100_000}, "workflow"),
        ({"workflow": "probe", "options": []}, "options"),
        ({"workflow": "probe", "options": "x"}, "options"),
        ({"workflow": "probe", "options": {"unknown": 1}}, "unknown"),
        ({"workflow": "probe", "options": {"duplicates": "maybe"}}, "duplicates"),
        ({"workflow": "probe", "options": {"duplicates": None}}, "duplicates"),
        ({"workflow": "probe", "options": {"duplicates": []}}, "duplicates"),
        ({"workflow": "inspect", "options": {"duplicates": {}}}, "duplicates"),
        ({"workflow": "inspect", "options": {"passwords": "x"}}, "passwords"),
        ({"workflow": "inspect", "options": {"passwords": ["\x00"]}}, "passwords"),
        ({"workflow": "inspect", "options": {"passwords": ["x"] * 10_000}}, "passwords"),
        ({"workflow": "inspect", "options": {"text": 2**60}}, "text"),
        ({"workflow": "probe", "externalId": 7}, "externalId"),
        ({"workflow": "probe", "externalId": "x" * 257}, "externalId"),
        ({"workflow": "probe", "externalId": "a\x00b"}, "externalId"),
        ({"workflow": "probe", "profile": "a\nb"}, "profile"),
        ({"workflow": "probe", "profile": "x" * 201}, "profile"),
        ({"workflow": "probe", "webhook": "ftp://x"}, "webhook"),
        ({"workflow": "probe", "webhook": "nonsense"}, "webhook"),
        ({"workflow": "probe", "webhook": "http://["}, "webhook"),
        ({"workflow": "probe", "webhook": "http://x:99999/"}, "webhook"),
        ({"workflow": "probe", "webhook": "http://x/\x00"}, "webhook"),
        ({"workflow": "probe", "webhook": "http://x/" + "y" * 3000}, "webhook"),
        ({"workflow": "probe", "unknown": 1}, "unknown"),
        ({"workflow": "probe", "external_id": "x"}, "external_id"),
    ],
)
def test_a_wrong_member_is_named(api: httpx.Client, value: Any, field: str) -> None:
    body = problem(api.post("/jobs", json=value), 400, field=field)
    assert len(body["detail"]) < 1000


def test_a_member_with_an_endless_name_is_answered_shortly(api: httpx.Client) -> None:
    response = api.post("/jobs", json={"workflow": "probe", "x" * 500_000: 1})
    problem(response, 400)
    assert len(response.content) < 5000


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"limit": "9" * 400}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"status": "nonsense"}, "status"),
        ({"status": ["open", ""]}, "status"),
        ({"workflow": "\x00"}, "workflow"),
        ({"externalId": "a\x00"}, "externalId"),
    ],
)
def test_a_wrong_parameter_of_the_list_is_named(
    api: httpx.Client, params: dict[str, Any], field: str
) -> None:
    problem(api.get("/jobs", params=params), 400, field=field)


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"limit": -1}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": 2**31}, "cursor"),
        ({"cursor": -2}, "cursor"),
        ({"status": "open"}, "status"),
    ],
)
def test_a_wrong_parameter_of_the_documents_is_named(
    api: httpx.Client, params: dict[str, Any], field: str
) -> None:
    job = create(api, externalId="mine")
    problem(api.get(f"/jobs/{job}/documents", params=params), 400, field=field)


def test_a_name_that_cannot_be_is_no_artifact(api: httpx.Client) -> None:
    job = create(api, externalId="mine")
    for name in ("%00", "..%2f..%2fetc%2fpasswd", "%ff", "x" * 5000):
        assert problem(api.get(f"/jobs/{job}/artifacts/{name}"), 404 if name != "%00" else 400)


@pytest.mark.parametrize(
    "body",
    [
        {"reason": ""},
        {"reason": "x" * 501},
        {"reason": "a\x00b"},
        {"reason": 7},
        {"reason": None},
        {"unknown": 1},
        [],
    ],
)
def test_a_cancel_with_a_wrong_reason_cancels_nothing(api: httpx.Client, body: Any) -> None:
    job = create(api, externalId="mine")
    problem(api.post(f"/jobs/{job}/cancel", json=body), 400)
    assert api.get(f"/jobs/{job}").json()["status"] == "open"


def test_options_come_back_as_they_were_sent(api: httpx.Client) -> None:
    flag = {"deep": [[[1.5, None, True, "ü\u2028</script>"]]], "big": 2**60, "float": 1e300, "empty": {}}
    response = api.post("/jobs", json={"workflow": "probe", "externalId": "mine", "options": {"flag": flag}})
    assert response.status_code == 201
    assert api.get(f"/jobs/{response.json()['id']}").json()["options"]["flag"] == flag

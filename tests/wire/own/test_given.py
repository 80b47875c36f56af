"""Documents in a JSON body: by address, fetched later, and as Base64."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from tests.wire.own.house import House, create, problem, state


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"ok#{self.path}".encode()
        self.send_response(404 if self.path == "/gone" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_addresses_and_base64_are_documents_like_others(api: httpx.Client, site: str) -> None:
    job = create(api)
    body = {
        "documents": [
            {"url": f"{site}/a.txt"},
            {"name": "b.txt", "contentBase64": b64(b"ok#b"), "contentType": "text/plain"},
            {"url": f"{site}/gone", "name": "c"},
            {"contentBase64": ""},
        ]
    }
    response = api.post(f"/jobs/{job}/documents", json=body)
    assert response.status_code == 201, response.text
    assert [one["status"] for one in response.json()["documents"]] == [
        *("registered", "received", "registered", "received")
    ]
    assert [one["name"] for one in response.json()["documents"]] == ["a.txt", "b.txt", "c", "document-4"]
    api.post(f"/jobs/{job}/close")
    ended = state(api, job)
    found = api.get(f"/jobs/{job}/documents").json()["items"]
    assert [one["status"] for one in found] == ["succeeded", "succeeded", "failed", "rejected"]
    assert found[2]["error"]["code"] == "fetch_failed" and "404" in found[2]["error"]["message"]
    assert found[1]["sha256"] == hashlib.sha256(b"ok#b").hexdigest()
    assert ended["status"] == "partial"


def test_what_is_wrong_in_the_body_is_named_and_nothing_is_stored(
    api: httpx.Client, house: House, site: str
) -> None:
    job = create(api)
    good = {"name": "a", "contentBase64": b64(b"ok")}
    with house.nothing_stored():
        for wrong, code, field in (
            ({"name": "x"}, "invalid", "documents.1"),
            ({**good, "url": site}, "invalid", "documents.1"),
            ({"contentBase64": "abc"}, "invalid", "documents.1.contentBase64"),
            ({"contentBase64": "ab!="}, "invalid", "documents.1.contentBase64"),
            ({"contentBase64": "YQ==YQ=="}, "invalid", "documents.1.contentBase64"),
            ({"contentBase64": "YWJj\nYWJj"}, "invalid", "documents.1.contentBase64"),
            ({**good, "sha256": "0" * 64}, "digest_mismatch", "documents.1.sha256"),
            ({"url": "ftp://x/"}, "url_invalid", "documents.1.url"),
            ({"url": "http://169.254.169.254/"}, "address_refused", "documents.1.url"),
        ):
            body = {"documents": [good, wrong]}
            problem(api.post(f"/jobs/{job}/documents", json=body), 400, code=code, field=field)
        problem(api.post(f"/jobs/{job}/documents", json={"documents": []}), 400)
        problem(api.post(f"/jobs/{job}/documents", json={"documents": [good] * 10_001}), 400)
        large = {"documents": [{"contentBase64": "A" * (17 << 20)}]}
        problem(api.post(f"/jobs/{job}/documents", json=large), 413)


def test_a_repeated_body_with_a_key_adds_once(api: httpx.Client, site: str) -> None:
    job = create(api)
    body = {"documents": [{"url": f"{site}/once"}, {"contentBase64": b64(b"ok#once")}]}
    first, second = (
        api.post(f"/jobs/{job}/documents", json=body, headers={"Idempotency-Key": "k"}) for _ in range(2)
    )
    assert first.content == second.content and first.status_code == 201
    body["documents"][0]["url"] += "more"
    problem(api.post(f"/jobs/{job}/documents", json=body, headers={"Idempotency-Key": "k"}), 422)

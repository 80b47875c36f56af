"""Proves the desk's webhooks: every change of status, signed as the contract proposes, and sent again on wish."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from postroom.systems.plans import announce
from tests.wire.own.house import until
from tests.wire.plans import agreement
from tests.wire.plans.paper import pdf
from tests.wire.plans.site import Site


class Receiver:
    """A server that keeps what it is sent. status: what it answers."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def changes(self) -> list[tuple[str, str]]:
        bodies = sorted((json.loads(body) for _, body in self.got), key=lambda body: str(body["createdAt"]))
        return [(body["previousStatus"], body["job"]["status"]) for body in bodies]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def _job(site: Site, url: str) -> tuple[str, str]:
    given = {"webhookUrl": url}
    body = site.call("POST", f"/projects/{site.project}/jobs", 202, json=given, checked=False).json()
    return body["job"]["id"], body["webhookSigningSecret"]


def test_every_change_of_status_is_sent_and_signed(site: Site, receiver: Receiver) -> None:
    job, secret = _job(site, receiver.url)
    site.upload(job, pdf("x"), classification="documents")
    site.complete(job)
    ended = site.ended(job)
    until(lambda: any(after == "complete" for _, after in receiver.changes()))
    until(lambda: len(receiver.got) >= 5)
    assert set(receiver.changes()) == {
        ("provisioning", "awaiting_uploads"),
        ("awaiting_uploads", "uploading"),
        ("uploading", "preflighting"),
        ("preflighting", "processing"),
        ("processing", "complete"),
    }
    for headers, body in receiver.got:
        value = json.loads(body)
        agreement.schema("JobStatusWebhook").validate(value)
        assert headers["x-plangrep-event"] == value["event"] == "job.status_changed"
        assert headers["x-plangrep-delivery"] == value["id"]
        message = headers["x-plangrep-timestamp"].encode() + b"." + body
        right = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
        assert headers["x-plangrep-signature"] == f"sha256={right}"
    last = next(
        json.loads(body) for _, body in receiver.got if json.loads(body)["job"]["status"] == "complete"
    )
    assert last["job"] == ended
    assert len({json.loads(body)["id"] for _, body in receiver.got}) == 5


def test_the_signature_is_that_of_the_contracts_test_vector() -> None:
    body = b'{"id":"evt_1","event":"job.status_changed"}'
    assert announce.signature("wss_test_secret", "1700000000", body) == (
        "sha256=1297f2b026a0847e93b0c3022b236e3c7ace3325283a1f9aedf9a86faa2024f4"
    )


def test_jobs_have_secrets_of_their_own_which_are_shown_once(site: Site, receiver: Receiver) -> None:
    (one, first), (_, second) = _job(site, receiver.url), _job(site, receiver.url)
    assert first != second and first.startswith("wss_")
    assert first not in json.dumps(site.get(one))
    assert "webhookSigningSecret" not in site.call("POST", f"/projects/{site.project}/jobs", 202).json()


def test_after_a_410_a_job_tells_nothing_more_and_our_own_api_shows_and_repeats_it(
    site: Site, receiver: Receiver
) -> None:
    receiver.status = 410
    job, _ = _job(site, receiver.url)
    until(lambda: receiver.got)
    deliveries = f"/postroom/v1/jobs/{job[4:]}/deliveries"

    def log() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = site.http.get(deliveries).json()["items"]
        return found

    until(lambda: log()[0]["status"] == "abandoned")
    assert (log()[0]["httpStatus"], log()[0]["type"]) == (410, "job.status_changed")
    receiver.status = 200
    site.call("POST", f"/jobs/{job}/cancel", 200)
    # Who has said 410 is not told of what follows either, unless somebody asks for it.
    until(lambda: [one["status"] for one in log()] == ["abandoned", "abandoned"])
    assert len(receiver.got) == 1
    for number, one in enumerate(log()):
        again = site.http.post(f"{deliveries}/{one['id']}/replay")
        assert (again.status_code, again.json()["status"]) == (202, "pending")
        until(lambda number=number: log()[number]["status"] == "delivered")
    assert ("awaiting_uploads", "cancelled") in receiver.changes()
    ids = [json.loads(body)["id"] for _, body in receiver.got]
    assert ids[0] == ids[1] != ids[2]
    assert site.http.post(f"{deliveries}/{site.key[-8:]}/replay").status_code == 404


@pytest.mark.parametrize("url", ["ftp://x.example/", "x", "", 7, "https://", "https://h/" + "x" * 2000])
def test_an_address_that_is_none_is_refused(site: Site, url: object) -> None:
    path = f"/projects/{site.project}/jobs"
    response = site.call("POST", path, 400, json={"webhookUrl": url}, checked=False)
    assert response.json()["error"]["code"] == "validation_failed"
    assert response.json()["error"]["details"] == {"field": "webhookUrl"}

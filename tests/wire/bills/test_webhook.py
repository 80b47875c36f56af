"""Webhooks as Svix signs them, and the page where their receivers are kept."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from typing import Any

import httpx

from tests.wire.bills import agreement
from tests.wire.bills.conftest import Office
from tests.wire.bills.host import Host
from tests.wire.bills.office import Client, bill, leaflet
from tests.wire.own.house import Process, until


def _portal(client: Client) -> str:
    response = client.call("POST", "/webhook")
    assert response.status_code == 200
    url: str = response.json()["url"]
    return url


def _verified(secret: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """As a receiver does it with Svix's scheme."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['svix-id']}.{headers['svix-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["svix-signature"] == f"v1,{expected}"
    found: dict[str, Any] = json.loads(body)
    return found


def test_a_bill_is_announced_once_it_is_read_changed_and_deleted(client: Client, elsewhere: Host) -> None:
    page = httpx.post(_portal(client), data={"url": f"{elsewhere.url}/hook"})
    assert page.status_code == 200
    secret = client.own("GET", "/webhooks").json()["secret"]
    assert secret in page.text

    document = client.parsed(bill(30))
    client.run(bill(30))  # a duplicate raises no event
    client.run(leaflet(30))  # nor does what is no bill
    entry = document["usageData"][0]["id"]
    client.call("PATCH", f"/usage/{entry}", json={"tariff": "GS-2"})
    client.call("PATCH", f"/usage/{entry}", json={"tariff": "GS-2"})  # no change, no event
    client.own("DELETE", f"/documents/{document['id']}")
    until(lambda: len(elsewhere.posts) >= 3)

    events = {}
    for headers, body in elsewhere.posts:
        found = _verified(secret, headers, body)
        agreement.schema_validator(agreement.CONTRACT["components"]["schemas"]["WebhookDocument"]).validate(
            found
        )
        events[found["eventType"]] = found
    assert sorted(events) == ["document.created.v2", "document.deleted.v2", "document.updated.v2"]
    assert len(elsewhere.posts) == 3
    volatile = ("url", "eventType")
    created = {name: value for name, value in events["document.created.v2"].items() if name not in volatile}
    assert created == {name: value for name, value in document.items() if name not in volatile}
    assert httpx.get(events["document.created.v2"]["url"]).content == bill(30)
    assert events["document.updated.v2"]["usageData"][0]["tariff"] == "GS-2"


def test_a_receiver_hears_only_what_it_chose(client: Client, elsewhere: Host) -> None:
    body = {"url": f"{elsewhere.url}/hook", "types": ["document.deleted.v2"]}
    made = client.own("POST", "/webhooks", json=body)
    assert made.status_code == 201, made.text
    document = client.parsed(bill(31))
    client.own("DELETE", f"/documents/{document['id']}")
    until(lambda: elsewhere.posts)
    assert [json.loads(body)["eventType"] for _, body in elsewhere.posts] == ["document.deleted.v2"]
    assert client.own("DELETE", f"/webhooks/{made.json()['id']}").status_code == 204
    assert client.own("GET", "/webhooks").json()["items"] == []


def test_receivers_belong_to_one_environment_as_documents_do(
    client: Client, office: Office, server: Process, elsewhere: Host
) -> None:
    (row,) = office.sql(
        "SELECT a.name FROM account a JOIN bill_company c ON c.account_id = a.id WHERE c.id = $1",
        client.company,
    )
    with Client(server.url, office.key(row["name"], environment="sandbox")[1]) as sandbox:
        for one, path in ((client, "production"), (sandbox, "sandbox")):
            made = one.own("POST", "/webhooks", json={"url": f"{elsewhere.url}/{path}"})
            assert made.status_code == 201
        for one, path in ((client, "production"), (sandbox, "sandbox")):
            assert [item["url"] for item in one.own("GET", "/webhooks").json()["items"]] == [
                f"{elsewhere.url}/{path}"
            ]
            assert f"/{path}<" in httpx.get(_portal(one), timeout=300).text
        foreign = client.own("GET", "/webhooks").json()["items"][0]["id"]
        assert sandbox.own("DELETE", f"/webhooks/{foreign}").status_code == 404
        documents = {"sandbox": sandbox.parsed(bill(31))["id"], "production": client.parsed(bill(31))["id"]}
    until(lambda: len(elsewhere.posts) >= 2)
    told = {
        json.loads(body)["id"]: path for path, body in zip(elsewhere.paths, _bodies(elsewhere), strict=True)
    }
    assert told == {documents[path]: f"/{path}" for path in documents}


def _bodies(host: Host) -> list[bytes]:
    return [body for _, body in host.posts]


def test_the_portal_adds_and_removes_and_says_what_is_wrong(client: Client) -> None:
    url = _portal(client)
    bad = httpx.post(url, data={"url": "ftp://x"})
    assert bad.status_code == 400
    assert "must begin with" in bad.text
    page = httpx.post(url, data={"url": "https://a.example/<script>", "type": "document.created.v2"})
    assert "<script>" not in page.text
    assert "a.example" in page.text
    (row,) = client.own("GET", "/webhooks").json()["items"]
    assert row["types"] == ["document.created.v2"]
    found = re.search(r'name="remove" value="([^"]+)"', page.text)
    assert found is not None
    assert "a.example" not in httpx.post(url, data={"remove": found[1]}).text
    assert page.headers["referrer-policy"] == "no-referrer"


def test_a_link_that_is_not_ours_opens_nothing(client: Client, stranger: Client) -> None:
    url = _portal(client)
    assert httpx.get(url[:-3] + "xyz").status_code == 404
    assert httpx.get(url.partition("?")[0]).status_code == 404
    stranger.own("POST", "/webhooks", json={"url": "https://theirs.example"})
    assert "theirs.example" not in httpx.get(url).text


def test_a_link_is_good_no_longer_than_the_key_that_asked_for_it(
    office: Office, server: Process, client: Client
) -> None:
    (row,) = office.sql(
        "SELECT a.name FROM account a JOIN bill_company c ON c.account_id = a.id WHERE c.id = $1",
        client.company,
    )
    key, secret = office.key(row["name"])
    with Client(server.url, secret, company=client.company) as second:
        link, other = _portal(second), _portal(client)
        assert "whsec_" in httpx.get(link, timeout=300).text
        office.sql("UPDATE api_key SET revoked_at = now() WHERE id = $1", key)
    shown = httpx.get(link, timeout=300)
    assert shown.status_code == 404
    assert "whsec_" not in shown.text
    assert httpx.post(link, data={"url": "https://late.example/"}, timeout=300).status_code == 404
    assert client.own("GET", "/webhooks").json()["items"] == []
    assert httpx.get(other, timeout=300).status_code == 200  # of a key that is good still


def test_receivers_that_are_wrong_are_refused(client: Client) -> None:
    for body in ({}, {"url": 7}, {"url": "no address"}, {"url": "https://a.example", "types": ["x"]}):
        assert client.own("POST", "/webhooks", json=body).status_code == 400

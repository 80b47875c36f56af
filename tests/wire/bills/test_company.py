"""Companies and sites: made, changed, archived, deleted; what a body may hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.wire.bills.conftest import Office
from tests.wire.bills.office import Client, bill
from tests.wire.own.house import until


def test_a_company_is_made_with_defaults_and_listed_with_its_sites(client: Client) -> None:
    company = client.get(f"/company/{client.company}")
    year = datetime.now(UTC).year - 1
    assert company["dataCollectionStartDate"] == f"{year}-01-01"
    assert (company["isImpliedMeteringEnabled"], company["impliedMeteringFraction"]) == (False, "1.0")
    assert len(company["users"]) == 1  # the caller
    site = client.made(f"/company/{client.company}/site", {"name": "Mill", "path": ["US", "CA"]})  # the alias
    assert client.get("/company")["companies"] == [{**company, "sites": [site]}]


def test_a_company_is_changed_member_by_member_and_keeps_its_caller(client: Client) -> None:
    path = f"/company/{client.company}"
    before = client.get(path)
    change = {
        "name": "New",
        "users": ["a@example.org"],
        "isDemandEnabled": False,
        "impliedMeteringFraction": "0.5",
        "externalId": "x-1",
        "dataCollectionStartDate": "2020-02-29",
    }
    after = client.call("PATCH", path, json=change).json()
    assert after == {**before, **change, "users": [*before["users"], "a@example.org"]}
    assert client.call("PATCH", path, json={}).json() == after


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, {"name": ["This field is required."]}),
        ({"name": " "}, {"name": ["This field may not be blank."]}),
        ({"name": None}, {"name": ["This field may not be null."]}),
        ({"name": "x" * 201}, {"name": ["Ensure this field has no more than 200 characters."]}),
        ({"name": "x\0"}, {"name": ["Null characters are not allowed."]}),
        ({"name": "x", "isDemandEnabled": "no"}, {"isDemandEnabled": ["Must be a valid boolean."]}),
        ({"name": "x", "users": ["nobody"]}, {"users": ["Enter a valid email address."]}),
        ({"name": 1, "users": 2}, {"name": ["Not a valid string."], "users": ['Expected a list of items but got type "int".']}),
    ],
)  # fmt: skip
def test_a_company_that_is_wrong_is_told_field_by_field(
    client: Client, body: dict[str, Any], problem: dict[str, Any]
) -> None:
    response = client.call("POST", "/company", json=body)
    assert (response.status_code, response.json()) == (400, problem)


def test_a_site_is_made_changed_and_archived_once(client: Client) -> None:
    body = {
        "name": "Mill Lane",
        "externalId": "m-1",
        "address": "1 Mill Lane",
        "path": ["US"],
        "occupancyPercent": "99.5",
    }
    site = client.made(f"/site/company/{client.company}", body)
    assert site == {"id": site["id"], "dataCollectionStopDate": None, **body}
    path = f"/site/{site['id']}"
    changed = client.call("PATCH", path, json={"name": "Mill", "occupancyPercent": None}).json()
    assert changed == {**site, "name": "Mill", "occupancyPercent": None}
    for _ in range(2):
        assert client.call("DELETE", path).status_code == 204
    assert client.get(path)["dataCollectionStopDate"] == datetime.now(UTC).date().isoformat()
    assert client.get(f"/site/company/{client.company}")["totalSites"] == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x", "occupancyPercent": "101"}, "occupancyPercent"),
        ({"name": "x", "occupancyPercent": "-"}, "occupancyPercent"),
        ({"name": "x", "occupancyPercent": "."}, "occupancyPercent"),
        ({"name": "x", "path": ["a"] * 11}, "path"),
        ({"name": "x", "path": "US"}, "path"),
        ({"name": "x", "address": "x" * 256}, "address"),
        ({"address": "no name"}, "name"),
    ],
)
def test_a_site_that_is_wrong_is_refused(client: Client, body: dict[str, Any], field: str) -> None:
    response = client.call("POST", f"/site/company/{client.company}", json=body)
    assert (response.status_code, list(response.json())) == (400, [field])


def test_another_account_may_touch_nothing(client: Client, stranger: Client) -> None:
    site = client.made(f"/site/company/{client.company}", {"name": "Mine"})["id"]
    for method, path in (
        ("PATCH", f"/company/{client.company}"),
        ("DELETE", f"/company/{client.company}"),
        ("POST", f"/site/company/{client.company}"),
        ("PATCH", f"/site/{site}"),
        ("DELETE", f"/site/{site}"),
    ):
        body = {} if method == "DELETE" else {"json": {"name": "Yours"}}
        assert stranger.call(method, path, **body).status_code == 403
    assert client.get(f"/site/{site}")["name"] == "Mine"
    assert [one["name"] for one in stranger.get("/company")["companies"]] == ["Mill Holdings"]


def test_a_sandbox_key_sees_nothing_of_production(client: Client, office: Office) -> None:
    account = client.get(f"/company/{client.company}")["users"][0]
    sandbox = office.key(account=account, environment="sandbox")[1]
    with Client(str(client.http.base_url), sandbox) as other:
        assert other.call("GET", f"/company/{client.company}").status_code == 403
        assert [one["id"] for one in other.get("/company")["companies"]] == [other.company]


def test_a_deleted_company_takes_its_bills_and_their_bytes_along(client: Client, office: Office) -> None:
    before = office.files()
    document = client.parsed(bill(20))
    (made,) = office.files() - before
    assert client.call("DELETE", f"/company/{client.company}").status_code == 204
    for path in (f"/company/{client.company}", f"/document/{document['id']}", f"/job/{document['jobId']}"):
        assert client.call("GET", path).status_code == 404
    # The job's own row keeps the bytes for as long as Postroom keeps jobs; with it they go.
    assert made in office.files()
    gone = client.http.delete(f"/postroom/v1/jobs/{document['jobId']}")
    assert gone.status_code == 204
    until(lambda: made not in office.files())


def test_the_bytes_of_a_bill_outlive_its_job(client: Client) -> None:
    document = client.parsed(bill(21))
    assert client.http.delete(f"/postroom/v1/jobs/{document['jobId']}").status_code == 204
    assert client.call("GET", f"/job/{document['jobId']}").status_code == 404
    assert httpx.get(client.get(f"/document/{document['id']}")["url"]).content == bill(21)
    assert client.run(bill(21))["duplicates"] == 1

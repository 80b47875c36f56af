"""Documents, usage, meters and accounts as the desk shows them in its three versions; filters; corrections."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from postroom.systems.bills import sample
from tests.wire.bills.host import Host
from tests.wire.bills.office import Client, bill, leaflet


def test_to_our_own_api_the_documents_of_the_other_environment_do_not_exist(
    office: Any, server: Any, filled: Any
) -> None:
    client, _, documents = filled
    (row,) = office.sql(
        "SELECT name FROM account WHERE id = (SELECT account_id FROM bill_company WHERE id = $1)",
        client.company,
    )
    document = documents["us_power"]["id"]
    job = office.sql("SELECT job_id FROM bill_document WHERE id = $1", document)[0]["job_id"]
    with Client(server.url, office.key(row["name"], environment="sandbox")[1]) as sandbox:
        assert sandbox.own("GET", f"/documents/{document}").status_code == 404
        assert sandbox.own("DELETE", f"/documents/{document}?purge=true").status_code == 404
        assert sandbox.own("GET", f"/jobs/{job}/documents").status_code == 404
        assert (
            sandbox.call("GET", f"/document/{document}").status_code == 403
        )  # here the contract has its own word
    assert client.own("GET", f"/documents/{document}").status_code == 200


@pytest.fixture(scope="module")
def filled(office: Any, server: Any) -> Any:
    """A company with a site and four bills: two months of nobody's, a gas and a water bill."""
    with Client(server.url, office.key()[1]) as client:
        site = client.made(f"/site/company/{client.company}", {"name": "Mill Lane", "address": "1 Mill Lane"})
        documents = {
            layout: client.parsed(bill(seed, layout), site["id"])
            for layout, seed in (("us_power", 1), ("us_gas", 2), ("us_water", 3))
        }
        yield client, site, documents


def test_each_version_shows_what_it_has(filled: Any) -> None:
    client, site, documents = filled
    path = f"/document/{documents['us_power']['id']}"
    shown = {version: client.get(path, version=version) for version in ("v2", "v2.1", "v2.2")}
    assert set(shown["v2.1"]) - set(shown["v2"]) == {"lineItems"}
    assert set(shown["v2.2"]) - set(shown["v2.1"]) == {"demandMeters"}
    entry = {version: body["usageData"][0] for version, body in shown.items()}
    assert set(entry["v2.1"]) - set(entry["v2"]) == {"updated", "electricityType"}
    assert set(entry["v2.2"]) - set(entry["v2.1"]) == {"timeOfUseBreakdown"}
    assert [part["timeOfUse"] for part in entry["v2.2"]["timeOfUseBreakdown"]] == ["PEAK", "OFF_PEAK"]
    assert entry["v2.2"]["site"] == site
    assert shown["v2.2"]["status"] == "PROCESSED"
    assert shown["v2.2"]["company"] == client.company


def test_a_bill_says_what_was_printed_on_it(filled: Any) -> None:
    _, _, documents = filled
    truth = sample.bill("us_power", 1)[1]
    document = documents["us_power"]
    for name in ("utilityCompany", "totalCharges", "chargesUnits", "startDate", "billDate", "dueDate"):
        assert document[name] == truth[name], name
    assert Decimal(document["usageData"][0]["usage"]) == Decimal(truth["usageData"][0]["usage"])


def test_the_url_of_a_document_opens_its_file_without_a_key_and_nothing_else(filled: Any) -> None:
    client, _, documents = filled
    document, other = documents["us_power"], documents["us_gas"]
    got = httpx.get(document["url"])
    assert (got.status_code, got.content) == (200, bill(1))
    assert got.headers["content-type"] == "application/pdf"
    assert "attachment" in got.headers["content-disposition"]
    assert httpx.get(document["url"].replace(document["id"], other["id"])).status_code == 401
    assert httpx.get(document["url"].replace("expires=", "expires=9")).status_code == 401
    path = f"/document/{document['id']}/download"
    assert client.call("GET", path).content == bill(1)
    assert httpx.get(f"{client.http.base_url}/v2.2{path}").status_code == 401


def test_documents_are_listed_and_filtered(filled: Any) -> None:
    client, site, documents = filled
    for scope in (f"company/{client.company}", f"site/{site['id']}"):
        found = client.get(f"/document/{scope}")
        assert found["totalDocuments"] == 3
        assert {one["id"] for one in found["documents"]} == {one["id"] for one in documents.values()}
    gas = documents["us_gas"]
    number = next(one["value"] for one in gas["usageData"][0]["identifiers"] if one["name"] == "METER")

    def ids(**query: Any) -> set[str]:
        listed = client.get(f"/document/company/{client.company}", params=query)
        assert listed["totalDocuments"] == len(listed["documents"])
        return {one["id"] for one in listed["documents"]}

    assert ids(datasourceType="GAS") == {gas["id"]}
    assert len(ids(datasourceType=["GAS", "ELECTRICITY"])) == len(ids(datasourceType="GAS,ELECTRICITY")) == 2
    assert ids(datasourceType="STEAM") == set()
    assert ids(identifier=f"00-{number[:2]} {number[2:].lower()}") == {gas["id"]}
    assert ids(startDate=gas["billDate"], endDate=gas["billDate"]) >= {gas["id"]}
    assert ids(startDate=gas["startDate"], endDate=gas["startDate"], dateType="USAGE_PERIOD") >= {gas["id"]}
    assert ids(endDate="1999-01-01") == set()
    today = gas["created"][:10]
    assert ids(startDate=today, dateType="CREATED_DATE") == {one["id"] for one in documents.values()}
    assert ids(endDate=today, dateType="CREATED_DATE") == set()  # it ends as its day begins
    response = client.call("GET", f"/document/company/{client.company}?startDate=soon")
    assert (response.status_code, list(response.json())) == (400, ["startDate"])


def test_usage_is_listed_by_company_site_and_document(filled: Any) -> None:
    client, site, documents = filled
    power = documents["us_power"]
    for scope, count in (
        (f"company/{client.company}", 3),
        (f"site/{site['id']}", 3),
        (f"document/{power['id']}", 1),
    ):
        found = client.get(f"/usage/{scope}")
        assert found["totalUsageData"] == count
    (entry,) = client.get(f"/usage/document/{power['id']}")["usageData"]
    assert entry["document"]["id"] == power["id"]
    single = client.get(f"/usage/{entry['id']}")
    for one in (single, entry):  # it says until when it is good, to the second
        assert one["document"].pop("url")
    assert single == entry
    inside = {"startDate": entry["startDate"], "endDate": entry["startDate"]}
    assert client.get(f"/usage/document/{power['id']}", params=inside)["totalUsageData"] == 1
    before = {"endDate": "2000-01-01"}
    assert client.get(f"/usage/document/{power['id']}", params=before)["totalUsageData"] == 0


def test_there_are_no_connections(filled: Any) -> None:
    client, _, _ = filled
    for noun in ("document", "usage"):
        assert client.call("GET", f"/{noun}/connection/{client.company}").status_code == 404


def test_duplicates_and_other_papers_answer_and_are_in_no_list(client: Client) -> None:
    client.parsed(bill(5))
    twin = client.run(bill(5))["duplicateDocumentIds"][0]
    other = client.run(leaflet(5))["nonUtilityDocumentIds"][0]
    for document, status in ((twin, "DUPLICATE"), (other, "NON_UTILITY")):
        found = client.get(f"/document/{document}")
        assert (found["status"], found["usageData"]) == (status, [])
        assert client.get(f"/usage/document/{document}")["usageData"] == []
    assert client.get(f"/document/company/{client.company}")["totalDocuments"] == 1
    assert client.get(f"/usage/company/{client.company}")["totalUsageData"] == 1


def test_meters_and_accounts_come_from_bills(filled: Any) -> None:
    client, site, documents = filled
    meters = client.get(f"/meter/company/{client.company}")
    assert meters["totalMeters"] == 3
    assert client.get(f"/meter/site/{site['id']}")["meters"] == meters["meters"]
    entry = documents["us_power"]["usageData"][0]
    meter = client.get(f"/meter/{entry['meter']}")
    assert (meter["site"], meter["datasourceType"]) == (site["id"], "ELECTRICITY")
    accounts = client.get(f"/account/company/{client.company}")["accounts"]
    assert {meter for account in accounts for meter in account["meters"]} == {
        one["id"] for one in meters["meters"]
    }
    account = client.get(f"/account/{meter['account']}")
    assert (account["isTracked"], account["trackingStatus"]) == (True, "UNSET")
    number = next(one["value"] for one in entry["identifiers"] if one["name"] == "ACCOUNT")
    assert account["accountNumber"] == number


def test_tracking_is_switched_for_one_account_or_for_all_or_none(client: Client) -> None:
    for layout in ("us_power", "us_gas"):
        client.parsed(bill(7, layout))
    base = f"/account/company/{client.company}"
    one, two = client.get(base)["accounts"]
    off = client.call("PATCH", f"/account/{one['id']}", json={"isTracked": False})
    assert (off.json()["isTracked"], off.json()["trackingStatus"]) == (False, "DISABLED")
    assert client.get(f"/meter/{one['meters'][0]}")["isTracked"] is False
    on = client.call("PATCH", f"/account/{one['id']}", json={"isTracked": True, "updateMeters": False})
    assert on.json()["trackingStatus"] == "ENABLED"
    assert client.get(f"/meter/{one['meters'][0]}")["isTracked"] is False
    wrong = {"isTracked": False, "accountIds": [two["id"], client.company]}
    refused = client.call("PATCH", base, json=wrong)
    assert (refused.status_code, list(refused.json())) == (400, ["accountIds"])
    assert client.get(f"/account/{two['id']}")["trackingStatus"] == "UNSET"
    both = client.call("PATCH", base, json={"isTracked": False}).json()
    assert [account["trackingStatus"] for account in both] == ["DISABLED", "DISABLED"]
    assert client.call("PATCH", base, json={}).json() == {"isTracked": ["This field is required."]}


def test_a_correction_is_shown_and_carried_to_the_meter(client: Client) -> None:
    document = client.parsed(bill(8))
    entry = document["usageData"][0]
    path = f"/usage/{entry['id']}"
    identifiers = [{"rawName": "Meter", "value": "NEW-0815", "name": "METER"}]
    change = {"usage": "1300.5", "usageUnits": "MWh", "endDate": entry["endDate"], "identifiers": identifiers}
    found = client.call("PATCH", path, json={**change, "exclusion": True}).json()
    assert (found["usage"], found["usageUnits"], found["exclusion"]) == ("1300.5", "MWh", True)
    meter = client.get(f"/meter/{entry['meter']}")
    assert (meter["identifiers"], entry["site"]) == (identifiers, None)
    assert UUID(meter["site"]).int == 0  # the contract has no null here
    assert client.get(f"/usage/company/{client.company}?identifier=new0815")["totalUsageData"] == 1
    updated = client.get(f"/document/{document['id']}")["updated"]
    assert updated > document["updated"]
    client.call("PATCH", path, json=change)  # the same again changes nothing
    assert client.get(f"/document/{document['id']}")["updated"] == updated


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"usage": "many"}, "usage"),
        ({"usageUnits": "kilowatts"}, "usageUnits"),
        ({"startDate": "1.1.2025"}, "startDate"),
        ({"endDate": "1999-01-01"}, "endDate"),
        ({"isEstimated": "yes"}, "isEstimated"),
        ({"meter": "not-mine"}, "meter"),
        ({"identifiers": [{"name": "METER"}]}, "identifiers"),
    ],
)
def test_a_correction_that_is_wrong_is_refused(filled: Any, change: dict[str, Any], field: str) -> None:
    client, _, documents = filled
    entry = documents["us_power"]["usageData"][0]
    response = client.call("PATCH", f"/usage/{entry['id']}", json=change)
    assert (response.status_code, list(response.json())) == (400, [field])
    assert client.get(f"/usage/{entry['id']}")["usage"] == entry["usage"]


def test_our_own_api_shows_where_each_value_was_read_from(filled: Any, stranger: Client) -> None:
    client, _, documents = filled
    document = documents["us_power"]
    got = client.own("GET", f"/documents/{document['id']}")
    assert document["auditTrailUrl"] == str(got.request.url)
    found = got.json()
    assert found["classification"]["utility"] is True
    assert found["classification"]["score"] > 0.5
    (total,) = [one for one in found["provenance"] if one["field"] == "/totalCharges"]
    assert total["page"] == 1
    assert len(total["box"]) == 4
    assert document["totalCharges"] in total["text"].replace(",", "")
    assert stranger.own("GET", f"/documents/{document['id']}").status_code == 404


def test_a_deleted_document_is_left_out_and_its_bill_may_come_again(client: Client) -> None:
    document = client.parsed(bill(9))
    assert client.own("DELETE", f"/documents/{document['id']}").status_code == 204
    base = f"/document/company/{client.company}"
    assert client.get(base)["totalDocuments"] == 0
    assert client.get(base, params={"isDeleted": "true"})["totalDocuments"] == 1
    again = client.parsed(bill(9))
    assert again["id"] != document["id"]
    assert client.own("DELETE", f"/documents/{again['id']}?purge=true").status_code == 204
    assert client.call("GET", f"/document/{again['id']}").status_code == 404


def test_a_scan_of_a_bill_and_the_bill_are_one_bill(client: Client) -> None:
    original = client.parsed(bill(11, "us_water"))
    scanned = client.run(sample.scan("us_water", 11, 200, rough=0.2)[0])
    assert scanned["duplicates"] == 1, client.files(scanned["id"])
    twin = client.own("GET", f"/documents/{scanned['duplicateDocumentIds'][0]}").json()
    assert twin["duplicateOf"] == original["id"]
    assert twin["pages"] == ["ocr"]


def test_of_jobs_in_flight_with_one_bill_exactly_one_has_the_original(
    client: Client, elsewhere: Host
) -> None:
    """The same bytes, and the same bill exported anew each time."""
    jobs = []
    for number in range(4):
        urls = [
            elsewhere.put(f"same-{number}.pdf", bill(12)),
            elsewhere.put(f"anew-{number}.pdf", bill(13) + b"\n%% exported %d" % number),
        ]
        jobs.append(client.bulk(urls).json()["id"])
    done = [client.ended(job) for job in jobs]
    assert sum(len(job["parsedDocumentIds"]) for job in done) == 2
    assert sum(job["duplicates"] for job in done) == 6
    assert client.get(f"/document/company/{client.company}")["totalDocuments"] == 2

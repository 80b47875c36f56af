"""The seed page, to the letter: the bulk submission and what it answers."""

from __future__ import annotations

from tests.wire.bills.host import Host
from tests.wire.bills.office import EMPTY, Client, bill, leaflet


def test_the_call_of_the_seed_page_is_answered_with_its_members(client: Client, elsewhere: Host) -> None:
    site = client.made(f"/site/company/{client.company}", {"name": "Mill Lane"})["id"]
    url = elsewhere.put("1.pdf", bill(1))
    response = client.http.request(
        "POST",
        f"/v2/job/company/{client.company}/bulk",
        headers={"Content-Type": "application/json", "X-API-KEY": client.key},
        content=f'{{"documents": ["{url}"], "siteId": "{site}"}}',
    )
    assert response.status_code == 200
    assert response.json() == {"id": response.json()["id"], "status": "PENDING", **EMPTY}
    done = client.ended(response.json()["id"])
    assert set(done) == {"id", "status", *EMPTY}
    assert done["status"] == "COMPLETED"


def test_a_file_stands_in_exactly_one_list_in_the_order_of_submission(
    client: Client, elsewhere: Host
) -> None:
    urls = [
        elsewhere.put("a.pdf", bill(1)),
        elsewhere.put("b.pdf", leaflet()),
        elsewhere.put("a-again.pdf", bill(1)),
        elsewhere.put("c.pdf", bill(2, "us_gas")),
        f"{elsewhere.url}/a.pdf",
    ]
    response = client.bulk(urls)
    assert response.status_code == 200
    done = client.ended(response.json()["id"])
    files = {file["position"]: file["id"] for file in client.files(done["id"])}
    assert done == {
        "id": done["id"],
        "status": "COMPLETED",
        "parsedDocumentIds": [files[0], files[3]],
        "duplicates": 2,
        "duplicateDocumentIds": [files[2], files[4]],
        "nonUtilityDocumentIds": [files[1]],
    }

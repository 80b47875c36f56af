"""Schemathesis over the desk's contract: whatever fits or misfits it, no answer is a server error.

A part of the calls is about things that exist; random ids alone would never get past 404.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st

from tests.example import calls
from tests.wire.bills.agreement import CONTRACT
from tests.wire.bills.office import Client, bill
from tests.wire.hostile import spoil

_PAGE = copy.deepcopy(CONTRACT)
_PAGE.pop("webhooks")
for _item in _PAGE["paths"].values():
    for _operation in (_item, *(value for value in _item.values() if isinstance(value, dict))):
        for _media in _operation.get("requestBody", {}).get("content", {}).values():
            _media.pop("encoding", None)  # types that Schemathesis cannot write
SCHEMA = schemathesis.openapi.from_dict(_PAGE)
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}
VERSIONS = ("v2", "v2.1", "v2.2")


@pytest.fixture(scope="module")
def things(office: Any, server: Any) -> Any:
    """A client, and the ids of what there is."""
    with Client(server.url, office.key()[1]) as client:
        site = client.made(f"/site/company/{client.company}", {"name": "Mill Lane"})["id"]
        document = client.parsed(bill(1), site)
        entry = document["usageData"][0]
        meter = client.get(f"/meter/{entry['meter']}")
        yield (
            client,
            {
                "company_id": client.company,
                "site_id": site,
                "job_id": document["jobId"],
                "document_id": document["id"],
                "usage_data_id": entry["id"],
                "meter_id": meter["id"],
                "account_id": meter["account"],
            },
        )


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", OPERATIONS)
def test_nothing_that_fits_or_misfits_the_contract_is_a_server_error(
    things: Any, label: str, mode: schemathesis.GenerationMode
) -> None:
    client, ids = things

    @calls(10)
    @given(OPERATIONS[label].as_strategy(generation_mode=mode), st.data())
    def run(case: Any, data: st.DataObject) -> None:
        real, version = data.draw(st.booleans()), data.draw(st.sampled_from(VERSIONS))
        # The company itself must stay: the other operations need it.
        if real and case.path_parameters and label != "DELETE /company/{company_id}":
            case.path_parameters.update((name, ids[name]) for name in case.path_parameters if name in ids)
        if mode is schemathesis.GenerationMode.POSITIVE and data.draw(st.booleans()):
            spoil(case, data)
        response = case.call(
            base_url=f"{str(client.http.base_url).rstrip('/')}/{version}",
            headers={"X-API-KEY": client.key},
            timeout=300,
        )
        assert response.status_code < 500, (label, response.status_code, response.text[:500])

    run()

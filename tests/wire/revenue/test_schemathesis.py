"""Schemathesis over the desk's contract: whatever fits or misfits it, no answer is a server error.

A part of the calls is about a site and jobs that exist; random ids alone would never get past 404.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.example import calls
from tests.wire.hostile import spoil
from tests.wire.revenue.site import Site, file, row

_PAGE = yaml.load((Path(__file__).parents[2] / "contracts" / "ruler.yaml").read_text(), yaml.CSafeLoader)
for _item in _PAGE["paths"].values():  # all on one host here
    for _operation in (_item, *(value for value in _item.values() if isinstance(value, dict))):
        _operation.pop("servers", None)
        for _media in _operation.get("requestBody", {}).get("content", {}).values():
            _media.pop("encoding", None)  # types that Schemathesis cannot write
SCHEMA = schemathesis.openapi.from_dict(_PAGE)
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", OPERATIONS)
def test_nothing_that_fits_or_misfits_the_contract_is_a_server_error(
    site: Site, label: str, mode: schemathesis.GenerationMode
) -> None:
    job, _ = site.run(file(row(), row(value="bad")))

    @calls(12)
    @given(OPERATIONS[label].as_strategy(generation_mode=mode), st.data())
    def run(case: Any, data: st.DataObject) -> None:
        real = data.draw(st.booleans())
        if real and case.path_parameters:
            case.path_parameters["siteId"] = site.name
            if "jobId" in case.path_parameters:
                case.path_parameters["jobId"] = job
        if mode is schemathesis.GenerationMode.POSITIVE and data.draw(st.booleans()):
            spoil(case, data)
        response = case.call(
            base_url=f"{str(site.http.base_url).rstrip('/')}/v1",
            headers={"Authorization": f"Bearer {site.key}"},
            timeout=300,
        )
        assert response.status_code < 500, (label, response.status_code, response.text[:500])

    run()

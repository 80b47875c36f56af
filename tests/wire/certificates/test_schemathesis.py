"""Schemathesis over the desk's contract: whatever fits or misfits it, no answer is a server error.

A part of the calls is about things that exist; random ids would never get past 404.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from tests.example import calls
from tests.wire.certificates.agreement import CONTRACT
from tests.wire.certificates.conftest import Office
from tests.wire.certificates.site import Site, known
from tests.wire.hostile import spoil
from tests.wire.own.house import Process

_PAGE = copy.deepcopy(CONTRACT)
_PAGE.pop("webhooks", None)
for _item in _PAGE["paths"].values():
    for _operation in (value for value in _item.values() if isinstance(value, dict)):
        for _media in _operation.get("requestBody", {}).get("content", {}).values():
            _media.pop("encoding", None)  # types that Schemathesis cannot write
SCHEMA = schemathesis.openapi.from_dict(_PAGE)
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}


@pytest.fixture(scope="module")
def filled(office: Office, desk_server: Process) -> Iterator[tuple[Site, dict[str, str]]]:
    """A client, and ids that exist, by the name of their parameter."""
    with Site(desk_server.url, office.key()[1]) as site:
        yield site, known(site)


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", OPERATIONS)
def test_nothing_that_fits_or_misfits_the_contract_is_a_server_error(
    filled: tuple[Site, dict[str, str]], label: str, mode: schemathesis.GenerationMode
) -> None:
    site, there = filled

    @calls(5)
    @given(OPERATIONS[label].as_strategy(generation_mode=mode), st.data())
    def run(case: Any, data: st.DataObject) -> None:
        real = data.draw(st.booleans())
        if real and case.path_parameters:
            for name in case.path_parameters:
                case.path_parameters[name] = there.get(name, case.path_parameters[name])
        headers = {"Authorization": f"Bearer {site.key}"}
        if mode is schemathesis.GenerationMode.POSITIVE and data.draw(st.booleans()):
            spoil(case, data)
        response = case.call(base_url=site.url, headers=headers, timeout=300)
        assert response.status_code < 500, (label, response.status_code, response.text[:500])

    with contextlib.suppress(Unsatisfiable):  # any text is an id: nothing misfits
        run()

"""Schemathesis over the desk's contract: whatever fits or misfits it, no answer is a server error.

A part of the calls is about jobs and results that exist; random ids alone would never get past 404.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st

from tests.example import calls
from tests.wire.conversion.agreement import BASE, CONTRACT
from tests.wire.conversion.room import Room
from tests.wire.hostile import spoil


def _page() -> dict[str, Any]:
    """The contract without what names other servers, and without types that Schemathesis cannot write."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: plain(inner)
                for name, inner in value.items()
                if name not in ("servers", "encoding", "xml")
            }
        return [plain(inner) for inner in value] if isinstance(value, list) else value

    page: dict[str, Any] = plain(CONTRACT)
    return page


SCHEMA = schemathesis.openapi.from_dict(_page())
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}


@schemathesis.serializer("application/xml")
def _as_xml(_: Any, value: Any) -> Any:
    return str(value).encode("utf-8", "replace")


CASES = [
    pytest.param(label, mode, id=f"{label}-{mode.value}")
    for label, operation in OPERATIONS.items()
    for mode in schemathesis.GenerationMode
    # Where nothing is asked for, nothing can misfit.
    if mode is schemathesis.GenerationMode.POSITIVE or operation.body or list(operation.iter_parameters())
]


@pytest.mark.parametrize(("label", "mode"), CASES)
def test_nothing_that_fits_or_misfits_the_contract_is_a_server_error(
    room: Room, label: str, mode: schemathesis.GenerationMode
) -> None:
    done, idle = room.create(), room.create()
    room.add(done, "ok")
    room.start(done)
    result = room.result(done)["dataList"][0]["resultId"]
    base = str(room.http.base_url).rstrip("/") + ("" if "/http.input" in label else BASE)

    @calls(12)
    @given(OPERATIONS[label].as_strategy(generation_mode=mode), st.data())
    def run(case: Any, data: st.DataObject) -> None:
        real = data.draw(st.booleans())
        of = data.draw(st.sampled_from([done, idle]))
        if real and case.path_parameters:
            known = {
                "jobId": of,
                "resultId": result,
                "connectionID": "convert-to-pdf",
            }
            case.path_parameters |= {n: v for n, v in known.items() if n in case.path_parameters}
        if mode is schemathesis.GenerationMode.POSITIVE and data.draw(st.booleans()):
            spoil(case, data)
        response = case.call(
            base_url=base, headers={"X-API-Key": room.http.headers["x-api-key"]}, timeout=300
        )
        # What bytes at random say to a placeholder is its answer, not the server's.
        assert response.status_code < 500, (label, response.status_code, response.text[:500])

    run()

"""Every address of every desk, called with what no honest client sends: never a server error, always the desk's envelope.

Schemathesis stays within HTTP as clients write it; here are raw paths, queries, headers and bodies. A share of
all combinations is tried, the same in each run; POSTROOM_EXAMPLES=20 tries them all.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode
from xml.etree import ElementTree

import httpx
import pytest

from tests.example import TIMES, examples
from tests.wire.address import ENVELOPES, Address, addresses
from tests.wire.bills.office import Client as Company
from tests.wire.certificates.site import Site as Tracker
from tests.wire.certificates.site import known as known_certificates
from tests.wire.conversion.room import Room
from tests.wire.conversion.systems import SYSTEMS
from tests.wire.hostile import BODIES, HEADERS, PATHS, QUERIES, RAW_QUERIES, TEXTS
from tests.wire.own.house import House, Process, client, create
from tests.wire.plans.site import Site as Project
from tests.wire.revenue.site import Site, file, row

ADDRESSES = addresses(SYSTEMS)
DESKS = [desk for desk in ENVELOPES if any(one.desk == desk for one in ADDRESSES)]
# The same application as /v2.2, with less in its answers.
_OLDER = ("/v2", "/v2.1")


# --- the house -----------------------------------------------------------------------------------------


class Everything(House):
    usual: ClassVar[Mapping[str, str]] = {
        "POSTROOM_BODY_IDLE_TIMEOUT": "20",
        "POSTROOM_CONVERSION_RESULT_WAIT": "0.2",
    }

    def start(self, part: str, *more: str) -> Process:
        # Conversion in name only: the Simple API waits for what it made.
        return super().start(part, "--module", "tests.wire.conversion.systems", *more)


@dataclass
class Caller:
    """A client with one key for all desks. known: desk -> parameter -> what exists."""

    http: httpx.Client
    known: Mapping[str, Mapping[str, str]]

    def call(self, address: Address, path: str, *, key: str | None = None, **given: Any) -> str | None:
        """Calls; says what is wrong with the answer. key: instead of the usual one; an empty one is not sent."""
        headers = {"Tus-Resumable": "1.0.0", **given.pop("headers", {})}
        request = self.http.build_request(address.method, path, headers=headers, **given)
        if key is not None:
            for name in ("Authorization", "X-API-Key"):
                del request.headers[name]
            request.headers.update({"Authorization": key} if key else {})
        response = self.http.send(request)
        text = f"{address.method} {address.path} {response.status_code} {response.text[:300]}"
        if response.status_code >= 500:
            return text
        if response.status_code < 400 or address.method == "HEAD" or _of_http(response):
            return None
        try:
            return None if ENVELOPES[address.desk](response) else f"no envelope: {text}"
        except (ValueError, KeyError, TypeError, AttributeError, ElementTree.ParseError):
            return f"no envelope: {text}"


def _of_http(response: httpx.Response) -> bool:
    """The HTTP server's own answer: no application was asked."""
    return response.content == b"Invalid HTTP request received."


@pytest.fixture(scope="module")
def caller(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    with Everything.built(postgres, tmp_path_factory.mktemp("hostile")) as house:
        url, (_, key) = house.start_api().url, house.key()
        headers = {"Authorization": f"Bearer {key}", "X-API-Key": key}
        with httpx.Client(base_url=url, headers=headers, timeout=300) as http:
            yield Caller(http, _known(url, key))


def _known(url: str, key: str) -> dict[str, dict[str, str]]:
    with client(url, key) as api:
        ended, opened = create(api, "inspect"), create(api, "inspect")
        api.post(f"/jobs/{ended}/cancel")
    with Company(url, key) as company:
        site = company.made(f"/site/company/{company.company}", {"name": "Mill Lane"})["id"]
        bills = {"company_id": company.company, "site_id": site}
    with Project(url, key) as project:
        plans = {"projectId": project.project, "project": project.project, "jobId": project.job()}
    with Room(url, key) as room:
        conversion = {"jobId": room.create(), "connectionID": "convert-to-pdf", "storeMethod": "download"}
    with Site(url, key) as revenue:
        job, _ = revenue.run(file(row(), row(value="bad")))
        imports = {"siteId": revenue.name, "jobId": job}
    with Tracker(url, key) as tracker:
        certificates = known_certificates(tracker)
    own = {
        "id": opened,
        "ended": ended,
        **plans,
        "siteId": revenue.name,
        "certificate": certificates["certificate"],
    }
    return {
        **{desk: {} for desk in DESKS},
        "/postroom/v1": own,
        "/api/open/v1": plans,
        "/api/v1": certificates,
        **dict.fromkeys(("/conversion", "/http.input", "/http.inputstructured"), conversion),
        **dict.fromkeys(("/v2", "/v2.1", "/v2.2"), bills),
        "/v1": imports,
    }


def _there(caller: Caller, address: Address) -> Mapping[str, str]:
    known = caller.known[address.desk]
    # The events of a job that has not ended would keep us for ever.
    return {**known, "id": known["ended"]} if address.path.endswith("/{id}/events") else known


def _some(address: Address, count: int, *choices: Iterable[Any]) -> list[tuple[Any, ...]]:
    """A share of all combinations, another one for each address, the same in each run."""
    found = list(itertools.product(*choices))
    dice = random.Random(f"{address.method} {address.path}")
    wanted = examples(1 if address.desk in _OLDER and not TIMES else count)
    return dice.sample(found, min(len(found), wanted))


def _of(desk: str) -> list[Address]:
    return [one for one in ADDRESSES if one.desk == desk]


# --- the tests -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("desk", DESKS)
def test_no_path_is_a_server_error(caller: Caller, desk: str) -> None:
    wrong = [
        (name, value[:60], said)
        for address in _of(desk)
        for name, value in _some(address, 4, address.parameters, PATHS)
        if (said := caller.call(address, address.filled(_there(caller, address), **{name: value})))
    ]
    assert not wrong, wrong[:10]


@pytest.mark.parametrize("desk", DESKS)
def test_no_query_is_a_server_error(caller: Caller, desk: str) -> None:
    wrong = [
        (query[:100], said)
        for address in _of(desk)
        for query in _queries(address)
        if (said := caller.call(address, f"{address.filled(_there(caller, address))}?{query}"))
    ]
    assert not wrong, wrong[:10]


def _queries(address: Address) -> list[str]:
    pairs = [urlencode([pair]) for pair in _some(address, 6, QUERIES, TEXTS)]
    return pairs + [query for (query,) in _some(address, 1, RAW_QUERIES)]


@pytest.mark.parametrize("desk", DESKS)
def test_no_header_is_a_server_error(caller: Caller, desk: str) -> None:
    pairs = [(name, value) for name, values in HEADERS.items() for value in values]
    wrong = [
        (pair, said)
        for address in _of(desk)
        for (pair,) in _some(address, 4, pairs)
        if (said := caller.call(address, address.filled(_there(caller, address)), headers=dict([pair])))
    ]
    assert not wrong, wrong[:10]


@pytest.mark.parametrize("desk", DESKS)
def test_nobody_without_a_key_finds_a_server_error(caller: Caller, desk: str) -> None:
    """The query makes as if the address were one that we have signed."""
    query = "expires=9999999999&signature=x&token=x"
    wrong = [
        said
        for address in _of(desk)
        for key in ("", "Bearer x")
        if (said := caller.call(address, f"{address.filled(_there(caller, address))}?{query}", key=key))
    ]
    assert not wrong, wrong[:10]


@pytest.mark.parametrize("desk", [desk for desk in DESKS if desk != "/"])
def test_no_body_is_a_server_error(caller: Caller, desk: str) -> None:
    wrong = [
        (kind, body[:200], said)
        for address in _of(desk)
        if address.method not in ("GET", "HEAD", "OPTIONS")
        for ((kind, body),) in _some(address, 10, BODIES)
        if (
            said := caller.call(
                address,
                address.filled(_there(caller, address)),
                content=body,
                headers={"Content-Type": kind} if kind is not None else {},
            )
        )
    ]
    assert not wrong, wrong[:10]

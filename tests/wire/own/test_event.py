"""Events on the wire: numbered, resumed anywhere, never skipped, never twice; progress is sampled."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.wire.own.house import (
    BASE,
    House,
    Process,
    add,
    client,
    create,
    free_port,
    get,
    problem,
    state,
    submit,
    until,
)


@dataclass
class Event:
    number: int | None
    type: str
    data: dict[str, Any]
    at: float


@contextmanager
def listening(api: httpx.Client, job: str, after: int | None = None) -> Iterator[Iterator[Event]]:
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    with api.stream("GET", f"/jobs/{job}/events", headers=headers, timeout=30) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        yield _parsed(response)


def _parsed(response: httpx.Response) -> Iterator[Event]:
    number, kind, data = None, "", ""
    for line in response.iter_lines():
        name, _, value = line.partition(": ")
        if name == "id":
            number = int(value)
        elif name == "event":
            kind = value
        elif name == "data":
            data = value
        elif line == "" and kind:
            yield Event(number, kind, json.loads(data), time.monotonic())
            number, kind, data = None, "", ""


def heard(api: httpx.Client, job: str, after: int | None = None) -> list[Event]:
    """All events until the stream ends."""
    with listening(api, job, after) as events:
        return list(events)


def numbers(events: list[Event]) -> list[int]:
    return [event.number for event in events if event.number is not None]


def some(api: httpx.Client, job: str, count: int, after: int = 0) -> list[int]:
    """The next `count` numbers; then the connection is dropped."""
    found: list[int] = []
    with listening(api, job, after) as events:
        for event in events:
            if event.number is not None:
                found.append(event.number)
                if len(found) == count:
                    break
    return found


FAILING = [f"fail#{n}".encode() for n in range(12)]


def test_the_events_of_a_job_are_numbered_from_one_without_gaps(api: httpx.Client) -> None:
    job = submit(api, *FAILING)
    events = heard(api, job)
    assert numbers(events) == list(range(1, get(api, job)["lastEvent"] + 1))
    assert next(event.type for event in events if event.number) == "job.created"
    failed = [event.data for event in events if event.type == "document.failed"]
    assert sorted(data["position"] for data in failed) == list(range(12))
    assert {data["reason"] for data in failed} == {"The document asked to fail."}
    moves = [(event.data["from"], event.data["to"]) for event in events if event.type == "job.state"]
    assert moves == [
        ("open", "checking"),
        ("checking", "queued"),
        ("queued", "running"),
        ("running", "failed"),
    ]


def test_a_listener_hears_what_happens_while_it_listens_and_then_the_end(api: httpx.Client) -> None:
    job = create(api)
    with listening(api, job) as events:
        assert next(event for event in events if event.number).type == "job.created"
        add(api, job, b"ok")
        api.post(f"/jobs/{job}/close")
        rest = list(events)
    assert [event for event in rest if event.number][-1].data["to"] == "succeeded"
    last = [event for event in rest if event.type == "progress"][-1]
    assert (last.data["status"], last.data["progress"], last.data["counts"]["succeeded"]) == (
        "succeeded",
        100,
        1,
    )


def test_reconnecting_after_every_few_events_skips_and_repeats_none(api: httpx.Client) -> None:
    job = submit(api, *FAILING, b"sleep:1")
    found: list[int] = []
    while not found or found[-1] < get(api, job)["lastEvent"] or get(api, job)["endedAt"] is None:
        found += some(api, job, 3, after=found[-1] if found else 0)
    assert found == list(range(1, get(api, job)["lastEvent"] + 1))


def test_reconnecting_at_another_process_skips_and_repeats_none(
    api: httpx.Client, other_server: Process, secret: str
) -> None:
    job = submit(api, *FAILING, b"sleep:1")
    found: list[int] = []
    with client(other_server.url, secret) as other:
        turn = 0
        while not found or found[-1] < get(api, job)["lastEvent"] or get(api, job)["endedAt"] is None:
            found += some((api, other)[turn % 2], job, 2, after=found[-1] if found else 0)
            turn += 1
    assert found == list(range(1, get(api, job)["lastEvent"] + 1))


def test_a_listener_at_one_process_hears_what_was_done_at_another(
    api: httpx.Client, other_server: Process, secret: str
) -> None:
    with client(other_server.url, secret) as other:
        job = create(api)
        with listening(other, job) as events:
            next(events)
            api.post(f"/jobs/{job}/cancel")
            assert any(event.data.get("to") == "cancelled" for event in events)


def test_a_listener_resumes_after_the_api_was_killed(house: House, secret: str, api: httpx.Client) -> None:
    port = free_port()
    victim = house.start_api(port)
    job = submit(api, *FAILING[:4], b"sleep:4")
    found: list[int] = []
    with client(victim.url, secret) as doomed:
        try:
            with listening(doomed, job) as events:
                for event in events:
                    if event.number is not None:
                        found.append(event.number)
                    if len(found) == 3:
                        victim.kill()
        except httpx.TransportError:
            pass
        assert victim.popen.poll() is not None
        again = house.start_api(port)
        found += numbers(heard(doomed, job, after=found[-1]))
    assert found == list(range(1, get(api, job)["lastEvent"] + 1))
    again.stop()


def test_who_has_seen_all_of_an_ended_job_is_told_to_stay_away(api: httpx.Client) -> None:
    job = submit(api, b"ok")
    last = state(api, job)["lastEvent"]
    for number in (last, last + 100):
        response = api.get(f"/jobs/{job}/events", headers={"Last-Event-ID": str(number)})
        assert (response.status_code, response.content) == (204, b"")
    assert numbers(heard(api, job, after=last - 1)) == [last]


def test_the_first_number_may_stand_in_the_address(api: httpx.Client) -> None:
    job = create(api)
    api.post(f"/jobs/{job}/cancel")
    with api.stream("GET", f"/jobs/{job}/events", params={"after": 1}) as response:
        assert numbers(list(_parsed(response))) == [2]


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "²", "9" * 30])
def test_a_last_event_id_that_is_no_number_is_refused(api: httpx.Client, value: str) -> None:
    response = api.get(f"/jobs/{create(api)}/events", headers={"Last-Event-ID": value.encode()})
    problem(response, 400, field="Last-Event-ID")


def test_progress_is_sampled_at_most_four_times_a_second(api: httpx.Client) -> None:
    # Every document fails, so events come as fast as they can; samples must not.
    job = submit(api, *[f"fail#{n}".encode() for n in range(150)], b"sleep:2")
    events = heard(api, job)
    samples = [event.at for event in events if event.type == "progress"]
    first, last = samples[0], samples[-2]  # the last one comes with the end, whenever that is
    assert len(samples) >= 3
    assert len(samples) - 2 <= 4 * (last - first) + 2
    assert all(event.number is None for event in events if event.type == "progress")


def test_a_second_listener_is_shown_the_progress_at_once(api: httpx.Client) -> None:
    job = create(api)
    for _ in range(2):
        with listening(api, job) as first, listening(api, job) as second:
            for events in (first, second):
                assert next(event for event in events if event.type == "progress").data["status"] == "open"


def test_a_new_listener_of_an_ended_job_is_served_while_an_old_one_hangs(
    server: Process, secret: str, api: httpx.Client
) -> None:
    """The old one does not read: its connection must not keep the job's feed for itself."""
    job = submit(api, b"ok")
    state(api, job)
    with _deaf(server, secret, job), _deaf(server, secret, job):
        for _ in range(3):
            assert numbers(heard(api, job))[-1] == get(api, job)["lastEvent"]


@contextmanager
def _deaf(server: Process, secret: str, job: str) -> Iterator[socket.socket]:
    """A listener with the smallest buffer that does not read."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        line.connect(("127.0.0.1", urlsplit(server.url).port))
        head = f"GET {BASE}/jobs/{job}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\n\r\n"
        line.sendall(head.encode())
        line.settimeout(60)
        assert line.recv(15) == b"HTTP/1.1 200 OK"
        yield line


def test_an_account_listens_as_often_as_the_setting_allows_and_another_account_does_not_notice(
    house: House,
) -> None:
    with house.given(POSTROOM_EVENT_STREAMS="2"):
        small = house.start_api()
    name = f"a-{token_hex(4)}"
    account, sandbox, stranger = (
        client(small.url, house.key(name)[1]),
        client(small.url, house.key(name, environment="sandbox")[1]),
        client(small.url, house.key()[1]),
    )
    with account, sandbox, stranger:
        job, other, foreign = create(account), create(sandbox), create(stranger)
        with listening(account, job) as first:
            next(first)
            with listening(account, job) as second:
                next(second)
                for refused in (account.get(f"/jobs/{job}/events"), sandbox.get(f"/jobs/{other}/events")):
                    body = problem(refused, 429, code="too_many_streams")
                    assert body["limit"] == 2 and "2 event streams" in body["detail"]
                    assert int(refused.headers["retry-after"]) > 0
                assert some(stranger, foreign, 1) == [1]
                assert account.get(f"/jobs/{job}").status_code == 200
        # Both have left: by going away, and below by hearing the end. Either gives the seat back.
        account.post(f"/jobs/{job}/cancel")
        for _ in range(4):
            until(lambda: account.get(f"/jobs/{job}/events").status_code == 200)
    small.stop()


def test_a_slow_listener_is_dropped_and_can_resume(
    house: House, server: Process, secret: str, api: httpx.Client
) -> None:
    job = create(api)
    with _deaf(server, secret, job) as line:
        time.sleep(0.5)
        # 30 MB of events while it does not read: more than what the system keeps for it, by far.
        for _ in range(6):
            house.sql(
                "WITH j AS (UPDATE job SET last_event = last_event + 250 WHERE id = $1 RETURNING last_event)"
                " INSERT INTO event (job_id, number, type, data)"
                " SELECT $1, j.last_event - 250 + n, 'document.warning',"
                "  jsonb_build_object('message', repeat('x', 20000)) FROM j, generate_series(1, 250) n",
                job,
            )
            house.sql("SELECT pg_notify('postroom_event', $1)", job)
            time.sleep(0.2)
        until(lambda: "events.dropped" in (house.folder / "api.log").read_text())
        got = b""
        while piece := line.recv(1 << 16):
            got += piece
    seen = [int(entry[4:]) for entry in got.split(b"\n") if entry.startswith(b"id: ")]
    whole = got.rpartition(b"\n\n")[0]  # an event that was cut is no event (WHATWG)
    last = [int(entry[4:]) for entry in whole.split(b"\n") if entry.startswith(b"id: ")][-1]
    assert seen[:last] == list(range(1, last + 1))
    assert last < 1501
    assert some(api, job, 1501 - last, after=last) == list(range(last + 1, 1502))

"""`Idempotency-Key` on the wire: one effect per key, on every POST, also across crashes."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.wire.certificates.paper import PASSES, certificate
from tests.wire.own.house import (
    Called,
    House,
    Process,
    add,
    client,
    create,
    form,
    get,
    problem,
    state,
    submit,
    until,
)
from tests.wire.own.test_tus import TUS, metadata
from tests.wire.own.test_upload import announce, put
from tests.wire.plans.paper import sheet


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def test_a_repeated_create_makes_one_job_and_gives_the_same_answer(api: httpx.Client) -> None:
    headers = key()
    first = api.post("/jobs", json={"workflow": "probe"}, headers=headers)
    again = api.post("/jobs", json={"workflow": "probe"}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["content-type"] == first.headers["content-type"]
    assert len(api.get("/jobs").json()["items"]) == 1


def delivered(api: httpx.Client, url: str) -> tuple[str, str]:
    """A job whose webhook has been delivered, and the delivery."""
    job = submit(api, b"ok", webhook=url)
    (found,) = until(
        lambda: [one for one in api.get(f"/jobs/{job}/deliveries").json()["items"] if one["endedAt"]], 60
    )
    return job, found["id"]


def drawn(api: httpx.Client) -> tuple[str, str]:
    """A project of the plans desk, and the path of an artifact of it."""
    job = create(api, "plans")
    add(api, job, ("a.pdf", sheet("A-1", "PLAN", "WALLABY")))
    api.post(f"/jobs/{job}/close")
    assert state(api, job)["status"] == "succeeded"
    (project,) = api.get("/plans/projects").json()["items"]
    desk = api.base_url.copy_with(path="/api/open/v1/")
    (found,) = api.get(f"{desk}projects/{project['id']}/sheets").json()["sheets"]
    return project["id"], found["artifacts"][0]["path"]


def reviewed(api: httpx.Client) -> str:
    """A certificate of the certificates desk that may be reviewed once more."""
    desk = api.base_url.copy_with(path="/api/v1/")
    rules = {"name": "Standard", "is_default": True, "rules": [PASSES]}
    assert api.post(f"{desk}insurance_requirements", json=rules).status_code == 201
    tracker = api.post(f"{desk}trackers", json={"name": "Site"}).json()["id"]
    sent = api.post(
        f"{desk}files/external_certificates/tracker/placeholder/bulk",
        files={"certificates": ("a.pdf", certificate()[0], "application/pdf")},
        data={"tracker_id": tracker},
    )
    made: str = sent.json()["certificates"][0]["id"]
    until(lambda: api.get(f"{desk}files/certificates/{made}").json()["status"] == "approved", 60)
    return made


def posts(
    house: House, api: httpx.Client, hook: str
) -> dict[str, Callable[[dict[str, str]], httpx.Response]]:
    """A call of every POST that there is, each on a job that is ready for it."""
    taking, raw, closing, cancelling = create(api), create(api), create(api), create(api)
    add(api, closing, b"ok")
    blocked, failed = submit(api, b"sleep:60"), submit(api, b"fail")
    state(api, failed)
    house.block(blocked)
    expecting, sending, resuming = create(api), create(api), create(api)
    sent = announce(api, sending, b"ok#sent", mode="multipart")[0]
    etag = put(sent["parts"][0], b"ok#sent").headers["etag"]
    told, delivery = delivered(api, hook)
    project, path = drawn(api)
    read = reviewed(api)
    return {
        "/jobs": lambda headers: api.post("/jobs", json={"workflow": "probe"}, headers=headers),
        "/jobs/{id}/documents": lambda headers: api.post(
            f"/jobs/{taking}/documents", files=form(b"ok"), headers=headers
        ),
        "/jobs/{id}/documents (raw)": lambda headers: api.post(
            f"/jobs/{raw}/documents", params={"name": "a"}, content=b"ok", headers=headers
        ),
        "/jobs/{id}/close": lambda headers: api.post(f"/jobs/{closing}/close", headers=headers),
        "/jobs/{id}/cancel": lambda headers: api.post(f"/jobs/{cancelling}/cancel", headers=headers),
        "/jobs/{id}/resume": lambda headers: api.post(f"/jobs/{blocked}/resume", headers=headers),
        "/uploads": lambda headers: api.post(
            "/uploads",
            headers={**TUS, **headers, "Upload-Length": "2", "Upload-Metadata": metadata(job=resuming)},
        ),
        "/jobs/{id}/uploads": lambda headers: api.post(
            f"/jobs/{expecting}/uploads", json={"documents": [{"name": "a", "size": 2}]}, headers=headers
        ),
        "/jobs/{id}/uploads/{document}/complete": lambda headers: api.post(
            f"/jobs/{sending}/uploads/{sent['document']['id']}/complete",
            json={"parts": [{"partNumber": 1, "etag": etag}]},
            headers=headers,
        ),
        "/jobs/{id}/deliveries/{delivery}/replay": lambda headers: api.post(
            f"/jobs/{told}/deliveries/{delivery}/replay", headers=headers
        ),
        "/plans/projects/{project}/artifact-tokens": lambda headers: api.post(
            f"/plans/projects/{project}/artifact-tokens", params={"path": path}, headers=headers
        ),
        "/certificates/{certificate}/review": lambda headers: api.post(
            f"/certificates/{read}/review", headers=headers
        ),
        "/bills/webhooks": lambda headers: api.post(
            "/bills/webhooks", json={"url": "http://127.0.0.1:9/bills"}, headers=headers
        ),
        "/jobs/{id}/retry": lambda headers: api.post(f"/jobs/{failed}/retry", headers=headers),
    }


def test_every_post_is_done_once_and_answered_twice(
    house: House, server: Process, api: httpx.Client, receiver: tuple[str, list[Called]]
) -> None:
    calls = posts(house, api, receiver[0])
    paths = httpx.get(f"{server.url}/postroom/v1/openapi.json").json()["paths"]
    own = {path for path, methods in paths.items() if "post" in methods and not path.startswith("/inspect")}
    assert own == {path.partition(" ")[0] for path in calls}
    for path, call in calls.items():
        headers = key()
        first, again = call(headers), call(headers)
        assert first.status_code in (200, 201, 202), (path, first.text)
        assert (again.status_code, again.content) == (first.status_code, first.content), path
        assert again.headers["idempotent-replayed"] == "true", path
    for job in api.get("/jobs").json()["items"]:
        api.post(f"/jobs/{job['id']}/cancel")


def test_a_form_with_another_boundary_is_the_same_request(house: House, api: httpx.Client) -> None:
    job, headers = create(api), key()
    first = api.post(f"/jobs/{job}/documents", files=form(b"ok#1", b"ok#2"), headers=headers)
    before = house.stored()
    again = api.post(f"/jobs/{job}/documents", files=form(b"ok#1", b"ok#2"), headers=headers)
    assert first.request.headers["content-type"] != again.request.headers["content-type"]
    assert again.content == first.content
    assert house.stored() == before


@pytest.mark.parametrize(
    "files",
    [
        form(b"ok#1", b"changed"),
        form(b"ok#1"),
        form(b"ok#2", b"ok#1"),
        form(("other.txt", b"ok#1"), ("1.txt", b"ok#2")),
        form(b"ok#1", b"ok#2", b"ok#3"),
    ],
    ids=["bytes", "fewer", "order", "name", "more"],
)
def test_a_form_with_anything_changed_is_another_request(
    house: House, api: httpx.Client, files: list[tuple[str, tuple[str, bytes, str]]]
) -> None:
    job, headers = create(api), key()
    api.post(f"/jobs/{job}/documents", files=form(b"ok#1", b"ok#2"), headers=headers)
    with house.nothing_stored():
        response = api.post(f"/jobs/{job}/documents", files=files, headers=headers)
        problem(response, 422, code="idempotency_mismatch", field="Idempotency-Key")


def test_another_body_address_or_query_is_another_request(api: httpx.Client) -> None:
    headers, one, two = key(), create(api), create(api)
    assert api.post("/jobs", json={"workflow": "probe"}, headers=headers).status_code == 201
    problem(api.post("/jobs", json={"workflow": "inspect"}, headers=headers), 422)
    problem(api.post(f"/jobs/{one}/close", headers=headers), 422)
    other = key()
    raw = api.post(f"/jobs/{one}/documents", params={"name": "a"}, content=b"x", headers=other)
    assert raw.status_code == 201
    problem(api.post(f"/jobs/{one}/documents", params={"name": "b"}, content=b"x", headers=other), 422)
    problem(api.post(f"/jobs/{two}/documents", params={"name": "a"}, content=b"x", headers=other), 422)


def test_the_host_header_is_no_part_of_the_request(api: httpx.Client) -> None:
    headers = key()
    first = api.post("/jobs", json={"workflow": "probe"}, headers=headers)
    for host in ("elsewhere", "a/b", "[", "x" * 300):
        again = api.post("/jobs", json={"workflow": "probe"}, headers={**headers, "Host": host})
        assert again.content == first.content


def test_a_call_that_was_refused_is_not_remembered(api: httpx.Client) -> None:
    job, headers = create(api), key()
    problem(api.post(f"/jobs/{job}/resume", headers=headers), 409)
    problem(api.post("/jobs", json={"workflow": "nonsense"}, headers=headers), 400)
    assert api.post(f"/jobs/{job}/close", headers=headers).status_code == 202


def test_an_answered_upload_is_answered_again_after_the_job_was_closed(api: httpx.Client) -> None:
    job, headers = create(api), key()
    first = api.post(f"/jobs/{job}/documents", files=form(b"ok"), headers=headers)
    api.post(f"/jobs/{job}/close")
    state(api, job)
    assert api.post(f"/jobs/{job}/documents", files=form(b"ok"), headers=headers).content == first.content
    assert get(api, job)["counts"]["documents"] == 1


def test_two_accounts_may_use_the_same_key(api: httpx.Client, stranger: httpx.Client) -> None:
    headers = key()
    one = api.post("/jobs", json={"workflow": "probe"}, headers=headers)
    two = stranger.post("/jobs", json={"workflow": "probe"}, headers=headers)
    assert two.status_code == 201
    assert one.json()["id"] != two.json()["id"]
    assert "idempotent-replayed" not in two.headers


def test_a_key_is_forgotten_after_24_hours(house: House, api: httpx.Client) -> None:
    headers = key()
    first = api.post("/jobs", json={"workflow": "probe"}, headers=headers).json()["id"]

    def aged(by: str) -> str:
        house.sql(
            f"UPDATE idempotency SET created_at = now() - interval '{by}' WHERE key = $1",
            headers["Idempotency-Key"],
        )
        made: str = api.post("/jobs", json={"workflow": "probe"}, headers=headers).json()["id"]
        return made

    assert aged("23 hours 59 minutes") == first
    assert aged("24 hours 1 minute") != first


@pytest.mark.parametrize("value", ["", "x" * 257, "a\tb"])
def test_a_key_that_is_none_is_refused(api: httpx.Client, value: str) -> None:
    response = api.post("/jobs", json={"workflow": "probe"}, headers={"Idempotency-Key": value})
    problem(response, 400, field="Idempotency-Key")


def _slow(go_on: threading.Event) -> Iterator[bytes]:
    """`ok`, with blanks between until it may end."""
    yield b"o"
    while not go_on.wait(0.2):
        yield b" "
    yield b"k"


def _leased(house: House, headers: dict[str, str]) -> None:
    """Waits until somebody is at a call with this key."""
    until(lambda: house.sql("SELECT FROM idempotency WHERE key = $1", headers["Idempotency-Key"]))


def test_a_twin_in_flight_is_refused_and_the_first_wins(house: House, api: httpx.Client) -> None:
    """The first upload is slower than the lease: it is renewed as long as somebody is at it."""
    job, headers, go_on = create(api), key(), threading.Event()
    answers: list[httpx.Response] = []

    def slow() -> None:
        answers.append(
            api.post(f"/jobs/{job}/documents", params={"name": "a"}, content=_slow(go_on), headers=headers)
        )

    thread = threading.Thread(target=slow)
    thread.start()
    _leased(house, headers)
    for _ in range(6):
        threading.Event().wait(0.5)
        response = api.post(f"/jobs/{job}/documents", params={"name": "a"}, content=b"ok", headers=headers)
        problem(response, 409, code="idempotency_in_flight", field="Idempotency-Key")
    go_on.set()
    thread.join()
    assert answers[0].status_code == 201
    assert get(api, job)["counts"]["documents"] == 1


def test_two_at_once_have_one_effect(api: httpx.Client) -> None:
    job, headers = create(api), key()
    found: list[httpx.Response] = []
    barrier = threading.Barrier(6)

    def call() -> None:
        barrier.wait()
        found.append(api.post(f"/jobs/{job}/documents", files=form(b"ok"), headers=headers))

    threads = [threading.Thread(target=call) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {response.status_code for response in found} <= {201, 409}
    assert len({response.content for response in found if response.status_code == 201}) == 1
    assert get(api, job)["counts"]["documents"] == 1


def test_the_key_of_a_killed_process_is_free_after_its_lease(
    house: House, api: httpx.Client, secret: str
) -> None:
    with house.given(POSTROOM_IDEMPOTENCY_LEASE="6"):  # long enough for a look before it ends
        victim = house.start_api()
    job, headers, go_on = create(api), key(), threading.Event()

    def doomed() -> None:
        with client(victim.url, secret) as other:
            try:
                other.post(
                    f"/jobs/{job}/documents",
                    params={"name": "a"},
                    content=_slow(go_on),
                    headers=headers,
                )
            except httpx.TransportError:
                pass

    def again() -> httpx.Response:
        return api.post(f"/jobs/{job}/documents", params={"name": "a"}, content=b"ok", headers=headers)

    thread = threading.Thread(target=doomed)
    thread.start()
    _leased(house, headers)
    victim.kill()
    go_on.set()
    problem(again(), 409, code="idempotency_in_flight")
    answer = until(lambda: response if (response := again()).status_code == 201 else None)
    assert answer is not None
    assert "idempotent-replayed" not in answer.headers
    thread.join()
    assert get(api, job)["counts"]["documents"] == 1


def test_a_dropped_upload_gives_its_key_back_at_once(house: House, api: httpx.Client) -> None:
    job, headers = create(api), key()

    def cut() -> object:
        yield b"o"
        raise ConnectionError("the client goes away")

    with house.nothing_stored(), pytest.raises(ConnectionError):
        api.post(f"/jobs/{job}/documents", params={"name": "a"}, content=cut(), headers=headers)  # type: ignore[arg-type]
    until(lambda: not house.sql("SELECT FROM idempotency WHERE key = $1", headers["Idempotency-Key"]))

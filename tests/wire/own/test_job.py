"""Jobs on the wire: create, read, list, close, cancel, resume, retry, delete, deliveries."""

from __future__ import annotations

import httpx
from standardwebhooks import Webhook

from tests.wire.own.house import Called, House, add, create, get, problem, state, submit, until


def test_a_new_job_says_everything_about_itself(api: httpx.Client) -> None:
    wanted = {
        "workflow": "probe",
        "profile": "night",
        "externalId": "order 7",
        "options": {"duplicates": "link"},
        "webhook": "http://127.0.0.1:9/hook",
    }
    response = api.post("/jobs", json=wanted)
    body = response.json()
    assert response.status_code == 201
    assert response.headers["location"] == f"/postroom/v1/jobs/{body['id']}"
    assert {name: body[name] for name in wanted} == wanted
    assert (body["status"], body["environment"], body["retryOf"]) == ("open", "production", None)
    assert set(body["counts"].values()) == {0}
    assert body["progress"] == 0
    assert get(api, body["id"]) == body


def test_a_sandbox_key_makes_sandbox_jobs(house: House, api: httpx.Client) -> None:
    _, secret = house.key(environment="sandbox")
    made = api.post("/jobs", json={"workflow": "probe"}, headers={"Authorization": f"Bearer {secret}"})
    assert made.json()["environment"] == "sandbox"


def test_passwords_are_never_shown_again(api: httpx.Client) -> None:
    made = api.post("/jobs", json={"workflow": "inspect", "options": {"passwords": ["hush-7"]}})
    job = made.json()["id"]
    api.post(f"/jobs/{job}/cancel")
    for response in (made, api.get(f"/jobs/{job}"), api.get("/jobs"), api.get(f"/jobs/{job}/events")):
        assert "hush-7" not in response.text
    assert made.json()["options"]["passwords"] == "(hidden)"


def test_pages_of_the_list_hold_every_job_once_newest_first(api: httpx.Client) -> None:
    made = [create(api) for _ in range(7)]
    seen: list[str] = []
    cursor = None
    for _ in range(10):
        page = api.get("/jobs", params={"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        seen += [job["id"] for job in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
        assert len(page["items"]) == 3
        create(api)  # newer than the cursor: it must not shift what follows
    assert seen == sorted(made, reverse=True)


def test_a_page_that_is_just_full_is_the_last(api: httpx.Client) -> None:
    create(api), create(api)
    assert api.get("/jobs", params={"limit": 2}).json()["next"] is None


def test_the_list_is_filtered_by_status_workflow_and_external_id(api: httpx.Client) -> None:
    one = create(api, externalId="a")
    two = create(api, "inspect", externalId="b")
    gone = create(api, externalId="a")
    api.post(f"/jobs/{gone}/cancel")

    def found(**params: object) -> set[str]:
        return {job["id"] for job in api.get("/jobs", params=params).json()["items"]}

    assert found() == {one, two, gone}
    assert found(status="open") == {one, two}
    assert found(status=["open", "cancelled"]) == {one, two, gone}
    assert found(workflow="inspect") == {two}
    assert found(externalId="a") == {one, gone}
    assert found(externalId="a", status="cancelled") == {gone}
    assert found(externalId="nobody") == set()


def test_a_job_runs_from_open_to_its_end(api: httpx.Client) -> None:
    job = submit(api, b"ok#1", b"ok#2", b"fail", b"reject")
    ended = state(api, job)
    assert ended["status"] == "partial"
    counts = ended["counts"]
    assert (counts["succeeded"], counts["failed"], counts["rejected"]) == (2, 1, 1)
    assert ended["progress"] == 100
    assert ended["createdAt"] <= ended["closedAt"] <= ended["startedAt"] <= ended["endedAt"]
    assert ended["activity"] == "2 of 4 documents succeeded, 1 failed, 1 rejected."


def test_closing_twice_is_harmless(api: httpx.Client) -> None:
    job = submit(api, b"ok")
    assert api.post(f"/jobs/{job}/close").status_code == 202
    state(api, job)
    assert api.post(f"/jobs/{job}/close").json()["status"] == "succeeded"


def test_a_cancelled_open_job_cannot_be_closed(api: httpx.Client) -> None:
    job = create(api)
    api.post(f"/jobs/{job}/cancel")
    assert problem(api.post(f"/jobs/{job}/close"), 409)["state"] == "cancelled"


def test_an_unknown_workflow_is_refused_with_those_that_there_are(api: httpx.Client) -> None:
    body = problem(api.post("/jobs", json={"workflow": "nonsense"}), 400, field="workflow")
    assert "inspect" in body["detail"]


def test_a_running_job_is_cancelled_within_seconds_and_says_why(api: httpx.Client) -> None:
    job = submit(api, b"sleep:60#1", b"sleep:60#2", b"sleep:60#3")
    state(api, job, "running")
    response = api.post(f"/jobs/{job}/cancel", json={"reason": "Wrong pile."})
    assert (response.status_code, response.json()["status"]) == (200, "cancelled")
    body = get(api, job)
    assert body["counts"]["cancelled"] == 3
    assert body["reason"] == "Wrong pile."
    # Its children are gone: the next job gets the slots.
    assert state(api, submit(api, b"ok"))["status"] == "succeeded"


def test_cancelling_twice_is_harmless_and_an_ended_job_cannot_be_cancelled(api: httpx.Client) -> None:
    job = create(api)
    assert api.post(f"/jobs/{job}/cancel").json()["status"] == "cancelled"
    assert api.post(f"/jobs/{job}/cancel", json={}).json()["status"] == "cancelled"
    done = submit(api, b"ok")
    state(api, done)
    assert problem(api.post(f"/jobs/{done}/cancel"), 409, code="not_cancelled")["state"] == "succeeded"


def test_a_document_that_needs_a_missing_tool_blocks_its_job(api: httpx.Client) -> None:
    job = submit(api, b"block", b"ok")
    blocked = state(api, job, "blocked")
    assert (blocked["cause"], blocked["reason"]) == ("system", "The tool is missing.")
    assert blocked["expiresAt"] is not None
    assert blocked["counts"]["waiting"] >= 1
    assert api.post(f"/jobs/{job}/resume").status_code == 202
    again = state(api, job, "blocked")  # the document still says `block`
    assert again["lastEvent"] > blocked["lastEvent"]
    assert api.post(f"/jobs/{job}/cancel").json()["status"] == "cancelled"


def test_a_blocked_job_goes_on_where_it_stopped_when_it_is_resumed(house: House, api: httpx.Client) -> None:
    job = submit(api, *[f"sleep:0.2#{n}".encode() for n in range(8)])
    state(api, job, "running")
    house.block(job)
    blocked = state(api, job, "blocked")
    assert (blocked["cause"], blocked["reason"], blocked["activity"]) == ("operator", "Paused.", "Paused.")
    assert blocked["expiresAt"] is not None
    response = api.post(f"/jobs/{job}/resume")
    assert response.status_code == 202
    assert (response.json()["cause"], response.json()["expiresAt"]) == (None, None)
    ended = state(api, job)
    assert (ended["status"], ended["counts"]["succeeded"]) == ("succeeded", 8)
    (worked,) = house.sql("SELECT sum(epoch) AS n FROM chunk WHERE job_id = $1 AND kind = 'process'", job)
    assert worked["n"] == 8, "what was done before the pause is not done again"


def test_a_blocked_job_can_be_cancelled(house: House, api: httpx.Client) -> None:
    job = submit(api, b"sleep:60")
    state(api, job, "running")
    house.block(job)
    assert api.post(f"/jobs/{job}/cancel").json()["status"] == "cancelled"


def test_only_a_blocked_job_can_be_resumed(api: httpx.Client) -> None:
    assert "blocked" in problem(api.post(f"/jobs/{create(api)}/resume"), 409)["detail"]


def test_a_retry_takes_the_failed_documents_and_names_the_old_job(api: httpx.Client) -> None:
    old = submit(
        api, ("good.txt", b"ok"), ("bad.txt", b"fail"), ("no.txt", b"reject"), externalId="x", profile="p"
    )
    state(api, old)
    response = api.post(f"/jobs/{old}/retry")
    assert response.status_code == 201
    new = response.json()
    assert (new["retryOf"], new["externalId"], new["profile"]) == (old, "x", "p")
    assert response.headers["location"].endswith(new["id"])
    assert new["activity"] == "Checking 1 document."
    assert state(api, new["id"])["status"] == "failed"
    documents = api.get(f"/jobs/{new['id']}/documents").json()["items"]
    assert [document["name"] for document in documents] == ["bad.txt"]
    assert state(api, old)["counts"]["failed"] == 1


def test_nothing_to_retry_is_a_conflict(api: httpx.Client) -> None:
    job = submit(api, b"ok")
    problem(api.post(f"/jobs/{create(api)}/retry"), 409, code="not_ended")
    state(api, job)
    problem(api.post(f"/jobs/{job}/retry"), 409, code="nothing_failed")


def test_a_deleted_job_takes_its_bytes_with_it(house: House, api: httpx.Client) -> None:
    before = house.files()
    job = submit(api, b"artifact", b"fail")
    state(api, job)
    assert len(house.files() - before) == 3  # two documents and an artifact
    assert api.delete(f"/jobs/{job}").status_code == 204
    assert house.files() == before
    problem(api.get(f"/jobs/{job}"), 404)
    problem(api.delete(f"/jobs/{job}"), 404)
    for table in ("document", "chunk", "event", "artifact"):
        assert house.sql(f"SELECT FROM {table} WHERE job_id = $1", job) == []


def test_bytes_that_a_retry_uses_outlive_the_first_job(house: House, api: httpx.Client) -> None:
    old = submit(api, b"fail")
    state(api, old)
    new = api.post(f"/jobs/{old}/retry").json()["id"]
    state(api, new)
    before = house.files()
    api.delete(f"/jobs/{old}")
    assert house.files() == before
    assert api.post(f"/jobs/{new}/retry").status_code == 201


def test_an_open_job_can_be_deleted_and_one_at_work_not(house: House, api: httpx.Client) -> None:
    before = house.files()
    job = create(api)
    add(api, job, b"ok")
    assert api.delete(f"/jobs/{job}").status_code == 204
    assert house.files() == before
    busy = submit(api, b"sleep:60")
    problem(api.delete(f"/jobs/{busy}"), 409, code="not_ended")
    api.post(f"/jobs/{busy}/cancel")
    assert api.delete(f"/jobs/{busy}").status_code == 204


def test_deliveries_say_where_a_webhook_went_and_how(
    api: httpx.Client, receiver: tuple[str, list[Called]]
) -> None:
    url, called = receiver
    job = submit(api, b"ok", webhook=url)
    assert api.get(f"/jobs/{job}/deliveries").status_code == 200
    state(api, job)
    found = until(
        lambda: [one for one in api.get(f"/jobs/{job}/deliveries").json()["items"] if one["endedAt"]], 15
    )
    assert [(one["type"], one["status"], one["httpStatus"], one["url"]) for one in found] == [
        ("job.succeeded", "delivered", 204, url)
    ]
    assert [one.path for one in called] == ["/hook"]
    secret = api.get("/account").json()["webhookSecret"]
    assert Webhook(secret).verify(called[0].body, called[0].headers)["type"] == "job.succeeded"


def test_a_job_without_a_webhook_has_no_deliveries(api: httpx.Client) -> None:
    assert api.get(f"/jobs/{create(api)}/deliveries").json() == {"items": []}

"""Proves results: waiting for them, what they say, their bytes, sending them elsewhere, and that they last."""

from __future__ import annotations

import contextlib
import json
import threading
import time

import httpx
import pytest

from tests.wire.conversion.conftest import Office
from tests.wire.conversion.foreign import Foreign
from tests.wire.conversion.room import BASE, XML, Room, option
from tests.wire.own.house import Process, until


def test_a_result_cannot_be_asked_for_before_the_start(both: Room) -> None:
    job = both.create()
    both.problem(both.call("GET", f"/jobs/{job}/result"), 409, "resultNotAvailable")
    both.problem(both.call("GET", f"/jobs/{job}/result/x"), 409, "resultNotAvailable")
    both.problem(both.call("POST", f"/jobs/{job}/result/x:put"), 409, "resultNotAvailable")


def test_results_are_asked_for_in_the_order_of_the_checks(both: Room, elsewhere: Foreign) -> None:
    job = both.create()
    both.add(job, "ok")
    both.start(job)
    entry = both.result(job)["dataList"][0]["resultId"]
    for other in ("x", "0", "01890a5d-ac96-774b-bcce-b302099a8057"):
        both.problem(both.call("GET", f"/jobs/{job}/result/{other}"), 404, "resultNotFound")
        both.problem(
            both.call("POST", f"/jobs/{job}/result/{other}:foo", checked=False), 404, "resultNotFound"
        )
    for method in ("foo", "PUT", "", "get"):
        response = both.call(
            "POST", f"/jobs/{job}/result/{entry}:{method}?url={elsewhere.url}", checked=False
        )
        both.problem(response, 400, "invalidStoreMethod")


@pytest.mark.parametrize(
    ("words", "status", "codes"),
    [
        ("ok", "success", []),
        ("ok info", "success", ["info"]),
        ("ok warn", "warning", ["warning"]),
        ("info warn", "warning", ["info", "warning"]),
    ],
)
def test_events_decide_between_success_and_warning(
    room: Room, words: str, status: str, codes: list[str]
) -> None:
    result = room.run(words)
    assert result["status"] == status
    assert [event["severity"] for event in result["events"]] == [*codes, "info"]
    assert len(result["dataList"]) == 1


def test_an_event_about_a_part_names_it(both: Room) -> None:
    event = both.run("nested")["events"][0]
    assert (event["dataPart"], event["message"]) == ("a.exe", "In it.")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("fail:conformance", "conformance"),
        ("fail:unsupportedFormat", "unsupportedFormat"),
        ("fail:external", "external"),
        ("fail:encrypted", "password"),
        ("fail:unreadable", "corrupt"),
        ("fail:something_else", "generic"),
        ("check:unsupportedFeature", "unsupportedFeature"),
        ("check:empty", "corrupt"),
        ("end:conformance", "conformance"),
        ("crash", "corrupt"),
        ("locked:a", "password"),
    ],
)
def test_a_failure_is_a_result_with_its_code(room: Room, words: str, code: str) -> None:
    result = room.run(f"warn {words}")
    assert (result["status"], result["error"]["code"]) == ("error", code)
    assert result["error"]["message"]
    assert "dataList" not in result


def test_what_went_wrong_in_a_child_is_told_to_the_log_and_to_nobody_else(room: Room, office: Office) -> None:
    assert "nobody but the log" not in str(room.run("bug"))
    assert "LookupError: nobody but the log may hear of this" in office.log()


def test_one_bad_input_fails_the_job_and_the_first_one_is_named(both: Room) -> None:
    job = both.create()
    for name, data in (("a.txt", "ok"), ("b.txt", "fail:corrupt"), ("c.txt", "fail:conformance")):
        both.add(job, data, name)
    both.start(job)
    result = both.result(job)
    assert result["error"] == {"code": "corrupt", "message": "'b.txt' asked to fail."}
    assert "dataList" not in result


def test_a_result_is_the_same_however_often_it_is_asked_for(room: Room) -> None:
    job = room.create()
    room.add(job, "warn two", 'größe \U0001f600".docx')
    room.start(job)
    first = room.result(job)
    assert room.result(job) == first
    assert len(first["dataList"]) == 2
    for entry in first["dataList"]:
        one = room.call("GET", f"/jobs/{job}/result/{entry['resultId']}")
        assert one.headers["content-type"] == "application/pdf"
        assert int(one.headers["content-length"]) == len(one.content)
        said = one.headers["content-disposition"]
        assert "filename=" in said
        assert "filename*=UTF-8''gr%C3%B6%C3%9Fe%20%F0%9F%98%80" in said
        assert one.headers["x-content-type-options"] == "nosniff"


def test_control_characters_of_a_name_make_no_bad_xml(office: Office, desk_server: Process) -> None:
    with Room(desk_server.url, office.key()[1], XML) as room:
        job = room.create()
        room.add(job, "fail:corrupt", "a\x01b￾.txt")
        room.start(job)
        assert room.result(job)["error"]["code"] == "corrupt"


# --- waiting ---------------------------------------------------------------------------------------------


def test_the_call_is_held_until_the_job_has_ended(room: Room) -> None:
    job = room.create()
    room.add(job, "sleep:1.5")
    room.start(job)
    result = room.result(job)  # would be an error if it came before
    assert result["status"] == "success"


def test_after_its_patience_the_server_answers_504_and_the_client_calls_again(tight: Room) -> None:
    job = tight.create()
    tight.add(job, "sleep:60")
    tight.start(job)
    tight.problem(tight.call("GET", f"/jobs/{job}/result"), 504, "resultTimeout")
    tight.problem(tight.call("GET", f"/jobs/{job}/result", headers={"Accept": XML}), 504, "resultTimeout")
    assert tight.call("POST", f"/jobs/{job}:cancel").status_code == 202
    assert tight.result(job)["error"]["code"] == "canceled"


def test_whoever_waits_for_a_job_that_is_deleted_gets_404(room: Room) -> None:
    job = room.create()
    room.add(job, "sleep:60")
    room.start(job)
    answers: list[httpx.Response] = []

    def wait() -> None:
        with Room(str(room.http.base_url), room.http.headers["x-api-key"]) as other:
            answers.append(other.call("GET", f"/jobs/{job}/result"))

    waiter = threading.Thread(target=wait)
    waiter.start()
    room.until(job, "processing")
    time.sleep(0.3)
    assert room.call("DELETE", f"/jobs/{job}").status_code == 204
    waiter.join(120)
    room.problem(answers[0], 404, "jobNotFound")


def test_forty_waiters_cost_neither_the_server_nor_the_database_anything(room: Room) -> None:
    """More than the server has connections to the database: others are served meanwhile."""
    job = room.create()
    room.add(job, "sleep:2")
    room.start(job)
    statuses: list[str] = []

    def wait() -> None:
        with Room(str(room.http.base_url), room.http.headers["x-api-key"]) as other:
            statuses.append(other.result(job)["status"])

    waiters = [threading.Thread(target=wait) for _ in range(40)]
    for waiter in waiters:
        waiter.start()
    assert [room.run("ok")["status"] for _ in range(3)] == ["success"] * 3
    for waiter in waiters:
        waiter.join(120)
    assert statuses == ["success"] * 40


def test_a_client_that_vanishes_while_it_waits_costs_nobody_anything(room: Room, office: Office) -> None:
    job = room.create()
    room.add(job, "sleep:60")
    room.start(job)
    key = room.http.headers["x-api-key"]
    for _ in range(30):
        with contextlib.suppress(httpx.TimeoutException):
            httpx.get(
                f"{room.http.base_url}{BASE}/jobs/{job}/result".replace("/" + BASE, BASE),
                headers={"X-API-Key": key},
                timeout=0.05,
                verify=False,
            )
    assert room.run("ok")["status"] == "success"
    # They are noticed while the job is at work, not when there is a result: a request that ends is logged.
    until(lambda: office.log().count(f'"path": "{BASE}/jobs/{job}/result", "status": 499') >= 1, 45)
    assert room.status(job) == "processing"
    assert room.call("DELETE", f"/jobs/{job}").status_code == 204
    assert "request.defect" not in office.log()


# --- elsewhere -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["put", "post"])
def test_a_result_is_sent_to_an_address(both: Room, elsewhere: Foreign, method: str) -> None:
    elsewhere.files["/store/a.pdf"] = (201, {}, b"")
    job = both.create()
    both.add(job, "ok " + "x " * 5000)
    both.start(job)
    result = both.result(job)
    entry = result["dataList"][0]["resultId"]
    response = both.call(
        "POST",
        f"/jobs/{job}/result/{entry}:{method}",
        params={"url": f"{elsewhere.url}/store/a.pdf?sig=x%2F"},
    )
    assert response.status_code == 204, response.text
    ((verb, path, headers, body),) = elsewhere.got
    assert (verb, path) == (method.upper(), "/store/a.pdf?sig=x%2F")
    assert headers["Content-Type"] == "application/pdf"
    assert json.loads(body) == both.output(job, result)


def test_an_address_that_takes_nothing_is_400(room: Room, elsewhere: Foreign) -> None:
    elsewhere.files["/no"] = (403, {}, b"")
    elsewhere.files["/there"] = (302, {"Location": "/ok"}, b"")
    elsewhere.files["/broken"] = (500, {}, b"")
    job = room.create()
    room.add(job, "ok")
    room.start(job)
    path = f"/jobs/{job}/result/{room.result(job)['dataList'][0]['resultId']}:put"
    for url, suffix in (
        (f"{elsewhere.url}/no", "uploadFailed"),
        (f"{elsewhere.url}/there", "uploadFailed"),
        (f"{elsewhere.url}/broken", "uploadFailed"),
        ("http://127.0.0.1:1/", "uploadFailed"),
        ("ftp://example.com/", "invalidUrl"),
        ("http://169.254.169.254/", "invalidUrl"),
        ("", "invalidRequest"),
    ):
        room.problem(room.call("POST", path, params={"url": url}), 400, suffix)
    room.problem(room.call("POST", path), 400, "invalidRequest")


# --- lasting ---------------------------------------------------------------------------------------------


def test_jobs_survive_a_restart_of_the_server(office: Office, room: Room) -> None:
    """Open, at work and completed ones, with their options and results."""
    idle, busy, done = room.create(), room.create(None, option("META.TITLE", "kept")), room.create()
    for job, data in ((idle, "ok"), (busy, "sleep:2"), (done, "ok")):
        room.add(job, data)
    room.start(done)
    result = room.result(done)
    server = office.start_api()
    with Room(server.url, room.http.headers["x-api-key"]) as before:
        before.start(busy)
    server.kill()
    server = office.start_api()
    try:
        with Room(server.url, room.http.headers["x-api-key"]) as after:
            assert after.result(done) == result
            assert after.output(done, result)["documents"][0]["size"] == 2
            assert after.output(busy, after.result(busy))["job"] == {"META.TITLE": "kept"}
            after.add(idle, "ok")
            after.start(idle)
            assert after.result(idle)["status"] == "success"
    finally:
        server.stop()


def test_jobs_are_kept_for_a_day_after_their_last_use(office: Office, room: Room) -> None:
    used, left, idle = room.create(), room.create(), room.create()
    for job in (used, left):
        room.add(job, "ok")
        room.start(job)
        room.result(job)
    long_ago = "now() - interval '25 hours'"
    jobs = f"ARRAY['{used}', '{left}', '{idle}']::uuid[]"
    office.sql(f"UPDATE job SET ended_at = {long_ago} WHERE id = ANY({jobs}) AND ended_at IS NOT NULL")
    office.sql(f"UPDATE conversion_job SET touched_at = now() - interval '20 hours' WHERE job_id = '{used}'")
    assert room.status(used) == "completed"  # which is a use
    office.sql(f"UPDATE conversion_job SET touched_at = {long_ago} WHERE job_id IN ('{left}', '{idle}')")
    before = len(office.files())
    until(lambda: [one["jobId"] for one in room.call("GET", "/jobs/").json()] == [used])
    room.problem(room.call("GET", f"/jobs/{left}"), 404, "jobNotFound")
    assert room.result(used)["status"] == "success"
    until(lambda: len(office.files()) < before)


def test_the_use_of_an_open_job_keeps_it_open(office: Office, room: Room) -> None:
    job = room.create()
    office.sql(f"UPDATE conversion_job SET touched_at = now() - interval '1 hour' WHERE job_id = '{job}'")
    office.sql(f"UPDATE job SET expires_at = now() + interval '10 minutes' WHERE id = '{job}'")
    room.status(job)
    (row,) = office.sql(
        f"SELECT expires_at > now() + interval '23 hours' AS later FROM job WHERE id = '{job}'"
    )
    assert row["later"]


# --- secrets ---------------------------------------------------------------------------------------------


def test_passwords_are_tried_all_and_are_gone_when_the_job_has_ended(office: Office, room: Room) -> None:
    wrong = [option("DOC.PASSWORD", f"hush-{n}") for n in range(39)]
    job = room.create(None, *wrong, option("DOC.PASSWORD", "hush-right"))
    room.add(job, "locked:hush-right sleep:1")
    room.add(job, "locked:hush-own", "b.pdf", option("DOC.PASSWORD", "hush-own"))
    room.start(job)
    room.until(job, "processing")
    own = room.http.get(f"/postroom/v1/jobs/{job}")
    assert own.status_code == 200
    assert "hush" not in own.text
    assert room.result(job)["status"] == "success"
    _no_secret_is_left(office, room, job)


@pytest.mark.parametrize("end", ["fail:corrupt", "locked:other", "crash", "cancel", "option"])
def test_passwords_are_gone_whatever_ends_the_job(office: Office, room: Room, end: str) -> None:
    more = [option("NOTHING", "x")] if end == "option" else []
    job = room.create(None, option("DOC.PASSWORD", "hush-a"), *more)
    room.add(job, "sleep:60" if end == "cancel" else end, "a.pdf", option("DOC.PASSWORD", "hush-b"))
    room.start(job)
    if end == "cancel":
        room.until(job, "processing")
        room.call("POST", f"/jobs/{job}:cancel")
    assert room.result(job)["status"] == "error"
    _no_secret_is_left(office, room, job)


def _no_secret_is_left(office: Office, room: Room, job: str) -> None:
    for table, column in (("job", "id"), ("document", "job_id"), ("event", "job_id"), ("chunk", "job_id")):
        (row,) = office.sql(
            f"SELECT count(*) AS n FROM {table} t WHERE {column} = '{job}' AND row_to_json(t)::text LIKE '%hush%'"
        )
        assert row["n"] == 0, table
    assert "hush" not in office.log()
    assert "hush" not in room.call("GET", f"/jobs/{job}/result").text
    assert "hush" not in room.call("GET", "/jobs/").text


def test_our_own_api_shows_the_verdict(room: Room, stranger: Room) -> None:
    job = room.create("Archive PDF/A-2")
    room.add(job, "ok")
    room.start(job)
    room.result(job)
    found = room.http.get(f"/postroom/v1/conversion/jobs/{job}")
    assert found.status_code == 200, found.text
    assert found.json()["verdict"] == {"flavour": "2b"}
    assert found.json()["result"]["status"] == "success"
    assert stranger.http.get(f"/postroom/v1/conversion/jobs/{job}").status_code == 404


def test_our_own_api_makes_conversions_too(room: Room) -> None:
    def post(path: str, **given: object) -> httpx.Response:
        return room.http.post(f"/postroom/v1{path}", **given)  # type: ignore[arg-type]

    wanted = {"name": "n", "options": [option("META.TITLE", "T"), option("DOC.PASSWORD", "hush")]}
    created = post("/jobs", json={"workflow": "convert-pdf", "options": wanted})
    assert created.status_code == 201, created.text
    assert "hush" not in created.text
    job = created.json()["id"]
    assert post(f"/jobs/{job}/documents", files={"file": ("a.txt", b"ok locked:hush")}).status_code == 201
    assert post(f"/jobs/{job}/close").status_code == 202
    result = room.result(job)
    assert result["status"] == "success", result
    assert room.output(job, result)["job"] == {"META.TITLE": "T"}
    for bad in (
        {"x": 1},
        {"options": [option("NOTHING", "x")]},
        {"options": {}},
        {"values": {"NOTHING": "x"}},
    ):
        assert post("/jobs", json={"workflow": "convert-pdf", "options": bad}).status_code == 400
    failed = room.create()
    room.add(failed, "fail:corrupt")
    room.start(failed)
    room.result(failed)
    again = post(f"/jobs/{failed}/retry")
    assert again.status_code == 201, again.text
    assert room.result(again.json()["id"])["error"]["code"] == "corrupt"


def test_a_retry_keeps_what_was_asked_of_each_document(room: Room) -> None:
    """The copies have ids of their own."""
    job = room.create("Invoice")
    asked = [
        [option("DOC.ROLE", "attached"), option("AF.RELATIONSHIP", "Data")],
        [option("DOC.ROLE", "main")],
    ]
    for number, given in enumerate(asked):
        room.add(job, "ok", f"{number}.pdf", *given)
    cancelled = room.http.post(f"/postroom/v1/jobs/{job}/cancel")
    assert cancelled.status_code in (200, 202), cancelled.text
    again = room.http.post(f"/postroom/v1/jobs/{job}/retry")
    assert again.status_code == 201, again.text
    copy = again.json()["id"]
    result = room.result(copy)
    assert result["status"] == "success", result
    told = room.output(copy, result)["documents"]
    assert [one["values"] for one in told] == [{pair["name"]: pair["value"] for pair in one} for one in asked]

"""Proves the life of a job at the desk, call by call, in JSON and in XML, with and without a slash."""

from __future__ import annotations

import json
import re
import secrets
from uuid import uuid4

import pytest

from tests.wire.conversion.conftest import Office
from tests.wire.conversion.room import JSON, XML, Room, as_xml, option
from tests.wire.own.house import Process

ID = re.compile(r"[A-Za-z0-9_-]+\Z")


def test_a_run_from_the_first_call_to_the_last(both: Room) -> None:
    job = both.create("Archive PDF/A-2", profile="default", name="Contracts")
    assert ID.match(job)
    document = both.add(job, "ok info", "contract.docx", option("META.TITLE", "Contract"))
    assert both.status(job) == "creating"
    both.start(job)
    result = both.result(job)
    assert result["status"] == "success"
    assert "error" not in result
    (entry,) = result["dataList"]
    assert (entry["name"], entry["contentType"]) == ("contract.pdf", "application/pdf")
    assert [event["dataId"] for event in result["events"]] == [document, document]
    data = both.call("GET", f"/jobs/{job}/result/{entry['resultId']}")
    assert data.headers["content-disposition"].startswith('attachment; filename="contract.pdf"')
    assert data.json()["documents"][0]["values"] == {"META.TITLE": "Contract"}
    assert both.status(job) == "completed"
    assert both.call("DELETE", f"/jobs/{job}").status_code == 204
    both.problem(both.call("GET", f"/jobs/{job}"), 404, "jobNotFound")


@pytest.mark.parametrize("slash", ["", "/"], ids=["without-slash", "with-slash"])
def test_every_call_is_served_in_both_spellings_and_never_redirected(both: Room, slash: str) -> None:
    def call(method: str, path: str, **given: object) -> int:
        response = both.call(method, path + slash, **given)
        assert not response.is_redirect
        return response.status_code

    assert call("GET", "") == 200
    assert call("GET", "/workflows") == 200
    assert call("GET", "/jobs") == 200
    assert call("POST", "/jobs") == 201
    job, other = both.create(), both.create()
    assert call("GET", f"/jobs/{job}") == 200
    assert call("POST", f"/jobs/{job}/data", files={"data": ("a.txt", b"ok")}) == 201
    assert call("POST", f"/jobs/{job}:start") == 204
    assert call("POST", f"/jobs/{job}:cancel") == 202
    assert call("GET", f"/jobs/{job}/result") == 200
    both.add(other, "ok")
    both.start(other)
    entry = both.result(other)["dataList"][0]["resultId"]
    assert call("GET", f"/jobs/{other}/result/{entry}") == 200
    assert call("POST", f"/jobs/{other}/result/{entry}:put") == 400
    assert call("POST", f"/jobs/{other}/result/{entry}:post") == 400
    assert call("DELETE", f"/jobs/{job}") == 204


def test_the_colon_may_be_written_in_percent(room: Room) -> None:
    job = room.create()
    room.add(job, "ok")
    assert room.call("POST", f"/jobs/{job}%3Astart").status_code == 204


def test_a_new_job_is_the_published_answer_field_for_field(room: Room) -> None:
    response = room.call("POST", "/jobs/", params={"workflow": "Conversion", "name": "n"})
    assert response.status_code == 201
    body = response.json()
    assert list(body) == ["jobId", "status"]
    assert list(body["status"]) == ["code", "message"]
    assert body["status"]["code"] == "creating"
    xml = room.call("POST", "/jobs/", headers={"Accept": XML})
    assert re.search(
        r"<root><jobId>[\w-]+</jobId><status><code>creating</code><message>[^<]+</message></status></root>",
        xml.text,
    )


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (None, None),
        (b"", JSON),
        (b" ", JSON),
        (b"[]", JSON),
        (b"[]", "application/json; charset=utf-8"),
        (as_xml(), XML),
        (as_xml(option("META.TITLE", "a")), "text/xml"),
        (b"<anything><x><name>META.TITLE</name><value/></x></anything>", XML),
        (json.dumps([option("DOC.PASSWORD", "a"), option("DOC.PASSWORD", "b")]).encode(), JSON),
    ],
)
def test_bodies_that_make_a_job(room: Room, content: bytes | None, kind: str | None) -> None:
    headers = {"Content-Type": kind} if kind else {}
    assert room.call("POST", "/jobs/", content=content, headers=headers).status_code == 201


@pytest.mark.parametrize(
    ("content", "kind", "status", "suffix"),
    [
        (b"{}", JSON, 400, "invalidRequest"),
        (b"[", JSON, 400, "invalidRequest"),
        (b"[1]", JSON, 400, "invalidRequest"),
        (b'[{"name": "META.TITLE"}]', JSON, 400, "invalidRequest"),
        (b'[{"name": "META.TITLE", "value": 1}]', JSON, 400, "invalidRequest"),
        (b'[{"name": "META.TITLE", "value": true}]', JSON, 400, "invalidRequest"),
        (b'[{"name": "", "value": "x"}]', JSON, 400, "invalidRequest"),
        (b"[" * 100_000, JSON, 400, "invalidRequest"),
        (b"\xff\xfe", JSON, 400, "invalidRequest"),
        (b"<options>", XML, 400, "invalidRequest"),
        (b"<o><p><name>a</name></p></o>", XML, 400, "invalidRequest"),
        (b"<o><p><name>a</name><name>b</name><value/></p></o>", XML, 400, "invalidRequest"),
        (b"<a>" * 300_000, XML, 400, "invalidRequest"),
        (b"text", "text/plain", 415, "unsupportedMediaType"),
        (b"[]", "application/x-www-form-urlencoded", 415, "unsupportedMediaType"),
        (b" " * ((1 << 20) + 1), JSON, 413, "requestTooLarge"),
    ],
)
def test_bodies_that_make_none(room: Room, content: bytes, kind: str, status: int, suffix: str) -> None:
    response = room.call("POST", "/jobs/", content=content, headers={"Content-Type": kind})
    room.problem(response, status, suffix)
    assert room.body(room.call("GET", "/jobs/"), "JobInfoList") == []


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE o [<!ENTITY e "x">]>',
        '<!DOCTYPE o [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE o SYSTEM "http://127.0.0.1/x.dtd">',
        "<!DOCTYPE o>",
    ],
)
def test_xml_with_a_document_type_is_refused(room: Room, declaration: str) -> None:
    body = f"{declaration}<o><p><name>META.TITLE</name><value>&e;</value></p></o>"
    response = room.call("POST", "/jobs/", content=body, headers={"Content-Type": XML})
    found = room.problem(response, 400, "invalidRequest")
    assert "document type" in found["detail"]


@pytest.mark.parametrize(
    ("query", "suffix"),
    [
        ({"workflow": "Nothing"}, "workflowNotFound"),
        ({"workflow": "archive pdf/a-2"}, "workflowNotFound"),
        ({"workflow": "Sign"}, "workflowNotFound"),
        ({"workflow": "Archive TIFF"}, "workflowNotFound"),  # its tools are missing on this machine
        ({"workflow": "Dossier", "profile": "web"}, "profileNotFound"),
        ({"profile": "nothing"}, "profileNotFound"),
        ({"name": "x" * 300}, "invalidRequest"),
        ({"name": "a\nb"}, "invalidRequest"),
    ],
)
def test_what_createjob_does_not_know_is_400(room: Room, query: dict[str, str], suffix: str) -> None:
    room.problem(room.call("POST", "/jobs/", params=query), 400, suffix)


@pytest.mark.parametrize(
    "query",
    ["", "workflow=", "workflow=&profile=web", "workflow=Archive%20PDF%2FA-2", "workflow=Archive+PDF/A-2"],
)
def test_the_default_workflow_by_every_name(room: Room, query: str) -> None:
    response = room.call("POST", f"/jobs/?{query}")
    assert response.status_code == 201, response.text
    job = response.json()["jobId"]
    room.add(job, "ok")
    room.start(job)
    out = room.output(job, room.result(job))
    assert out["workflow"] == "archive-pdfa-2"
    assert out["profile"] == ("web" if "web" in query else "default")


def test_workflows_go_by_both_spellings(room: Room) -> None:
    for name in ("Invoice", "Prepare Invoice PDF", "Convert to PDF", "Archive as PDF/A-1"):
        room.create(name)


def test_the_list_of_workflows_holds_those_that_can_work(both: Room) -> None:
    found = both.body(both.call("GET", "/workflows/"), "WorkflowList")
    names = [one["name"] for one in found]
    assert names[0] == "Archive PDF/A-2"
    assert "Archive TIFF" not in names
    assert [one["name"] for one in found if one["isDefault"]] == ["Archive PDF/A-2"]
    assert [one["name"] for one in found[0]["profiles"]] == ["default", "web", "print", "email", "ocr"]


def test_jobs_are_listed_in_the_order_of_creation_and_counted(both: Room) -> None:
    jobs = [both.create() for _ in range(3)]
    both.add(jobs[1], "ok")
    both.start(jobs[1])
    both.result(jobs[1])
    listed = both.body(both.call("GET", "/jobs/"), "JobInfoList")
    assert [one["jobId"] for one in listed] == jobs
    assert [one["status"]["code"] for one in listed] == ["creating", "completed", "creating"]
    status = both.body(both.call("GET", "/"), "ServiceStatus")
    assert status["jobCounts"] == {"creating": 2, "processing": 0, "completed": 1, "total": 3}
    assert status["status"] == "running"
    assert status["isolation"]["processCount"] == 2
    assert re.fullmatch(r"\d+\.\d+\.\d+\.\d+", status["version"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", status["startTime"])


def test_jobs_of_others_are_not_there(room: Room, stranger: Room) -> None:
    job = room.create()
    assert stranger.call("GET", "/jobs/").json() == []
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", ":start"),
        ("POST", ":cancel"),
        ("POST", "/data"),
        ("GET", "/result"),
        ("GET", "/result/x"),
        ("POST", "/result/x:put"),
        ("POST", ":foo"),
    ):
        for name in (job, "nope", "0", "a" * 300, "%00", "job1_0a1b2c3d4e5"):
            response = stranger.call(method, f"/jobs/{name}{path}", content=b"x" if path == "/data" else None)
            stranger.problem(response, 404, "jobNotFound")
    assert room.status(job) == "creating"


def test_jobs_of_the_other_environment_are_not_there(office: Office, desk_server: Process) -> None:
    account = f"a-{secrets.token_hex(4)}"
    live, test = (office.key(account, environment=name)[1] for name in ("production", "sandbox"))
    with Room(desk_server.url, live) as room, Room(desk_server.url, test) as sandbox:
        job = room.create()
        assert sandbox.call("GET", "/jobs/").json() == []
        assert sandbox.call("GET", "/").json()["jobCounts"]["total"] == 0
        for method, path in (("GET", ""), ("DELETE", ""), ("POST", ":start"), ("POST", ":cancel")):
            sandbox.problem(sandbox.call(method, f"/jobs/{job}{path}"), 404, "jobNotFound")
        assert sandbox.http.get(f"/postroom/v1/conversion/jobs/{job}").status_code == 404
        assert room.status(job) == "creating"


def test_methods_that_an_address_does_not_take(both: Room) -> None:
    job = both.create()
    for method, path in (
        ("PUT", "/"),
        ("DELETE", "/jobs/"),
        ("POST", f"/jobs/{job}"),
        ("PUT", f"/jobs/{job}"),
        ("GET", f"/jobs/{job}:start"),
        ("DELETE", f"/jobs/{job}:cancel"),
        ("GET", f"/jobs/{job}/data"),
        ("POST", f"/jobs/{job}/result"),
        ("POST", f"/jobs/{job}/result/x"),
        ("GET", f"/jobs/{job}/result/x:put"),
        ("POST", "/workflows"),
    ):
        response = both.call(method, path, checked=False)
        both.problem(response, 405, "methodNotAllowed")
        assert response.headers["allow"]
    both.problem(both.call("GET", "/nothing", checked=False), 404, "notFound")


def test_an_action_that_there_is_not_is_400(both: Room) -> None:
    job = both.create()
    for action in (":foo", ":START", ":"):
        both.problem(both.call("POST", f"/jobs/{job}{action}", checked=False), 400, "invalidRequest")


def test_a_second_start_and_late_data_are_409(both: Room) -> None:
    job = both.create()
    both.add(job, "ok")
    both.start(job)
    both.problem(both.call("POST", f"/jobs/{job}:start"), 409, "jobAlreadyStarted")
    both.problem(both.send(job, "ok"), 409, "jobAlreadyStarted")
    # The state comes before the content type and the body.
    late = both.call("POST", f"/jobs/{job}/data", content=b"x", headers={"Content-Type": "text/plain"})
    both.problem(late, 409, "jobAlreadyStarted")
    both.result(job)
    both.problem(both.call("POST", f"/jobs/{job}:start"), 409, "jobAlreadyStarted")


def test_a_start_without_data_is_204_and_its_result_an_error(both: Room) -> None:
    job = both.create()
    both.start(job)
    assert both.result(job)["error"]["code"] == "generic"


def test_cancel_stops_what_works_and_nothing_else(both: Room) -> None:
    idle = both.create()
    assert both.call("POST", f"/jobs/{idle}:cancel").status_code == 202
    assert both.status(idle) == "creating"
    job = both.create()
    both.add(job, "sleep:60")
    both.start(job)
    both.until(job, "processing")
    assert both.call("POST", f"/jobs/{job}:cancel").status_code == 202
    result = both.result(job)
    assert (result["status"], result["error"]["code"]) == ("error", "canceled")
    assert "dataList" not in result
    both.problem(both.call("POST", f"/jobs/{job}:start"), 409, "jobAlreadyStarted")
    both.problem(both.send(job, "ok"), 409, "jobAlreadyStarted")
    assert both.call("POST", f"/jobs/{job}:cancel").status_code == 202
    done = both.create()
    both.add(done, "ok")
    both.start(done)
    assert both.result(done)["status"] == "success"
    assert both.call("POST", f"/jobs/{done}:cancel").status_code == 202
    assert both.result(done)["status"] == "success"


@pytest.mark.parametrize("state", ["creating", "pending", "processing", "completed"])
def test_delete_in_every_state_leaves_nothing(room: Room, state: str) -> None:
    job = room.create()
    room.add(job, "sleep:60" if state == "processing" else "ok")
    if state != "creating":
        room.start(job)
    if state in ("processing", "completed"):
        room.until(job, state)
    assert room.call("DELETE", f"/jobs/{job}").status_code in (
        (202, 204) if state == "processing" else (204,)
    )
    room.gone(job)
    assert room.call("GET", "/jobs/").json() == []


def test_a_job_whose_work_winds_down_is_still_there_and_goes_by_itself(room: Room, office: Office) -> None:
    """Its chunk is made that of a worker that is said to live, and does not hear that it is to stop."""
    worker, job = uuid4(), room.create()
    room.add(job, "sleep:60")
    room.start(job)
    room.until(job, "processing")
    office.execute(
        f"INSERT INTO worker (id, host, pid, slots, systems, seen_at) VALUES ('{worker}', 'x', 1, 0, '{{}}',"
        " now() + interval '1 hour')",
    )
    office.execute(f"UPDATE chunk SET worker = '{worker}' WHERE job_id = '{job}' AND state = 'running'")
    assert room.call("DELETE", f"/jobs/{job}").status_code == 202
    assert room.status(job) == "completed"
    assert room.call("DELETE", f"/jobs/{job}").status_code == 202
    room.problem(room.call("GET", f"/jobs/{job}/result"), 404, "jobNotFound")
    office.execute(f"DELETE FROM worker WHERE id = '{worker}'")
    room.gone(job)


def test_the_status_says_what_is_being_done(room: Room) -> None:
    job = room.create()
    room.add(job, "sleep:60", "input.pdf")
    room.start(job)
    room.until(job, "processing")
    said = room.call("GET", f"/jobs/{job}").json()["status"]["message"]
    assert re.fullmatch(r"Converting 'input\.pdf' to (PDF/A|Archive PDF/A-2)\.", said), said
    room.call("DELETE", f"/jobs/{job}")


def test_too_many_jobs_are_503_until_some_are_deleted(tight: Room, tight_server: Process) -> None:
    jobs = [tight.create() for _ in range(3)]
    response = tight.call("POST", "/jobs/")
    assert tight.problem(response, 503, "tooManyJobs")["title"] == "Too many jobs."
    assert int(response.headers["retry-after"]) > 0
    tight.problem(tight.call("POST", "/jobs/", params={"workflow": "Nothing"}), 400, "workflowNotFound")
    tight.call("DELETE", f"/jobs/{jobs[0]}")
    tight.create()


def test_keys_are_asked_for_unless_the_setting_says_not(desk_server: Process, tight_server: Process) -> None:
    with Room(desk_server.url, None) as closed:
        for path in ("/", "/jobs/", "/workflows/", "/jobs/x"):
            response = closed.call("GET", path)
            closed.problem(response, 401, "notAuthenticated")
            assert response.headers["www-authenticate"] == "Bearer"
    with Room(tight_server.url, None) as opened:
        job = opened.create()
        opened.add(job, "ok")
        assert opened.call("DELETE", f"/jobs/{job}").status_code == 204
    with Room(tight_server.url, "wrong") as wrong:
        wrong.problem(wrong.call("GET", "/jobs/"), 401, "notAuthenticated")


def test_a_key_may_come_as_a_bearer_token_and_must_be_for_this_desk(room: Room, office: object) -> None:
    key = room.http.headers.pop("x-api-key")
    assert room.call("GET", "/jobs/", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    for given in ({"desks": ("bills",)}, {"scopes": ("read",)}):
        other = office.key(**given)[1]  # type: ignore[attr-defined]
        response = room.call("POST", "/jobs/", headers={"X-API-Key": other})
        room.problem(response, 403, "notAllowed")


def test_the_desk_has_pages_of_its_own(room: Room) -> None:
    for path in ("/conversion/v1.0", "/http.input", "/http.inputstructured"):
        page = room.http.get(f"{path}/openapi.json")
        assert page.status_code == 200, page.text
        assert page.json()["paths"]


def test_browsers_are_answered(desk_server: Process, tight_server: Process) -> None:
    asked = {"Origin": "https://other.example", "Access-Control-Request-Method": "POST"}
    with Room(desk_server.url, None) as anybody, Room(tight_server.url, None) as some:
        answer = anybody.call("OPTIONS", "/jobs/", headers=asked, checked=False)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
        assert some.call("OPTIONS", "/jobs/", headers=asked, checked=False).status_code == 400
        asked["Origin"] = "https://page.example"
        answer = some.call("OPTIONS", "/jobs/", headers=asked, checked=False)
        assert answer.headers["access-control-allow-origin"] == "https://page.example"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", JSON),
        ("image/png", JSON),
        ("application/json, application/xml;q=0.9", JSON),
        ("text/html,application/xml;q=0.9,*/*;q=0.8", XML),
        ("application/problem+xml", XML),
        ("text/xml", XML),
        ("application/xml;q=0, */*", JSON),
        (";;q=,,", JSON),
    ],
)
def test_accept_chooses_the_form(room: Room, accept: str, kind: str) -> None:
    for path, family in (("/jobs/", "application/"), ("/jobs/nope", "application/problem+")):
        response = room.call("GET", path, headers={"Accept": accept})
        assert response.headers["content-type"] == family + kind.partition("/")[2]

"""Owns a client of the conversion desk for tests: every answer is held against the contract."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.wire.conversion import agreement
from tests.wire.own.house import until

BASE = agreement.BASE
JSON, XML = "application/json", "application/xml"


def option(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}


def as_json(*options: dict[str, str]) -> tuple[None, str, str]:
    """A part `options` of a form."""
    return (None, json.dumps(list(options)), JSON)


def as_xml(*options: dict[str, str]) -> bytes:
    inner = "".join(
        f"<option><name>{one['name']}</name><value>{one['value']}</value></option>" for one in options
    )
    return f"<options>{inner}</options>".encode()


class Room:
    """accept: what every call asks for."""

    def __init__(self, url: str, key: str | None, accept: str | None = None) -> None:
        headers = {"X-API-Key": key} if key else {}
        if accept:
            headers["Accept"] = accept
        # No TLS here: reading the certificates of the world would take longer than most tests.
        self.http = httpx.Client(base_url=url, headers=headers, timeout=300, verify=False)

    def __enter__(self) -> Room:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def call(self, method: str, path: str, *, checked: bool = True, **given: Any) -> httpx.Response:
        """A call below the base path, held against the contract."""
        response = self.http.request(method, BASE + path, **given)
        if checked:
            agreement.check(response)
        return response

    def body(self, response: httpx.Response, schema: str) -> Any:
        return agreement.body_of(response, {"$ref": f"#/components/schemas/{schema}"})

    def create(self, workflow: str | None = None, *options: dict[str, str], **query: str) -> str:
        params = {**({"workflow": workflow} if workflow else {}), **query}
        response = self.call("POST", "/jobs/", params=params, json=list(options))
        assert response.status_code == 201, response.text
        job: str = self.body(response, "JobInfo")["jobId"]
        return job

    def send(
        self, job: str, data: bytes | str, name: str = "input.pdf", *options: dict[str, str]
    ) -> httpx.Response:
        form: dict[str, Any] = {"data": (name, data, "application/octet-stream")}
        if options:
            form["options"] = as_json(*options)
        return self.call("POST", f"/jobs/{job}/data/", files=form)

    def add(self, job: str, data: bytes | str, name: str = "input.pdf", *options: dict[str, str]) -> str:
        response = self.send(job, data, name, *options)
        assert response.status_code == 201, response.text
        document: str = self.body(response, "DataInfo")["dataId"]
        return document

    def start(self, job: str) -> None:
        assert self.call("POST", f"/jobs/{job}:start").status_code == 204

    def result(self, job: str) -> dict[str, Any]:
        """Waits for it."""
        response = self.call("GET", f"/jobs/{job}/result")
        assert response.status_code == 200, response.text
        found: dict[str, Any] = self.body(response, "JobResult")
        return found

    def run(self, data: bytes | str, workflow: str | None = None, *options: dict[str, str]) -> dict[str, Any]:
        job = self.create(workflow, *options)
        self.add(job, data)
        self.start(job)
        return self.result(job)

    def output(self, job: str, result: dict[str, Any]) -> dict[str, Any]:
        """What the placeholder has written."""
        response = self.call("GET", f"/jobs/{job}/result/{result['dataList'][0]['resultId']}")
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    def status(self, job: str) -> str:
        response = self.call("GET", f"/jobs/{job}")
        assert response.status_code == 200, response.text
        code: str = self.body(response, "JobInfo")["status"]["code"]
        return code

    def until(self, job: str, status: str) -> None:
        until(lambda: self.status(job) == status)

    def gone(self, job: str) -> None:
        """A job that was deleted while it worked takes a moment."""
        until(lambda: self.call("GET", f"/jobs/{job}").status_code == 404, 60)
        self.problem(self.call("DELETE", f"/jobs/{job}"), 404, "jobNotFound")

    def problem(self, response: httpx.Response, status: int, suffix: str) -> dict[str, Any]:
        """The problem that this answer is; fails if it is none, or another one."""
        assert response.status_code == status, response.text
        found: dict[str, Any] = self.body(response, "Problem")
        assert found["status"] == status
        assert found["type"] == f"http://www.pdf-tools.com/service/rest/errors/{suffix}", found
        assert found["title"] and found["detail"]
        return found

"""Owns holding answers against the desk's contract, tests/contracts/ruler.yaml: status, type, headers, body."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import yaml

_CONTRACT = yaml.load((Path(__file__).parents[2] / "contracts" / "ruler.yaml").read_text(), yaml.CSafeLoader)


@cache
def _operations() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    found = []
    for path, item in _CONTRACT["paths"].items():
        for spelling in [path, *item.get("x-path-aliases", ())]:
            pattern = re.compile(re.sub(r"\\{[^}]*\\}|\{[^}]*\}", "[^/]+", spelling) + r"\Z")
            found.append((pattern, item))
    # The more letters stand fixed, the better it fits: `/x/batch/jobs` is no `/{siteId}/batch/{jobId}`.
    return sorted(found, key=lambda pair: -len(pair[0].pattern.replace("[^/]+", "")))


def operation(method: str, path: str) -> dict[str, Any]:
    item = next(item for pattern, item in _operations() if pattern.match(path))
    methods = [name for name in ("get", "post") if name in item]
    wanted = "post" if method == "PUT" else method.lower()
    assert wanted in methods, (method, path)
    found: dict[str, Any] = item[wanted]
    return found


def check(response: httpx.Response) -> None:
    """Fails unless the answer is one that the contract knows for this call."""
    request = response.request
    given = operation(request.method, request.url.path.removeprefix("/v1"))
    assert str(response.status_code) in given["responses"], (response.status_code, response.text[:300])
    declared = _resolved(given["responses"][str(response.status_code)])
    kind = response.headers["content-type"].partition(";")[0]
    assert kind in declared["content"], kind
    for name, header in declared.get("headers", {}).items():
        if kind == "application/json" and name == "Content-Disposition":
            continue
        value, schema = response.headers[name], header["schema"]
        if schema.get("type") == "integer":
            assert value.isdigit()
        assert value == schema.get("const", value)
        assert re.search(schema.get("pattern", ""), value)
    if kind == "application/json":
        _validator(kind, given["operationId"], str(response.status_code)).validate(response.json())


@cache
def _validator(kind: str, operation_id: str, status: str) -> Any:
    given = next(
        item[method]
        for item in _CONTRACT["paths"].values()
        for method in ("get", "post")
        if method in item and item[method]["operationId"] == operation_id
    )
    schema = _resolved(given["responses"][status])["content"][kind]["schema"]
    return jsonschema_rs.Draft202012Validator({"components": _CONTRACT["components"], "allOf": [schema]})


def _resolved(value: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in value:
        found: Any = _CONTRACT
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return dict(found)
    return value

"""Owns holding answers against the desk's contract, tests/contracts/plangrep.yaml: status, type, headers, body."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import yaml

CONTRACT = yaml.load(
    (Path(__file__).parents[2] / "contracts" / "plangrep.yaml").read_text(), yaml.CSafeLoader
)


@cache
def _operations() -> list[tuple[re.Pattern[str], str]]:
    found = []
    for path in CONTRACT["paths"]:
        pattern = re.compile(re.sub(r"\{[^}]*\}", "[^/]+", path) + r"\Z")
        found.append((pattern, path))
    # The more letters stand fixed, the better it fits: `/projects/search` is no `/projects/{projectId}`.
    return sorted(found, key=lambda pair: -len(pair[0].pattern.replace("[^/]+", "")))


def operation(method: str, path: str) -> dict[str, Any]:
    for pattern, name in _operations():
        if pattern.match(path) and method.lower() in CONTRACT["paths"][name]:
            found: dict[str, Any] = CONTRACT["paths"][name][method.lower()]
            return found
    raise AssertionError(f"the contract has no {method} {path}")


def check(response: httpx.Response) -> None:
    """Fails unless the answer is one that the contract knows for this call."""
    request = response.request
    given = operation(request.method, request.url.path)
    status = str(response.status_code)
    if status in ("400", "415") and status not in given["responses"]:
        # The pages of plain reads name no 400; a cursor or a path of no form has to be answered somehow.
        given = {**given, "responses": {**given["responses"], status: {"$ref": _BAD}}}
    assert status in given["responses"], (response.status_code, response.text[:300])
    declared = resolved(given["responses"][status])
    for name, header in declared.get("headers", {}).items():
        if resolved(header).get("schema", {}).get("type") == "integer" and name in response.headers:
            assert response.headers[name].isdigit()
    if not response.content:
        assert request.method == "HEAD"
        return
    kind = response.headers["content-type"].partition(";")[0]
    assert kind in declared["content"], kind
    if kind == "application/json":
        schema = declared["content"][kind]["schema"]
        validator(str(schema)).validate(response.json()) if "$ref" in schema else _inline(schema, response)


_BAD = "#/components/responses/BadRequest"


def _inline(schema: dict[str, Any], response: httpx.Response) -> None:
    _validator(schema).validate(response.json())


@cache
def validator(reference: str) -> Any:
    return _validator(yaml.safe_load(reference))


def _validator(schema: dict[str, Any]) -> Any:
    return jsonschema_rs.Draft202012Validator({"components": CONTRACT["components"], "allOf": [schema]})


def schema(name: str) -> Any:
    """A validator for one of the contract's own shapes."""
    return _validator({"$ref": f"#/components/schemas/{name}"})


def resolved(value: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in value:
        found: Any = CONTRACT
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return dict(found)
    return value

"""Owns holding answers against the desk's contract, tests/contracts/nectar.yaml: status, type, body."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import yaml

CONTRACT = yaml.load((Path(__file__).parents[2] / "contracts" / "nectar.yaml").read_text(), yaml.CSafeLoader)
METHODS = ("get", "post", "patch", "delete")
_BASE = re.compile(r"/v2(\.[12])?(?=/)")


@cache
def _operations() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    found = []
    for path, item in CONTRACT["paths"].items():
        for spelling in [path, *item.get("x-path-aliases", ())]:
            found.append((re.compile(re.sub(r"\{[^}]*\}", "[^/]+", spelling) + r"\Z"), item))
    # The more letters stand fixed, the better it fits.
    return sorted(found, key=lambda pair: -len(pair[0].pattern.replace("[^/]+", "")))


def operation(method: str, path: str) -> dict[str, Any]:
    item = next(item for pattern, item in _operations() if pattern.match(path))
    found: dict[str, Any] = item[method.lower()]
    return found


seen: set[str] = set()  # the operations that some test has called


def check(response: httpx.Response) -> None:
    """Fails unless the answer is one that the contract knows for this call."""
    request = response.request
    given = operation(request.method, _BASE.sub("", request.url.path, count=1))
    status = str(response.status_code)
    assert status in given["responses"], (given["operationId"], status, response.text[:300])
    if response.status_code < 300:
        seen.add(given["operationId"])
    declared = resolved(given["responses"][status])
    if "content" not in declared:
        assert not response.content
        return
    kind = response.headers["content-type"].partition(";")[0]
    assert kind in declared["content"], kind
    if kind == "application/json":
        _validator(given["operationId"], status).validate(response.json())


@cache
def _validator(operation_id: str, status: str) -> Any:
    given = next(
        item[method]
        for item in CONTRACT["paths"].values()
        for method in METHODS
        if method in item and item[method]["operationId"] == operation_id
    )
    return schema_validator(resolved(given["responses"][status])["content"]["application/json"]["schema"])


def schema_validator(schema: dict[str, Any]) -> Any:
    return jsonschema_rs.Draft202012Validator({"components": CONTRACT["components"], "allOf": [schema]})


def resolved(value: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in value:
        found: Any = CONTRACT
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return dict(found)
    return value

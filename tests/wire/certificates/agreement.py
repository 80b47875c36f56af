"""Owns holding answers against the desk's contract, tests/contracts/policy1099.yaml: status, headers, body."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import yaml

CONTRACT = yaml.load(
    (Path(__file__).parents[2] / "contracts" / "policy1099.yaml").read_text(), yaml.CSafeLoader
)
# Beyond the contract: what the vendor's client calls (see wire.py).
_VENDOR = {
    ("PUT", "/api/v1/webhook_endpoints"): ("get", "/api/v1/webhook_endpoints/{webhook_endpoint}"),
    ("DELETE", "/api/v1/entities"): ("delete", "/api/v1/contractors/{contractor}"),
    ("DELETE", "/api/v1/jobs"): ("delete", "/api/v1/contractors/{contractor}"),
}


@cache
def _operations() -> list[tuple[re.Pattern[str], str]]:
    found = []
    for path in CONTRACT["paths"]:
        pattern = re.compile(re.sub(r"\{[^}]*\}", "[^/]+", path) + r"\Z")
        found.append((pattern, path))
    # The more letters stand fixed, the better it fits.
    return sorted(found, key=lambda pair: -len(pair[0].pattern.replace("[^/]+", "")))


def operation(method: str, path: str) -> dict[str, Any]:
    other = _VENDOR.get((method, path.rpartition("/")[0]))
    if other is not None:
        found: dict[str, Any] = CONTRACT["paths"][other[1]][other[0]]
        return found
    for pattern, name in _operations():
        if pattern.match(path) and method.lower() in CONTRACT["paths"][name]:
            return dict(CONTRACT["paths"][name][method.lower()])
    raise AssertionError(f"the contract has no {method} {path}")


def check(response: httpx.Response) -> None:
    """Fails unless the answer is one that the contract knows for this call."""
    request = response.request
    assert response.headers["request-id"]
    given = operation(request.method, request.url.path)
    status = str(response.status_code)
    assert status in given["responses"], (response.status_code, response.text[:300])
    declared = resolved(given["responses"][status])
    if status == "401":
        assert response.headers["www-authenticate"].startswith("Basic realm=")
    kind = response.headers["content-type"].partition(";")[0]
    assert kind in declared["content"], kind
    if kind == "application/json":
        validator(str(declared["content"][kind]["schema"])).validate(response.json())


@cache
def validator(reference: str) -> Any:
    schema = yaml.safe_load(reference)
    return jsonschema_rs.Draft202012Validator(
        {"components": CONTRACT["components"], "allOf": [schema]}, validate_formats=True
    )


def schema(name: str) -> Any:
    """A validator for one of the contract's own shapes."""
    return validator(str({"$ref": f"#/components/schemas/{name}"}))


def resolved(value: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in value:
        found: Any = CONTRACT
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return dict(found)
    return value

"""Owns holding answers against the desk's contract, tests/contracts/conversion_service.yaml.

An XML answer is turned into what its JSON twin would be, by the schema, and judged by the same rules.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import jsonschema_rs
import yaml

CONTRACT = yaml.load(
    (Path(__file__).parents[2] / "contracts" / "conversion_service.yaml").read_text(), yaml.CSafeLoader
)
BASE = "/conversion/v1.0/rest"
PROBLEM = "{urn:ietf:rfc:7807}"


@cache
def _operations() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    found = []
    for path, item in CONTRACT["paths"].items():
        pattern = re.escape(path.rstrip("/") or "/")
        pattern = pattern.replace(r"\{storeMethod\}", "[^/:]+")
        pattern = re.sub(r"\\{[^}]*\\}", "[^/:]+", pattern)
        found.append((re.compile(pattern + r"/?\Z"), item))
    return found


def operation(method: str, path: str) -> dict[str, Any] | None:
    """The documented operation, or None: another method, another path."""
    path = path.removeprefix(BASE) or "/"
    for pattern, item in _operations():
        if pattern.match(path) and method.lower() in item:
            found: dict[str, Any] = item[method.lower()]
            return found
    return None


def resolved(value: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in value:
        found: Any = CONTRACT
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        value = found
    return dict(value)


def check(response: httpx.Response) -> None:
    """Fails unless the answer is one that the contract knows for this call."""
    given = operation(response.request.method, response.request.url.path)
    status = str(response.status_code)
    responses = given["responses"] if given else {}
    documented = status in responses or "default" in responses or response.status_code in _OURS
    assert given is None or documented, (status, response.text[:300])
    declared = resolved(responses.get(status) or responses.get("default") or _DEFAULT)
    if response.status_code >= 400 and status not in responses:
        declared = _DEFAULT
    content = declared.get("content")
    if not content:
        assert response.content == b""
        return
    kind = response.headers["content-type"].partition(";")[0]
    assert kind in content or "*/*" in content, (kind, list(content))
    if kind in content and "schema" in content[kind] and kind.endswith(("json", "xml")):
        schema = content[kind]["schema"]
        _validator(str(schema)).validate(body_of(response, schema))


# What a desk with keys and limits says beside what the contract knows, of the Simple API too.
_OURS = (401, 403, 413, 503)
_DEFAULT: dict[str, Any] = CONTRACT["components"]["responses"]["UnexpectedError"]


@cache
def _validator(key: str) -> Any:
    schema = yaml.safe_load(key)
    return jsonschema_rs.Draft202012Validator({"components": CONTRACT["components"], "allOf": [schema]})


def body_of(response: httpx.Response, schema: dict[str, Any]) -> Any:
    if "xml" not in response.headers["content-type"]:
        return response.json()
    assert b"<!" not in response.content
    root = ElementTree.fromstring(response.content)
    wanted = PROBLEM + "problem" if response.status_code >= 400 else "root"
    assert root.tag == wanted
    return from_xml(root, schema)


def from_xml(element: ElementTree.Element, schema: dict[str, Any]) -> Any:
    """What JSON would have said. Items of lists must be called as the contract has it."""
    schema = {**resolved(schema), **{name: schema[name] for name in ("xml",) if name in schema}}
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if kind == "array":
        name = resolved(schema["items"]).get("xml", {}).get("name")
        name = schema["items"].get("xml", {}).get("name", name)
        assert {child.tag for child in element} <= {name}, (name, [child.tag for child in element])
        return [from_xml(child, schema["items"]) for child in element]
    if kind == "object":
        found = {}
        for child in element:
            tag = child.tag.removeprefix(PROBLEM)
            assert tag not in found
            found[tag] = from_xml(child, schema["properties"].get(tag, {"type": "string"}))
        return found
    text = element.text or ""
    if kind == "integer":
        return int(text)
    return {"true": True, "false": False}[text] if kind == "boolean" else text

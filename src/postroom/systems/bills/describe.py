"""Owns what the desk's OpenAPI page says of bodies that are read as a stream or by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from postroom.systems.bills import wire_company, wire_job, wire_site, wire_usage

_TEXT = {"type": "string"}
_ID = {"type": ["string", "null"], "format": "uuid"}


def _body(kind: str, required: list[str], properties: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": required}
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema}}}}


_COMPANY = {
    "name": {"type": "string", "maxLength": 200},
    "externalId": {"type": ["string", "null"]},
    "dataCollectionStartDate": {"type": "string", "format": "date"},
    "isDemandEnabled": {"type": "boolean"},
    "users": {"type": "array", "items": {"type": "string", "format": "email"}},
}
_SITE = {
    "name": {"type": "string", "maxLength": 255},
    "externalId": {"type": ["string", "null"]},
    "address": {"type": "string", "maxLength": 255},
    "path": {"type": "array", "maxItems": 10, "items": {"type": "string", "maxLength": 100}},
    "occupancyPercent": {"type": ["string", "null"]},
}
_USAGE = {"startDate": _TEXT, "endDate": _TEXT, "usage": _TEXT, "usageUnits": _TEXT, "meter": _TEXT}

_JSON = "application/json"
BODIES: Mapping[Callable[..., Any], dict[str, Any]] = {
    wire_job.bulk: _body(
        _JSON, ["documents"], {"documents": {"type": "array", "minItems": 1, "items": _TEXT}, "siteId": _ID}
    ),
    wire_job.single: _body(
        "multipart/form-data",
        ["document"],
        {"document": {"type": "string", "format": "binary"}, "siteId": _ID},
    ),
    wire_company.create: _body(_JSON, ["name"], _COMPANY),
    wire_company.update: _body(_JSON, [], _COMPANY),
    wire_site.create: _body(_JSON, ["name"], _SITE),
    wire_site.update: _body(_JSON, [], _SITE),
    wire_usage.update: _body(_JSON, [], _USAGE),
}

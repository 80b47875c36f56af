"""Owns what our API's OpenAPI page says about tus. Refuses to know what the calls do."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from postroom.desk.own import IDEMPOTENCY
from postroom.web.own.describe import PROBLEMS

VERSION = "1.0.0"
ALGORITHMS = ("sha1", "md5", "sha256", "sha512")
TYPE = "application/offset+octet-stream"

_NUMBER = {"type": "string", "pattern": "^[0-9]{1,18}$"}
_PROBLEM = PROBLEMS[400]


def _header(name: str, about: str, *, required: bool = False, **schema: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": about,
        "schema": {"type": "string", **schema},
    }


_UPLOAD = {"name": "upload", "in": "path", "required": True, "schema": {"type": "string"}}
_VERSIONED = _header("Tus-Resumable", "The version of the protocol.", required=True, enum=[VERSION])
_SUM = _header("Upload-Checksum", f"One of {', '.join(ALGORITHMS)}, a space, and the digest in Base64.")
_OFFSET = {"Upload-Offset": {"description": "Bytes that are here.", "schema": _NUMBER}}
_UNTIL = {"Upload-Expires": {"description": "When it is given up.", "schema": {"type": "string"}}}


def _body(required: bool) -> dict[str, Any]:
    return {"required": required, "content": {TYPE: {"schema": {"type": "string", "format": "binary"}}}}


def _call(status: int, about: str, headers: dict[str, Any], *more: int, **operation: Any) -> dict[str, Any]:
    """Arguments of a route. more: statuses of the protocol that it may answer beside the usual ones."""
    operation["parameters"] = [_VERSIONED, *operation.get("parameters", [])]
    return {
        "status_code": status,
        "response_class": Response,
        "responses": {
            **PROBLEMS,
            **dict.fromkeys((412, *more), _PROBLEM),
            status: {"description": about, "headers": headers},
        },
        "openapi_extra": operation,
    }


CREATE = _call(
    201,
    "Announced; `Location` is where its bytes go.",
    {"Location": {"schema": {"type": "string"}}, **_OFFSET, **_UNTIL},
    423,
    460,
    parameters=[
        _header("Upload-Length", "Bytes of the whole document.", required=True, pattern=_NUMBER["pattern"]),
        _header(
            "Upload-Metadata",
            "`name Base64,name Base64`: `job` and `filename`; perhaps `filetype` and `sha256` (hex).",
            required=True,
        ),
        _SUM,
        IDEMPOTENCY,
    ],
    requestBody=_body(False),
)
HEAD = _call(
    200,
    "How far it has got.",
    {
        **_OFFSET,
        **_UNTIL,
        "Upload-Length": {"schema": _NUMBER},
        "Upload-Metadata": {"schema": {"type": "string"}},
    },
    410,
    parameters=[_UPLOAD],
)
PATCH = _call(
    204,
    "Taken.",
    {**_OFFSET, **_UNTIL},
    410,
    423,
    460,
    parameters=[
        _UPLOAD,
        _header("Upload-Offset", "Where these bytes belong: as far as it has got.", required=True),
        _SUM,
    ],
    requestBody=_body(True),
)
DELETE = _call(204, "Taken back.", {}, 410, 423, parameters=[_UPLOAD])

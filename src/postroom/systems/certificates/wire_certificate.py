"""Owns the calls about certificates: list, get, the PDF, and a reviewer's decision."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from postroom.intake.filename import disposition
from postroom.systems.certificates import given, verdict, view_certificate
from postroom.systems.certificates.contract import EXPAND_FULL, MEDIA_TYPE, TEXT
from postroom.systems.certificates.door import (
    answer,
    caller,
    check,
    desk_of,
    origin_of,
    page_of,
    several,
    values_of,
)
from postroom.systems.certificates.given import Kind, Kinds
from postroom.systems.certificates.once import Seal
from postroom.systems.certificates.store import Caller

_REVIEW: Kinds = {
    "action": Kind(given.choice("approve", "deny", "approve_rule", "unapprove_rule"), required=True),
    "audit_result": Kind(given.reference, nullable=True),
    "note": Kind(given.text(TEXT, lines=True), nullable=True),
}


async def listing(request: Request) -> Response:
    """A page, newest first; `expand` as for one."""
    realm = await caller(request, "read")
    db = desk_of(request).db
    asked, expand = page_of(request), view_certificate.read_expand(several(request, "expand"))
    rows = await view_certificate.page(db, realm, asked)
    return answer(await view_certificate.certificates(db, rows, origin_of(request), expand))


async def get(request: Request) -> Response:
    """One certificate. review_results is null unless it is expanded."""
    realm = await caller(request, "read")
    db = desk_of(request).db
    expand = view_certificate.read_expand(several(request, "expand"))
    row = await view_certificate.row(db, realm, request.path_params["certificate"])
    (shown,) = await view_certificate.certificates(db, [row], origin_of(request), expand)
    return answer(shown)


async def pdf(request: Request) -> Response:
    """The bytes as uploaded."""
    realm = await caller(request, "read")
    desk = desk_of(request)
    row = await view_certificate.row(desk.db, realm, request.path_params["certificate"])
    tag = f'"{row["sha256"]}"'
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={"ETag": tag})
    headers = {
        "Content-Length": str(row["size"]),
        "Content-Disposition": disposition(row["filename"]),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "ETag": tag,
    }
    return StreamingResponse(desk.blobs.read(row["blob"]), media_type=MEDIA_TYPE, headers=headers)


async def review(request: Request, caller: Caller, seal: Seal) -> Response:
    """A reviewer's decision; the certificate afterwards, expanded in full."""
    values, problems = await values_of(request, _REVIEW)
    check(problems)
    value = request.path_params["certificate"]
    async with desk_of(request).db.transaction() as connection:
        await verdict.decide(
            connection, caller, value, values["action"], values.get("audit_result"), values.get("note")
        )
        row = await view_certificate.row(connection, caller, value)
        (shown,) = await view_certificate.certificates(connection, [row], origin_of(request), EXPAND_FULL)
        response = answer(shown)
        await seal(connection, response)
    return response

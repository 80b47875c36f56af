"""Owns the calls on documents: list, get, download."""

from __future__ import annotations

from uuid import UUID

from fastapi import Request
from starlette.responses import Response, StreamingResponse

from postroom.errors import Unauthenticated
from postroom.intake.filename import disposition
from postroom.systems.bills import contract, link, paging, shape, view
from postroom.systems.bills.door import answer, caller, desk_of, links_of, version_of


async def of_company(request: Request, company_id: str) -> Response:
    """Documents of a company."""
    access = await caller(request, "read")
    company = await view.company(desk_of(request).db, access, company_id)
    return await _listing(request, "company_id", company["id"])


async def of_site(request: Request, site_id: str) -> Response:
    """Documents with usage on a site."""
    access = await caller(request, "read")
    site = await view.site(desk_of(request).db, access, site_id)
    return await _listing(request, "site_id", site["id"])


async def of_connection(request: Request, connection_id: str) -> Response:
    """Nothing is collected from portals here, so there is no connection."""
    await caller(request, "read")
    raise view.nothing()


async def _listing(request: Request, scope: str, value: UUID) -> Response:
    db = desk_of(request).db
    wanted = paging.read(request.query_params)
    page, rows = await view.documents(db, request.query_params, scope, value, wanted)
    entries = await view.entries(db, [row["id"] for row in rows])
    links, version = await links_of(request), version_of(request)
    bodies = [shape.document(row, entries[row["id"]], version, links) for row in rows]
    return answer(page.envelope("documents", bodies))


async def get(request: Request, document_id: str) -> Response:
    """One document with all meter and cost data. Duplicates and what is no bill answer, too, without any."""
    access = await caller(request, "read")
    db = desk_of(request).db
    row = await view.document(db, access, document_id)
    entries = await view.entries(db, [row["id"]])
    return answer(shape.document(row, entries[row["id"]], version_of(request), await links_of(request)))


async def download(request: Request, document_id: str) -> Response:
    """The original file: with a key, or by the short-lived address in `url`."""
    desk = desk_of(request)
    signature = request.query_params.get("signature")
    if signature is not None and "x-api-key" not in request.headers:
        document = contract.uuid(document_id)
        expires = request.query_params.get("expires", "")
        key = await link.key_of(desk.db)
        if document is None or not link.holds(key, document, expires, signature, desk.clock.now()):
            raise Unauthenticated("The address has expired or is not one of ours; ask for the document anew.")
        row = await view.document_of_link(desk.db, document)
    else:
        access = await caller(request, "read")
        row = await view.document(desk.db, access, document_id)
    if row is None or row["blob"] is None:
        raise view.nothing()
    headers = {
        "Content-Length": str(row["size"]),
        "Content-Disposition": disposition(row["name"]),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private",
    }
    media_type = row["media_type"] or "application/octet-stream"
    return StreamingResponse(desk.blobs.read(row["blob"]), media_type=media_type, headers=headers)

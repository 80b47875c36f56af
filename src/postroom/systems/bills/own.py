"""Owns the desk's part of our own API: where each value was read from, why a file came to nothing, receivers.

What the published API has no place for.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from postroom.db import job as job_rows
from postroom.db import key as key_rows
from postroom.db.connection import Row, loads
from postroom.desk import job as desk_job
from postroom.desk.access import Access
from postroom.desk.own import IDEMPOTENCY, caller
from postroom.errors import Invalid, NotFound
from postroom.systems.bills import announce, contract, portal, shape, store, view
from postroom.systems.bills.contract import NEWEST
from postroom.systems.bills.door import answer, desk_of, json_of, links_of
from postroom.systems.bills.words import instant


class Documents(BaseModel):
    """What became of every file of a job, in the order of submission."""

    items: list[dict[str, Any]]


class Webhooks(BaseModel):
    """secret: what the signatures are made with; only for keys that may write."""

    secret: str | None
    items: list[dict[str, Any]]


def router(_: object) -> APIRouter:
    """Routes below /postroom/v1/bills."""
    routes = APIRouter()
    routes.add_api_route("/jobs/{job}/documents", of_job, methods=["GET"], response_model=Documents)
    routes.add_api_route("/documents/{document}", get, methods=["GET"], response_model=dict[str, Any])
    routes.add_api_route("/documents/{document}", delete, methods=["DELETE"], status_code=204)
    routes.add_api_route("/webhooks", webhooks, methods=["GET"], response_model=Webhooks)
    routes.add_api_route(
        "/webhooks",
        add_webhook,
        methods=["POST"],
        status_code=201,
        response_model=dict[str, Any],
        openapi_extra={"parameters": [IDEMPOTENCY]},
    )
    routes.add_api_route("/webhooks/{webhook}", remove_webhook, methods=["DELETE"], status_code=204)
    for method, handler in (("GET", portal.show), ("POST", portal.change)):
        routes.add_api_route("/portal", handler, methods=[method], include_in_schema=False)
    return routes


async def _caller(request: Request, scope: str) -> Access:
    return await caller(desk_of(request).db, request.headers, scope)


def _id(value: str, field: str) -> UUID:
    found = contract.uuid(value)
    if found is None:
        raise NotFound(f"There is no {field} with this id.", field=field)
    return found


async def of_job(request: Request, job: str) -> Response:
    """Every file of a job: its class, its original, its revision, or why it came to nothing."""
    access = await _caller(request, "read")
    db = desk_of(request).db
    found = _id(job, "job")
    await desk_job.get(desk_of(request), access, found, system=contract.DESK)
    return answer({"items": [_file(row) for row in await view.files(db, found)]})


def _file(row: Row) -> dict[str, Any]:
    """One file of a job. A job without a company keeps nothing here: its reading is in the core's result."""
    result = loads(row["result"]) or {}
    verdict = loads(row["verdict"]) or {}
    error = loads(row["error"])
    return {
        "id": str(row["id"]),
        "position": row["position"],
        "name": row["name"],
        "url": row["url"],
        "status": row["state"],
        "class": row["class"],
        "duplicateOf": str(row["original_id"]) if row["original_id"] else None,
        "revisedBy": str(row["revised_id"]) if row["revised_id"] else None,
        "flagged": row["flagged"],
        "utility": verdict.get("utility", result.get("utility")),
        "score": verdict.get("score", result.get("score")),
        "mediaType": row["media_type"],
        "size": row["size"],
        "error": {"code": error.get("code"), "message": error.get("message")} if error else None,
    }


async def _document(request: Request, access: Access, value: str) -> Row:
    """A document of the caller's. Here another environment's does not exist: only the published API says 403."""
    row = await view.document_and_owner(desk_of(request).db, _id(value, "document"))
    if row is None or not access.owns(row):
        raise NotFound("There is no document with this id.", field="document")
    return row


async def get(request: Request, document: str) -> Response:
    """A document with its provenance: page, box, text and confidence of every value; the verdict and its
    reasons; its fingerprint; how each page was read."""
    access = await _caller(request, "read")
    row = await _document(request, access, document)
    entries = await view.entries(desk_of(request).db, [row["id"]])
    links = await links_of(request, NEWEST)
    verdict = loads(row["verdict"]) or {}
    return answer(
        {
            "document": shape.document(row, entries[row["id"]], NEWEST, links),
            "class": row["class"],
            "duplicateOf": str(row["original_id"]) if row["original_id"] else None,
            "sha256": row["sha256"],
            "classification": {name: verdict.get(name) for name in ("utility", "score", "reasons")},
            "pages": verdict.get("pages"),
            "provenance": loads(row["provenance"]),
            "facts": loads(row["facts"]),
            "fingerprint": loads(row["fingerprint"]),
            "deleted": instant(row["deleted_at"]),
        }
    )


async def delete(request: Request, document: str, purge: bool = False) -> Response:
    """Mark a document as deleted; with `?purge=true` forget it, its values and its bytes."""
    access = await _caller(request, "write")
    desk = desk_of(request)
    row = await _document(request, access, document)
    blobs: list[str] = []
    async with desk.db.transaction() as connection:
        if await store.delete_document(connection, row["id"]) and row["class"] == contract.PARSED:
            await announce.changed(connection, access.account, row["id"], contract.DELETED)
        if purge and (blob := await store.purge_document(connection, row["id"])):
            blobs = await job_rows.unnamed(connection, [blob])
    await desk.blobs.delete(blobs)
    return Response(status_code=204)


# --- receivers -----------------------------------------------------------------------------------------


async def webhooks(request: Request) -> Response:
    """Who is told of documents."""
    access = await _caller(request, "read")
    db = desk_of(request).db
    rows = await store.webhooks(db, access.account)
    secret = (
        (await key_rows.account(db, access.account))["webhook_secret"] if access.allows("write") else None
    )
    return answer({"secret": secret, "items": [_webhook(row) for row in rows]})


def _webhook(row: Row) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "url": row["url"],
        "types": list(row["types"]),
        "createdAt": instant(row["created_at"]),
    }


async def add_webhook(request: Request) -> Response:
    """`{"url": "https://…", "types": ["document.created.v2"]}`; without types, all."""
    access = await _caller(request, "write")
    body = await json_of(request)
    url, types = body.get("url"), body.get("types") or []
    if not isinstance(url, str):
        raise Invalid("'url' must be an address.", field="url")
    if not isinstance(types, list) or not all(isinstance(kind, str) for kind in types):
        raise Invalid("'types' must be a list of events.", field="types")

    def render(row: Row) -> Response:
        return answer(_webhook(row), 201)

    async with request.app.state.office.once(request, access) as call:
        if (past := call.replay([("body", f"{url} {sorted(types)}")])) is not None:
            replayed: Response = past
            return replayed
        row = await portal.add(request, access.account, url, types, seal=call.seal(render))
    return render(row)


async def remove_webhook(request: Request, webhook: str) -> Response:
    """What is on its way is still delivered."""
    access = await _caller(request, "write")
    if not await store.remove_webhook(desk_of(request).db, access.account, _id(webhook, "webhook")):
        raise NotFound("There is no webhook with this id.", field="webhook")
    return Response(status_code=204)

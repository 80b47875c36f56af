"""Owns the desk's part of our own API: its records, read in pages or as CSV. Read-only."""

from __future__ import annotations

import csv
import io
from base64 import b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from postroom.db.connection import Row
from postroom.desk.access import Whose
from postroom.desk.own import caller
from postroom.errors import Invalid
from postroom.systems.revenue import view
from postroom.systems.revenue.contract import KINDS, REVENUE
from postroom.systems.revenue.door import answer, desk_of, site_of
from postroom.systems.revenue.view import Wanted

_PAGE = 5_000

_PAGE_SCHEMA = {
    "type": "object",
    "required": ["items", "next"],
    "properties": {
        "items": {"type": "array", "items": {"type": "object"}},
        "next": {"type": ["string", "null"]},
    },
}
_PROBLEM: dict[str, Any] = {
    "description": "A problem (RFC 9457).",
    "content": {"application/problem+json": {"schema": {"type": "object", "required": ["code", "detail"]}}},
}

_Text = Annotated[str | None, Query(max_length=10_000)]


def router(_: object) -> APIRouter:
    """Routes below /postroom/v1/revenue."""
    routes = APIRouter()
    routes.add_api_route(
        "/{siteId}/records",
        records,
        methods=["GET"],
        responses={
            200: {
                "description": "A page of records, or all of them as CSV.",
                "content": {"application/json": {"schema": _PAGE_SCHEMA}, "text/csv": {}},
            },
            **dict.fromkeys((400, 401, 403, 404, 503), _PROBLEM),
        },
    )
    return routes


async def records(
    request: Request,
    siteId: str,
    type: Annotated[str, Query(description="revenue or opportunity.")] = REVENUE,
    reference: _Text = None,
    currency: _Text = None,
    label: _Text = None,
    job: Annotated[str | None, Query(description="Only those that this job wrote last.")] = None,
    since: Annotated[str | None, Query(description="Dated at or after; ISO 8601, UTC.")] = None,
    before: Annotated[str | None, Query(description="Dated before; ISO 8601, UTC.")] = None,
    format: Annotated[str, Query(description="json, or csv for all of them at once.")] = "json",
    cursor: Annotated[str, Query(description="`next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """The records of a site, by reference."""
    access = await caller(desk_of(request).db, request.headers, "read")
    await site_of(request, access, siteId)
    if type not in KINDS:
        raise Invalid(f"'type' must be one of: {', '.join(KINDS)}.", field="type")
    if format not in ("json", "csv"):
        raise Invalid("'format' must be one of: json, csv.", field="format")
    for name, value in (("reference", reference), ("currency", currency), ("label", label)):
        if value is not None and "\0" in value:
            raise Invalid(f"'{name}' must not hold the character NUL.", field=name)
    wanted = Wanted(
        type,
        reference,
        currency,
        label,
        _job(job),
        _instant("since", since),
        _instant("before", before),
    )
    after = _cursor(cursor)
    if format == "csv":
        headers = {"Content-Disposition": f'attachment; filename="{type}-records.csv"'}
        body = _csv(request, siteId, access.whose, wanted)
        return StreamingResponse(body, media_type="text/csv", headers=headers)
    db = desk_of(request).db
    rows = await view.records(db, siteId, access.whose, wanted, after=after, limit=limit + 1)
    more = len(rows) > limit
    next_cursor = urlsafe_b64encode(rows[limit - 1]["key"].encode()).decode() if more else None
    return answer({"items": [_body(row, type) for row in rows[:limit]], "next": next_cursor})


def _job(value: str | None) -> UUID | None:
    try:
        return UUID(value) if value is not None else None
    except ValueError:
        raise Invalid("'job' must be the id of a job.", field="job") from None


def _instant(name: str, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment.astimezone(UTC) if moment.tzinfo else moment).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise Invalid(f"'{name}' must be a date or an instant in ISO 8601.", field=name) from None


def _cursor(value: str) -> str:
    try:
        key = b64decode(value.encode(), b"-_", validate=True).decode()
    except ValueError:
        key = "\0"
    if "\0" in key:
        raise Invalid("'cursor' must be the `next` of an earlier page.", field="cursor")
    return key


def _reference(row: Row) -> str | None:
    key: str = row["key"]
    if row["reference"] is not None:
        long: str = row["reference"]
        return long
    return None if key.startswith(" ") else key


def _body(row: Row, kind: str) -> dict[str, Any]:
    body = {
        "reference": _reference(row),
        "date": row["happened_at"].isoformat(),
        "currencyCode": row["currency"],
        "value": f"{row['value']:f}",
        "raId": row["ra_id"],
        "emailAddress": row["email"],
        "phoneNumber": row["phone"],
        "payloadValue": row["payload"],
        "labels": row["labels"],
        "additionalData": properties(row["properties"]),
        "jobId": str(row["job_id"]) if row["job_id"] else None,
        "rowNumber": row["row"],
    }
    if kind == REVENUE:
        return {**body, "leadDate": row["lead_at"].isoformat() if row["lead_at"] else None}
    return {**body, "pipelineStage": row["stage"]}


def properties(text: str | None) -> list[dict[str, str]]:
    """`Name=a,Value=b;…` as it was judged to be: split at `;`, then at the first `,Value=`."""
    found = []
    for entry in (text or "").split(";"):
        if entry:
            name, _, value = entry.removeprefix("Name=").partition(",Value=")
            found.append({"name": name, "value": value})
    return found


_STORED = ("ra_id", "email", "phone", "payload")


def _columns(kind: str) -> list[str]:
    return list(KINDS[kind].columns)


def _cells(row: Row, kind: str, labels: int) -> list[object]:
    """One line of the export, in the template's order, with as many label columns as the export has."""
    own = KINDS[kind]
    value = {
        own.date: row["happened_at"].isoformat(),
        "CurrencyCode": row["currency"],
        own.value: f"{row['value']:f}",
        **dict(
            zip(
                ("RaId", "EmailAddress", "PhoneNumber", "PayloadValue"),
                (row[n] for n in _STORED),
                strict=True,
            )
        ),
        "LeadDate": row["lead_at"].isoformat() if row["lead_at"] else None,
        "PipelineStage": row["stage"],
        "Reference": _reference(row),
        "AdditionalDataProperties": row["properties"],
    }
    cells: list[object] = []
    for name in own.columns:
        if name == "Label":
            cells += [*row["labels"][:labels], *[None] * (labels - len(row["labels"]))]
        else:
            cells.append(value[name])
    return cells


async def _csv(request: Request, site: str, whose: Whose, wanted: Wanted) -> AsyncIterator[bytes]:
    """All records in the format of the template, so that an export can be uploaded again."""
    db = desk_of(request).db
    labels = max(1, await view.most_labels(db, site, whose, wanted.kind))
    names = [n for name in _columns(wanted.kind) for n in ([name] * labels if name == "Label" else [name])]
    yield _lines([names])
    after = ""
    while rows := await view.records(db, site, whose, wanted, after=after, limit=_PAGE):
        after = rows[-1]["key"]
        yield _lines([_cells(row, wanted.kind, labels) for row in rows])


def _lines(rows: Sequence[Sequence[object]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()

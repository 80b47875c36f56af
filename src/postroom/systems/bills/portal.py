"""Owns the page where receivers of webhooks are kept: what a Svix portal is to the published API.

The link is the right to it: 256 random bits, stored hashed, good for some days and no
longer than the key that asked for it. Plain HTML, no script; what
others wrote is escaped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from html import escape
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from postroom.db import key as key_rows
from postroom.db.connection import Row
from postroom.desk.context import Seal
from postroom.errors import Invalid, NotFound, PostroomError, TooLarge
from postroom.intake.body import asgi_body, watched
from postroom.intake.gate import Gate
from postroom.systems.bills import contract, store
from postroom.systems.bills.contract import EVENTS
from postroom.systems.bills.door import desk_of, origin_of

PATH = f"/postroom/v1/{contract.DESK}/portal"
MOST = 50  # receivers of one account
_FORM = 16 << 10  # bytes
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Referrer-Policy": "no-referrer",  # the link itself is a secret
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
_STYLE = "body{font:16px system-ui;max-width:46rem;margin:2rem auto}td,th{text-align:left;padding:.3rem 1rem .3rem 0}"


async def show(request: Request, token: str = "") -> Response:
    """The receivers of the account that the link belongs to."""
    return await _page(request, await _account(request, token))


async def change(request: Request, token: str = "") -> Response:
    """Add or remove a receiver; the page again."""
    account = await _account(request, token)
    body = b""
    async for piece in watched(asgi_body(request.receive), desk_of(request).settings.body_idle_timeout):
        body += piece
        if len(body) > _FORM:
            raise TooLarge(f"The form is larger than {_FORM} bytes.", limit=_FORM)
    try:
        given = parse_qs(body.decode(), max_num_fields=20)
    except ValueError as error:
        raise Invalid("The form cannot be read.", cause=error) from error
    desk = desk_of(request)
    try:
        if remove := contract.uuid(given.get("remove", [""])[0]):
            await store.remove_webhook(desk.db, account, remove)
        else:
            await add(request, account, given.get("url", [""])[0].strip(), given.get("type", []))
    except PostroomError as error:
        return await _page(request, account, error.message, 400)
    return await _page(request, account)


async def add(
    request: Request, account: UUID, url: str, types: Sequence[str], *, seal: Seal[Row] | None = None
) -> Row:
    """A new receiver. types: none means all. Invalid names the member."""
    desk = desk_of(request)
    try:
        Gate(desk.settings).parse(url)
    except Invalid as error:
        error.field = "url"
        raise
    if "\0" in url:
        raise Invalid("'url' must not hold the character NUL.", field="url")
    for kind in types:
        if kind not in EVENTS:
            raise Invalid(f"'types' may hold: {', '.join(EVENTS)}.", field="types")
    if len(await store.webhooks(desk.db, account)) >= MOST:
        raise Invalid(f"An account has {MOST} receivers at most.", field="url")
    async with desk.db.transaction() as connection:
        made = await store.add_webhook(connection, account, url, origin_of(request), types)
        row = next(row for row in await store.webhooks(connection, account) if row["id"] == made)
        if seal is not None:
            await seal(connection, row)
    return row


async def _account(request: Request, token: str) -> UUID:
    digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
    account = await store.portal(desk_of(request).db, digest)
    if account is None:
        raise NotFound("The link is not one of ours, or has expired; ask for a new one.", field="token")
    return account


async def _page(request: Request, account: UUID, problem: str = "", status: int = 200) -> Response:
    db = desk_of(request).db
    rows = await store.webhooks(db, account)
    secret = (await key_rows.account(db, account))["webhook_secret"]
    boxes = " ".join(
        f'<label><input type="checkbox" name="type" value="{kind}"> {kind}</label>' for kind in EVENTS
    )
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Webhooks</title><style>{_STYLE}</style>'
        f"<h1>Webhooks</h1>{f'<p><strong>{escape(problem)}</strong></p>' if problem else ''}"
        f"<table><tr><th>Address<th>Events<th></tr>{''.join(_line(row) for row in rows)}</table>"
        f'<form method="post"><p><label>Address <input name="url" type="url" size="50" required></label>'
        f"<p>{boxes}<p><button>Add</button> (no event chosen: all of them)</form>"
        f"<p>Each request is signed as Svix does it, with the secret <code>{escape(secret)}</code>.</html>"
    )
    return HTMLResponse(page, status, headers=_HEADERS)


def _line(row: Row) -> str:
    shown = urlsplit(row["url"])
    return (
        f"<tr><td>{escape(f'{shown.scheme}://{shown.netloc}{shown.path}')}"
        f"<td>{escape(', '.join(row['types']) or 'all')}"
        f'<td><form method="post"><button name="remove" value="{row["id"]}">Remove</button></form></tr>'
    )

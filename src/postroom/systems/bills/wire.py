"""Owns the desk's addresses below /v2, /v2.1 and /v2.2 and its errors; the handlers stand in wire_*.py by noun.

The bulk submission follows its published page to the letter; the rest follows the desk's documentation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from postroom import __version__
from postroom.errors import PostroomError
from postroom.front.error import handlers
from postroom.systems.bills import (
    contract,
    describe,
    wire_account,
    wire_company,
    wire_document,
    wire_job,
    wire_meter,
    wire_site,
    wire_usage,
    wire_webhook,
    words,
)
from postroom.systems.bills.contract import VERSIONS, Version
from postroom.systems.bills.door import answer

# (method, path, handler, status of success). Fixed segments stand before parameters. Some guides write
# `/company/{id}/site` for `/site/company/{id}`: both are served.
ROUTES: tuple[tuple[str, str, Callable[..., Awaitable[Response]], int], ...] = (
    ("GET", "/ping", wire_webhook.ping, 200),
    ("POST", "/webhook", wire_webhook.portal, 200),
    ("POST", "/job/company/{company_id}/bulk", wire_job.bulk, contract.SUBMITTED),
    ("POST", "/job/company/{company_id}", wire_job.single, contract.SUBMITTED),
    ("GET", "/job/company/{company_id}", wire_job.listing, 200),
    ("GET", "/job/{job_id}", wire_job.get, 200),
    ("GET", "/document/company/{company_id}", wire_document.of_company, 200),
    ("GET", "/document/site/{site_id}", wire_document.of_site, 200),
    ("GET", "/document/connection/{connection_id}", wire_document.of_connection, 200),
    ("GET", "/document/{document_id}", wire_document.get, 200),
    ("GET", "/document/{document_id}/download", wire_document.download, 200),
    ("GET", "/usage/company/{company_id}", wire_usage.of_company, 200),
    ("GET", "/usage/site/{site_id}", wire_usage.of_site, 200),
    ("GET", "/usage/connection/{connection_id}", wire_document.of_connection, 200),
    ("GET", "/usage/document/{document_id}", wire_usage.of_document, 200),
    ("GET", "/usage/{usage_data_id}", wire_usage.get, 200),
    ("PATCH", "/usage/{usage_data_id}", wire_usage.update, 200),
    ("GET", "/company", wire_company.listing, 200),
    ("POST", "/company", wire_company.create, 201),
    *(
        route
        for path in ("/site/company/{company_id}", "/company/{company_id}/site")
        for route in (("GET", path, wire_site.listing, 200), ("POST", path, wire_site.create, 201))
    ),
    ("GET", "/company/{company_id}", wire_company.get, 200),
    ("PATCH", "/company/{company_id}", wire_company.update, 200),
    ("DELETE", "/company/{company_id}", wire_company.delete, 204),
    ("GET", "/site/{site_id}", wire_site.get, 200),
    ("PATCH", "/site/{site_id}", wire_site.update, 200),
    ("DELETE", "/site/{site_id}", wire_site.delete, 204),
    ("GET", "/account/company/{company_id}", wire_account.listing, 200),
    ("PATCH", "/account/company/{company_id}", wire_account.update_many, 200),
    ("GET", "/account/{account_id}", wire_account.get, 200),
    ("PATCH", "/account/{account_id}", wire_account.update, 200),
    ("GET", "/meter/company/{company_id}", wire_meter.of_company, 200),
    ("GET", "/meter/site/{site_id}", wire_meter.of_site, 200),
    ("GET", "/meter/{meter_id}", wire_meter.get, 200),
)


def routes() -> Mapping[str, Any]:
    return {f"/{version}": make_app(version) for version in VERSIONS}


def make_app(version: Version) -> FastAPI:
    app = FastAPI(
        title=f"Postroom: the bills desk, {version}",
        version=__version__,
        description="Utility bills in; usage, charges and provenance out.",
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers=handlers(_told, _other, nothing=contract.NOT_FOUND),
    )
    app.state.version = version
    for number, (method, path, handler, status) in enumerate(ROUTES):
        app.add_api_route(
            path,
            handler,
            methods=[method],
            status_code=status,
            operation_id=f"{handler.__module__.rpartition('.')[2]}_{number}_{method.lower()}",
            openapi_extra=describe.BODIES.get(handler),
        )
    return app


def _told(_: Request, error: PostroomError) -> Response:
    status, body, headers = words.told(error)
    return answer(body, status, headers)


def _other(request: Request, status: int, text: str, headers: Mapping[str, str] | None) -> Response:
    said = f'Method "{request.method}" not allowed.' if status == 405 else text
    return answer({"detail": said}, status, headers)

"""Owns the desk's addresses below /v2, /v2.1 and /v2.2 and its errors; the handlers stand in wire_*.py by noun.

The bulk submission follows its published page to the letter; the rest follows the desk's documentation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from postroom import __version__
from postroom.errors import PostroomError
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

log = structlog.get_logger(__name__)

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
    app.add_exception_handler(PostroomError, _on_error)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_parameter)
    app.add_exception_handler(Exception, _on_defect)
    return app


async def _on_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, PostroomError)
    status, body, headers = words.told(error)
    if status >= 500:
        log.warning("request.failed", code=error.code, cause=repr(error.cause))
    return answer(body, status, headers)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    texts = {404: contract.NOT_FOUND, 405: f'Method "{request.method}" not allowed.'}
    text = texts.get(error.status_code, str(error.detail))
    return answer({"detail": text}, error.status_code, error.headers)


async def _on_parameter(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    return answer({str(first["loc"][-1]): [f"{first['msg']}."]}, 400)


async def _on_defect(request: Request, error: Exception) -> Response:
    log.error("request.defect", path=request.url.path, exc_info=error)
    return answer({"detail": "An unexpected error occurred; it has been logged."}, 500)

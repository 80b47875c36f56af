"""Owns the desk's addresses below /api/v1 and its errors; the handlers stand in wire_*.py by noun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from postroom import __version__
from postroom.errors import PostroomError
from postroom.front.error import handlers
from postroom.systems.certificates import (
    wire_assignment,
    wire_certificate,
    wire_contractor,
    wire_entity,
    wire_job,
    wire_requirement,
    wire_tracker,
    wire_upload,
    wire_webhook,
    words,
)
from postroom.systems.certificates.contract import BASE
from postroom.systems.certificates.door import Marks, answer
from postroom.systems.certificates.once import post
from postroom.systems.certificates.wire_noun import Handler

_FILES, _EXTERNAL = "/files/certificates", "/files/external_certificates"

# (method, path, handler, status of success). Fixed segments stand before parameters.
ROUTES: tuple[tuple[str, str, Handler, int], ...] = (
    ("POST", _FILES, post(wire_upload.certificate), 201),
    ("GET", _FILES, wire_certificate.listing, 200),
    ("GET", f"{_FILES}/{{certificate}}", wire_certificate.get, 200),
    ("GET", f"{_FILES}/{{certificate}}/pdf", wire_certificate.pdf, 200),
    ("POST", f"{_FILES}/{{certificate}}/review", post(wire_certificate.review), 200),
    ("POST", f"{_EXTERNAL}/upload", post(wire_upload.upload_one), 201),
    ("POST", f"{_EXTERNAL}/upload/bulk", post(wire_upload.upload_bulk), 201),
    ("GET", f"{_EXTERNAL}/tasks/{{task}}", wire_upload.task, 200),
    ("POST", f"{_EXTERNAL}/tracker", post(wire_upload.tracker), 201),
    ("POST", f"{_EXTERNAL}/tracker/bulk", post(wire_upload.tracker_bulk), 201),
    ("POST", f"{_EXTERNAL}/tracker/placeholder/bulk", post(wire_upload.placeholder_bulk), 201),
    ("POST", "/contractors", post(wire_contractor.create), 201),
    ("GET", "/contractors", wire_contractor.listing, 200),
    ("GET", "/contractors/{contractor}", wire_contractor.get, 200),
    ("PUT", "/contractors/{contractor}", wire_contractor.update, 200),
    ("DELETE", "/contractors/{contractor}", wire_contractor.delete, 200),
    ("POST", "/entities", post(wire_entity.create), 201),
    ("GET", "/entities", wire_entity.listing, 200),
    ("GET", "/entities/{entity}", wire_entity.get, 200),
    ("PUT", "/entities/{entity}", wire_entity.update, 200),
    ("DELETE", "/entities/{entity}", wire_entity.delete, 200),
    ("POST", "/jobs", post(wire_job.create), 201),
    ("GET", "/jobs", wire_job.listing, 200),
    ("GET", "/jobs/{job}", wire_job.get, 200),
    ("PUT", "/jobs/{job}", wire_job.update, 200),
    ("DELETE", "/jobs/{job}", wire_job.delete, 200),
    ("GET", "/category_codes", wire_job.categories, 200),
    ("POST", "/assignments/cancel", post(wire_assignment.cancel), 200),
    ("POST", "/assignments", post(wire_assignment.create), 201),
    ("GET", "/assignments", wire_assignment.listing, 200),
    ("GET", "/assignments/{assignment}", wire_assignment.get, 200),
    ("PUT", "/assignments/{assignment}", wire_assignment.update, 200),
    ("DELETE", "/assignments/{assignment}", wire_assignment.delete, 200),
    ("POST", "/insurance_requirements", post(wire_requirement.create), 201),
    ("GET", "/insurance_requirements", wire_requirement.listing, 200),
    ("GET", "/insurance_requirements/{insurance_requirement}", wire_requirement.get, 200),
    ("PUT", "/insurance_requirements/{insurance_requirement}", wire_requirement.update, 200),
    ("DELETE", "/insurance_requirements/{insurance_requirement}", wire_requirement.delete, 200),
    ("POST", "/trackers", post(wire_tracker.create), 201),
    ("GET", "/trackers", wire_tracker.listing, 200),
    ("GET", "/trackers/{tracker}", wire_tracker.get, 200),
    ("PUT", "/trackers/{tracker}", wire_tracker.update, 200),
    ("GET", "/trackers/{tracker}/certificates", wire_tracker.certificates, 200),
    ("POST", "/tracker_sessions", post(wire_tracker.open_session), 201),
    ("GET", "/tracker_sessions/{tracker_session}", wire_tracker.get_session, 200),
    ("POST", "/coi_upload_sessions", post(wire_tracker.open_upload), 201),
    ("GET", "/coi_upload_sessions/{coi_upload_session}", wire_tracker.get_upload, 200),
    ("POST", "/webhook_endpoints", post(wire_webhook.create), 201),
    ("GET", "/webhook_endpoints", wire_webhook.listing, 200),
    ("GET", "/webhook_endpoints/{webhook_endpoint}", wire_webhook.get, 200),
    ("PUT", "/webhook_endpoints/{webhook_endpoint}", wire_webhook.update, 200),
    ("DELETE", "/webhook_endpoints/{webhook_endpoint}", wire_webhook.delete, 200),
    ("GET", "/events", wire_webhook.events, 200),
    ("GET", "/events/{event}", wire_webhook.event, 200),
)


def routes() -> Mapping[str, Any]:
    return {BASE: make_app()}


def make_app() -> FastAPI:
    app = FastAPI(
        title="Postroom: the certificates desk",
        version=__version__,
        description="Certificates of insurance in, in bulk; read, reviewed against rules, announced.",
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers=handlers(_told, _other),
    )
    for number, (method, path, handler, status) in enumerate(ROUTES):
        name = f"{handler.__name__}_{number}_{method.lower()}"
        app.add_api_route(path, handler, methods=[method], status_code=status, operation_id=name)
    app.add_middleware(Marks)
    return app


def _told(_: Request, error: PostroomError) -> Response:
    status, body, headers = words.told(error)
    return answer(body, status, headers)


def _other(_: Request, status: int, text: str, headers: Mapping[str, str] | None) -> Response:
    return answer(words.envelope(words.BAD, text), status, headers)

"""Owns what the desk's OpenAPI page says of bodies: answers as models, bodies that are read by ourselves."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class JobStatus(BaseModel):
    code: str
    message: str


class JobInfo(BaseModel):
    jobId: str
    status: JobStatus


class DataInfo(BaseModel):
    dataId: str


class JobError(BaseModel):
    code: str
    message: str


class Event(BaseModel):
    code: str
    severity: str
    dataId: str | None = None
    dataPart: str | None = None
    message: str


class ResultData(BaseModel):
    resultId: str
    name: str
    contentType: str


class JobResult(BaseModel):
    status: str
    error: JobError | None = None
    events: list[Event]
    dataList: list[ResultData] | None = None


class JobCounts(BaseModel):
    creating: int
    processing: int
    completed: int
    total: int


class Isolation(BaseModel):
    processCount: int
    queueLength: int


class ServiceStatus(BaseModel):
    version: str
    status: str
    startTime: str
    isolation: Isolation
    jobCounts: JobCounts


class Profile(BaseModel):
    name: str
    isDefault: bool


class WorkflowInfo(BaseModel):
    name: str
    isDefault: bool
    profiles: list[Profile]


_OPTIONS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "value"],
        "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
    },
}


def _body(required: bool, **content: Any) -> dict[str, Any]:
    schemas = {kind.replace("_", "/", 1): {"schema": schema} for kind, schema in content.items()}
    return {"requestBody": {"required": required, "content": schemas}}


OPTIONS_BODY = _body(False, application_json=_OPTIONS, application_xml=_OPTIONS)
DATA_BODY = _body(
    True,
    **{
        "multipart_form-data": {
            "type": "object",
            "required": ["data"],
            "properties": {"data": {"type": "string", "format": "binary"}, "options": _OPTIONS},
        }
    },
    application_json=_OPTIONS,
    application_xml=_OPTIONS,
)

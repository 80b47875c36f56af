"""Owns what the desk's OpenAPI page says of bodies: answers as models, forms that are read as a stream."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class JobCreated(BaseModel):
    jobId: str


class JobSummary(BaseModel):
    jobId: str
    jobType: str
    status: str
    percentageProgress: int
    failureReason: str | None


class JobStatus(BaseModel):
    status: str
    totalRows: int
    processedRows: int
    percentageProgress: int
    successCount: int
    failureCount: int
    createdDateTime: str
    completedDateTime: str | None
    failureReason: str | None


class RowError(BaseModel):
    rowNumber: int | None
    column: str | None
    errorMessage: str


class CsvRejected(BaseModel):
    message: str
    errors: list[RowError]


class Login(BaseModel):
    access_token: str
    scope: str
    expires_in: int
    refresh_token: str


def _form(kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema}}}}


FILE = _form("multipart/form-data", {"file": {"type": "string", "format": "binary"}})
LOGIN = _form(
    "application/x-www-form-urlencoded", {"username": {"type": "string"}, "password": {"type": "string"}}
)

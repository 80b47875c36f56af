"""Owns the list of what happened to a document on its way, in the shape that the desk shows. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

INFO, WARNING = "info", "warning"
_MOST = 200
_TEXT = 1000


@dataclass(slots=True)
class Notes:
    """Events in the order in which they happened, each said once. part: the nested part that is worked on."""

    events: list[dict[str, Any]] = field(default_factory=list)
    part: str | None = None

    def info(self, code: str, message: str, **more: str) -> None:
        self._add(code, INFO, message, more)

    def warn(self, code: str, message: str, **more: str) -> None:
        self._add(code, WARNING, message, more)

    def _add(self, code: str, severity: str, message: str, more: dict[str, str]) -> None:
        event: dict[str, Any] = {"code": code, "severity": severity, "message": message[:_TEXT], **more}
        if self.part is not None and "dataPart" not in event:
            event["dataPart"] = self.part[:250]
        if event not in self.events and len(self.events) < _MOST:
            self.events.append(event)

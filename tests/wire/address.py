"""Owns every address that the server has, whose desk it is, and what an error of that desk looks like."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import httpx
from starlette.routing import Mount

from postroom.ports import System
from postroom.web.app import make_app
from tests.wire.hostile import NOBODY

_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")


@dataclass(frozen=True)
class Address:
    """One method and path; its parameters in braces."""

    method: str
    path: str

    @property
    def desk(self) -> str:
        return next(prefix for prefix in ENVELOPES if self.path.startswith(prefix))

    @property
    def parameters(self) -> list[str]:
        return _PARAMETER.findall(self.path)

    def filled(self, known: Mapping[str, str], **given: str) -> str:
        """given: as it is; known: what exists, by parameter. What is deleted must not be what others need."""
        spare = {} if self.method == "DELETE" else known

        def value(found: re.Match[str]) -> str:
            return given.get(found[1]) or quote(spare.get(found[1], NOBODY), safe="")

        return _PARAMETER.sub(value, self.path)


def _addresses(routes: Iterable[Any], prefix: str = "") -> Iterator[Address]:
    for route in routes:
        if isinstance(route, Mount):
            yield from _addresses(route.routes, prefix + route.path)
        elif hasattr(route, "original_router"):  # of FastAPI: a router that was included
            yield from _addresses(route.original_router.routes, prefix + route.include_context.prefix)
        else:
            for method in sorted(route.methods):
                yield Address(method, prefix + route.path)


def addresses(systems: Sequence[System]) -> list[Address]:
    """All of a server with these systems, but for the descriptions of its APIs."""

    def never() -> Any:
        raise NotImplementedError("only the routes are wanted")

    routes = make_app(never, systems).routes
    return [one for one in _addresses(routes) if not one.path.endswith("openapi.json")]


# --- what an error looks like --------------------------------------------------------------------------


def _problem(response: httpx.Response) -> bool:
    if "xml" in response.headers["content-type"]:
        space = "{urn:ietf:rfc:7807}"
        body = {
            child.tag.removeprefix(space): child.text for child in ElementTree.fromstring(response.content)
        }
    else:
        body = response.json()
    kind = response.headers["content-type"].partition(";")[0]
    return kind.startswith("application/problem+") and bool(
        body["type"] and body["title"] and body["detail"] and str(body["status"]) == str(response.status_code)
    )


def _simple(response: httpx.Response) -> bool:
    if response.status_code != 400:
        return _problem(response)
    return isinstance(response.json()["error"], str)


def _bills(response: httpx.Response) -> bool:
    body = response.json()
    return all(
        isinstance(value, str) if name == "detail" else all(isinstance(one, str) for one in value)
        for name, value in body.items()
    ) and bool(body)


ENVELOPES: Mapping[str, Callable[[httpx.Response], bool]] = {
    "/postroom/v1/bills/portal": lambda response: True,  # pages for people
    "/postroom/v1": _problem,
    "/signed": _problem,
    "/api/open/v1": lambda response: {"code", "message"} <= response.json()["error"].keys(),
    "/api/v1": lambda response: {"error_code", "message"} <= response.json().keys(),
    "/conversion": _problem,
    "/http.inputstructured": _problem,
    "/http.input": _simple,
    "/v2.1": _bills,
    "/v2.2": _bills,
    "/v2": _bills,
    "/v1": lambda response: isinstance(response.json()["message"], str),
    "/": lambda response: True,  # the dashboard and the machines' own
}

"""Owns the dashboard's files: plain HTML, CSS and JavaScript modules, served at `/` and below `/static`.

It knows nothing of jobs: the page is a client of our own API like any other and brings its own key. The files
are read once, from the package, so no path that a client sends ever meets the file system.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

# Document names and texts come from strangers. The page inserts them as text only; should it ever fail to,
# no inline script runs, no string becomes markup (Trusted Types), nothing is sent or loaded from elsewhere.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)

_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # A new release must not run with an old module: ask each time, the answer is mostly 304.
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True, slots=True)
class _Asset:
    body: bytes
    media_type: str
    tag: str

    @classmethod
    def of(cls, file: Traversable) -> _Asset:
        body = file.read_bytes()
        suffix = "." + file.name.rpartition(".")[2]
        return cls(body, _MEDIA_TYPES[suffix], f'"{hashlib.sha256(body).hexdigest()[:32]}"')

    def response(self, request: Request) -> Response:
        headers = {**_HEADERS, "ETag": self.tag}
        known = [
            tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")
        ]
        if self.tag in known or "*" in known:
            return Response(status_code=304, headers=headers)
        return Response(self.body, media_type=self.media_type, headers=headers)


def _assets() -> dict[str, _Asset]:
    folder = files("postroom.web") / "static"
    known = (file for file in folder.iterdir() if "." + file.name.rpartition(".")[2] in _MEDIA_TYPES)
    return {file.name: _Asset.of(file) for file in known}


def dashboard() -> list[BaseRoute]:
    """The routes of the dashboard: `/`, `/favicon.ico` and `/static/NAME`."""
    assets = _assets()

    async def index(request: Request) -> Response:
        return assets["index.html"].response(request)

    async def icon(request: Request) -> Response:
        return assets["icon.svg"].response(request)

    async def static(request: Request) -> Response:
        asset = assets.get(request.path_params["name"])
        if asset is None:
            return PlainTextResponse("There is no such file.\n", 404, headers=_HEADERS)
        return asset.response(request)

    return [Route("/", index), Route("/favicon.ico", icon), Route("/static/{name}", static)]

"""Owns which URLs may be asked for at all, as far as that can be seen without asking anybody.

Refuses to resolve names and to connect: that is `fetch`, which asks here again with what it has resolved.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterable
from functools import partial
from ipaddress import ip_address
from typing import TypeAlias

import httpx

from postroom.errors import Invalid
from postroom.intake.address import refusal
from postroom.settings import Settings

URL_LENGTH = 4096  # characters

# Why nobody may connect to an address, or None.
Judge: TypeAlias = Callable[[str], str | None]

_HOST = re.compile(rb"[a-z0-9._-]+|[0-9a-f:.]+(%25[a-z0-9]+)?")


class Gate:
    """judge: for tests. All calls raise Invalid, with code `url_invalid` or `address_refused`."""

    def __init__(self, settings: Settings, judge: Judge | None = None) -> None:
        self._schemes = ("https", "http") if settings.fetch_allow_http else ("https",)
        self._judge = judge or partial(refusal, allow_private=settings.fetch_allow_private)

    def parse(self, text: str) -> httpx.URL:
        """Everything that is wrong with a URL and can be seen in it."""
        try:
            if len(text) > URL_LENGTH:
                raise Invalid(f"The URL is longer than {URL_LENGTH} characters.", code="url_invalid")
            url = httpx.URL(text)
        except httpx.InvalidURL as error:
            raise Invalid("The URL cannot be read.", code="url_invalid", cause=error) from error
        if url.scheme not in self._schemes or not url.host:
            raise Invalid(f"The URL must begin with {' or '.join(self._schemes)}://.", code="url_invalid")
        if not _HOST.fullmatch(url.raw_host) or (url.port is not None and not 0 < url.port < 1 << 16):
            raise Invalid("The URL names no host that there could be.", code="url_invalid")
        if url.userinfo:
            raise Invalid("The URL must not carry a user name or password.", code="url_invalid")
        if (address := _seen(url.host)) is not None:
            self.admit(url.host, [address])
        return url  # with a name: judged when it has been resolved

    def admit(self, host: str, addresses: Iterable[str]) -> None:
        """One bad address refuses the host: no public server has one, and which one wins is not for luck."""
        for address in addresses:
            if (reason := self._judge(address)) is not None:
                raise Invalid(
                    f"{host} must not be contacted: it leads to {reason}.",
                    code="address_refused",
                    cause=address,
                )


def _seen(host: str) -> str | None:
    """The address that a host is, without asking anybody; None if it is a name.

    `127.1`, `0x7f000001` and `2130706433` are ways to write 127.0.0.1 that every resolver knows.
    """
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761
        return "127.0.0.1"
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except OSError:
        return None

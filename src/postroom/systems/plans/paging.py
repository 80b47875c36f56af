"""Owns pages of entities: cursors, and what stands around the items of a page. Pure.

The order is stable: by file, page, id. A cursor is good for the filters that it was given for.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Any, TypeAlias
from uuid import UUID

import orjson

from postroom.errors import Invalid

Key: TypeAlias = tuple[UUID, int, UUID]  # file, page, id


def mark(*what: object) -> str:
    """A short fingerprint of what is listed."""
    return hashlib.sha256(repr(what).encode()).hexdigest()[:12]


def write(mark: str, *place: object) -> str:
    """An opaque cursor behind `place`."""
    raw = orjson.dumps([mark, *(one.hex if isinstance(one, UUID) else one for one in place)])
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read(cursor: str, mark: str, *kinds: type) -> list[Any]:
    """What was written. Invalid if it is no cursor of ours, or one for other filters."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(found, list) or len(found) != len(kinds) + 1 or found[0] != mark:
            raise ValueError("not of this list")
        return [_value(kind, value) for kind, value in zip(kinds, found[1:], strict=True)]
    except (binascii.Error, ValueError, TypeError, AttributeError) as error:
        raise Invalid(
            "'cursor' must be the nextCursor of a page of the same list with the same filters.",
            field="cursor",
            cause=error,
        ) from error


def _value(kind: type, value: Any) -> Any:
    if kind is UUID:
        return UUID(value)
    if type(value) is not int or not 0 <= value < 1 << 31:
        raise ValueError("not of this kind")
    return value


def around(
    name: str,
    items: Sequence[dict[str, Any]],
    keys: Sequence[Key],
    *,
    total: int,
    limit: int,
    cursor: str | None,
    more: bool,
    mark: str,
) -> dict[str, Any]:
    """A page as clients see it; `name` is the member that holds the items."""
    end = write(mark, *keys[-1]) if keys else None
    return {
        "total": total,
        "limit": limit,
        "cursor": cursor,
        "nextCursor": end if more else None,
        "returnedCount": len(items),
        "hasMore": more,
        "pageInfo": {
            "startCursor": write(mark, *keys[0]) if keys else None,
            "endCursor": end,
            "hasPreviousPage": cursor is not None,
            "hasNextPage": more,
        },
        name: items,
    }

"""Owns how often one key may call the desk: a token bucket per key. Off unless a setting names a rate.

The page publishes that limits exist and no figure (inferred, `contracts`: section 17). Signed addresses and
webhooks are not counted. Each process of the API counts for itself, in memory: a limit against a client that
polls too hard, not an account of its calls.
"""

from __future__ import annotations

import math
from uuid import UUID

from postroom.errors import Busy

_KEPT = 10_000  # keys; a bucket that is full again is as good as none


class Buckets:
    """rate: calls per second and key on average, 0 for no limit. burst: calls at once at most."""

    def __init__(self) -> None:
        self._found: dict[UUID, tuple[float, float]] = {}

    def take(self, key: UUID, now: float, *, rate: float, burst: int) -> None:
        """One call at `now` (seconds, of any clock that only goes on). Busy, with the seconds to wait."""
        if rate <= 0:
            return
        left, since = self._found.get(key, (float(burst), now))
        left = min(float(burst), left + (now - since) * rate)
        if left < 1:
            self._found[key] = left, now
            wait = math.ceil((1 - left) / rate)
            raise Busy(
                f"This key may make {rate:g} calls a second; try again in {wait} s.", retry_after=max(1, wait)
            )
        self._found[key] = left - 1, now
        if len(self._found) > _KEPT:
            self._found = {
                one: (left, since)
                for one, (left, since) in self._found.items()
                if left + (now - since) * rate < burst
            }

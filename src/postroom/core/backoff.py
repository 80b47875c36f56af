"""Owns how long to wait before trying again: capped exponential back-off with full jitter."""

from __future__ import annotations


def delay(attempt: int, *, base: float, cap: float, jitter: float) -> float:
    """Seconds before attempt number `attempt + 1`.

    attempt: failed attempts so far, 1 or more. base, cap: seconds.
    jitter: a random number in [0, 1), given by the caller so that this stays pure.
    The result lies in [ceiling / 2, ceiling) with ceiling = min(cap, base * 2**(attempt - 1)): half of the
    delay is certain, half is spread, so that a crowd of retries neither hammers nor marches in step.
    """
    if attempt < 1:
        raise ValueError("attempt counts from 1")
    ceiling = min(cap, base * 2.0 ** min(attempt - 1, 62))
    return ceiling * (0.5 + jitter / 2)

"""Owns secrets that follow from an account's own, so that none of them is kept: of webhooks, of result addresses.

Pure. Whoever changes the account's secret changes all of them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

_PREFIX = "wss_"


def _mac(account_secret: str, *what: object) -> bytes:
    text = " ".join(map(str, ("plans", *what)))
    return hmac.new(account_secret.encode(), text.encode(), hashlib.sha256).digest()


def webhook_secret(account_secret: str, job: str) -> str:
    """What the webhooks of one job are signed with. job: its id as clients see it."""
    return _PREFIX + base64.urlsafe_b64encode(_mac(account_secret, "webhook", job)).decode().rstrip("=")


def result_signature(account_secret: str, job: str, expires: int) -> str:
    """Opens the result of one job to whoever has it, until `expires` (Unix seconds)."""
    return _mac(account_secret, "result", job, expires).hex()


def opens_result(account_secret: str, job: str, expires: int, signature: str) -> bool:
    """In constant time."""
    right = result_signature(account_secret, job, expires)
    return hmac.compare_digest(right.encode(), signature.encode("utf-8", "replace"))

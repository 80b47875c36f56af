"""Owns the numbers, words and id forms of the desk's contract. Pure.

What the contract marks as inferred stands here (or in settings), once, so that it can be changed in one place.
"""

from __future__ import annotations

import re
import secrets
import string

DESK = "certificates"
BASE = "/api/v1"

KEY = 255  # characters of an idempotency key
LIMIT, LIMIT_DEFAULT = 100, 10  # items on a page
FILE_SIZE = 15 << 20  # bytes, inclusive
PAGES = 2  # that are read, unless the organisation has a wider limit. Source: section 3, published
NAME, TEXT, EMAIL, URL = 500, 5000, 254, 2000  # characters
METADATA_KEYS = 100  # of one custom_metadata
ENTRIES = 200  # of any other list

MEDIA_TYPE = "application/pdf"
EXTENSION = ".pdf"
MAGIC = b"%PDF"

DAY = 86400
TERM = 30 * DAY  # seconds from an assignment's start to its end, if its client does not say
LONGEST_TERM = 366 * DAY  # a year, leap years included
WAGE, WAGE_MOST = 100, 1_000_000_000  # cents
LATEST = 1 << 40  # Unix seconds; what is later is no time

WAGE_TYPES = ("flatfee", "hourly", "unit", "blended")
COVERAGES = ("general", "professional", "workers-comp", "media", "cyber")

# A placeholder contractor. Source: behaviour.md section 2.4, inferred there.
FIRST_NAME, LAST_NAME = "Placeholder", "Contractor"
MARK, MARKED = "placeholder", "true"
# What the published sample's address became when its page hid addresses from robots: no address at all.
HIDDEN_EMAIL = "[email protected]"

PENDING, PROCESSING, APPROVED, FLAGGED, DENIED, ERROR = (
    "pending",
    "processing",
    "approved",
    "flagged",
    "denied",
    "error",
)
CERTIFICATE_EVENTS = {
    APPROVED: "certificate.approved",
    FLAGGED: "certificate.flagged",
    DENIED: "certificate.denied",
    ERROR: "certificate.error",
}
CANCELLED = "assignment.cancelled"
ALL_EVENTS = "*"
NO_SECRET = ""  # of an endpoint, to a key that may only read: the contract wants a text; inferred
# Every type that may be subscribed to; only those above can arise here.
EVENTS = (
    *CERTIFICATE_EVENTS.values(),
    *("policy.active", "policy.active.media", "policy.cancelled", "policy.reactivated"),
    *("application.created", "application.started", "application.complete", "application.expired"),
    *("application.ineligible", "application.manual_review", "application.manual_review_approved"),
    *("assignment.active", CANCELLED),
    *("invoice.charge_card_failed", "invoice.charge_card_succeeded", "category_code.added"),
)
# Sent only to endpoints that name it. Source: behaviour.md section 7, inferred there.
NAMED_ONLY = frozenset((CERTIFICATE_EVENTS[ERROR],))

EXPAND_SUMMARY, EXPAND_FULL = "review_results", "review_results.full"

_ALPHABET = string.ascii_letters + string.digits
_TOKEN = string.ascii_lowercase + string.digits
_ID = re.compile(r"[A-Za-z0-9_]{1,64}")


def new_id(prefix: str) -> str:
    """Opaque: a prefix and 95 random bits."""
    return f"{prefix}_{''.join(secrets.choice(_ALPHABET) for _ in range(16))}"


def is_id(value: str) -> bool:
    """Whether this could be an id at all; what cannot names nothing."""
    return _ID.fullmatch(value) is not None


def placeholder_email(domain: str) -> str:
    """A new address that never receives mail."""
    return f"placeholder+{''.join(secrets.choice(_TOKEN) for _ in range(16))}@{domain}"


def email_key(email: str) -> str:
    """What two spellings of one address have in common."""
    return email.strip().casefold()

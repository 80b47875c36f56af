"""Owns the desk's names: workflows with their profiles, connections of the Simple API, error and event codes.

Every decision that the contract marks as inferred and that is a name or a number stands here. Pure, and
importable in a child process. Refuses to know requests, tables and documents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

BASE = "/conversion/v1.0"  # mounted here, so that `/rest` itself is served without a slash, too
PREFIX = "http://www.pdf-tools.com/service/rest/errors/"  # documented for jobNotFound only
PROBLEM_SPACE = "urn:ietf:rfc:7807"

DEFAULT = "default"
WEB, PRINT, EMAIL, REPAIR = "web", "print", "email", "repair"
# Inferred: recognition of text, and a dossier that is PDF/A, are documented; how they are asked for is not.
OCR, ARCHIVED = "ocr", "archive"


@dataclass(frozen=True, slots=True)
class Kind:
    """One workflow as this desk names it.

    core: the name of the core's workflow. name: what listWorkflows says. display: the newer spelling, which
    createJob takes as well. pdf: whether a PDF comes out, and so document information can be set.
    """

    core: str
    name: str
    display: str
    profiles: tuple[str, ...] = (DEFAULT,)
    pdf: bool = True


ARCHIVE_1 = "archive-pdfa-1"
ARCHIVE_2 = "archive-pdfa-2"
ARCHIVE_3 = "archive-pdfa-3"
CONVERSION = "convert-pdf"
DOSSIER = "dossier"
INVOICE = "invoice-pdf"
TIFF = "archive-tiff"
EXTRACTION = "extract-xml"

KINDS: tuple[Kind, ...] = (
    Kind(ARCHIVE_2, "Archive PDF/A-2", "Archive as PDF/A-2", (DEFAULT, WEB, PRINT, EMAIL, OCR)),
    Kind(ARCHIVE_1, "Archive PDF/A-1", "Archive as PDF/A-1", (DEFAULT, OCR)),
    Kind(ARCHIVE_3, "Archive PDF/A-3", "Archive as PDF/A-3", (DEFAULT, OCR)),
    Kind(CONVERSION, "Conversion", "Convert to PDF", (DEFAULT, REPAIR, OCR)),
    Kind(DOSSIER, "Dossier", "Create Dossier PDF", (DEFAULT, ARCHIVED)),
    Kind(INVOICE, "Invoice", "Prepare Invoice PDF"),
    Kind(TIFF, "Archive TIFF", "Archive as TIFF", pdf=False),
    Kind(EXTRACTION, "Extraction", "Extract XML from PDF", pdf=False),
)
# Inferred: the documentation calls it the standard choice for archiving. `workflow` absent or empty means it.
DEFAULT_KIND = KINDS[0]
BY_CORE: Mapping[str, Kind] = {kind.core: kind for kind in KINDS}
BY_NAME: Mapping[str, Kind] = {name: kind for kind in KINDS for name in (kind.name, kind.display)}

# The Simple API's connections. What `repair-pdf` stands for is inferred.
CONNECTIONS: Mapping[str, tuple[str, str]] = {
    "archive-pdfa2-default": (ARCHIVE_2, DEFAULT),
    "archive-pdfa3-default": (ARCHIVE_3, DEFAULT),
    "convert-to-pdf": (CONVERSION, DEFAULT),
    "dossier-default": (DOSSIER, DEFAULT),
    "archive-pdfa2-print-optimization": (ARCHIVE_2, PRINT),
    "archive-pdfa2-web-optimization": (ARCHIVE_2, WEB),
    "archive-pdfa2-email-optimization": (ARCHIVE_2, EMAIL),
    "repair-pdf": (CONVERSION, REPAIR),
}

INTERNAL, GENERIC, OPTION, CANCELED = "internal", "generic", "option", "canceled"
TIMEOUT, PASSWORD, CORRUPT = "timeout", "password", "corrupt"
ERROR_CODES = (
    INTERNAL,
    "external",
    "configuration",
    GENERIC,
    "unsupportedFormat",
    "unsupportedFeature",
    OPTION,
    CANCELED,
    TIMEOUT,
    PASSWORD,
    "conformance",
    CORRUPT,
)

SEVERITIES = ("info", "warning", "error")

# What the engine and the readers say of a document, in this desk's words.
ERROR_OF: Mapping[str, str] = {
    "child_timeout": TIMEOUT,
    "child_died": CORRUPT,
    "child_crashed": CORRUPT,
    "child_memory": CORRUPT,
    "bad_reply": CORRUPT,
    "reply_too_large": CORRUPT,
    "unreadable": CORRUPT,
    "empty": CORRUPT,
    "encrypted": PASSWORD,
    "bytes_missing": INTERNAL,
    "worker_lost": INTERNAL,
}

# Status of a Simple API answer for each error of its job. `external` is inferred.
SIMPLE_STATUS: Mapping[str, int] = {
    "unsupportedFormat": 415,
    **dict.fromkeys((GENERIC, OPTION, PASSWORD, CORRUPT, "conformance", "unsupportedFeature"), 422),
    **dict.fromkeys((CANCELED, "configuration", INTERNAL, TIMEOUT, "external"), 500),
}

OPTIONS_SIZE = 1 << 20  # bytes of a body of options
OPTIONS_MOST = 1000  # options of one list
PASSWORDS = 100  # that are tried on one document
NAME_LENGTH = 200  # characters of a job's name

EVENTS = 200  # of one chunk that are shown
EVENT_TEXT = 1000  # characters of an event's message

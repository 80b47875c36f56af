"""Owns what becomes of a file name that a client sent. Refuses to know files: a name is data, never a path.

Two forms are kept. `sent`: what arrived, whole up to 1,024 characters, for whoever must match it.
`shown`: what people and lists see.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

LONGEST_SENT = 1024
LONGEST_SHOWN = 255
LONGEST_EXTENSION = 16

# Left and right overrides make `gpj.exe` read `exe.jpg`; joiners (U+200C, U+200D) belong to real names.
_DECEIVING = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
_SPACES = re.compile(r"\s+")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # what a database's text cannot hold
_PARAMETER = re.compile(r';\s*([A-Za-z0-9_-]+\*?)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')


@dataclass(frozen=True, slots=True)
class FileName:
    """sent: at most 1,024 characters, NUL and lone surrogates replaced by U+FFFD, otherwise untouched.

    shown: last part after `/` or `\\`, Unicode NFC, control and direction characters removed, runs of white
    space made one space, at most 255 characters with the extension kept. Empty if nothing is left.
    """

    sent: str
    shown: str

    @classmethod
    def of(cls, raw: str) -> FileName:
        # Two megabytes of name must not cost a normalization of two megabytes; headers are capped far lower.
        return cls(_UNSTORABLE.sub("\ufffd", raw[:LONGEST_SENT]), _shown(raw[: 1 << 16]))


def _shown(raw: str) -> str:
    # White space first: a line break in a name is a separator, not nothing.
    name = _SPACES.sub(" ", raw.replace("\\", "/").rstrip("/").rpartition("/")[2])
    name = _DECEIVING.sub("", name)
    name = "".join(character for character in name if unicodedata.category(character) not in ("Cc", "Cs"))
    name = unicodedata.normalize("NFC", name).strip()
    return "" if name in (".", "..") else _shortened(name)


def _shortened(name: str) -> str:
    if len(name) <= LONGEST_SHOWN:
        return name
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension) > LONGEST_EXTENSION:
        return name[:LONGEST_SHOWN].rstrip()
    return stem[: LONGEST_SHOWN - len(extension) - 1].rstrip() + dot + extension


def disposition(name: str, *, inline: bool = False) -> str:
    """Content-Disposition for a foreign file name (RFC 6266): an ASCII form and the exact one."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def extended(disposition: str) -> str | None:
    """The `filename*` of a Content-Disposition (RFC 5987), decoded; None if there is none or it is broken.

    RFC 7578 forbids it in forms and clients send it all the same; it wins over `filename`, as in RFC 6266.
    """
    for name, value in _PARAMETER.findall(disposition):
        if name.lower() == "filename*":
            charset, _, rest = value.strip().strip('"').partition("'")
            _, quote, encoded = rest.partition("'")
            if not quote or charset.lower() not in ("utf-8", "iso-8859-1"):
                return None
            try:
                return unquote_to_bytes(encoded).decode(charset)
            except UnicodeDecodeError:
                return None
    return None

"""Owns which keys are good, for every kind of storage, and new ones. Refuses to know what a key stands for."""

from __future__ import annotations

import re

from uuid_utils.compat import uuid7

from postroom.errors import Invalid

# A file name holds at most 255 bytes, and local disk keeps a key in one file name.
LONGEST_KEY = 240

# No segment starts with a dot, so neither `..` nor a hidden file of ours can ever be spelt.
_KEY = re.compile(r"[a-z0-9_][a-z0-9_.-]*(?:/[a-z0-9_][a-z0-9_.-]*)*")


def fresh(kind: str) -> str:
    """A key that nothing has yet. The last digits of a UUIDv7 are random: the folders fill evenly."""
    name = uuid7().hex
    return f"{kind}/{name[-2:]}/{name}"


def checked(key: str) -> str:
    """The key itself if it is good; Invalid otherwise."""
    if len(key) > LONGEST_KEY or not _KEY.fullmatch(key):
        raise Invalid(
            f"A blob key is 1 to {LONGEST_KEY} characters out of a-z, 0-9, '_', '-', '.' and '/', "
            "and no segment of it is empty or starts with '.' or '-'.",
            field="key",
            cause=key,
        )
    return key

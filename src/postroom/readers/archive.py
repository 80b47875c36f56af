"""Owns what the directory of a ZIP tells: how many members, how large. Unpacks nothing."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from postroom.errors import DocumentError

_MEMBERS = 100  # that are named
_NAME = 200  # characters


def read(path: Path) -> Mapping[str, Any]:
    """member_count, unpacked_size (bytes, as declared), members (names of the first 100).

    DocumentError if the directory, which stands at the end, is missing or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, OSError) as error:
        sentence = "The file is damaged or ends in the middle: the directory at its end is missing."
        raise DocumentError(sentence, cause=error) from error
    return {
        "member_count": len(entries),
        "unpacked_size": sum(entry.file_size for entry in entries),
        "members": [entry.filename[:_NAME] for entry in entries[:_MEMBERS]],
    }

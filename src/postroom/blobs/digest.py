"""Owns the SHA-256 of a file that is on disk already: one thread reads ahead while another hashes.

A large file is read past the page cache where the file system allows that. It came in the same way
(`stream`), so nothing of it is cached, and filling the cache costs more time here than the disk does.
Refuses to know what the digest is for. Blocks; called in a thread.
"""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from postroom.blobs.stream import CACHED

_BLOCK = 2 << 20


def sha256_of(file: Path) -> str:
    """Lower-case hex. OSError as reading raises it."""
    if file.stat().st_size > 2 * CACHED and hasattr(os, "O_DIRECT"):
        # A file system may refuse the flag, or the first read: the plain way tells the truth then.
        with suppress(OSError):
            return _ahead(file, os.O_DIRECT)
    return _ahead(file, 0)


def _ahead(file: Path, flags: int) -> str:
    found = hashlib.sha256()
    handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC | flags)
    blocks = [mmap.mmap(-1, _BLOCK) for _ in range(2)]
    try:
        size = os.fstat(handle).st_size
        with ThreadPoolExecutor(1, thread_name_prefix="digest") as reader:
            coming = reader.submit(os.preadv, handle, [blocks[0]], 0)
            for number, offset in enumerate(range(0, size, _BLOCK)):
                length = coming.result()
                if length != min(_BLOCK, size - offset):
                    raise OSError(errno.EIO, "a short read", str(file))
                block = blocks[number % 2]
                coming = reader.submit(os.preadv, handle, [blocks[(number + 1) % 2]], offset + _BLOCK)
                with memoryview(block) as view, view[:length] as data:
                    found.update(data)
    finally:
        os.close(handle)
    return found.hexdigest()

"""Owns LibreOffice's process: loaded as a library (LibreOfficeKit), asked for one document after the other.

Runs as `python -P -m postroom.systems.conversion.office_child`, started by convert/office.py. No socket and no
display is needed, so it works where the network has been taken away. Macros are not run, links not followed.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_ulonglong, c_void_p
from pathlib import Path
from typing import Any
from urllib.parse import quote

from postroom.engine import companion, jail
from postroom.systems.conversion import need, office_place

# Places in the two tables of functions (LibreOfficeKit.h); place 0 is the size of the table.
_LOAD, _ERROR, _CALLBACK, _FEATURES, _PASSWORD = 4, 3, 6, 8, 9
_DESTROY, _SAVE = 1, 2
_ASKS_FOR_PASSWORD = 0b11  # to open and to change
_SAID_PASSWORD, _SAID_PASSWORD_TO_CHANGE = 20, 21
_EXPORT = json.dumps({"UseTaggedPDF": {"type": "boolean", "value": "true"}}).encode()
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop>
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Linguistic/SpellChecking">
<prop oor:name="IsSpellAuto" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Linguistic/GrammarChecking">
<prop oor:name="IsAutoCheck" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/AutoFunction/Completion">
<prop oor:name="Enable" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update">
<prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update">
<prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
</oor:items>
"""


# What it may read: programs, libraries, fonts and the machine's settings, and where its documents are put. It loads
# pictures that an RTF names, whatever its settings say; so there must be none that it can reach.
_READS = (
    "/usr", "/lib", "/lib64", "/lib32", "/bin", "/etc", "/proc", "/sys", "/dev",
    "/var/cache/fontconfig", "/var/lib/libreoffice", "/var/spool/libreoffice",
)  # fmt: skip


def prepare() -> Callable[[dict[str, Any]], dict[str, Any]]:
    program = need.office_folder() or Path("/usr")
    own = (program.parent, Path(sys.prefix), Path(sys.base_prefix))
    jail.read_only_below([*map(Path, _READS), *own, Path(os.environ["HOME"]).parent])
    office = _Office(program)
    return office.answer


class _Office:
    """One LibreOffice; its settings lie in this process's own folder."""

    def __init__(self, program: Path) -> None:
        self._program = program
        self._words: list[bytes] = []
        self._asked = False
        self._keep: list[Any] = []  # what C still points to
        self._office = self._start(Path(os.environ["HOME"]) / "office")

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if not self._office:
            return {"error": "LibreOffice does not start", "retire": True}
        self._words = [word.encode("utf-8", "replace") for word in request["passwords"]]
        self._asked = False
        load = _function(self._office, _LOAD, c_void_p, c_char_p, c_char_p)
        document = load(self._office, _url(request["source"]), b"Language=en-US")
        if not document:
            return {"locked": True} if self._asked else {"error": self._error()}
        try:
            save = _function(document, _SAVE, c_int, c_char_p, c_char_p, c_char_p)
            done = save(document, _url(request["target"]), b"pdf", _EXPORT)
        finally:
            _function(document, _DESTROY, None)(document)
        return {"done": bool(done)} if done else {"error": self._error()}

    def _start(self, profile: Path) -> int:
        user = profile / "user"
        user.mkdir(parents=True, exist_ok=True)
        (user / "registrymodifications.xcu").write_text(_SETTINGS)
        base = office_place.complete(self._program, profile / "base")
        if base is not None:
            os.environ["BRAND_BASE_DIR"] = _url(str(base)).decode()
        library = ctypes.CDLL(str(self._program / "libmergedlo.so"), mode=ctypes.RTLD_GLOBAL)
        hook = library.libreofficekit_hook_2
        hook.restype, hook.argtypes = c_void_p, [c_char_p, c_char_p]
        office: int | None = hook(os.fsencode(self._program), _url(str(profile)))
        if office:
            heard = CFUNCTYPE(None, c_int, c_char_p, c_void_p)(self._heard)
            self._keep.append(heard)
            _function(office, _CALLBACK, None, type(heard), c_void_p)(office, heard, None)
            _function(office, _FEATURES, None, c_ulonglong)(office, _ASKS_FOR_PASSWORD)
        return int(office) if office else 0

    def _heard(self, kind: int, payload: bytes | None, _: object) -> None:
        """It asks for a password, with the document's address; each is offered once, and then none."""
        if kind not in (_SAID_PASSWORD, _SAID_PASSWORD_TO_CHANGE):
            return
        self._asked = True
        word = self._words.pop(0) if self._words else None
        _function(self._office, _PASSWORD, None, c_char_p, c_char_p)(self._office, payload, word)

    def _error(self) -> str:
        text = _function(self._office, _ERROR, c_void_p)(self._office)
        return ctypes.string_at(text).decode("utf-8", "replace")[:300] if text else "no reason is told"


def _address(thing: Any, place: int) -> int | None:
    table = ctypes.cast(thing, POINTER(c_void_p))[0] or 0
    address: int | None = ctypes.cast(table + place * ctypes.sizeof(c_void_p), POINTER(c_void_p))[0]
    return address


def _function(thing: Any, place: int, result: Any, *arguments: Any) -> Any:
    return CFUNCTYPE(result, c_void_p, *arguments)(_address(thing, place) or 0)


def _url(path: str) -> bytes:
    return b"file://" + quote(path).encode("ascii")


if __name__ == "__main__":
    sys.setrecursionlimit(10_000)
    companion.serve(prepare)

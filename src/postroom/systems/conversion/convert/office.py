"""Owns Office documents: handed to a LibreOffice that is kept warm in a process of its own (office_child.py).

One document at a time; it is ended when it is late or breaks, and replaced after 50 documents.
"""

from __future__ import annotations

import shutil
import struct
from collections.abc import Mapping
from pathlib import Path
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile

import msoffcrypto
from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError

from postroom.engine.companion import Companion, CompanionGone, CompanionLate, command
from postroom.errors import DocumentError
from postroom.readers import sniff
from postroom.systems.conversion import need
from postroom.systems.conversion.convert import box, link
from postroom.systems.conversion.convert.work import Work, corrupt, locked, missing

SECONDS = 200.0  # for one document; a chunk has 300
_USES = 50

_ODF = "application/vnd.oasis.opendocument."
EXTENSIONS: Mapping[str, str] = {
    sniff.DOCX: ".docx",
    sniff.XLSX: ".xlsx",
    sniff.PPTX: ".pptx",
    sniff.DOC: ".doc",
    sniff.XLS: ".xls",
    sniff.XLSB: ".xlsb",
    sniff.PPT: ".ppt",
    sniff.ODT: ".odt",
    sniff.ODS: ".ods",
    sniff.ODP: ".odp",
    f"{_ODF}text-template": ".ott",
    f"{_ODF}spreadsheet-template": ".ots",
    f"{_ODF}presentation-template": ".otp",
    "application/rtf": ".rtf",
}

# What its reader raises of an envelope that is damaged, or locked in a way that it does not know.
_DAMAGE = (
    FileFormatError, ParseError, DecryptionError, ExpatError, BadZipFile, struct.error,
    OSError, ValueError, KeyError, IndexError, AttributeError, TypeError, ArithmeticError,
)  # fmt: skip

_COMPANION = Companion(command("postroom.systems.conversion.office_child"), uses=_USES, start=120.0)


def convert(work: Work, file: Path, media_type: str) -> Path:
    advice = need.office()
    if advice is not None:
        raise missing(work.name, advice)
    if media_type in (sniff.DOC, sniff.XLS, sniff.PPT):
        file = unlocked(work, file) or file
    # Under a name of ours with the right ending: what LibreOffice takes it for is decided here.
    source, made = work.file(EXTENSIONS[media_type]), work.file(".pdf")
    shutil.copyfile(file, source)
    request = {
        "source": str(source),
        "target": str(made),
        "passwords": list(work.passwords),
    }
    answer = _ask(work, request)
    source.unlink(missing_ok=True)
    if answer.get("locked"):
        raise locked(work)
    if not answer.get("done") or not made.is_file():
        raise corrupt(work.name, "LibreOffice cannot read it", answer.get("error"))
    link.tell(work, file)
    box.tell(work, made)
    return made


def _ask(work: Work, request: Mapping[str, object]) -> Mapping[str, object]:
    for attempt in range(2):
        try:
            return _COMPANION.ask(request, seconds=SECONDS)
        except CompanionLate as error:
            sentence = f"'{work.name}' took LibreOffice longer than {SECONDS:g} seconds."
            raise DocumentError(sentence, code="timeout", cause=error) from error
        except CompanionGone as error:
            # A warm office may have been hurt by the document before; a second one is not.
            if attempt:
                raise corrupt(work.name, "LibreOffice broke down over it", error) from error
    raise AssertionError


def convert_locked(work: Work, file: Path, media_type: str) -> Path:
    """A document of today's formats inside of an encrypted envelope."""
    plain = unlocked(work, file)
    if plain is None:
        raise corrupt(work.name, "its envelope cannot be opened")
    kind = sniff.sniff(plain, work.name)
    if kind not in EXTENSIONS:
        raise corrupt(work.name, "no Office document is in its envelope")
    return convert(work, plain, kind)


def unlocked(work: Work, file: Path) -> Path | None:
    """The document without its password; None if it has none."""
    try:
        with file.open("rb") as stream:
            if not msoffcrypto.OfficeFile(stream).is_encrypted():
                return None
            for word in work.passwords:
                made = work.file(".plain")
                stream.seek(0)
                office = msoffcrypto.OfficeFile(stream)
                try:
                    office.load_key(password=word)
                    with made.open("wb") as out:
                        office.decrypt(out)
                    return made
                except (InvalidKeyError, DecryptionError):
                    continue
    except _DAMAGE:
        return None
    raise locked(work)

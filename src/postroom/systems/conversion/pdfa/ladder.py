"""Owns the ladder from a PDF to a verified PDF/A: which step is tried when, and when it is given up.

    kept        it is PDF/A of the wanted part already: not one byte is changed
    declared    metadata, output intent and structure are set right; contents stay
    repaired    fonts, colours, notes, actions and layers are mended
    rewritten   Ghostscript writes it anew, where it is installed
    rasterized  the pages that still fail, and only those, become pictures with unseen text

After each step the file is verified, at the highest level that is left: a, then u, then b.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
from pikepdf import pdfa

from postroom.errors import DocumentError
from postroom.systems.conversion import need, verify
from postroom.systems.conversion.event import Notes
from postroom.systems.conversion.pdfa import declare, raster, read, repair
from postroom.systems.conversion.verify import Verdict

_ROUNDS = 4  # of rasterizing: a page that became a picture may uncover what is wrong with another
_GS_SECONDS = 120
# Rules that only one level has: where nothing else fails, the next level is worth a try.
_LEVEL_RULES = {1: ("6.8", "6.3.8"), 2: ("6.2.11.7", "6.7"), 3: ("6.2.11.7", "6.7"), 4: ()}
_DAMAGE = (
    pikepdf.PdfError,
    pikepdf.DependencyError,
    pdfium.PdfiumError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class Reached:
    """Where the ladder ended: the file, what was found of it, the step that did it."""

    file: Path
    verdict: Verdict
    step: str
    pictures: tuple[int, ...] = ()

    def told(self) -> dict[str, object]:
        told = self.verdict.told() | {"step": self.step}
        if self.pictures:
            told["rasterizedPages"] = [page + 1 for page in self.pictures]
        return told


@dataclass(slots=True)
class Ladder:
    """One climb. name: of the document, for people. meta: what its information is to say."""

    name: str
    part: int
    scratch: Path
    notes: Notes
    meta: Mapping[str, str] = field(default_factory=dict)
    may_keep: bool = True
    say: Callable[[str], None] = lambda sentence: None
    _count: int = 0

    def climb(self, file: Path) -> Reached:
        """`file` is a PDF that opens without a password. DocumentError (`conformance`, `corrupt`)."""
        try:
            kept = self._keep(file)
            if kept is not None:
                return kept
            best, verdict = self._declare(file)
            if verdict.passed:
                return self._reached(best, verdict, "declared")
            return self._mend(file, verdict)
        except pikepdf.PdfError as error:
            raise DocumentError(
                f"'{self.name}' is damaged beyond repair.", code="corrupt", cause=error
            ) from error

    def _mend(self, file: Path, verdict: Verdict) -> Reached:
        self.say(f"Repairing '{self.name}'.")
        mended = self._repair(file, verdict.failures)
        base, step = mended, "repaired"
        best, verdict = self._declare(mended)
        if verdict.passed:
            return self._reached(best, verdict, step)
        written = self._rewrite(file)
        if written is not None:
            again = self._repair(written, verdict.failures)
            best, other = self._declare(again)
            if other.passed:
                return self._reached(best, other, "rewritten")
            if not other.broken and len(other.pages) < len(verdict.pages):
                base, verdict = again, other
        return self._rasterize(base, verdict)

    def _new(self, name: str) -> Path:
        self._count += 1
        return self.scratch / f"{self._count}-{name}.pdf"

    def _keep(self, file: Path) -> Reached | None:
        with pikepdf.open(file) as pdf:
            flavour = declare.claimed(pdf)
            plain = not pdf.is_encrypted
        if not (self.may_keep and plain and not self.meta and flavour and flavour[0] == str(self.part)):
            return None
        if flavour[1] not in declare.LEVELS[self.part]:
            return None
        verdict = verify.verify(file, flavour)
        return self._reached(file, verdict, "kept") if verdict.passed else None

    def _declare(self, file: Path) -> tuple[Path, Verdict]:
        """Set right what a PDF/A says of itself, and verify it at the highest level that may hold."""
        self.say(f"Verifying '{self.name}'.")
        with pikepdf.open(file) as pdf:
            levels = declare.levels(pdf, self.part) if need.verifier() is None else "b"
            declare.describe(pdf, self.meta)
            pdfa.prepare(pdf, f"{self.part}b")
            for level in levels:
                made = self._new(f"declared-{level}")
                declare.save(pdf, made, self.part, level)
                verdict = verify.verify(made, f"{self.part}{level}")
                if verdict.passed or verdict.broken or not self._only_level(verdict):
                    break
        return made, verdict

    def _only_level(self, verdict: Verdict) -> bool:
        return all(rule.startswith(_LEVEL_RULES[self.part]) for rule in verdict.failures)

    def _repair(self, file: Path, failures: Mapping[str, str]) -> Path:
        made = self._new("repaired")
        with pikepdf.open(file) as pdf:
            repair.repair(pdf, self.part, failures, self.notes)
            pdf.save(made)
        return made

    def _rewrite(self, file: Path) -> Path | None:
        program = need.ghostscript_program()
        if program is None:
            return None
        self.say(f"Rewriting '{self.name}'.")
        made = self._new("rewritten")
        arguments = [
            program, "-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", "-sDEVICE=pdfwrite", f"-dPDFA={self.part}",
            "-dPDFACompatibilityPolicy=1", "-sColorConversionStrategy=RGB", "-dEmbedAllFonts=true",
            "-dSubsetFonts=true", "-dAutoRotatePages=/None", f"-sOutputFile={made}", str(file),
        ]  # fmt: skip
        try:
            subprocess.run(arguments, check=True, timeout=_GS_SECONDS, capture_output=True, cwd=self.scratch)  # noqa: S603
            # Some releases of it lose or garble text.
            return made if read.same(file, made) else None
        except (subprocess.SubprocessError, *_DAMAGE):
            return None

    def _rasterize(self, file: Path, verdict: Verdict) -> Reached:
        """Turn failing pages into pictures until the rest passes."""
        pictures: set[int] = set()
        with pikepdf.open(file) as pdf:
            count = len(pdf.pages)
        for number in range(_ROUNDS):
            # What fails on no page may be inside of anything: then, at last, all of them.
            wanted = self._failing(verdict) - pictures
            if not wanted or verdict.broken or number == _ROUNDS - 1:
                wanted = set(range(count)) - pictures
            if not wanted:
                break
            self.say(f"Drawing {len(wanted)} of {count} pages of '{self.name}'.")
            made = self._new("rasterized")
            with pikepdf.open(file) as pdf:
                pictures |= set(raster.rasterize(pdf, file, wanted))
                if len(pictures) == count and repair.forget_layers(pdf):
                    self.notes.warn("LayersRemoved", "Layers were removed; what was hidden stays hidden.")
                pdf.save(made)
            file = made
            best, verdict = self._declare(file)
            if verdict.passed:
                return self._reached(best, verdict, "rasterized", pictures)
        raise self._refused(verdict)

    def _failing(self, verdict: Verdict) -> set[int]:
        """Pages on which more fails than the level, if there are any: a lower level is better than a picture."""
        level = _LEVEL_RULES[self.part]
        hard = {page for rule, pages in verdict.where.items() if not rule.startswith(level) for page in pages}
        return hard or set(verdict.pages)

    def _reached(self, file: Path, verdict: Verdict, step: str, pictures: set[int] | None = None) -> Reached:
        if pictures:
            pages = ", ".join(str(page + 1) for page in sorted(pictures)[:20])
            more = " and more" if len(pictures) > 20 else ""
            text = f"Pages that could not be made PDF/A otherwise are pictures now, with their text: {pages}{more}."
            self.notes.warn("ContentRasterized", text)
        if self.part == 1 and pictures:
            self.notes.info(
                "TransparencyRemoved", "What is transparent on those pages is drawn into the picture."
            )
        if verdict.by != "veraPDF":
            claim = f"'{self.name}' claims PDF/A-{verdict.flavour}, which nobody has verified."
            self.notes.warn("Generic", f"{claim} {need.verifier() or ''}".strip())
        return Reached(file, verdict, step, tuple(sorted(pictures or ())))

    def _refused(self, verdict: Verdict) -> DocumentError:
        failures = [f"{rule}: {text}" for rule, text in verdict.failures.items()]
        why = verdict.broken or "; ".join(failures[:5])
        return DocumentError(
            f"'{self.name}' cannot be made PDF/A-{self.part}: {why}"[:900], code="conformance", cause=why
        )


def copy(file: Path, to: Path) -> Path:
    return Path(shutil.copyfile(file, to))

"""Owns the project's own pile of documents: seeded, varied, partly broken, and the truth about each of them.

`make demo`, tests and benchmarks use it. Same seed, same bytes. It needs nothing but runtime dependencies.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from postroom.systems.inspect.sample import file
from postroom.systems.inspect.sample import pdf as sample_pdf

PASSWORDS = (
    "open-sesame",
    "Grüße 2026",
    "letmein",
)  # give these to the job; one kind of document needs another
_UNKNOWN = "nobody knows this one"

_PDF = "application/pdf"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Entry:
    """The truth about one document. state: how it must end under default options (duplicates: link).

    code: of its problem, if it does not succeed. facts: some of what must be in its result, key by key.
    """

    name: str
    media_type: str
    state: str = "succeeded"
    code: str | None = None
    duplicate_of: str | None = None
    pages: int = 0
    pages_failed: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """entries: in the order of their names. passwords: the option that the expected states suppose."""

    seed: int
    entries: tuple[Entry, ...]
    passwords: tuple[str, ...] = PASSWORDS

    @property
    def totals(self) -> Mapping[str, int]:
        """documents, then how many end in each state, then pages of PDFs that are processed."""
        states = Counter(entry.state for entry in self.entries)
        names = ("succeeded", "partial", "failed", "duplicate", "rejected")
        done = [entry for entry in self.entries if entry.state in ("succeeded", "partial")]
        return {
            "documents": len(self.entries),
            **{name: states[name] for name in names},
            "pages": sum(entry.pages for entry in done),
            "pages_failed": sum(entry.pages_failed for entry in done),
        }

    def save(self, path: Path) -> None:
        """As JSON: seed, passwords, totals, documents."""
        known = {"seed": self.seed, "passwords": self.passwords, "totals": self.totals}
        body = {**known, "documents": [asdict(entry) for entry in self.entries]}
        path.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


Made = tuple[bytes, Entry]
Maker = Callable[[Random, int], Made]


def generate(folder: Path, count: int = 300, seed: int = 1) -> Manifest:
    """Write `count` documents into `folder` (made if missing) and return the truth about them."""
    folder.mkdir(parents=True, exist_ok=True)
    random = Random(seed)  # noqa: S311 - a sample, no secret
    plan = _plan(count, random)
    entries: list[Entry] = []
    originals: list[tuple[bytes, Entry]] = []
    for number, maker in enumerate(plan, start=1):
        if maker is None and originals:
            data, original = random.choice(originals)
            suffix = Path(original.name).suffix
            name = f"{number:04d}-copy{suffix}"
            entry = replace(original, name=name, state="duplicate", duplicate_of=original.name)
        else:
            data, entry = (maker or _letter)(random, number)
            entry = replace(entry, name=f"{number:04d}-{entry.name}")
            if entry.state == "succeeded":
                originals.append((data, entry))
        (folder / entry.name).write_bytes(data)
        entries.append(entry)
    return Manifest(seed, tuple(entries))


def _plan(count: int, random: Random) -> list[Maker | None]:
    """Which maker makes which document; None for a copy of an earlier one.

    Each maker gets its share; with enough documents, each gets at least one.
    """
    whole = sum(share for share, _ in _MAKERS)
    plan: list[Maker | None] = []
    for share, maker in _MAKERS:
        plan.extend([maker] * max(1, count * share // whole))
    random.shuffle(plan)
    while len(plan) < count:
        plan.append(random.choice(_MAKERS[:4])[1])
    return plan[:count]


# --- PDFs --------------------------------------------------------------------------------------------


def _pdf_facts(text: int = 0, scan: int = 0, **more: Any) -> dict[str, Any]:
    return {"text_pages": text, "scan_pages": scan, "encrypted": False, **more}


def _text_pdf(random: Random, title: str, pages: int) -> sample_pdf.Writer:
    producer = random.choice(("Postroom sample", "Acme Writer 9.1", "LaserPress 2"))
    writer = sample_pdf.Writer(producer, title)
    size = random.choice((sample_pdf.A4, sample_pdf.A4, sample_pdf.LETTER))
    for number in range(pages):
        head = [file.firm(random), f"Page {number + 1} of {pages}", ""]
        writer.text(title, head + file.lines(random, random.randint(24, 44)), size)
    return writer


def _letter(random: Random, number: int) -> Made:
    writer = sample_pdf.Writer("Acme Writer 9.1", f"Letter {number}")
    body = [
        file.firm(random),
        "",
        f"Dear {file.person(random)},",
        "",
        *file.lines(random, 18),
        "",
        "Yours sincerely",
    ]
    writer.text(f"Letter {number}", body)
    facts = _pdf_facts(1, producer="Acme Writer 9.1")
    return writer.data(packed=random.random() < 0.5), Entry("letter.pdf", _PDF, pages=1, facts=facts)


def _invoice(random: Random, number: int) -> Made:
    writer = sample_pdf.Writer("Postroom sample", f"Invoice {number}")
    pages = random.randint(1, 2)
    for _ in range(pages):
        writer.text(f"Invoice {number}", file.invoice(random, random.randint(8, 30)), sample_pdf.LETTER)
    sizes = [{"width": 612.0, "height": 792.0, "pages": "1" if pages == 1 else f"1-{pages}"}]
    facts = _pdf_facts(pages, page_sizes=sizes)
    return writer.data(), Entry("invoice.pdf", _PDF, pages=pages, facts=facts)


def _report(random: Random, number: int) -> Made:
    pages = random.randint(3, 12)
    data = _text_pdf(random, f"Report {number}", pages).data(packed=random.random() < 0.5)
    return data, Entry("report.pdf", _PDF, pages=pages, facts=_pdf_facts(pages))


def _scanned(random: Random, writer: sample_pdf.Writer, pages: int) -> None:
    for _ in range(pages):
        sheet = file.paper(random, file.lines(random, 30))
        writer.scan(file.encoded(sheet, "JPEG", quality=50), sheet.size)


def _scan(random: Random, number: int) -> Made:
    writer = sample_pdf.Writer("ScanStation", "")
    pages = random.randint(1, 3)
    _scanned(random, writer, pages)
    facts = _pdf_facts(0, pages, characters=0)
    return writer.data(), Entry("scan.pdf", _PDF, pages=pages, facts=facts)


def _mixed(random: Random, number: int) -> Made:
    writer = _text_pdf(random, f"Claim {number}", 2)
    _scanned(random, writer, 1)
    writer.blank()
    facts = _pdf_facts(2, 1, blank_pages=1, page_kinds={"text": "1-2", "scan": "3", "blank": "4"})
    return writer.data(), Entry("mixed.pdf", _PDF, pages=4, facts=facts)


def _form(random: Random, number: int) -> Made:
    writer = _text_pdf(random, f"Application {number}", 1)
    names = [
        f"applicant.{name}" for name in ("name", "street", "city", "date", "account")[: random.randint(2, 5)]
    ]
    signed = random.random() < 0.3
    writer.form(names, signed=signed)
    facts = _pdf_facts(1, form_fields=len(names) + signed, signatures=int(signed))
    return writer.data(), Entry("form.pdf", _PDF, pages=1, facts=facts)


def _attachment(random: Random, number: int) -> Made:
    writer = _text_pdf(random, f"Cover {number}", 1)
    data = file.separated(file.table(random, 20), ";").encode()
    writer.attach("data.csv", data)
    attached = [{"name": "data.csv", "size": len(data)}]
    facts = _pdf_facts(1, attachment_count=1, attachments=attached)
    return writer.data(), Entry("attachment.pdf", _PDF, pages=1, facts=facts)


def _locked(random: Random, number: int) -> Made:
    pages = random.randint(1, 3)
    place = random.randint(1, len(PASSWORDS))
    data = _text_pdf(random, f"Payslip {number}", pages).locked(PASSWORDS[place - 1], "owner")
    facts = _pdf_facts(pages) | {"encrypted": True, "encryption": {"revision": 3, "password": place}}
    return data, Entry("payslip.pdf", _PDF, pages=pages, facts=facts)


def _restricted(random: Random, number: int) -> Made:
    data = _text_pdf(random, f"Policy {number}", 2).locked("", "owner")
    facts = _pdf_facts(2) | {"encrypted": True, "encryption": {"revision": 3, "password": 0}}
    return data, Entry("policy.pdf", _PDF, pages=2, facts=facts)


def _sealed(random: Random, number: int) -> Made:
    data = _text_pdf(random, f"Secret {number}", 1).locked(_UNKNOWN, "owner")
    return data, Entry("secret.pdf", _PDF, "failed", "encrypted", facts={"encrypted": True})


def _truncated(random: Random, number: int) -> Made:
    data = _text_pdf(random, f"Notice {number}", random.randint(2, 6)).data()
    data = data[: int(len(data) * random.uniform(0.2, 0.9))]
    return data, Entry("cut-off.pdf", _PDF, "failed", "truncated")


def _holed(random: Random, number: int) -> Made:
    pages = random.randint(2, 5)
    broken = random.randrange(pages)
    data = sample_pdf.break_page(_text_pdf(random, f"Statement {number}", pages).data(), broken)
    facts = _pdf_facts(pages - 1, unreadable_pages=1)
    return data, Entry("holed.pdf", _PDF, "partial", pages=pages, pages_failed=1, facts=facts)


def _tableless(random: Random, number: int) -> Made:
    data = sample_pdf.break_table(_text_pdf(random, f"Receipt {number}", 2).data())
    return data, Entry("scrambled.pdf", _PDF, pages=2, facts=_pdf_facts(2, repaired=True))


def _prefixed(random: Random, number: int) -> Made:
    data = b"Content-Type: application/pdf\r\n\r\n" + _text_pdf(random, f"Fax {number}", 1).data()
    return data, Entry("fax.pdf", _PDF, pages=1, facts=_pdf_facts(1))


# --- pictures ----------------------------------------------------------------------------------------


def _jpeg(random: Random, number: int) -> Made:
    orientation = random.choice((1, 1, 3, 6, 8))
    picture = file.photo(random, (random.randint(600, 1600), random.randint(400, 1200)))
    data = file.encoded(picture, "JPEG", quality=80, dpi=(300, 300), exif=file.turned(orientation))
    facts = {
        "width": picture.width,
        "height": picture.height,
        "orientation": orientation,
        "dpi": [300.0, 300.0],
    }
    # The name lies now and then, as names do.
    name = "photo.jpg" if random.random() < 0.9 else "photo.pdf"
    return data, Entry(name, "image/jpeg", facts=facts)


def _png(random: Random, number: int) -> Made:
    picture = file.paper(random, file.lines(random, 20), (620, 877))
    facts = {"width": 620, "height": 877, "frames": 1}
    return file.encoded(picture, "PNG", dpi=(150, 150)), Entry("screen.png", "image/png", facts=facts)


def _tiff(random: Random, number: int) -> Made:
    frames = random.randint(1, 4)
    sheets = [file.paper(random, file.lines(random, 20), (620, 877)).convert("1") for _ in range(frames)]
    data = file.encoded(
        sheets[0], "TIFF", compression="group4", save_all=True, append_images=sheets[1:], dpi=(204, 196)
    )
    facts = {"frames": frames, "width": 620, "dpi": [204.0, 196.0]}
    return data, Entry("telefax.tif", "image/tiff", facts=facts)


def _webp(random: Random, number: int) -> Made:
    picture = file.photo(random, (640, 480))
    data = file.encoded(picture, "WEBP", quality=60, method=0)
    return data, Entry("receipt.webp", "image/webp", facts={"width": 640, "height": 480})


def _gif(random: Random, number: int) -> Made:
    frames = [file.photo(random, (200, 120)) for _ in range(random.randint(2, 4))]
    data = file.encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=200)
    return data, Entry("logo.gif", "image/gif", facts={"frames": len(frames)})


def _cut_jpeg(random: Random, number: int) -> Made:
    data = file.encoded(file.photo(random, (1200, 900)), "JPEG", quality=85)
    return data[: len(data) * 2 // 3], Entry("cut-off.jpg", "image/jpeg", "failed", "unreadable")


# --- tables, texts and the rest ----------------------------------------------------------------------

_ENCODINGS = {"utf-8": "utf-8", "utf-8-sig": "utf-8", "cp1252": "windows-1252", "utf-16": "utf-16"}


def _csv(random: Random, number: int) -> Made:
    rows = random.randint(5, 400)
    delimiter = random.choice((",", ";", "\t", "|"))
    codec = random.choice(list(_ENCODINGS))
    records = file.table(random, rows)
    data = file.separated(records, delimiter).encode(codec, "replace")
    media_type = "text/tab-separated-values" if delimiter == "\t" else "text/csv"
    facts = {"delimiter": delimiter, "encoding": _ENCODINGS[codec], "columns": 6, "rows": rows + 1}
    return data, Entry("export.csv", media_type, facts={**facts, "first_row": records[0], "ragged_rows": 0})


def _xlsx(random: Random, number: int) -> Made:
    sheets = [
        (f"Month {n}", file.table(random, random.randint(3, 60))) for n in range(1, random.randint(2, 4))
    ]
    listed = [{"name": name, "rows": len(records), "columns": 6} for name, records in sheets]
    return file.workbook(sheets), Entry("ledger.xlsx", _XLSX, facts={"sheets": listed})


def _txt(random: Random, number: int) -> Made:
    body = file.lines(random, random.randint(5, 60))
    facts = {"lines": len(body), "encoding": "ascii"}
    return ("\n".join(body) + "\n").encode(), Entry("note.txt", "text/plain", facts=facts)


def _html(random: Random, number: int) -> Made:
    body = file.html(random)
    return body.encode(), Entry("page.html", "text/html", facts={"lines": body.count("\n")})


def _json(random: Random, number: int) -> Made:
    body = file.record(random)
    return body.encode(), Entry("record.json", "application/json", facts={"lines": body.count("\n")})


def _mail(random: Random, number: int) -> Made:
    return file.mail(random, number), Entry("mail.eml", "message/rfc822", facts={"kind": "email"})


def _empty(random: Random, number: int) -> Made:
    return b"", Entry("empty.pdf", "application/x-empty", "rejected", "empty")


def _unknown(random: Random, number: int) -> Made:
    data = b"\x00\x01" + random.randbytes(2000)
    return data, Entry("device.dat", "application/octet-stream", facts={"kind": "other", "size": 2002})


_MAKERS: Sequence[tuple[int, Maker | None]] = (
    # Shares of a hundred or so. The first four also fill up what rounding leaves.
    (14, _letter),
    (14, _invoice),
    (8, _report),
    (5, _txt),
    (7, _scan),
    (3, _mixed),
    (4, _form),
    (3, _attachment),
    (3, _locked),
    (1, _restricted),
    (2, _sealed),
    (2, _truncated),
    (2, _holed),
    (1, _tableless),
    (1, _prefixed),
    (6, _jpeg),
    (3, _png),
    (3, _tiff),
    (2, _webp),
    (1, _gif),
    (1, _cut_jpeg),
    (8, _csv),
    (4, _xlsx),
    (3, _html),
    (3, _json),
    (3, _mail),
    (1, _empty),
    (1, _unknown),
    (5, None),
)

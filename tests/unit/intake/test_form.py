from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from postroom.blobs.local import LocalBlobs
from postroom.errors import DigestMismatch, Invalid, Malformed, PostroomError, TooLarge, UnsupportedType
from postroom.intake.body import asgi_body
from postroom.intake.digest import Expected
from postroom.intake.form import FileHead, Form, FormLimits, read_form
from postroom.intake.raw import read_raw

TYPE = "multipart/form-data; boundary=XX"


@pytest.fixture
def blobs(tmp_path: Path) -> Iterator[LocalBlobs]:
    store = LocalBlobs(tmp_path)
    yield store
    store.close()


def part(disposition: str, data: bytes, *headers: str) -> bytes:
    lines = [f"Content-Disposition: form-data; {disposition}", *headers]
    return b"--XX\r\n" + "\r\n".join(lines).encode() + b"\r\n\r\n" + data + b"\r\n"


END = b"--XX--\r\n"


async def pieces(*data: bytes) -> AsyncIterator[bytes]:
    for one in data:
        yield one


def key_for(head: FileHead) -> str:
    return f"f/{head.position}"


async def everything(blobs: LocalBlobs, folder: Path) -> list[str]:
    """Visible blobs and temporary files."""
    visible = blobs.keys()
    return [key async for key, _ in visible] + [path.name for path in (folder / ".incoming").iterdir()]


async def read(
    blobs: LocalBlobs, body: bytes, content_type: str | None = TYPE, keep: bool = True, **options: Any
) -> Form:
    limits = FormLimits(**options.pop("limits", {}))
    source = options.pop("source", None) or pieces(body)
    async with read_form(
        content_type, source, blobs, options.pop("key_for", key_for), limits=limits, **options
    ) as form:
        if keep:
            form.keep()
    return form


async def test_fields_and_files_come_in_order(blobs: LocalBlobs) -> None:
    body = (
        part('name="b"', b"1")
        + part('name="a"', "zwölf".encode())
        + part('name="file0"; filename="x.pdf"', b"%PDF-1.7", "Content-Type: application/pdf")
        + part('name="b"', b"")
        + part('name="file1"; filename="y.bin"', b"")
        + END
    )
    form = await read(blobs, body)
    assert list(form.fields.items()) == [("b", ["1", ""]), ("a", ["zwölf"])]
    first, second = form.files
    assert first.head.name is not None and first.head.name.shown == "x.pdf"
    assert (first.head.field, first.head.declared_type, first.size) == ("file0", "application/pdf", 8)
    assert first.first == b"%PDF-1.7"
    assert first.stored is not None and first.stored.sha256 == hashlib.sha256(b"%PDF-1.7").hexdigest()
    assert b"".join([piece async for piece in blobs.read("f/0")]) == b"%PDF-1.7"
    assert second.stored is not None and second.stored.size == 0 and second.head.declared_type is None


async def test_without_keep_nothing_stays(blobs: LocalBlobs, tmp_path: Path) -> None:
    form = await read(blobs, part('name="f"; filename="x"', b"data") + END, keep=False)
    assert form.files[0].stored is not None
    assert await everything(blobs, tmp_path) == []


async def test_an_empty_form_is_a_form(blobs: LocalBlobs) -> None:
    assert (await read(blobs, END)).files == []


async def test_a_part_is_a_file_by_name_or_type_unless_it_is_wanted_as_text(blobs: LocalBlobs) -> None:
    body = (
        part('name="bytes"', b"\0", "Content-Type: application/pdf")
        + part('name="json"', b"{}", "Content-Type: application/json")
        + part('name="metadata"; filename="m.json"', b"[]", "Content-Type: application/json")
        + part('name="empty"; filename=""', b"", "Content-Type: application/octet-stream")
        + END
    )
    form = await read(blobs, body, texts=("metadata",))
    assert form.fields == {"json": ["{}"], "metadata": ["[]"]}
    assert [file.head.field for file in form.files] == ["bytes", "empty"]
    assert form.files[0].head.name is None
    assert form.files[1].head.name is not None and form.files[1].head.name.sent == ""


@pytest.mark.parametrize(
    ("disposition", "shown"),
    [
        ('name="f"; filename="a%22b.pdf"', 'a"b.pdf'),
        ('name="f"; filename="../../x.pdf"', "x.pdf"),
        ('name="f"; filename="näme.pdf"', "näme.pdf"),
        ("name=f; filename=plain.pdf", "plain.pdf"),
        ("name=f; filename*=UTF-8''%e2%82%ac.pdf", "€.pdf"),
        ("name=f; filename=\"e.pdf\"; filename*=UTF-8''%e2%82%ac.pdf", "€.pdf"),
        ('name="f"; filename="a\0b.pdf"', "ab.pdf"),
        ('name="f"; filename="a%0D%0Ab.pdf"', "a b.pdf"),
        ('name="f"; filename="' + "€" * 3996 + '.pdf"', "€" * 251 + ".pdf"),
    ],
)
async def test_file_names_are_decoded_and_cleaned(blobs: LocalBlobs, disposition: str, shown: str) -> None:
    form = await read(blobs, part(disposition, b"x", "Content-Type: application/pdf") + END)
    assert form.files[0].head.name is not None
    assert form.files[0].head.name.shown == shown


async def test_a_name_in_latin_1_is_understood(blobs: LocalBlobs) -> None:
    body = part('name="f"; filename="@.pdf"', b"x").replace(b"@", b"\xe9") + END
    form = await read(blobs, body)
    assert form.files[0].head.name is not None and form.files[0].head.name.shown == "é.pdf"


FILE = part('name="f"; filename="x"', b"x" * 3000)


@pytest.mark.parametrize(
    ("content_type", "body", "error", "says"),
    [
        (None, END, UnsupportedType, "multipart/form-data"),
        ("application/json", END, UnsupportedType, "multipart/form-data"),
        ("multipart/mixed; boundary=XX", END, UnsupportedType, "multipart/form-data"),
        ("multipart/form-data", END, Malformed, "boundary"),
        ('multipart/form-data; boundary=""', END, Malformed, "boundary"),
        (f"multipart/form-data; boundary={'x' * 201}", END, Malformed, "boundary"),
        (TYPE, b"", Malformed, "cut off"),
        (TYPE, b"-", Malformed, "cut off"),
        (TYPE, FILE, Malformed, "cut off"),
        (TYPE, FILE + FILE[:-100], Malformed, "cut off"),
        (TYPE, FILE + b"--XX", Malformed, "cut off"),
        (TYPE, b"hello " + FILE + END, Malformed, "does not start"),
        (TYPE, FILE.replace(b"XX", b"YY") + END, Malformed, "does not start"),
        (TYPE, FILE + b"--XXjunk\r\n", Malformed, "cannot be read"),
        (TYPE, FILE + END + b"x" * (3 << 20), Malformed, "after the last boundary"),
        (TYPE, FILE + b"--XX\r\n\r\nno headers\r\n" + END, Malformed, "Content-Disposition"),
        (
            TYPE,
            FILE + b"--XX\r\nContent-Disposition: attachment; name=x\r\n\r\n\r\n" + END,
            Malformed,
            "Wrong type",
        ),
        (
            TYPE,
            FILE + b'--XX\r\nContent-Disposition: form-data; name="a\nb"\r\n\r\n\r\n' + END,
            Malformed,
            "break",
        ),
        (TYPE, FILE + part('filename="x"', b"") + END, Invalid, "name of a form field"),
        (TYPE, FILE + part('name="a\0b"', b"") + END, Invalid, "name of a form field"),
        (TYPE, FILE + part(f'name="{"n" * 300}"', b"") + END, Invalid, "200"),
        (TYPE, FILE + part('name="a"', b"\xff") + END, Invalid, "UTF-8"),
        (TYPE, FILE + part('name="a"', b"\0") + END, Invalid, "NUL"),
        (
            TYPE,
            FILE + part('name="a"', b"", "Content-Type: text/plain; charset=utf-7") + END,
            Invalid,
            "UTF-8",
        ),
        (
            TYPE,
            FILE + part('name="a"; filename="b"', b"", "Content-Transfer-Encoding: base64") + END,
            Invalid,
            "8bit",
        ),
        (TYPE, FILE + part('name="a"', b"", "X-Long: " + "x" * 100_000) + END, TooLarge, "headers"),
        (TYPE, FILE + part('name="a"', b"", *(f"X-{i}: 1" for i in range(20))) + END, TooLarge, "16 headers"),
        (TYPE, FILE + part('name="a"', b"x" * (1 << 20) + b"x") + END, TooLarge, "1048576"),
        (
            TYPE,
            FILE + part('name="a"; filename="b"', b"", "Repr-Digest: sha-256=nonsense") + END,
            Invalid,
            "Repr-Digest",
        ),
    ],
)
async def test_a_bad_form_is_told_what_would_be_valid_and_leaves_nothing(
    blobs: LocalBlobs,
    tmp_path: Path,
    content_type: str | None,
    body: bytes,
    error: type[PostroomError],
    says: str,
) -> None:
    async def split() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 50_000):
            yield body[start : start + 50_000]

    with pytest.raises(error, match=says) as caught:
        await read(blobs, b"", content_type, source=split())
    assert type(caught.value) is error
    assert await everything(blobs, tmp_path) == []


async def test_limits_on_files_parts_and_all_fields(blobs: LocalBlobs, tmp_path: Path) -> None:
    for limits, body, says in (
        ({"file_size": 2999}, FILE + END, "2999"),
        ({"parts": 2}, FILE * 3 + END, "2 parts"),
        ({"fields_size": 10}, part('name="a"', b"123456") * 2 + END, "together"),
    ):
        with pytest.raises(TooLarge, match=says):
            await read(blobs, body, limits=limits)
    assert await everything(blobs, tmp_path) == []
    assert len((await read(blobs, FILE * 2 + END, limits={"file_size": 3000, "parts": 2})).files) == 2


async def test_a_large_file_cut_off_leaves_no_temporary_file(blobs: LocalBlobs, tmp_path: Path) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield part('name="f"; filename="x"', b"")[:-2]
        for _ in range(100):
            yield bytes(65536)

    with pytest.raises(Malformed, match="cut off"):
        await read(blobs, b"", source=body())
    assert await everything(blobs, tmp_path) == []


async def test_collecting_tells_of_every_bad_file(blobs: LocalBlobs, tmp_path: Path) -> None:
    wrong = "Content-Digest: sha-256=:" + base64.b64encode(bytes(32)).decode() + ":"
    body = (
        part('name="a"; filename="a"', b"x" * 5000)
        + part('name="b"; filename="b"', b"x", wrong)
        + part('name="c"; filename="c"', b"fine")
        + END
    )
    form = await read(blobs, body, limits={"file_size": 4000, "collect": True})
    errors = [type(file.error) for file in form.files]
    assert errors == [TooLarge, DigestMismatch, type(None)]
    assert [file.stored is None for file in form.files] == [True, True, False]
    assert [file.size for file in form.files] == [5000, 1, 4]
    assert await everything(blobs, tmp_path) == ["f/2"]


async def test_digests_of_parts_are_verified(blobs: LocalBlobs, tmp_path: Path) -> None:
    for algorithm, digest in (("sha-256", hashlib.sha256), ("sha-512", hashlib.sha512)):
        header = f"Content-Digest: {algorithm}=:" + base64.b64encode(digest(b"data").digest()).decode() + ":"
        await read(blobs, part('name="a"; filename="a"', b"data", header) + END, keep=False)
        with pytest.raises(DigestMismatch, match=algorithm):
            await read(blobs, FILE + part('name="a"; filename="a"', b"dat!", header) + END)
    assert await everything(blobs, tmp_path) == []


async def test_the_caller_may_refuse_a_file_or_read_past_it(blobs: LocalBlobs, tmp_path: Path) -> None:
    form = await read(blobs, FILE * 2 + END, key_for=lambda head: None)
    assert [(file.size, file.stored) for file in form.files] == [(3000, None)] * 2

    def refuse(head: FileHead) -> str:
        if head.position == 1:
            raise Invalid("Only one file, please.", field=head.field)
        return "f/0"

    with pytest.raises(Invalid, match="Only one"):
        await read(blobs, FILE * 2 + END, key_for=refuse)
    assert await everything(blobs, tmp_path) == []


async def test_a_cancelled_request_leaves_nothing(blobs: LocalBlobs, tmp_path: Path) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield FILE + part('name="f"; filename="x"', bytes(3 << 20))
        await asyncio.sleep(60)

    task = asyncio.create_task(read(blobs, b"", source=body()))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await everything(blobs, tmp_path) == []


async def test_a_body_that_stops_is_dropped(blobs: LocalBlobs, tmp_path: Path) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield FILE
        await asyncio.sleep(60)

    with pytest.raises(Malformed, match=r"no byte arrived for 0\.05 seconds"):
        await read(blobs, b"", source=body(), limits={"idle": 0.05})
    with pytest.raises(Malformed, match="stopped"):
        await read_raw(body(), blobs, "raw", limit=10_000, idle=0.05)
    assert await everything(blobs, tmp_path) == []


async def test_a_raw_body_is_one_blob_or_none(blobs: LocalBlobs, tmp_path: Path) -> None:
    good = Expected.sha256(hashlib.sha256(b"abcd").digest(), "x-amz-checksum-sha256")
    file = await read_raw(pieces(b"ab", b"cd"), blobs, "raw", limit=4, length=4, expected=good)
    assert (file.stored.size, file.first) == (4, b"abcd")
    await blobs.delete(["raw"])
    for options, error in (
        ({"limit": 3}, TooLarge),
        ({"limit": 9, "length": 5}, Malformed),
        ({"limit": 9, "length": 3}, Malformed),
        ({"limit": 9, "expected": Expected.sha256(bytes(32), "x-amz-checksum-sha256")}, DigestMismatch),
    ):
        with pytest.raises(error):
            await read_raw(pieces(b"ab", b"cd"), blobs, "raw", **options)
    assert await everything(blobs, tmp_path) == []


async def test_a_client_that_goes_away_cuts_the_body_off() -> None:
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"a", "more_body": True},
        {"type": "http.request", "body": b"", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    body = asgi_body(receive)
    assert await anext(body) == b"a"
    with pytest.raises(Malformed, match="cut off"):
        await anext(body)

from __future__ import annotations

import base64
import hashlib

import pytest

from postroom.errors import DigestMismatch, Invalid
from postroom.intake.digest import Expected, Verifier, parse_digest, parse_digests

DATA = b"hello world"
SHA256 = hashlib.sha256(DATA)
SHA512 = hashlib.sha512(DATA)


def member(name: str, digest: bytes) -> str:
    return f"{name}=:{base64.b64encode(digest).decode()}:"


async def verify(expected: Expected, data: bytes = DATA) -> None:
    verifier = Verifier(expected)
    for i in range(len(data)):
        await verifier.feed(data[i : i + 1])
    await verifier.check(hashlib.sha256(data).hexdigest())


async def test_the_example_of_the_rfc_is_understood() -> None:
    header = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
    await verify(parse_digest("Repr-Digest", header), b'{"hello": "world"}\n')


@pytest.mark.parametrize("header", ["Content-Digest", "Repr-Digest"])
@pytest.mark.parametrize("value", [member("sha-256", SHA256.digest()), member("sha-512", SHA512.digest())])
async def test_a_digest_that_holds_passes_and_another_is_named(header: str, value: str) -> None:
    expected = parse_digest(header, value)
    await verify(expected)
    with pytest.raises(DigestMismatch, match=header) as caught:
        await verify(expected, DATA + b"!")
    assert caught.value.field == header


async def test_of_two_digests_both_must_hold() -> None:
    good, bad = member("sha-256", SHA256.digest()), member("sha-512", bytes(64))
    with pytest.raises(DigestMismatch, match="sha-512"):
        await verify(parse_digest("Content-Digest", f"{good}, {bad}"))
    with pytest.raises(DigestMismatch):
        await verify(parse_digests([("content-digest", good), ("REPR-DIGEST", bad)]))


async def test_lines_of_one_header_are_one_dictionary() -> None:
    lines = [("Content-Digest", member("md5", b"x")), ("Content-Digest", member("sha-256", SHA256.digest()))]
    assert len(parse_digests(lines).digests) == 1
    await verify(parse_digests(lines))


@pytest.mark.parametrize("value", [None, "", "md5=:AAAA:", "unixsum=30637", "sha=:AAAA:, crc32c=?1"])
async def test_unknown_algorithms_are_ignored(value: str | None) -> None:
    assert parse_digest("Content-Digest", value) == Expected()
    await verify(Expected())


@pytest.mark.parametrize(
    "value",
    [
        "sha-256",
        "sha-256=abc",
        "sha-256=" + SHA256.hexdigest(),
        'sha-256="abc"',
        "sha-256=:AAAA:",
        "sha-256=:####:",
        "sha-256=:" + "A" * 43,
        "sha-512=" + member("", SHA256.digest()),
        "SHA-256=:AAAA:",
        "sha-256=(1 2)",
        "=,",
        "é=1",
        "sha-256=:AAAA:,",
    ],
)
def test_a_malformed_digest_is_invalid_and_names_the_header(value: str) -> None:
    with pytest.raises(Invalid, match="Repr-Digest") as caught:
        parse_digest("Repr-Digest", value)
    assert caught.value.field == "Repr-Digest"


async def test_a_digest_may_come_another_way() -> None:
    await verify(Expected.sha256(SHA256.digest(), "metadata.sha256"))
    with pytest.raises(DigestMismatch, match=r"metadata\.sha256"):
        await verify(Expected.sha256(bytes(32), "metadata.sha256"))
    with pytest.raises(DigestMismatch):
        await verify(Expected.sha256(b"short", "metadata.sha256"))

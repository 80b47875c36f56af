"""A server whose blobs are on S3: documents in every way, work in children, backup, and nothing left over."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import random
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from postroom.blobs.open import open_blobs
from postroom.cli.backup import restore, write
from postroom.cli.doctor import blobs as blobs_finding
from postroom.db import dump
from postroom.db.connection import Database
from postroom.db.embedded import Embedded
from postroom.desk import job
from postroom.desk.access import authenticate, create_key
from postroom.desk.job import Order
from postroom.ports import BlobStore
from postroom.settings import Settings
from postroom.wiring.office import open_desk
from tests.live import Live
from tests.part import systems_of
from tests.recovery import invariant, pile
from tests.weed import ENVIRONMENT

MIB = 1 << 20


@pytest.fixture
def on_s3(settings: Settings, s3: Callable[[], str], tmp_path: Path) -> Settings:
    changes = {"blobs": s3(), "drafts": tmp_path / "drafts", "multipart_part_size": 5 * MIB}
    return Settings(**{**settings.model_dump(exclude_unset=True), **changes})


async def test_documents_come_in_by_every_way_and_nothing_is_left_over(
    on_s3: Settings, tmp_path: Path
) -> None:
    rest = bytes(200) + random.Random(3).randbytes(6 * MIB)
    async with open_desk(on_s3, systems_of("tests.systems")) as desk:
        _, secret = await create_key(desk.db, account="a")
        access = await authenticate(desk.db, secret)
        async with (
            Live(on_s3, tmp_path / "live", api=True, env=ENVIRONMENT) as live,
            httpx.AsyncClient(
                base_url=f"{live.url}/postroom/v1",
                headers={"Authorization": f"Bearer {secret}"},
                timeout=60,
            ) as api,
        ):
            made = (await api.post("/jobs", json={"workflow": "probe-finish"})).json()["id"]
            await _send_all(api, made, rest)
            await api.post(f"/jobs/{made}/close")
            row = await pile.ended(desk, made)
            assert (row["state"], row["documents"], row["succeeded"]) == ("partial", 8, 7)
            found = (await api.get(f"/jobs/{made}/documents")).json()["items"]
            assert [one["name"] for one in found if one["status"] == "failed"] == ["never-sent"]
            parts = next(one for one in found if one["name"] == "parts")
            assert parts["sha256"] == hashlib.sha256(b"ok#parts" + rest).hexdigest()
            (whole,) = (await api.get(f"/jobs/{made}/artifacts")).json()["items"]
            data = (await api.get(whole["href"].removeprefix("/postroom/v1"))).content
            assert len(data) == whole["size"] and b"ok#raw" in data
            copy = next(one for one in found if one["name"] == "form")["artifacts"][0]
            assert (await api.get(copy["href"].removeprefix("/postroom/v1"))).content == b"artifact#form"
            # As the command does, with a server that runs.
            raw = io.BytesIO()
            taken = await write(on_s3.database_url, desk.blobs, raw)
            raw.seek(0)
            with tarfile.open(fileobj=raw) as tar:
                assert sum(name.startswith("blobs/") for name in tar.getnames()) == taken.blobs == 9
            await api.delete(f"/jobs/{made}")
        assert await _keys(desk.blobs) == set()
        await invariant.nothing_unnamed(desk)
        assert access.account
    assert list((tmp_path / "drafts" / ".drafts").iterdir()) == []
    assert (await blobs_finding(on_s3)).status == "ok"


async def test_a_backup_of_a_bucket_is_restored_into_another_bucket_and_a_new_folder(
    on_s3: Settings, s3: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, file = tmp_path / "restored", tmp_path / "backup.tar"
    async with open_desk(on_s3, systems_of("tests.systems")) as desk:
        _, secret = await create_key(desk.db, account="a")
        access = await authenticate(desk.db, secret)
        async with Live(on_s3, tmp_path / "live", env=ENVIRONMENT):
            made = await job.submit(desk, access, Order("probe-finish"))
            await pile.hand_in(desk, access, made.id, [("a", "artifact#1"), ("b", "ok#2")])
            await job.close(desk, access, made.id)
            await pile.ended(desk, made.id)
        with file.open("wb") as raw:
            await write(on_s3.database_url, desk.blobs, raw)
        before = {key: [piece async for piece in desk.blobs.read(key)] for key in await _keys(desk.blobs)}
    bucket = s3()
    monkeypatch.setenv("POSTROOM_BLOBS", bucket)
    monkeypatch.delenv("POSTROOM_DATABASE_URL", raising=False)
    await asyncio.to_thread(restore, file, folder)
    blobs = open_blobs(bucket)
    assert {key: [piece async for piece in blobs.read(key)] for key in await _keys(blobs)} == before
    async with Embedded(folder) as url:
        db = await Database.connect(url, size=1)
        try:
            row = await db.fetchrow("SELECT state, documents, succeeded FROM job WHERE id = $1", made.id)
            named = {key async for keys in dump.named_blobs(db) for key in keys}
        finally:
            await db.close()
    assert row is not None and tuple(row) == ("succeeded", 2, 2)
    assert named == set(before)
    assert not (folder / "blobs").exists()


async def _keys(blobs: BlobStore) -> set[str]:
    return {key async for key, _ in blobs.keys()}  # noqa: SIM118 not a dict


async def _send_all(api: httpx.AsyncClient, job: str, rest: bytes) -> None:
    """Form, raw, Base64, signed PUT told and not told, parts, tus, and one that never comes."""
    await api.post(f"/jobs/{job}/documents", files={"file": ("form", b"artifact#form")})
    await api.post(f"/jobs/{job}/documents", params={"name": "raw"}, content=b"ok#raw")
    await api.post(
        f"/jobs/{job}/documents", json={"documents": [{"name": "base64", "contentBase64": "b2sjNjQ="}]}
    )
    puts = [_announced(name, f"ok#{name}".encode()) for name in ("told", "found", "never-sent")]
    made = (await api.post(f"/jobs/{job}/uploads", json={"documents": puts})).json()["uploads"]
    async with httpx.AsyncClient(timeout=60) as plain:
        for one, name in zip(made[:2], ("told", "found"), strict=True):
            assert "bucket-" in one["uploadUrl"], "the bytes do not bypass us"
            done = await plain.put(one["uploadUrl"], content=f"ok#{name}".encode(), headers=one["headers"])
            assert done.status_code == 200, done.text
        told = await api.post(f"/jobs/{job}/uploads/{made[0]['document']['id']}/complete")
        assert told.json()["status"] == "received", told.text
        never = await api.post(f"/jobs/{job}/uploads/{made[2]['document']['id']}/complete")
        assert (never.status_code, never.json()["code"]) == (409, "upload_incomplete")
        data = b"ok#parts" + rest
        body = {"documents": [_announced("parts", data)], "mode": "multipart"}
        (one,) = (await api.post(f"/jobs/{job}/uploads", json=body)).json()["uploads"]

        async def part(address: dict[str, Any]) -> dict[str, Any]:
            start = (address["partNumber"] - 1) * one["partSize"]
            sent = await plain.put(
                address["uploadUrl"],
                content=data[start : start + address["size"]],
                headers=address["headers"],
            )
            assert sent.status_code == 200, sent.text
            return {"partNumber": address["partNumber"], "etag": sent.headers["etag"]}

        parts = await asyncio.gather(*map(part, one["parts"]))
        complete = f"/jobs/{job}/uploads/{one['document']['id']}/complete"
        wrong = [{**parts[0], "etag": '"0"'}, *parts[1:]]
        assert (await api.post(complete, json={"parts": wrong})).json()["code"] == "etag_mismatch"
        assert (await api.post(complete, json={"parts": parts[1:]})).json()["code"] == "upload_incomplete"
        for _ in range(2):
            assert (await api.post(complete, json={"parts": parts})).json()["status"] == "received"
    tus = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
    metadata = f"job {_b64(job)},filename {_b64('tus')}"
    first = {**tus, "Upload-Length": "6", "Upload-Metadata": metadata}
    address = (await api.post("/uploads", headers=first, content=b"ok#")).headers["location"]
    rest_of_it = await api.patch(address, headers={**tus, "Upload-Offset": "3"}, content=b"tus")
    assert rest_of_it.status_code == 204, rest_of_it.text


def _announced(name: str, data: bytes) -> dict[str, Any]:
    return {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()

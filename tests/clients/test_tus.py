"""Real tus clients against a live server: PyPI `tuspy`, npm `tus-js-client`, both interrupted and going on."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import shutil
import subprocess
import tempfile
from pathlib import Path

import httpx
import pytest
from tusclient.client import TusClient
from tusclient.storage.filestorage import FileStorage

from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.settings import Settings
from tests.live import Live

MIB = 1 << 20
JS_CLIENT = "tus-js-client@4.3.1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "plan.txt"
    made.write_bytes(b"ok#" + bytes(100) + random.Random(1).randbytes(6 * MIB + 321))
    return made


class Job:
    """A job on a live server."""

    def __init__(self, url: str, secret: str) -> None:
        self.uploads = f"{url}/postroom/v1/uploads"
        self.headers = {"Authorization": f"Bearer {secret}"}
        self._api = httpx.AsyncClient(base_url=f"{url}/postroom/v1", headers=self.headers)
        self.id = ""

    async def open(self) -> None:
        self.id = (await self._api.post("/jobs", json={"workflow": "probe"})).json()["id"]

    async def arrived(self, file: Path) -> None:
        """The document is here, and it is the file."""
        await self._api.post(f"/jobs/{self.id}/close")
        async with self._api.stream("GET", f"/jobs/{self.id}/events") as stream:
            async for _ in stream.aiter_lines():
                pass
        (found,) = (await self._api.get(f"/jobs/{self.id}/documents")).json()["items"]
        assert found["status"] == "succeeded", found
        assert found["name"] == file.name
        assert found["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()


async def test_tuspy_sends_in_chunks_with_checksums_and_goes_on_after_an_interruption(
    desk: Desk, access: Access, secret: str, settings: Settings, tmp_path: Path, file: Path
) -> None:
    async with Live(settings, tmp_path / "live", workers=1, api=True) as live:
        job = Job(live.url, secret)
        await job.open()
        store = str(tmp_path / "tus.json")

        def uploader() -> object:
            return TusClient(job.uploads, headers=job.headers).uploader(
                str(file),
                chunk_size=MIB,
                metadata={"job": job.id, "filename": file.name},
                store_url=True,
                url_storage=FileStorage(store),
                upload_checksum=True,
            )

        def first() -> None:
            begun = uploader()
            begun.upload(stop_at=2 * MIB)  # type: ignore[attr-defined]

        def rest() -> None:
            again = uploader()
            assert again.offset == 2 * MIB  # type: ignore[attr-defined]
            again.upload()  # type: ignore[attr-defined]

        await asyncio.to_thread(first)
        live.apis[0].kill()  # and comes back
        await live.ready()
        await asyncio.to_thread(rest)
        await job.arrived(file)


_SCRIPT = """
const tus = require('tus-js-client'), fs = require('fs');
const [endpoint, key, job, file, stopAt, resume] = process.argv.slice(2);
const options = {
  endpoint, headers: { Authorization: key }, chunkSize: 1 << 20, retryDelays: [100, 200, 400, 800],
  metadata: { job, filename: require('path').basename(file) },
  uploadUrl: resume || null, uploadSize: fs.statSync(file).size,
  onError: (error) => { console.error(String(error)); process.exit(1); },
  onSuccess: () => { console.log(JSON.stringify({ url: upload.url, done: true })); },
  onChunkComplete: (_, accepted) => {
    if (+stopAt && accepted >= +stopAt) {
      upload.abort().then(() => { console.log(JSON.stringify({ url: upload.url, done: false })); process.exit(0); });
    }
  },
};
const upload = new tus.Upload(fs.createReadStream(file), options);
upload.start();
"""


@pytest.fixture(scope="session")
def js_client() -> Path:
    """A folder with tus-js-client in it, installed once per machine."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")
    folder = Path(tempfile.gettempdir()) / f"postroom-test-{JS_CLIENT.replace('@', '-')}-{os.getuid()}"
    if not (folder / "ready").exists():
        folder.mkdir(exist_ok=True)
        command = [
            npm,
            "install",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--prefix",
            str(folder),
            JS_CLIENT,
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode != 0:
            pytest.skip(f"npm cannot install {JS_CLIENT}: {done.stderr[-300:]}")
        (folder / "ready").touch()
    return folder


async def test_tus_js_client_goes_on_with_an_upload_that_it_had_begun(
    js_client: Path,
    desk: Desk,
    access: Access,
    secret: str,
    settings: Settings,
    tmp_path: Path,
    file: Path,
) -> None:
    script = tmp_path / "send.js"
    script.write_text(_SCRIPT)

    async def run(*more: str) -> dict[str, object]:
        argv = ["node", str(script), job.uploads, job.headers["Authorization"], job.id, str(file), *more]
        environment = {**os.environ, "NODE_PATH": str(js_client / "node_modules")}
        done = await asyncio.to_thread(
            subprocess.run, argv, capture_output=True, text=True, env=environment, timeout=300, check=False
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
        return found

    async with Live(settings, tmp_path / "live", workers=1, api=True) as live:
        job = Job(live.url, secret)
        await job.open()
        begun = await run(str(2 * MIB))
        assert begun["done"] is False
        live.apis[0].kill()
        await live.ready()
        ended = await run("0", str(begun["url"]))
        assert ended == {"url": begun["url"], "done": True}
        await job.arrived(file)

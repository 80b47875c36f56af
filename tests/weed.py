"""Owns a real S3 server for tests: SeaweedFS, from PyPI, on free ports, with buckets of their own."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

KEY, SECRET = "postroom-test", "postroom-test-secret"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": KEY,
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def program() -> str | None:
    """Where SeaweedFS is, if it is."""
    beside = Path(sys.executable).parent / "weed"
    return str(beside) if beside.exists() else shutil.which("weed")


def free_ports(count: int) -> list[int]:
    """SeaweedFS listens 10,000 above each of its ports, too."""
    found: list[int] = []
    while len(found) < count:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1] % 20_000 + 20_000
        if port not in found and all(_is_free(number) for number in (port, port + 10_000)):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


class Weed:
    """One server. `bucket` makes a new, empty one and says its address."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._count = 0
        self.endpoint = ""

    def start(self) -> None:
        s3, master, volume, filer = free_ports(4)
        self.endpoint = f"http://127.0.0.1:{s3}"
        identity = {
            "name": "test",
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        config = self._folder / "s3.json"
        config.write_text(json.dumps({"identities": [identity]}))
        (self._folder / "data").mkdir()
        argv = [
            *(program() or "weed", "server", f"-dir={self._folder / 'data'}", "-ip=127.0.0.1"),
            *("-s3", f"-s3.port={s3}", f"-s3.config={config}", f"-master.port={master}"),
            *(f"-volume.port={volume}", f"-filer.port={filer}", "-master.volumeSizeLimitMB=64"),
            *("-volume.max=0", "-volume.preStopSeconds=0", "-master.telemetry=false"),
            *("-s3.port.iceberg=0", "-s3.port.lance=0"),  # fixed ports, if it had its way
        ]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(argv, stdout=log, stderr=log, cwd=self._folder)
        deadline = time.monotonic() + 60
        while True:
            try:
                self.bucket()
                return
            except Exception:
                assert self._process.poll() is None, (self._folder / "log").read_text()[-3000:]
                assert time.monotonic() < deadline, (self._folder / "log").read_text()[-3000:]
                time.sleep(0.2)

    def bucket(self) -> str:
        """The address of a new bucket, as POSTROOM_BLOBS has it."""
        import botocore.session

        self._count += 1
        name = f"bucket-{self._count}"
        client = botocore.session.get_session().create_client(
            "s3",
            region_name="us-east-1",
            endpoint_url=self.endpoint,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
        )
        client.create_bucket(Bucket=name)
        return f"s3://{name}?endpoint={self.endpoint}"

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

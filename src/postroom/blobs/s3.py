"""Owns blobs in a bucket that speaks S3: streamed both ways through obstore, signed for clients by botocore.

Credentials come from where AWS's tools look for them (AWS_ACCESS_KEY_ID, …); nothing of them is kept here.
An object's name is its key with `.BLOB` behind it: some stores are file systems underneath, where `a` and
`a/b` cannot both exist; no key has capitals, so these can.
Drafts of resumable uploads are files here until they are whole: S3 cannot append.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, ParamSpec, TypeVar
from urllib.parse import quote

import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.exceptions
import botocore.session
import obstore
from obstore import exceptions as failure
from obstore.store import S3Store

from postroom.blobs.disk import Disk, translated
from postroom.blobs.draft import Drafts, Writer, other_size, whole
from postroom.blobs.key import checked
from postroom.blobs.stream import Blocks
from postroom.errors import Conflict, NotFound, PostroomError, Unavailable
from postroom.ports import BlobWriter, Presigned, Stored

_SUFFIX = ".BLOB"
_CHUNK = 8 << 20  # bytes of one part when a blob is streamed up
_AHEAD = 2  # parts on their way at once
_LISTED = 1000
_BATCH = 1 << 20  # bytes that are hashed in one go
_ABANDONED = timedelta(days=7)  # age from which nobody goes on with a multipart upload

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def _translating() -> Any:
    """The one place where errors of the storage become ours."""
    try:
        yield
    except (FileNotFoundError, failure.NotFoundError) as error:
        raise NotFound("There is no such blob.", cause=error) from error
    except (failure.PermissionDeniedError, failure.UnauthenticatedError) as error:
        raise Unavailable(
            "The document storage refuses our credentials.", code="storage_refused", cause=error
        ) from error
    except (failure.BaseError, botocore.exceptions.BotoCoreError) as error:
        raise Unavailable("The document storage cannot be used right now.", cause=error) from error
    except botocore.exceptions.ClientError as error:
        raise _of_client(error) from error
    except OSError as error:
        raise translated(error) from error


def _of_client(error: Any) -> PostroomError:
    code = error.response.get("Error", {}).get("Code", "")
    if code in ("NoSuchUpload", "NoSuchKey", "404"):
        return NotFound("There is no such upload.", cause=error)
    if code in ("InvalidPart", "InvalidPartOrder", "EntityTooSmall"):
        return Conflict("The storage cannot put these parts together.", code="upload_incomplete", cause=error)
    return Unavailable("The document storage cannot be used right now.", cause=error)


class S3Blobs:
    """A BlobStore, PresignsUploads, TakesDrafts and Sweeps. One per event loop.

    endpoint: of a store that is not Amazon's, else None. drafts: a folder on this machine.
    """

    def __init__(self, bucket: str, *, endpoint: str | None, drafts: Path) -> None:
        self.bucket = bucket
        self._region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
        self._endpoint = (endpoint or f"https://s3.{self._region}.amazonaws.com").rstrip("/")
        self._store = S3Store(
            bucket,
            endpoint=self._endpoint,
            region=self._region,
            virtual_hosted_style_request=False,
            client_options={"allow_http": self._endpoint.startswith("http://")},
        )
        self._session = botocore.session.get_session()
        self._client: Any = None
        self._threads = ThreadPoolExecutor(16, thread_name_prefix="s3")
        self._drafts_folder = drafts
        self._made_drafts: Drafts | None = None

    # --- BlobStore

    def writer(self, key: str) -> BlobWriter:
        return S3Writer(self._store, checked(key), self._run)

    async def read(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        if start < 0 or (end is not None and end < 0):
            raise ValueError("start and end count from the beginning of the blob")
        size = await self.size(key)
        last = size if end is None else min(end, size)
        if start >= last:
            return
        with _translating():
            found = await obstore.get_async(self._store, _name(key), options={"range": (start, last)})
            async for piece in found.stream(min_chunk_size=1 << 20):
                yield bytes(piece)

    async def size(self, key: str) -> int:
        with _translating():
            found = await obstore.head_async(self._store, _name(checked(key)))
        return int(found["size"])

    async def delete(self, keys: Sequence[str]) -> None:
        names = [_name(checked(key)) for key in keys]
        if not names:
            return
        try:
            with _translating():
                await obstore.delete_async(self._store, names)
        except NotFound:
            # Some stores mind a missing one, and then stop: one by one.
            for name in names:
                try:
                    with _translating():
                        await obstore.delete_async(self._store, name)
                except NotFound:
                    continue

    async def keys(self, prefix: str = "") -> AsyncIterator[tuple[str, datetime]]:
        # A prefix of S3 ends at a slash here; what is finer is left to the filter.
        folder = prefix.rpartition("/")[0]
        with _translating():
            async for batch in obstore.list(self._store, folder or None, chunk_size=_LISTED):
                for found in batch:
                    key = found["path"].removesuffix(_SUFFIX)
                    if found["path"].endswith(_SUFFIX) and key.startswith(prefix):
                        yield key, found["last_modified"].astimezone(UTC)

    async def sweep(self) -> int:
        """Abort multipart uploads that were begun long ago, by us or by clients."""
        return await self._run(self._sweep)

    def _sweep(self) -> int:
        count, before = 0, datetime.now(UTC) - _ABANDONED
        with _translating():
            client = self._botocore()
            found = client.list_multipart_uploads(Bucket=self.bucket)
            for upload in found.get("Uploads", ()):
                if upload["Initiated"] < before:
                    client.abort_multipart_upload(
                        Bucket=self.bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                    )
                    count += 1
        return count

    def close(self) -> None:
        self._threads.shutdown(wait=True)

    # --- PresignsUploads

    async def presign_put(self, key: str, headers: Mapping[str, str], seconds: float) -> Presigned:
        return await self._run(self._sign, key, headers, seconds, "")

    async def presign_parts(
        self, key: str, upload: str, numbers: Sequence[int], seconds: float
    ) -> list[Presigned]:
        def sign() -> list[Presigned]:
            queries = (f"?partNumber={number}&uploadId={quote(upload, safe='')}" for number in numbers)
            return [self._sign(key, {}, seconds, query) for query in queries]

        return await self._run(sign)

    def _sign(self, key: str, headers: Mapping[str, str], seconds: float, query: str) -> Presigned:
        with _translating():
            credentials = self._session.get_credentials()
            if credentials is None:
                raise Unavailable(
                    "There are no credentials for the document storage.", code="storage_refused"
                )
            signer = botocore.auth.S3SigV4QueryAuth(credentials, "s3", self._region, expires=int(seconds))
            url = f"{self._endpoint}/{self.bucket}/{quote(_name(checked(key)))}{query}"
            request = botocore.awsrequest.AWSRequest("PUT", url, headers=dict(headers))
            signer.add_auth(request)
            return Presigned(str(request.url), dict(headers))

    async def begin_parts(self, key: str) -> str:
        answer = await self._ask("create_multipart_upload", key)
        return str(answer["UploadId"])

    async def list_parts(self, key: str, upload: str) -> dict[int, tuple[int, str]]:
        found: dict[int, tuple[int, str]] = {}
        after = 0
        while True:
            page = await self._ask("list_parts", key, UploadId=upload, PartNumberMarker=after)
            for part in page.get("Parts", ()):
                found[part["PartNumber"]] = (part["Size"], part["ETag"].strip('"'))
            if not page.get("IsTruncated"):
                return found
            after = page["NextPartNumberMarker"]

    async def complete_parts(self, key: str, upload: str, parts: Sequence[tuple[int, str]]) -> None:
        listed = [{"PartNumber": number, "ETag": f'"{etag}"'} for number, etag in parts]
        await self._ask("complete_multipart_upload", key, UploadId=upload, MultipartUpload={"Parts": listed})

    async def abort_parts(self, key: str, upload: str) -> None:
        try:
            await self._ask("abort_multipart_upload", key, UploadId=upload)
        except NotFound:
            pass  # put together, or aborted before

    async def _ask(self, operation: str, key: str, **given: Any) -> dict[str, Any]:
        def ask() -> dict[str, Any]:
            with _translating():
                call = getattr(self._botocore(), operation)
                answer: dict[str, Any] = call(Bucket=self.bucket, Key=_name(checked(key)), **given)
                return answer

        return await self._run(ask)

    def _botocore(self) -> Any:
        if self._client is None:
            self._client = self._session.create_client(
                "s3",
                region_name=self._region,
                endpoint_url=self._endpoint,
                config=botocore.config.Config(
                    s3={"addressing_style": "path"},
                    retries={"mode": "standard"},
                    # Other stores do not know Amazon's newer checksums.
                    request_checksum_calculation="when_required",
                    response_checksum_validation="when_required",
                ),
            )
        return self._client

    # --- TakesDrafts

    def _drafts(self) -> Drafts:
        if self._made_drafts is None:
            self._made_drafts = Drafts(Disk(self._drafts_folder), Blocks(), self._run)
        return self._made_drafts

    async def draft(self, name: str, *, offset: int, length: int, digest: str | None = None) -> Writer:
        return await self._drafts().draft(name, offset=offset, length=length, digest=digest)

    async def publish(self, name: str, key: str, size: int) -> None:
        source = await self._run(_opened, self._drafts().path(name), size)
        if source is None:
            if await self.size(key) != size:
                raise NotFound("The bytes of this upload are not there.")
            return
        # Ours until the draft is gone: a request of another process that thinks the upload unfinished would
        # cut it under our hands, and half a document would be published as the whole.
        with source:
            await self._copy(source, key, size)
            await self.discard([name])

    async def _copy(self, source: BinaryIO, key: str, size: int) -> None:
        writer, sent = self.writer(key), 0
        try:
            while piece := await self._run(source.read, _BATCH):
                await writer.write(piece)
                sent += len(piece)
            if sent != size:  # cut all the same, on a file system without locks
                raise other_size(sent, size)
            await writer.commit()
        except BaseException:
            await writer.abort()
            raise

    async def discard(self, names: Sequence[str]) -> None:
        await self._drafts().discard(names)

    def drafts(self) -> AsyncIterator[tuple[str, datetime]]:
        return self._drafts().listing()

    async def _run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, lambda: call(*args, **kwargs))
        except OSError as error:
            raise translated(error) from error


def _name(key: str) -> str:
    return key + _SUFFIX


def _opened(path: Path, size: int) -> BinaryIO | None:
    """A whole draft, locked; as a file, which closes itself if whoever waited for it is cancelled."""
    incoming = whole(path, size)
    return None if incoming is None else os.fdopen(incoming.handle, "rb")


class S3Writer:
    """A BlobWriter: pieces go through a short queue into one upload, which is aborted if they break off."""

    def __init__(self, store: S3Store, key: str, run: Callable[..., Any]) -> None:
        self._store = store
        self._key = key
        self._run = run
        self._hash = hashlib.sha256()
        self._batch: list[bytes] = []
        self._batched = 0
        self._size = 0
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(_AHEAD)
        self._sending: asyncio.Task[Any] | None = None
        self._committing = self._committed = self._aborted = False

    async def write(self, data: bytes) -> None:
        if self._committing or self._aborted:
            raise RuntimeError("the blob has been committed or aborted")
        self._batch.append(bytes(data))
        self._batched += len(data)
        if self._batched >= _BATCH:
            await self._flush()

    async def _flush(self) -> None:
        piece, self._batch, self._batched = b"".join(self._batch), [], 0
        self._size += len(piece)
        await self._run(self._hash.update, piece)
        if self._sending is None:
            self._sending = asyncio.create_task(self._send(), name="s3-put")
        await self._put(piece)

    async def _put(self, piece: bytes | None) -> None:
        """Into the queue, unless the upload has ended before: then its error is ours."""
        assert self._sending is not None
        putting = asyncio.ensure_future(self._queue.put(piece))
        try:
            await asyncio.wait({putting, self._sending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not putting.done():
                putting.cancel()
        if self._sending.done() and piece is not None:
            await self._sending

    async def _send(self) -> None:
        with _translating():
            await obstore.put_async(
                self._store,
                _name(self._key),
                self._pieces(),
                chunk_size=_CHUNK,
                max_concurrency=_AHEAD,
            )

    async def _pieces(self) -> AsyncIterator[bytes]:
        while (piece := await self._queue.get()) is not None:
            yield piece

    async def commit(self) -> Stored:
        if self._committing or self._aborted:
            raise RuntimeError("the blob has been committed or aborted")
        self._committing = True
        finishing = asyncio.create_task(self._finish(), name="s3-commit")
        self._finishing = finishing
        stored = await asyncio.shield(finishing)
        self._committed = True
        return stored

    async def _finish(self) -> Stored:
        if self._batch:
            await self._flush()
        if self._sending is None:
            with _translating():
                await obstore.put_async(self._store, _name(self._key), b"")
        else:
            await self._put(None)
            await self._sending
        return Stored(self._key, self._size, self._hash.hexdigest())

    async def abort(self) -> None:
        """After a commit that returned it does nothing."""
        if self._committed or self._aborted:
            return
        self._aborted = True
        self._batch.clear()
        if self._committing:
            (outcome,) = await asyncio.gather(self._finishing, return_exceptions=True)
            if isinstance(outcome, Stored):
                with _translating():
                    await obstore.delete_async(self._store, _name(self._key))
        elif self._sending is not None:
            # The upload is dropped with its iterator; what the store keeps of it, `sweep` aborts.
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)

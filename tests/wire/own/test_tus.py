"""tus 1.0 on the wire: every rule of the protocol that we claim, and uploads that are cut off in every way."""

from __future__ import annotations

import base64
import hashlib
import random
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.wire.own.house import House, Process, client, create, state, until

MIB = 1 << 20
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}


def b64(value: bytes | str) -> str:
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


def metadata(**given: str) -> str:
    return ",".join(f"{name} {b64(value)}" for name, value in given.items())


def begin(api: httpx.Client, job: str, size: int, **more: str) -> str:
    headers = {"Upload-Length": str(size), "Upload-Metadata": metadata(job=job, filename="a.txt", **more)}
    response = api.post("/uploads", headers={**TUS, **headers})
    assert response.status_code == 201, response.text
    assert response.headers["tus-resumable"] == "1.0.0" and "upload-expires" in response.headers
    address: str = response.headers["location"]
    return address


def send(api: httpx.Client, address: str, offset: int, data: bytes, **headers: str) -> httpx.Response:
    return api.patch(address, content=data, headers={**BYTES, "Upload-Offset": str(offset), **headers})


def offset_of(api: httpx.Client, address: str) -> int:
    response = api.head(address, headers=TUS)
    assert response.status_code == 200 and response.headers["cache-control"] == "no-store"
    return int(response.headers["upload-offset"])


def refused(response: httpx.Response, status: int, code: str | None = None) -> None:
    assert response.status_code == status, response.text
    assert response.headers["tus-resumable"] == "1.0.0"
    if code is not None:
        assert response.json()["code"] == code


def documents(api: httpx.Client, job: str) -> list[Any]:
    found: list[Any] = api.get(f"/jobs/{job}/documents").json()["items"]
    return found


@pytest.fixture
def data() -> bytes:
    return b"ok#" + bytes(100) + random.Random(9).randbytes(3 * MIB + 12345)


def test_an_upload_in_pieces_is_a_document_like_any_other(api: httpx.Client, data: bytes) -> None:
    job = create(api)
    address = begin(api, job, len(data), sha256=hashlib.sha256(data).hexdigest(), filetype="text/plain")
    assert documents(api, job)[0]["status"] == "registered"
    position = 0
    for size in (1, 4095, MIB + 7, 0, len(data)):
        piece = data[position : position + size]
        response = send(api, address, position, piece)
        position += len(piece)
        assert (response.status_code, response.headers["upload-offset"]) == (204, str(position))
        assert offset_of(api, address) == position
    assert documents(api, job)[0]["status"] == "received"
    api.post(f"/jobs/{job}/close")
    assert state(api, job)["status"] == "succeeded"
    (found,) = documents(api, job)
    assert found["sha256"] == hashlib.sha256(data).hexdigest() and found["declaredType"] == "text/plain"
    assert offset_of(api, address) == len(data)


def test_creation_may_bring_the_first_bytes_or_all_or_none(api: httpx.Client, data: bytes) -> None:
    job = create(api)
    for size, first in ((len(data), MIB), (len(data), len(data)), (0, 0)):
        headers = {"Upload-Length": str(size), "Upload-Metadata": metadata(job=job, filename="b")}
        response = api.post("/uploads", headers={**BYTES, **headers}, content=data[:first])
        assert (response.status_code, response.headers["upload-offset"]) == (201, str(first))
    assert [one["status"] for one in documents(api, job)] == ["registered", "received", "received"]


def test_options_say_what_the_server_can_do_without_a_key(server: Process) -> None:
    response = httpx.options(f"{server.url}/postroom/v1/uploads")
    assert response.status_code == 204
    assert response.headers["tus-version"] == "1.0.0"
    assert set(response.headers["tus-extension"].split(",")) == {
        *("creation", "creation-with-upload", "termination", "checksum", "expiration")
    }
    assert "sha1" in response.headers["tus-checksum-algorithm"].split(",")
    assert int(response.headers["tus-max-size"]) > 0


def test_what_is_against_the_protocol_is_refused(
    api: httpx.Client, stranger: httpx.Client, house: House
) -> None:
    job = create(api)
    good = {"Upload-Length": "5", "Upload-Metadata": metadata(job=job)}
    refused(api.post("/uploads", headers=good), 412, "tus_version")
    refused(api.post("/uploads", headers={**good, "Tus-Resumable": "0.2.2"}), 412)
    for wrong, status in (
        ({**good, "Upload-Length": "-1"}, 400),
        ({**good, "Upload-Length": "x"}, 400),
        ({**good, "Upload-Length": str(10**10 + 1)}, 413),
        ({"Upload-Metadata": good["Upload-Metadata"], "Upload-Defer-Length": "1"}, 400),
        ({**good, "Upload-Metadata": "job !!"}, 400),
        ({**good, "Upload-Metadata": metadata(filename="x")}, 400),
        ({**good, "Upload-Metadata": metadata(job="nonsense")}, 404),
        ({**good, "Upload-Metadata": metadata(job=job, sha256="x")}, 400),
    ):
        refused(api.post("/uploads", headers={**TUS, **wrong}), status)
    assert not documents(api, job)
    address = begin(api, job, 5)
    refused(api.patch(address, content=b"x", headers={**TUS, "Upload-Offset": "0"}), 415)
    refused(send(api, address, 3, b"x"), 409, "offset_mismatch")
    refused(send(api, address, 0, b"123456"), 413)
    assert offset_of(api, address) < 5
    for other in (stranger.head(address, headers=TUS), stranger.patch(address, content=b"", headers=BYTES)):
        assert other.status_code in (400, 404)
    refused(stranger.delete(address, headers=TUS), 404)
    refused(api.head(address.rpartition("/")[0] + "/nonsense", headers=TUS), 404)
    assert httpx.post(address, headers=TUS).status_code == 405


def test_a_piece_with_a_wrong_checksum_does_not_count(api: httpx.Client, data: bytes) -> None:
    job = create(api)
    address = begin(api, job, len(data))
    assert send(api, address, 0, data[:MIB]).status_code == 204
    wrong = "sha1 " + b64(hashlib.sha1(b"other").digest())
    refused(send(api, address, MIB, data[MIB:], **{"Upload-Checksum": wrong}), 460)
    assert offset_of(api, address) == MIB
    for bad in ("crc32 AAAA", "sha1", "sha1 AAAA", "sha1 !!"):
        refused(send(api, address, MIB, data[MIB:], **{"Upload-Checksum": bad}), 400)
    for algorithm, end in (("sha1", 2 * MIB), ("md5", 2 * MIB + 5), ("sha256", len(data))):
        start = offset_of(api, address)
        digest = b64(hashlib.new(algorithm, data[start:end]).digest())
        sent = send(api, address, start, data[start:end], **{"Upload-Checksum": f"{algorithm} {digest}"})
        assert sent.status_code == 204
    assert documents(api, job)[0]["status"] == "received"


def test_what_is_not_even_ascii_is_refused_like_other_bad_base64(api: httpx.Client, data: bytes) -> None:
    job = create(api)
    address = begin(api, job, len(data))
    headers = {**BYTES, "Upload-Offset": "0", "Upload-Checksum": b"sha1 \xe9"}
    refused(api.patch(address, content=data, headers=headers), 400)
    assert offset_of(api, address) == 0
    headers = {**TUS, "Upload-Length": "3", "Upload-Metadata": f"job {b64(job)},filename ".encode() + b"\xe9"}
    refused(api.post("/uploads", headers=headers), 400)
    assert len(documents(api, job)) == 1


def test_an_upload_that_is_taken_back_leaves_nothing(api: httpx.Client, house: House, data: bytes) -> None:
    job = create(api)
    before = house.files()
    address = begin(api, job, len(data))
    send(api, address, 0, data[:MIB])
    assert house.files() != before
    assert api.delete(address, headers=TUS).status_code == 204
    assert house.files() == before
    refused(api.head(address, headers=TUS), 410)
    assert documents(api, job)[0]["status"] == "cancelled"


def test_an_upload_whose_job_is_over_is_gone_and_its_document_failed(api: httpx.Client, data: bytes) -> None:
    job = create(api)
    address = begin(api, job, len(data))
    send(api, address, 0, data[:MIB])
    api.post(f"/jobs/{job}/close")
    refused(send(api, address, MIB, data[MIB:]), 410)
    assert state(api, job)["status"] == "failed"
    assert documents(api, job)[0]["error"]["code"] == "upload_incomplete"


def test_the_method_may_be_named_in_a_header(api: httpx.Client, data: bytes) -> None:
    address = begin(api, create(api), len(data))
    headers = {**BYTES, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert api.post(address, content=data[:10], headers=headers).status_code == 204
    assert offset_of(api, address) == 10


def half(server: Process, secret: str, address: str, offset: int, length: int, data: bytes) -> socket.socket:
    """A PATCH that announces `length` bytes, sends `data` once they are waited for, and stops."""
    line = socket.create_connection((urlsplit(server.url).hostname, urlsplit(server.url).port))
    head = (
        f"PATCH {urlsplit(address).path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {secret}\r\n"
        f"tus-resumable: 1.0.0\r\ncontent-type: application/offset+octet-stream\r\n"
        f"upload-offset: {offset}\r\ncontent-length: {length}\r\nexpect: 100-continue\r\n\r\n"
    )
    line.settimeout(60)
    line.sendall(head.encode())
    assert line.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    line.sendall(data)
    return line


def test_what_came_before_the_line_broke_is_kept(
    api: httpx.Client, server: Process, secret: str, data: bytes
) -> None:
    address = begin(api, create(api), len(data))
    half(server, secret, address, 0, len(data), data[: 2 * MIB + 9]).close()
    until(lambda: offset_of(api, address) == 2 * MIB + 9)
    assert send(api, address, 2 * MIB + 9, data[2 * MIB + 9 :]).status_code == 204


def test_the_later_of_two_writers_goes_on_and_the_bytes_do_not_mix(
    api: httpx.Client, server: Process, secret: str, data: bytes
) -> None:
    job = create(api)
    address = begin(api, job, len(data), sha256=hashlib.sha256(data).hexdigest())
    with half(server, secret, address, 0, len(data), bytes(MIB)) as line:
        # It comes back while the server still waits for its former self.
        first = send(api, address, 0, data)
        if first.status_code == 409:  # what the first had sent was noted: these bytes were other ones
            assert offset_of(api, address) == MIB
            assert api.delete(address, headers=TUS).status_code == 204
            address = begin(api, job, len(data), sha256=hashlib.sha256(data).hexdigest())
            assert send(api, address, 0, data).status_code == 204
        assert b"423" in line.recv(100)
    api.post(f"/jobs/{job}/close")
    assert state(api, job)["status"] == "succeeded"


def test_another_process_may_not_write_meanwhile(
    api: httpx.Client, server: Process, other_server: Process, secret: str, data: bytes
) -> None:
    address = begin(api, create(api), len(data))
    with half(server, secret, address, 0, len(data), data[:1000]), client(other_server.url, secret) as other:
        elsewhere = other_server.url + urlsplit(address).path
        refused(send(other, elsewhere, 0, data), 423)
    until(lambda: offset_of(api, address) == 1000)
    assert send(api, address, 1000, data[1000:]).status_code == 204


def test_an_upload_survives_the_death_of_the_server_at_its_last_checkpoint(
    api: httpx.Client, house: House, secret: str, data: bytes
) -> None:
    job = create(api)
    address = begin(api, job, len(data), sha256=hashlib.sha256(data).hexdigest())
    doomed = house.start_api()
    with half(doomed, secret, address, 0, len(data), data[: 3 * MIB]):
        until(lambda: offset_of(api, address) >= MIB)  # the house notes down every MiB
        doomed.kill()
    offset = offset_of(api, address)
    assert MIB <= offset <= 3 * MIB
    assert send(api, address, offset, data[offset:]).status_code == 204
    api.post(f"/jobs/{job}/close")
    assert state(api, job)["status"] == "succeeded"


def test_an_upload_whose_bytes_are_lost_begins_again(api: httpx.Client, house: House, data: bytes) -> None:
    address = begin(api, create(api), len(data))
    send(api, address, 0, data[:MIB])
    for path in (house.folder / "blobs" / ".drafts").iterdir():
        path.unlink()
    refused(send(api, address, MIB, data[MIB:]), 409, "offset_mismatch")
    assert offset_of(api, address) == 0
    assert send(api, address, 0, data).status_code == 204


def test_an_upload_that_was_published_but_not_noted_is_found_to_be_whole(
    api: httpx.Client, house: House, data: bytes
) -> None:
    """Whoever put the last byte there died between the storage and the database."""
    job = create(api)
    address = begin(api, job, len(data))
    assert send(api, address, 0, data).status_code == 204
    document = documents(api, job)[0]["id"]
    house.sql("UPDATE document SET state = 'registered', blob = NULL WHERE id = $1", document)
    house.sql("UPDATE upload SET arrived = 5, stored_at = NULL WHERE document_id = $1", document)
    assert offset_of(api, address) == len(data)
    assert documents(api, job)[0]["status"] == "received"


def test_a_creation_whose_answer_was_lost_is_repeated_and_makes_one_document(
    api: httpx.Client, data: bytes
) -> None:
    job = create(api)
    headers = {
        **BYTES,
        "Upload-Length": str(len(data)),
        "Upload-Metadata": metadata(job=job, filename="a"),
        "Idempotency-Key": "tus-1",
    }
    first = api.post("/uploads", headers=headers, content=data[:MIB])
    again = api.post("/uploads", headers=headers, content=data[:MIB])
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotent-replayed"] == "true" and again.headers["tus-resumable"] == "1.0.0"
    assert again.headers["upload-offset"] == str(MIB)
    assert len(documents(api, job)) == 1
    refused(api.post("/uploads", headers={**headers, "Upload-Length": "1"}, content=b"x"), 422)


def test_who_has_no_key_is_told_so_before_anything_else(server: Process) -> None:
    refused(httpx.post(f"{server.url}/postroom/v1/uploads"), 401, "unauthenticated")


# --- pages of other origins

_PAGE = "https://intranet.example"
_PREFLIGHT = {
    "Origin": _PAGE,
    "Access-Control-Request-Method": "PATCH",
    "Access-Control-Request-Headers": "authorization,tus-resumable,upload-offset",
}


def test_no_page_of_another_origin_may_upload_unless_the_setting_says_so(server: Process) -> None:
    for path in ("/postroom/v1/uploads", "/postroom/v1/jobs", "/signed/x/0"):
        response = httpx.options(server.url + path, headers=_PREFLIGHT)
        assert not [name for name in response.headers if name.startswith("access-control")]


def test_pages_of_the_origins_that_are_named_may_upload(house: House, secret: str) -> None:
    with house.given(POSTROOM_UPLOAD_ORIGINS=f"https://other.example, {_PAGE}/"):
        open_server = house.start_api()
    answer = httpx.options(f"{open_server.url}/postroom/v1/uploads/x", headers=_PREFLIGHT)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == _PAGE
    assert "PATCH" in answer.headers["access-control-allow-methods"]
    assert "tus-resumable" in answer.headers["access-control-allow-headers"]
    stranger = httpx.options(
        f"{open_server.url}/postroom/v1/uploads", headers={**_PREFLIGHT, "Origin": "https://x"}
    )
    assert stranger.status_code == 400 and "access-control-allow-origin" not in stranger.headers
    with client(open_server.url, secret) as api:
        headers = {**TUS, "Upload-Length": "2", "Upload-Metadata": metadata(job=create(api)), "Origin": _PAGE}
        made = api.post("/uploads", headers=headers)
        assert made.headers["access-control-allow-origin"] == _PAGE
        exposed = made.headers["access-control-expose-headers"].lower()
        assert "location" in exposed and "upload-offset" in exposed
        what = api.options(made.headers["location"], headers={"Origin": _PAGE})  # no preflight: tus's own
        assert what.status_code == 204 and what.headers["tus-version"] == "1.0.0"
    put = {"Origin": _PAGE, "Access-Control-Request-Method": "PUT"}
    assert httpx.options(f"{open_server.url}/signed/x/0", headers=put).status_code == 200
    open_server.stop()

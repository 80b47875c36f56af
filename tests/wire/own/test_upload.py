"""Documents that are announced first: signed PUT, signed parts, what is refused, what becomes of what is missing."""

from __future__ import annotations

import base64
import hashlib
import random
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.wire.own.house import House, Process, create, get, problem, state, until

MIB = 1 << 20


def b64(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def announce(api: httpx.Client, job: str, *contents: bytes, mode: str | None = None, **more: Any) -> Any:
    documents = [
        {"name": f"{n}.txt", "size": len(data), "sha256": hashlib.sha256(data).hexdigest(), **more}
        for n, data in enumerate(contents)
    ]
    body = {"documents": documents} | ({"mode": mode} if mode else {})
    response = api.post(f"/jobs/{job}/uploads", json=body)
    assert response.status_code == 201, response.text
    return response.json()["uploads"]


def put(address: dict[str, Any], data: bytes, **headers: str) -> httpx.Response:
    return httpx.put(address["uploadUrl"], content=data, headers={**address["headers"], **headers})


def documents(api: httpx.Client, job: str) -> list[Any]:
    found: list[Any] = api.get(f"/jobs/{job}/documents").json()["items"]
    return found


def parts_of(one: dict[str, Any], data: bytes) -> list[bytes]:
    size = one["partSize"]
    return [data[start : start + size] for start in range(0, max(1, len(data)), size)]


def complete(api: httpx.Client, job: str, one: dict[str, Any], parts: Any) -> httpx.Response:
    document = one["document"]["id"]
    return api.post(f"/jobs/{job}/uploads/{document}/complete", json={"parts": parts})


def named(etags: list[str]) -> list[dict[str, Any]]:
    return [{"partNumber": n, "etag": etag} for n, etag in enumerate(etags, 1)]


# --- one PUT


def test_an_announced_document_is_put_without_a_key_and_processed(api: httpx.Client) -> None:
    job = create(api)
    (one,) = announce(api, job, b"ok#put", contentType="text/plain")
    assert one["mode"] == "put" and one["document"]["status"] == "registered"
    assert one["headers"] == {"content-type": "text/plain", "x-amz-checksum-sha256": b64(b"ok#put")}
    assert get(api, job)["counts"]["waiting"] == 1
    response = put(one, b"ok#put")
    assert response.status_code == 200 and response.headers["etag"].startswith('"')
    assert documents(api, job)[0]["status"] == "received"
    api.post(f"/jobs/{job}/close")
    assert state(api, job)["status"] == "succeeded"
    assert documents(api, job)[0]["sha256"] == hashlib.sha256(b"ok#put").hexdigest()


def test_a_put_may_be_repeated(api: httpx.Client, house: House) -> None:
    job = create(api)
    (one,) = announce(api, job, b"ok#twice")
    assert put(one, b"ok#twice").status_code == 200
    before = house.files()
    assert put(one, b"ok#twice").status_code == 200
    until(lambda: house.files() == before)
    assert len(documents(api, job)) == 1


def test_the_same_file_announced_again_is_the_same_document_with_a_fresh_address(api: httpx.Client) -> None:
    job = create(api)
    (one,) = announce(api, job, b"ok#again")
    (two,) = announce(api, job, b"ok#again")
    assert one["document"]["id"] == two["document"]["id"] and one["uploadId"] == two["uploadId"]
    assert get(api, job)["counts"]["documents"] == 1
    assert put(two, b"ok#again").status_code == 200


def test_an_empty_document_may_be_put(api: httpx.Client) -> None:
    job = create(api)
    (one,) = announce(api, job, b"")
    assert put(one, b"").status_code == 200
    assert documents(api, job)[0]["size"] == 0


def _tampered(url: str, **changed: str) -> str:
    parts = httpx.URL(url)
    return str(parts.copy_merge_params(changed))


def test_an_address_opens_nothing_but_what_it_was_signed_for(api: httpx.Client, house: House) -> None:
    job = create(api)
    one, two = announce(api, job, b"ok#a", b"ok#b", contentType="text/plain")
    later = str(int(time.time()) + 10**6)
    query = urlsplit(two["uploadUrl"]).query
    with house.nothing_stored():
        for address, code in (
            ({**one, "uploadUrl": _tampered(one["uploadUrl"], expires=later)}, "invalid_signature"),
            ({**one, "uploadUrl": _tampered(one["uploadUrl"], signature="0" * 64)}, "invalid_signature"),
            ({**one, "uploadUrl": one["uploadUrl"].split("?")[0]}, "invalid_signature"),
            ({**one, "uploadUrl": one["uploadUrl"].split("?")[0] + "?" + query}, "invalid_signature"),
            ({**one, "uploadUrl": _tampered(one["uploadUrl"], expires="9" * 30)}, "invalid_signature"),
            ({**one, "uploadUrl": one["uploadUrl"].replace("/0?", "/1?")}, "invalid_signature"),
            ({**one, "headers": {}}, "header_mismatch"),
            ({**one, "headers": {**one["headers"], "content-type": "text/html"}}, "header_mismatch"),
            ({**one, "headers": two["headers"]}, "header_mismatch"),
        ):
            problem(put(address, b"ok#a"), 403, code=code)
    assert httpx.get(one["uploadUrl"]).status_code == 405
    assert httpx.put(one["uploadUrl"].replace("/signed/", "/signed/x")).status_code == 404


def test_an_expired_address_is_refused(api: httpx.Client, house: House) -> None:
    from postroom.intake.signed import Grant, address, headers_of

    job = create(api)
    (one,) = announce(api, job, b"ok#late")
    (row,) = house.sql("SELECT u.id FROM upload u WHERE document_id = $1", one["document"]["id"])
    (key,) = house.sql("SELECT value FROM secret WHERE name = 'upload-address'")
    sha256 = hashlib.sha256(b"ok#late").hexdigest()
    grant = Grant(row["id"], 7, int(time.time()) - 1, headers=headers_of(sha256, None))
    url = one["uploadUrl"].split("/signed/")[0] + address(bytes(key["value"]), grant)
    problem(put({**one, "uploadUrl": url}, b"ok#late"), 403, code="address_expired")


def test_wrong_bytes_are_refused_and_nothing_is_kept_of_them(api: httpx.Client, house: House) -> None:
    job = create(api)
    (one,) = announce(api, job, b"ok#right")
    with house.nothing_stored():
        problem(put(one, b"ok#wrong"), 400, code="digest_mismatch")
        problem(put(one, b"short"), 400, code="length_mismatch")
        problem(put(one, b"ok#right and more"), 400, code="length_mismatch")
        problem(
            httpx.put(one["uploadUrl"], content=iter([b"ok#", b"right", b"!"]), headers=one["headers"]),
            400,
            code="length_mismatch",
        )
    assert put(one, b"ok#right").status_code == 200


def test_a_client_that_stops_in_mid_body_leaves_nothing(api: httpx.Client, house: House) -> None:
    data = random.Random(1).randbytes(3 * MIB)
    job = create(api)
    (one,) = announce(api, job, data)
    (two,) = announce(api, job, data[1:], mode="multipart")
    with house.nothing_stored():
        for address in (one, two["parts"][0]):
            url = urlsplit(address["uploadUrl"])
            with socket.create_connection((url.hostname, url.port)) as line:
                headers = "".join(f"{name}: {value}\r\n" for name, value in address["headers"].items())
                length = f"content-length: {len(data) if address is one else len(data) - 1}\r\n"
                head = f"PUT {url.path}?{url.query} HTTP/1.1\r\nhost: x\r\n{headers}{length}\r\n"
                line.sendall(head.encode() + data[: 2 * MIB])
        time.sleep(0.3)
        api.delete(f"/jobs/{job}/uploads/{two['document']['id']}")
    api.post(f"/jobs/{job}/close")
    state(api, job)
    found = [(one["status"], one["error"]["code"]) for one in documents(api, job)]
    assert found == [("failed", "upload_incomplete"), ("cancelled", "withdrawn")]


def test_what_has_not_arrived_when_the_job_is_closed_fails_and_the_rest_goes_on(api: httpx.Client) -> None:
    job = create(api)
    one, _ = announce(api, job, b"ok#here", b"ok#missing")
    put(one, b"ok#here")
    api.post(f"/jobs/{job}/close")
    ended = state(api, job)
    assert ended["status"] == "partial"
    assert (ended["counts"]["succeeded"], ended["counts"]["failed"]) == (1, 1)


def test_addresses_of_a_job_that_is_over_are_closed_and_its_bytes_dropped(
    api: httpx.Client, house: House
) -> None:
    job = create(api)
    with house.nothing_stored():
        one, two = announce(api, job, b"ok#1", b"ok#2" * 100, mode="multipart")
        assert put(one["parts"][0], b"ok#1").status_code == 200
        api.post(f"/jobs/{job}/cancel")
        problem(put(two["parts"][0], b"ok#2" * 100), 403, code="upload_closed")
        api.delete(f"/jobs/{job}")


def test_what_is_announced_is_checked(api: httpx.Client, stranger: httpx.Client) -> None:
    job = create(api)
    good = {"name": "a", "size": 1}
    for wrong, field in (
        ({"name": "a"}, "documents.0.size"),
        ({**good, "size": -1}, "documents.0.size"),
        ({**good, "sha256": "A" * 64}, "documents.0.sha256"),
        ({**good, "contentType": "text/plain\r\nX: y"}, "documents.0.contentType"),
        ({**good, "surprise": 1}, "documents.0.surprise"),
    ):
        problem(api.post(f"/jobs/{job}/uploads", json={"documents": [wrong]}), 400, field=field)
    problem(
        api.post(f"/jobs/{job}/uploads", json={"documents": [good, {**good, "size": 10**10 + 1}]}),
        413,
        code="document_too_large",
        field="documents.1.size",
    )
    assert get(api, job)["counts"]["documents"] == 0
    problem(stranger.post(f"/jobs/{job}/uploads", json={"documents": [good]}), 404)
    api.post(f"/jobs/{job}/close")
    problem(api.post(f"/jobs/{job}/uploads", json={"documents": [good]}), 409, code="job_closed")


def test_a_repeated_call_with_a_key_announces_once(api: httpx.Client) -> None:
    job = create(api)
    body = {"documents": [{"name": "a", "size": 5}]}
    first, second = (
        api.post(f"/jobs/{job}/uploads", json=body, headers={"Idempotency-Key": "k"}) for _ in range(2)
    )
    assert first.content == second.content and second.headers["idempotent-replayed"] == "true"
    assert get(api, job)["counts"]["documents"] == 1


# --- parts


@pytest.fixture
def big() -> bytes:
    """More than two parts of the house's MiB."""
    return b"ok#" + bytes(100) + random.Random(7).randbytes(2 * MIB + 54321)


def test_parts_come_in_any_order_and_more_than_once_and_make_one_document(
    api: httpx.Client, big: bytes, house: House
) -> None:
    job = create(api)
    (one,) = announce(api, job, big, mode="multipart")
    pieces = parts_of(one, big)
    assert len(one["parts"]) == len(pieces) == 3
    etags = [""] * 3
    for n in (2, 0, 1, 0):
        response = put(one["parts"][n], pieces[n])
        assert response.status_code == 200
        etags[n] = response.headers["etag"]
        assert etags[n] == f'"{hashlib.md5(pieces[n]).hexdigest()}"'
    parts = named(etags)
    parts[0]["etag"] = parts[0]["etag"].strip('"')
    first = complete(api, job, one, [parts[1], parts[0], parts[2]])
    assert first.status_code == 200 and first.json()["status"] == "received"
    assert complete(api, job, one, parts).json() == first.json()
    problem(put(one["parts"][0], pieces[0]), 409, code="upload_complete")
    api.post(f"/jobs/{job}/close")
    assert state(api, job)["status"] == "succeeded"
    (found,) = documents(api, job)
    assert found["sha256"] == hashlib.sha256(big).hexdigest() and found["size"] == len(big)
    (row,) = house.sql("SELECT blob FROM document WHERE id = $1", found["id"])
    assert any(path.endswith(row["blob"].replace("/", ",")) for path in house.files())


def test_parts_that_are_missing_wrong_or_changed_are_not_put_together(api: httpx.Client, big: bytes) -> None:
    job = create(api)
    (one,) = announce(api, job, big, mode="multipart")
    pieces = parts_of(one, big)
    etags = [put(one["parts"][n], pieces[n]).headers["etag"] for n in (0, 1)] + ['"x"']
    for parts, status, code in (
        (named(etags), 409, "upload_incomplete"),  # the third has not come
        (named(etags[:2]), 409, "upload_incomplete"),
        (named([*etags, '"y"']), 409, "upload_incomplete"),
        (named(etags)[:2] + named(etags)[:1], 409, "upload_incomplete"),
    ):
        problem(complete(api, job, one, parts), status, code=code)
    etags[2] = put(one["parts"][2], pieces[2]).headers["etag"]
    problem(complete(api, job, one, named([etags[0], '"0"', etags[2]])), 400, code="etag_mismatch")
    problem(complete(api, job, one, named([etags[1], etags[0], etags[2]])), 400, code="etag_mismatch")
    problem(put(one["parts"][1], pieces[2]), 400, code="length_mismatch")
    document = one["document"]["id"]
    problem(api.post(f"/jobs/{job}/uploads/{document}/complete"), 400, code="other_mode")
    assert documents(api, job)[0]["status"] == "registered"
    # A part that was cut off has to come again, even though it was there before.
    assert complete(api, job, one, named(etags)).status_code == 200


def test_parts_whose_whole_has_another_digest_fail_their_document_and_no_other(
    api: httpx.Client, big: bytes
) -> None:
    job = create(api)
    one, two = announce(api, job, big, b"ok#small", mode="multipart")
    pieces = parts_of(one, big)
    pieces[1] = bytes(len(pieces[1]))
    etags = [put(one["parts"][n], piece).headers["etag"] for n, piece in enumerate(pieces)]
    assert complete(api, job, one, named(etags)).status_code == 200
    etag = put(two["parts"][0], b"ok#small").headers["etag"]
    assert complete(api, job, two, named([etag])).status_code == 200
    api.post(f"/jobs/{job}/close")
    assert state(api, job)["status"] == "partial"
    bad, good = documents(api, job)
    assert (bad["status"], bad["error"]["code"]) == ("failed", "digest_mismatch")
    assert good["status"] == "succeeded"


def test_the_latest_sender_of_a_part_takes_over(api: httpx.Client, big: bytes) -> None:
    """The line of the first broke, and the server does not know it yet."""
    job = create(api)
    (one,) = announce(api, job, big, mode="multipart")
    pieces, part = parts_of(one, big), one["parts"][0]
    url = urlsplit(part["uploadUrl"])
    with socket.create_connection((url.hostname, url.port)) as line:
        head = f"PUT {url.path}?{url.query} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(pieces[0])}\r\n"
        line.settimeout(60)
        line.sendall(f"{head}expect: 100-continue\r\n\r\n".encode())
        assert line.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"  # it is being waited for
        line.sendall(bytes(1000))
        etags = [
            put(address, piece).headers["etag"] for address, piece in zip(one["parts"], pieces, strict=True)
        ]
        assert b"409" in line.recv(100)
    assert complete(api, job, one, named(etags)).status_code == 200
    api.post(f"/jobs/{job}/close")
    assert state(api, job)["status"] == "succeeded"


def test_parts_survive_the_death_of_the_server(
    api: httpx.Client, house: House, secret: str, big: bytes
) -> None:
    job = create(api)
    (one,) = announce(api, job, big, mode="multipart")
    pieces = parts_of(one, big)
    doomed = house.start_api()
    etags = []
    for n, server in ((0, doomed), (1, None), (2, None)):
        address = dict(one["parts"][n])
        if server is not None:
            address["uploadUrl"] = server.url + "/signed/" + address["uploadUrl"].split("/signed/")[1]
        etags.append(put(address, pieces[n]).headers["etag"])
        if server is not None:
            server.kill()
    assert complete(api, job, one, named(etags)).status_code == 200
    api.post(f"/jobs/{job}/close")
    assert state(api, job)["status"] == "succeeded"


def test_parts_whose_bytes_are_lost_have_to_come_again(api: httpx.Client, house: House, big: bytes) -> None:
    """As after a restore: a backup holds no half-written uploads."""
    job = create(api)
    (one,) = announce(api, job, big, mode="multipart")
    pieces = parts_of(one, big)

    def send() -> list[dict[str, Any]]:
        pairs = zip(one["parts"], pieces, strict=True)
        return named([put(address, piece).headers["etag"] for address, piece in pairs])

    parts = send()
    for path in (house.folder / "blobs" / ".drafts").iterdir():
        path.unlink()
    for _ in range(2):
        problem(complete(api, job, one, parts), 409, code="upload_incomplete")
    assert send() == parts
    assert complete(api, job, one, parts).status_code == 200


def test_no_secret_is_in_the_logs(api: httpx.Client, house: House, server: Process) -> None:
    job = create(api)
    (one,) = announce(api, job, b"ok#quiet")
    put(one, b"wrong!!!")
    put(one, b"ok#quiet")
    (key,) = house.sql("SELECT value FROM secret WHERE name = 'upload-address'")
    signature = httpx.URL(one["uploadUrl"]).params["signature"]
    log = "".join(path.read_text() for path in house.folder.glob("*.log"))
    assert signature not in log and bytes(key["value"]).hex() not in log

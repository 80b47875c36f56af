"""Proves announced uploads: signed PUT, signed parts, Base64, and every way in which they can be wrong."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire.plans.conftest import PART, THRESHOLD
from tests.wire.plans.paper import base64_of, pdf, sha256
from tests.wire.plans.site import Site

BIG = THRESHOLD + PART // 2  # bytes: four parts, the last one short


def _big(text: str) -> bytes:
    """A PDF that comes in parts: what follows its end is looked at by nobody."""
    data = pdf(text)
    return data + b"\n%" + b"x" * (BIG - len(data) - 2)


def test_a_signed_put_brings_a_document(site: Site) -> None:
    job, data = site.job(), pdf("by put")
    told = site.instruction(job, data)
    assert told["uploadMode"] == "direct_put" and told["documentId"].startswith("doc_")
    assert told["headers"]["Content-Type"] == "application/pdf"
    assert site.get(job)["files"][0]["status"] == "registered"
    response = site.put(told["uploadUrl"], data, told["headers"])
    assert response.status_code == 200 and response.headers["ETag"].startswith('"')
    entry = {"documentId": told["documentId"], "uploadToken": told["uploadToken"]}
    site.complete(job, directUploads=[entry])
    found = site.ended(job)
    assert (found["status"], found["pageCount"]) == ("complete", 1)


def test_signed_parts_bring_a_document_in_any_order(site: Site) -> None:
    job, data = site.job(), _big("by parts")
    entry = site.parts(job, data)
    assert [part["partNumber"] for part in entry["parts"]] == [4, 3, 2, 1]
    site.complete(job, multipartUploads=[entry])
    found = site.ended(job)
    assert (found["status"], found["pageCount"]) == ("complete", 1)
    assert found["files"][0]["sha256"] == sha256(data)


def test_base64_brings_a_document_instead_of_the_put(site: Site) -> None:
    job, data = site.job(), pdf("by base64")
    told = site.instruction(job, data)
    given = {"uploadToken": told["uploadToken"], "contentBase64": base64_of(data), "sha256": sha256(data)}
    body = site.call("POST", f"/jobs/{job}/uploads/{told['documentId']}/content", 200, json=given).json()
    assert (body["status"], body["fileSize"], body["fileName"]) == ("uploaded", len(data), "big-0.pdf")
    site.complete(job, directUploads=[body["directUpload"]])
    assert site.ended(job)["status"] == "complete"


def test_one_job_mixes_all_modes(site: Site) -> None:
    job = site.job()
    site.upload(job, pdf("form"), classification="documents")
    direct, parts = site.direct(job, pdf("put")), site.parts(job, _big("parts"))
    site.complete(job, directUploads=[direct], multipartUploads=[parts], key="k")
    found = site.ended(job)
    assert (found["status"], found["pageCount"], len(found["files"])) == ("complete", 3, 3)


def test_the_same_file_announced_again_is_the_same_document_with_fresh_instructions(site: Site) -> None:
    job, data = site.job(), pdf("again")
    first, second = site.instruction(job, data), site.instruction(job, data)
    assert first["documentId"] == second["documentId"]
    assert first["uploadToken"] != second["uploadToken"]
    assert len(site.get(job)["files"]) == 1
    assert site.put(second["uploadUrl"], data, second["headers"]).status_code == 200
    assert site.put(second["uploadUrl"], data, second["headers"]).status_code == 200


ENTRIES: list[dict[str, Any]] = [
    {"fileName": ""},
    {"fileName": None},
    {"fileName": "/"},
    {"contentType": None},
    {"contentType": 7},
    {"fileSize": -1},
    {"fileSize": 1.5},
    {"fileSize": "7"},
    {"fileSize": True},
    {"fileSize": None},
    {"sha256": None},
    {"sha256": "x" * 64},
    {"sha256": "A" * 64},
    {"classification": "novel"},
]


@pytest.mark.parametrize("change", ENTRIES, ids=str)
def test_an_announcement_that_does_not_fit_is_refused(site: Site, change: dict[str, Any]) -> None:
    job = site.job()
    entry = {
        "fileName": "a.pdf",
        "contentType": "application/pdf",
        "fileSize": 7,
        "sha256": "0" * 64,
        **change,
    }
    site.refused("POST", f"/jobs/{job}/uploads", 400, "validation_failed", json={"files": [entry]})
    assert site.get(job)["status"] == "awaiting_uploads"


def _entries(count: int, size: int = 1, first: int = 0) -> dict[str, Any]:
    return {
        "files": [
            {
                "fileName": f"{n}.pdf",
                "contentType": "application/pdf",
                "fileSize": size,
                "sha256": f"{first + n:064x}",
            }
            for n in range(count)
        ]
    }


@pytest.mark.parametrize("body", [{}, {"files": []}, {"files": 7}, {"files": {}}])
def test_an_announcement_of_nothing_is_refused(site: Site, body: object) -> None:
    site.refused("POST", f"/jobs/{site.job()}/uploads", 400, "validation_failed", json=body)


def test_limits_count_over_all_announcements(site: Site) -> None:
    job = site.job()
    path = f"/jobs/{job}/uploads"
    site.refused("POST", path, 413, "file_limit_exceeded", json=_entries(101))
    site.call("POST", path, 200, json=_entries(60))
    site.refused("POST", path, 413, "file_limit_exceeded", json=_entries(50, first=100))
    assert len(site.get(job)["files"]) == 60
    site.call("POST", path, 200, json=_entries(60))  # announced before: they do not count again


def test_ten_gigabytes_may_be_announced_and_not_a_byte_more(site: Site) -> None:
    path = f"/jobs/{site.job()}/uploads"
    site.refused("POST", path, 413, "declared_bytes_exceeded", json=_entries(1, 10_000_000_001))
    site.refused("POST", path, 413, "declared_bytes_exceeded", json=_entries(2, 5_000_000_001))
    site.call("POST", path, 200, json=_entries(2, 5_000_000))
    site.refused("POST", path, 413, "declared_bytes_exceeded", json=_entries(1, 9_990_000_001, 7))


def test_an_empty_file_is_announced_as_direct_put_and_fails_in_preflight(site: Site) -> None:
    job = site.job()
    site.upload(job, pdf("good"), classification="documents")
    entry = site.direct(job, b"")
    site.complete(job, directUploads=[entry])
    assert site.ended(job)["status"] == "completed_with_errors"
    (error,) = site.result(job)["errors"]
    assert (error["documentId"], error["code"]) == (entry["documentId"], "empty_document")


def test_bytes_other_than_announced_are_refused_by_the_storage(site: Site) -> None:
    job, data = site.job(), pdf("announced")
    told = site.instruction(job, data)
    other = bytes(reversed(data))
    assert site.put(told["uploadUrl"], other, told["headers"]).status_code == 400
    assert site.put(told["uploadUrl"], data[:-1], told["headers"]).status_code == 400
    assert site.put(told["uploadUrl"], data, {}).status_code == 403
    assert site.put(told["uploadUrl"] + "x", data, told["headers"]).status_code in (403, 404)
    entry = {"documentId": told["documentId"], "uploadToken": told["uploadToken"]}
    error = site.complete(job, 409, directUploads=[entry]).json()["error"]
    assert error["code"] == "upload_incomplete"
    assert site.get(job)["status"] == "uploading"


def test_a_token_of_another_document_or_mode_is_refused(site: Site) -> None:
    job = site.job()
    one, two = site.direct(job, pdf("one")), site.direct(job, pdf("two"))
    parts = site.parts(job, _big("parts"))
    for entry in (
        {**one, "uploadToken": two["uploadToken"]},
        {**one, "uploadToken": "tok_abc123"},
    ):
        error = site.complete(job, 400, directUploads=[two, entry]).json()["error"]
        assert error["code"] == "invalid_upload_token"
        assert error["details"] == {"field": "directUploads[1].uploadToken"}
    wrong = {**parts, "multipartUploadId": "mpu_" + "0" * 32}
    assert site.complete(job, 400, multipartUploads=[wrong]).json()["error"]["code"] == "invalid_upload_token"
    assert site.complete(job, 400, directUploads=[one, one]).json()["error"]["code"] == "validation_failed"
    both = {"directUploads": [one], "failedUploads": [{"documentId": one["documentId"]}]}
    assert site.complete(job, 400, **both).json()["error"]["code"] == "validation_failed"
    site.complete(job, directUploads=[one, two], multipartUploads=[parts])


def test_a_document_in_the_list_of_another_mode_is_refused_before_its_token_is_looked_at(site: Site) -> None:
    job = site.job()
    (form,) = site.upload(job, pdf("form"))
    one, parts = site.direct(job, pdf("one")), site.parts(job, _big("parts"))
    in_parts = {"documentId": parts["documentId"], "uploadToken": "tok_x"}
    for member, entry in (
        ("directUploads", in_parts),
        ("directUploads", {"documentId": form, "uploadToken": "tok_x"}),
        ("multipartUploads", {**parts, **one}),
    ):
        error = site.complete(job, 400, **{member: [entry]}).json()["error"]
        assert (error["code"], error["details"]) == (
            "validation_failed",
            {"field": f"{member}[0].documentId"},
        )
    site.complete(job, directUploads=[one], multipartUploads=[parts])


def test_parts_that_are_missing_repeated_or_wrong_are_refused(site: Site) -> None:
    job = site.job()
    entry = site.parts(job, _big("parts"))
    parts = entry["parts"]

    def refused(given: list[dict[str, Any]], status: int, *codes: str) -> None:
        answer = site.complete(job, status, multipartUploads=[{**entry, "parts": given}])
        assert answer.json()["error"]["code"] in codes

    refused(parts[1:], 409, "upload_incomplete")
    refused([*parts, {"partNumber": 5, "etag": parts[0]["etag"]}], 409, "upload_incomplete")
    refused([*parts[:-1], parts[0]], 409, "upload_incomplete")
    refused([*parts[:-1], {**parts[-1], "etag": '"0"'}], 400, "etag_mismatch")
    refused([], 400, "validation_failed")
    refused([{"partNumber": 0, "etag": "x"}], 400, "validation_failed")
    refused([{"partNumber": 1}], 400, "validation_failed")
    unquoted = [{**part, "etag": part["etag"].strip('"')} for part in parts]
    site.complete(job, multipartUploads=[{**entry, "parts": unquoted}])
    assert site.ended(job)["status"] == "complete"


def test_a_multipart_upload_of_other_bytes_fails_that_document(site: Site) -> None:
    job, data = site.job(), _big("announced")
    site.upload(job, pdf("good"), classification="documents")
    told = site.instruction(job, data)
    other = bytes(len(data))
    done = []
    for part in told["parts"]:
        piece = other[part["startByte"] : part["endByte"] + 1]
        response = site.put(part["uploadUrl"], piece, part["headers"])
        assert response.status_code == 200, response.text
        done.append({"partNumber": part["partNumber"], "etag": response.headers["ETag"]})
    names = ("documentId", "multipartUploadId", "uploadToken")
    entry = {**{name: told[name] for name in names}, "parts": done}
    answer = site.complete(job, None, multipartUploads=[entry])
    if answer.status_code == 202:  # the whole file's digest is compared while it is checked
        assert site.ended(job)["status"] == "completed_with_errors"
        assert [error["code"] for error in site.result(job)["errors"]] == ["checksum_mismatch"]
    else:
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "checksum_mismatch")


def test_base64_that_does_not_fit_is_refused(site: Site) -> None:
    job, data = site.job(), pdf("base64")
    told, other = site.instruction(job, data), site.instruction(job, pdf("other"))
    path = f"/jobs/{job}/uploads/{told['documentId']}/content"
    good = {"uploadToken": told["uploadToken"], "contentBase64": base64_of(data)}

    def refused(change: dict[str, Any], code: str, status: int = 400) -> None:
        assert site.call("POST", path, status, json={**good, **change}).json()["error"]["code"] == code

    refused({"contentBase64": "%%%"}, "validation_failed")
    refused({"contentBase64": base64_of(data)[:-2]}, "validation_failed")
    refused({"contentBase64": None}, "validation_failed")
    refused({"contentBase64": base64_of(data[:-1])}, "size_mismatch")
    refused({"contentBase64": base64_of(bytes(reversed(data)))}, "checksum_mismatch")
    refused({"sha256": "0" * 64}, "checksum_mismatch")
    refused({"sha256": "A" * 64}, "validation_failed")
    refused({"uploadToken": None}, "validation_failed")
    refused({"uploadToken": "tok"}, "invalid_upload_token")
    refused({"uploadToken": other["uploadToken"]}, "invalid_upload_token")
    refused({"contentBase64": "A" * 400_000}, "size_mismatch")
    parts = site.instruction(job, _big("parts"))
    given = {"uploadToken": parts["uploadToken"], "contentBase64": base64_of(b"x")}
    where = f"/jobs/{job}/uploads/{parts['documentId']}/content"
    site.refused("POST", where, 400, "invalid_upload_token", json=given)
    nothing = f"/jobs/{job}/uploads/doc_{'0' * 32}/content"
    site.refused("POST", nothing, 404, "not_found", json=good)


def test_after_a_cancel_signed_addresses_do_not_work(site: Site) -> None:
    job, data = site.job(), pdf("late")
    told = site.instruction(job, data)
    site.call("POST", f"/jobs/{job}/cancel", 200)
    assert site.put(told["uploadUrl"], data, told["headers"]).status_code in (403, 404, 409)

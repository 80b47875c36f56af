"""Documents on the wire: in by form and raw body, out as pages, results and artifacts."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid

import httpx
import pytest

from tests.wire.own.house import House, add, create, form, problem, state, submit


def test_every_file_part_of_a_form_is_a_document_and_text_is_not(api: httpx.Client) -> None:
    job = create(api)
    response = api.post(
        f"/jobs/{job}/documents", data={"note": "ignored"}, files=form(("a.txt", b"ok#1"), ("b.txt", b"ok#2"))
    )
    assert response.status_code == 201
    documents = response.json()["documents"]
    assert [(one["name"], one["position"], one["status"]) for one in documents] == [
        ("a.txt", 0, "received"),
        ("b.txt", 1, "received"),
    ]
    assert documents[0]["size"] == 4
    assert documents[0]["sha256"] == hashlib.sha256(b"ok#1").hexdigest()
    assert add(api, job, ("c.txt", b"ok"))[0]["position"] == 2
    assert state_counts(api, job) == 3


def state_counts(api: httpx.Client, job: str) -> int:
    count: int = api.get(f"/jobs/{job}").json()["counts"]["documents"]
    return count


def test_a_raw_body_is_one_document(api: httpx.Client) -> None:
    job = create(api)
    response = api.post(
        f"/jobs/{job}/documents",
        params={"name": "größe 100%.txt"},
        content=b"ok",
        headers={"Content-Type": "text/plain"},
    )
    assert response.status_code == 201
    (document,) = response.json()["documents"]
    assert (document["name"], document["declaredType"], document["size"]) == (
        "größe 100%.txt",
        "text/plain",
        2,
    )
    assert api.get(f"/jobs/{job}/documents/{document['id']}").json() == document


def test_a_raw_body_may_come_in_chunks(api: httpx.Client) -> None:
    job = create(api)
    response = api.post(
        f"/jobs/{job}/documents", params={"name": "a"}, content=iter([b"o", b"k", b"#" * 100_000])
    )
    assert response.json()["documents"][0]["size"] == 100_002


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\scan.pdf", "scan.pdf"),
        ("a\nb.txt", "a b.txt"),
        ("a\x00b.txt", "ab.txt"),
        ("..", "document-1"),
        ("", "document-1"),
        ("x" * 5000 + ".pdf", "x" * 251 + ".pdf"),
    ],
)
def test_names_are_data_and_never_paths(api: httpx.Client, house: House, sent: str, kept: str) -> None:
    job = create(api)
    response = api.post(f"/jobs/{job}/documents", params={"name": sent}, content=b"ok")
    assert response.json()["documents"][0]["name"] == kept
    assert not [path for path in house.files() if "passwd" in path or "scan" in path]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "x\\..\\passwd"])
def test_names_in_forms_are_data_too(api: httpx.Client, name: str) -> None:
    assert add(api, create(api), (name, b"ok"))[0]["name"] == "passwd"


def test_an_empty_file_is_counted_and_rejected(api: httpx.Client) -> None:
    for workflow in ("inspect", "probe"):
        job = create(api, workflow)
        add(api, job, ("empty.pdf", b""))
        raw = api.post(f"/jobs/{job}/documents", params={"name": "raw.pdf"}, content=b"")
        assert raw.status_code == 201
        api.post(f"/jobs/{job}/close")
        ended = state(api, job)
        assert ended["status"] == "failed"
        assert (ended["counts"]["documents"], ended["counts"]["rejected"]) == (2, 2)


@pytest.mark.parametrize("header", ["Content-Digest", "Repr-Digest"])
@pytest.mark.parametrize("algorithm", ["sha-256", "sha-512"])
def test_a_right_digest_is_accepted(api: httpx.Client, header: str, algorithm: str) -> None:
    digest = base64.b64encode(hashlib.new(algorithm.replace("-", ""), b"ok").digest()).decode()
    response = api.post(
        f"/jobs/{create(api)}/documents",
        params={"name": "a"},
        content=b"ok",
        headers={header: f"{algorithm}=:{digest}:"},
    )
    assert response.status_code == 201


def test_documents_come_in_order_in_pages_and_by_status(api: httpx.Client) -> None:
    job = submit(api, *[f"ok#{n}".encode() for n in range(5)], b"fail", b"reject")
    state(api, job)
    seen: list[int] = []
    cursor: str | None = None
    while True:
        page = api.get(
            f"/jobs/{job}/documents", params={"limit": 3} | ({"cursor": cursor} if cursor else {})
        ).json()
        seen += [one["position"] for one in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert seen == list(range(7))
    failed = api.get(f"/jobs/{job}/documents", params={"status": ["failed", "rejected"]}).json()["items"]
    assert [(one["position"], one["error"]["code"]) for one in failed] == [(5, "asked"), (6, "refused")]


def test_results_are_one_document_a_line_in_order(api: httpx.Client) -> None:
    job = submit(api, *[f"ok#{n}".encode() for n in range(250)], b"fail")
    state(api, job)
    response = api.get(f"/jobs/{job}/results")
    assert response.headers["content-type"] == "application/jsonl"
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert [line["position"] for line in lines] == list(range(251))
    assert lines[0]["result"] == {"word": "ok"}
    assert lines[250]["error"]["message"] == "The document asked to fail."
    assert lines[3] == api.get(f"/jobs/{job}/documents/{lines[3]['id']}").json()


def test_results_of_an_open_job_say_what_there_is(api: httpx.Client) -> None:
    job = create(api)
    assert api.get(f"/jobs/{job}/results").text == ""
    add(api, job, b"ok")
    assert json.loads(api.get(f"/jobs/{job}/results").text)["status"] == "received"


def test_duplicates_name_the_original(api: httpx.Client) -> None:
    job = submit(api, b"ok", b"ok", options={"duplicates": "link"})
    assert state(api, job)["status"] == "succeeded"
    first, second = api.get(f"/jobs/{job}/documents").json()["items"]
    assert (second["status"], second["duplicateOf"]) == ("duplicate", first["id"])


def test_an_artifact_is_downloaded_with_its_headers(api: httpx.Client) -> None:
    job = submit(api, b"artifact")
    state(api, job)
    (document,) = api.get(f"/jobs/{job}/documents").json()["items"]
    (artifact,) = document["artifacts"]
    assert artifact["href"].startswith("/postroom/v1/jobs/")
    response = api.get(artifact["href"].removeprefix("/postroom/v1"))
    assert response.content == b"artifact"
    assert response.headers["etag"] == f'"{hashlib.sha256(b"artifact").hexdigest()}"'
    assert response.headers["content-length"] == "8" == str(artifact["size"])
    assert response.headers["content-disposition"].startswith('attachment; filename="copy.txt"')
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in response.headers["content-security-policy"]
    again = api.get(str(response.url), headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    problem(api.get(f"/jobs/{job}/documents/{document['id']}/artifacts/no.txt"), 404, field="name")


def test_a_document_is_given_back_as_it_came(api: httpx.Client) -> None:
    job = submit(api, b"<script>ok</script>", b"")
    for sent, document in zip(
        (b"<script>ok</script>", b""), api.get(f"/jobs/{job}/documents").json()["items"], strict=True
    ):
        response = api.get(document["content"].removeprefix("/postroom/v1"))
        assert response.content == sent
        assert response.headers["etag"] == f'"{hashlib.sha256(sent).hexdigest()}"'
        assert response.headers["content-disposition"].startswith("attachment; filename=")
        assert "sandbox" in response.headers["content-security-policy"]


def test_a_document_whose_bytes_have_not_come_has_nothing_to_give_back(api: httpx.Client) -> None:
    job = create(api)
    announced = {"documents": [{"name": "later.pdf", "size": 5, "contentType": "application/pdf"}]}
    assert api.post(f"/jobs/{job}/uploads", json=announced).status_code == 201
    (document,) = api.get(f"/jobs/{job}/documents").json()["items"]
    assert document["content"] is None
    problem(api.get(f"/jobs/{job}/documents/{document['id']}/content"), 404, code="no_content")


def test_what_the_job_as_a_whole_made_is_downloaded_too(api: httpx.Client) -> None:
    job = submit(api, b"ok#1", b"ok#2", workflow="probe-finish")
    assert api.get(f"/jobs/{job}/artifacts").status_code == 200
    state(api, job)
    (artifact,) = api.get(f"/jobs/{job}/artifacts").json()["items"]
    assert artifact["name"] == "all.txt"
    assert api.get(artifact["href"].removeprefix("/postroom/v1")).content == b"ok#1\nok#2\n"


def test_an_unknown_document_is_404(api: httpx.Client) -> None:
    job = create(api)
    problem(api.get(f"/jobs/{job}/documents/{uuid.uuid4()}"), 404, field="document")


def test_a_document_of_another_job_is_404(api: httpx.Client) -> None:
    one, two = create(api), create(api)
    (document,) = add(api, one, b"ok")
    problem(api.get(f"/jobs/{two}/documents/{document['id']}"), 404)

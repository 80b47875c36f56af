"""Real jobs, from a client's first byte to the last, through sandboxed workers with the tools of this machine."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import httpx
import pikepdf
import pytest

from postroom.systems.conversion import need
from tests.unit.systems.conversion import sample
from tests.wire.own.house import House, add, client, create, until

NEEDS = {"veraPDF": need.verifier(), "LibreOffice": need.office(), "Pango": need.pango()}
PATIENCE = 600  # seconds: on a busy machine a chunk may have to start its programs twice
TERMINAL = ("succeeded", "failed", "cancelled")


class Real(House):
    """With the workflows that a server has."""

    def start(self, part: str, *more: str) -> object:  # type: ignore[override]
        return super().start(part, "--module", "postroom.wiring.system", *more)


@pytest.fixture(scope="module")
def api(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with Real.built(postgres, tmp_path_factory.mktemp("engine-room"), slots=1) as house:
        server = house.start_api()
        _, secret = house.key()
        with client(server.url, secret) as opened:
            yield opened


def job(api: httpx.Client, workflow: str, *files: Path, **given: object) -> tuple[dict, dict, bytes | None]:
    """The job, its first document and what came out."""
    made = create(api, workflow, **given)
    add(api, made, *((file.name, file.read_bytes()) for file in files))
    assert api.post(f"/jobs/{made}/close").status_code == 202
    found = until(lambda: (one := api.get(f"/jobs/{made}").json())["status"] in TERMINAL and one, PATIENCE)
    document = api.get(f"/jobs/{made}/documents").json()["items"][0]
    artifacts = api.get(f"/jobs/{made}/artifacts").json()["items"]
    if not artifacts:
        return found, document, None
    return (
        found,
        document,
        httpx.Client(headers=api.headers).get(str(api.base_url.join(artifacts[0]["href"]))).content,
    )


def needs(*tools: str) -> pytest.MarkDecorator:
    advice = [NEEDS[tool] for tool in tools if NEEDS[tool]]
    return pytest.mark.skipif(bool(advice), reason=" ".join(map(str, advice)))


@needs("veraPDF")
def test_the_verifier_works_where_the_network_and_the_memory_are_taken_away(
    api: httpx.Client, tmp_path: Path
) -> None:
    for _ in range(2):
        found, document, data = job(api, "archive-pdfa-2", sample.pdf(tmp_path / "a.pdf", "Hello"))
        assert found["status"] == "succeeded", found
        verdict = document["result"]["verdict"]
        assert (verdict["by"], verdict["passed"], verdict["flavour"]) == ("veraPDF", True, "PDF/A-2u")
        assert data is not None
        assert data.startswith(b"%PDF-")


@needs("veraPDF", "LibreOffice")
def test_office_documents_one_after_the_other_in_the_same_child(api: httpx.Client, tmp_path: Path) -> None:
    files = [
        sample.docx(tmp_path / "a.docx"),
        sample.xlsx(tmp_path / "b.xlsx"),
        sample.rtf(tmp_path / "c.rtf"),
    ]
    for file in (*files, files[0]):
        found, document, _ = job(api, "archive-pdfa-2", file)
        assert found["status"] == "succeeded", (file.name, found, document)
        # A sheet has no paragraphs that a structure could name in order, and may end one level lower.
        levels = ("PDF/A-2a", "PDF/A-2u") if file.suffix == ".xlsx" else ("PDF/A-2a",)
        assert document["result"]["verdict"]["flavour"] in levels


@needs("Pango")
def test_a_page_that_names_files_and_hosts_gets_none_of_them(api: httpx.Client, tmp_path: Path) -> None:
    font = "<style>@font-face { font-family: x; src: url(file:///etc/passwd) } p { font-family: x }</style>"
    pictures = '<img src="file:///etc/passwd"><img src="http://127.0.0.1/x">'
    (tmp_path / "a.html").write_text(f"<p>Hi</p>{font}{pictures}")
    found, document, data = job(api, "convert-pdf", tmp_path / "a.html")
    assert found["status"] == "succeeded", found
    assert {event["code"] for event in document["result"]["events"]} == {"ExternalResourceUnavailable"}
    assert data is not None


@needs("LibreOffice")
def test_an_office_document_that_names_a_file_of_the_server_does_not_get_it(
    api: httpx.Client, tmp_path: Path
) -> None:
    (tmp_path / "private.png").write_bytes(sample.png())
    field = rb"{\field{\*\fldinst { INCLUDEPICTURE "
    data = rb"{\rtf1\ansi Words " + field + f'"{tmp_path}/private.png" }}}}{{\\fldrslt x}}}}}}'.encode()
    (tmp_path / "a.rtf").write_bytes(data)
    found, _, made = job(api, "convert-pdf", tmp_path / "a.rtf")
    assert found["status"] == "succeeded", found
    with pikepdf.open(io.BytesIO(made or b"")) as pdf:
        assert not pdf.pages[0].get_images()


@needs("Pango")
def test_several_documents_are_joined_in_their_order(api: httpx.Client, tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("second")
    found, _, data = job(
        api, "convert-pdf", sample.pdf(tmp_path / "a.pdf"), tmp_path / "b.txt", options={"name": "Joined"}
    )
    assert found["status"] == "succeeded", found
    assert data is not None
    (tmp_path / "out.pdf").write_bytes(data)
    with pikepdf.open(tmp_path / "out.pdf") as pdf:
        assert len(pdf.pages) == 2


def test_a_bad_document_fails_its_job_and_the_next_one_is_done(api: httpx.Client, tmp_path: Path) -> None:
    found, document, _ = job(api, "convert-pdf", sample.tiff_bomb(tmp_path / "a.tif"))
    assert (found["status"], document["error"]["code"]) == ("failed", "unsupportedFeature")
    found, _, _ = job(api, "convert-pdf", sample.picture(tmp_path / "a.png", "PNG"))
    assert found["status"] == "succeeded"

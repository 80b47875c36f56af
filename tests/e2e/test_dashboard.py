"""The dashboard: how its files are served, that they need nothing from elsewhere, and that a real browser,
given hostile file names, shows them as text. The browser is Chromium over its debugging pipe, if there is
one.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from importlib.resources import files
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from postroom.settings import Settings
from postroom.systems.plans.sample import generate
from postroom.web.dashboard import dashboard
from tests.live import Live

STATIC = files("postroom.web") / "static"
NAMES = sorted(file.name for file in STATIC.iterdir() if file.name[0] not in "._")
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None
)
HOSTILE = (
    '<script>document.title="owned"</script>.txt',
    "<img src=x onerror=\"document.title='owned'\">.txt",
    "\"><svg onload=document.title='owned'>.csv",
    "&lt;b&gt;not bold&lt;.txt",
)


# --- how it is served --------------------------------------------------------------------------------


@pytest.fixture
async def page() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=dashboard()))
    async with httpx.AsyncClient(transport=transport, base_url="http://postroom") as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/favicon.ico", *(f"/static/{name}" for name in NAMES)])
async def test_every_file_is_served_with_a_strict_policy_and_its_own_type(
    page: httpx.AsyncClient, path: str
) -> None:
    answer = await page.get(path)
    assert answer.status_code == 200
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-cache"
    kinds = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml", "ico": "image/svg+xml"}
    assert answer.headers["content-type"].startswith(kinds.get(path.rpartition(".")[2], "text/html"))


async def test_an_unchanged_file_is_not_sent_twice(page: httpx.AsyncClient) -> None:
    first = await page.get("/static/app.js")
    again = await page.get("/static/app.js", headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize(
    "path",
    ["/static/none.js", "/static/../dashboard.py", "/static/%2e%2e%2fdashboard.py", "/static/", "/static"],
)
async def test_nothing_else_is_served(page: httpx.AsyncClient, path: str) -> None:
    assert (await page.get(path)).status_code == 404


async def test_it_can_only_be_read(page: httpx.AsyncClient) -> None:
    assert (await page.post("/")).status_code == 405
    assert (await page.head("/")).status_code == 200


def test_all_that_the_files_name_exists() -> None:
    named = set()
    for name in NAMES:
        text = (STATIC / name).read_text("utf-8")
        named |= set(re.findall(r'"/static/([^"]+)"', text)) | set(re.findall(r'from "\./([^"]+)"', text))
    assert {"app.js", "app.css", "icon.svg"} <= named <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_no_file_names_another_server(name: str) -> None:
    text = (STATIC / name).read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"\b(?:https?|wss?|ftp)://", text)
    assert not re.search(r"""["'(]//[\w-]""", text)
    assert not re.search(r"@import|@font-face", text)


@pytest.mark.parametrize("name", NAMES)
def test_no_file_can_turn_text_into_markup_or_code(name: str) -> None:
    text = (STATIC / name).read_text("utf-8")
    sinks = r"(inner|outer|set|Adjacent)HTML|document\.write|\beval\(|new Function|DOMParser|srcdoc"
    assert not re.search(sinks, text)
    if name.endswith(".html"):
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|javascript:", text)


def test_the_key_is_kept_for_the_tab_and_never_put_into_an_address() -> None:
    scripts = {name: (STATIC / name).read_text("utf-8") for name in NAMES if name.endswith(".js")}
    assert [name for name, text in scripts.items() if "sessionStorage" in text] == ["api.js"]
    assert not any("localStorage" in text or "document.cookie" in text for text in scripts.values())
    assert (
        len(re.findall(r"key\.get\(\)", scripts["api.js"])) == 3
    )  # header, and two that compare after a 401


# --- in a browser ------------------------------------------------------------------------------------


class Browser:
    """Chromium without a window, spoken to over its debugging pipe (one JSON value, then a NUL)."""

    def __init__(self, folder: Path) -> None:
        assert CHROMIUM is not None
        ours, theirs = os.pipe(), os.pipe()  # (read, write) of what they write, of what we write
        arguments = [
            *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
            *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
            *("--remote-debugging-pipe", f"--user-data-dir={folder}", "about:blank"),
        ]
        # Chromium wants exactly the descriptors 3 and 4.
        start = (
            "import os, sys; r, w = map(int, sys.argv[1:3]); os.dup2(r, 3); os.dup2(w, 4);"
            "os.execv(sys.argv[3], sys.argv[3:])"
        )
        inside = (fcntl.fcntl(theirs[0], fcntl.F_DUPFD, 20), fcntl.fcntl(ours[1], fcntl.F_DUPFD, 20))
        self._process = subprocess.Popen(
            [sys.executable, "-c", start, *map(str, inside), CHROMIUM, *arguments],
            pass_fds=inside,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for descriptor in (*inside, theirs[0], ours[1]):
            os.close(descriptor)
        self._out = os.fdopen(theirs[1], "wb", buffering=0)
        self._in = os.fdopen(ours[0], "rb")
        self._numbers = itertools.count(1)
        self._answers: Queue[dict[str, Any]] = Queue()
        self.events: list[dict[str, Any]] = []
        threading.Thread(target=self._read, daemon=True).start()
        target = self.send("Target.createTarget", url="about:blank", session=None)["targetId"]
        self._session: str | None = self.send(
            "Target.attachToTarget", targetId=target, flatten=True, session=None
        )["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
            self.send(f"{domain}.enable")

    def _read(self) -> None:
        rest = b""
        while data := self._in.read1(1 << 20):  # type: ignore[attr-defined]
            *whole, rest = (rest + data).split(b"\0")
            for item in map(json.loads, whole):
                (self._answers.put if "id" in item else self.events.append)(item)

    def send(self, method: str, *, session: str | None = "", **params: Any) -> Any:
        number = next(self._numbers)
        body: dict[str, Any] = {"id": number, "method": method, "params": params}
        if session is not None:
            body["sessionId"] = self._session
        self._out.write(json.dumps(body).encode() + b"\0")
        while (answer := self._answers.get(timeout=120))["id"] != number:
            pass
        assert "error" not in answer, (method, answer)
        return answer["result"]

    def run(self, script: str) -> Any:
        """The value of an expression in the page; promises are waited for."""
        found = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def wait(self, script: str, seconds: float = 120) -> Any:
        until = time.monotonic() + seconds
        while not (value := self.run(script)):
            assert time.monotonic() < until, f"never true: {script}\n{self.run('document.body.innerText')}"
            time.sleep(0.05)
        return value

    def choose(self, selector: str, paths: list[Path]) -> None:
        """Give files to an <input type=file>."""
        root = self.send("DOM.getDocument")["root"]["nodeId"]
        node = self.send("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.send("DOM.setFileInputFiles", nodeId=node, files=[str(path) for path in paths])

    def enter(self, url: str, key: str) -> None:
        self.send("Page.navigate", url=url)
        self.wait("document.querySelector('#key') !== null")
        self.run(f"document.querySelector('#key').value = {json.dumps(key)}")
        self.run("document.querySelector('form.gate').requestSubmit()")

    def complaints(self) -> list[str]:
        """What the page complained about: exceptions, and what the policy stopped."""
        found = []
        for event in self.events:
            if event.get("method") == "Runtime.exceptionThrown":
                found.append(str(event["params"]["exceptionDetails"]))
            if event.get("method") == "Log.entryAdded" and event["params"]["entry"]["level"] == "error":
                found.append(str(event["params"]["entry"]))
        return found

    def addresses(self) -> list[str]:
        """Every address that was asked for."""
        sent = (event for event in self.events if event.get("method") == "Network.requestWillBeSent")
        return [event["params"]["request"]["url"] for event in sent]

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._out.close()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: what the dashboard shows in a browser is not tested")
    opened = Browser(tmp_path / "profile")
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
async def live(settings: Settings, tmp_path: Path) -> AsyncIterator[Live]:
    """A server and one worker, as processes."""
    async with Live(settings, tmp_path / "live", workers=1, api=True, module="tests.systems") as running:
        yield running


@pytest.fixture
def address(live: Live) -> str:
    return live.url


async def _in_browser(step: Callable[[], None]) -> None:
    await asyncio.to_thread(step)


async def test_hostile_file_names_come_out_as_text(
    browser: Browser, address: str, secret: str, tmp_path: Path
) -> None:
    async with httpx.AsyncClient(
        base_url=f"{address}/postroom/v1", headers={"Authorization": f"Bearer {secret}"}
    ) as client:
        order = {"workflow": "probe", "externalId": HOSTILE[0]}
        job = (await client.post("/jobs", json=order)).json()["id"]
        for name, word in zip(HOSTILE, (b"ok", b"fail", b"reject", b"artifact"), strict=True):
            await client.post(f"/jobs/{job}/documents", params={"name": name}, content=word)
        await client.post(f"/jobs/{job}/close")
        for _ in range(300):
            if (await client.get(f"/jobs/{job}")).json()["endedAt"]:
                break
            await asyncio.sleep(0.1)
        stored = [one["name"] for one in (await client.get(f"/jobs/{job}/documents")).json()["items"]]

    def look() -> None:
        browser.enter(address, secret)
        browser.wait("document.querySelector('.job-name') !== null")
        assert browser.run("document.querySelector('.job-name').textContent") == HOSTILE[0]
        browser.run(f"location.hash = '#/jobs/{job}?at=1'")
        browser.wait(f"document.querySelectorAll('.doc').length === {len(HOSTILE)}")
        browser.wait("document.querySelectorAll('.events li').length >= 4")
        names = browser.run("[...document.querySelectorAll('.doc-name')].map(e => e.textContent)")
        assert names == stored
        assert names[0].startswith("<script>") or names[0].startswith("script>")
        assert (
            browser.run("document.querySelectorAll('main script, main iframe, main svg, main b').length") == 0
        )
        assert "owned" not in browser.run("document.title").split(" · ")[0]
        assert browser.run("document.querySelectorAll('.doc.open .verdict.bad').length") == 1
        assert browser.complaints() == []
        assert not [url for url in browser.addresses() if secret in url]
        assert not [
            url for url in browser.addresses() if not url.startswith((address, "about:", "blob:", "data:"))
        ]

    await _in_browser(look)


async def test_files_given_to_the_page_become_a_job_and_a_document_is_two_clicks_away(
    browser: Browser, address: str, secret: str, tmp_path: Path
) -> None:
    given = []
    for number in range(130):  # two forms
        file = tmp_path / f"{number:04d}.txt"
        file.write_text("" if number == 117 else f"Letter {number}\n")
        given.append(file)

    def work() -> None:
        browser.enter(address, secret)
        browser.wait("document.querySelector('#pick-files') !== null")
        browser.choose("#pick-files", given)
        browser.wait("!document.querySelector('.order').hidden")
        assert "130 files" in browser.run("document.querySelector('.chosen').textContent")
        browser.run("document.querySelector('.order').requestSubmit()")
        browser.wait("document.querySelector('.head .badge[data-status=partial]') !== null", 120)
        browser.wait("document.querySelectorAll('.doc').length === 50")
        # One: the position and Go. It opens the page that holds it, and the document in full.
        browser.run("document.querySelector('.jump input').value = '117'")
        browser.run("document.querySelector('.jump').requestSubmit()")
        browser.wait("document.querySelector('.doc.open .verdict.bad') !== null")
        assert browser.run("document.querySelector('.doc.open .doc-name').textContent") == "0117.txt"
        assert "empty" in browser.run("document.querySelector('.doc.open .verdict').textContent")
        assert browser.run("location.hash").endswith("&at=117")
        # Or by what became of it.
        browser.run("document.querySelector('.legend [data-bucket=rejected]').click()")
        browser.wait("document.querySelectorAll('.doc').length === 1")
        assert browser.complaints() == []

    await _in_browser(work)


NESTED = {
    "score": 0.5,
    "document": {
        HOSTILE[0]: HOSTILE[1],
        "usageData": [
            {"meterNumber": HOSTILE[2], "usage": 5, "unit": None},
            {"meterNumber": "M2", "usage": 7},
        ],
        "deep": {"deeper": [[1, 2], {"deepest": HOSTILE[3]}]},
        "absent": None,
    },
    "provenance": [{"box": [1, 2, 3, 4], "text": "M2"}] * 300,
    "many": {str(number): number for number in range(500)},
}


async def test_whatever_a_system_found_is_shown_as_text_lists_of_things_as_tables(
    browser: Browser, address: str, secret: str
) -> None:
    def look() -> None:
        browser.enter(address, secret)
        browser.wait("document.querySelector('#pick-files') !== null")
        browser.run(
            "import('/static/value.js').then(({ shown }) => document.querySelector('main').replaceChildren("
            f"...shown(Object.entries({json.dumps(NESTED)})).flat(3).filter(Boolean)))"
        )
        assert (
            browser.run("document.querySelectorAll('main script, main iframe, main img, main b').length") == 0
        )
        open_ones = "[...document.querySelectorAll('main > details')].map(e => [e.open, e.querySelector('summary').textContent])"
        found = browser.run(open_ones)
        assert [(shown, words.split()[0]) for shown, words in found] == [
            (True, "document"),
            (False, "many"),
            (False, "provenance"),
        ]
        text = browser.run("document.querySelector('main').textContent")
        assert all(one in text for one in HOSTILE) and "absent" not in text and "400 more" in text
        rows = browser.run(
            "[...document.querySelectorAll('.nested table')[0].rows].map(row => [...row.cells].map(e => e.textContent))"
        )
        assert rows == [["meter number", "usage"], [HOSTILE[2], "5"], ["M2", "7"]]
        assert browser.complaints() == []

    await _in_browser(look)


async def test_the_pages_of_a_document_are_looked_at_one_after_the_other(
    browser: Browser, address: str, secret: str, tmp_path: Path
) -> None:
    generate(tmp_path / "set", 6, seed=1)
    plans = next((tmp_path / "set").glob("plans*.pdf"))

    async with httpx.AsyncClient(
        base_url=f"{address}/postroom/v1", headers={"Authorization": f"Bearer {secret}"}, timeout=60
    ) as client:
        job = (await client.post("/jobs", json={"workflow": "plans"})).json()["id"]
        await client.post(f"/jobs/{job}/documents", params={"name": "plans.pdf"}, content=plans.read_bytes())
        await client.post(f"/jobs/{job}/close")

    def look() -> None:
        browser.enter(address, secret)
        browser.wait("document.querySelector('.job-name') !== null")
        browser.run(f"location.hash = '#/jobs/{job}?at=0'")
        browser.wait("document.querySelector('.head .badge[data-status=succeeded]') !== null")
        browser.wait("document.querySelectorAll('.tile img').length > 1")
        pages = browser.run("document.querySelectorAll('.tile').length")
        browser.run("document.querySelectorAll('.tile')[1].click()")
        browser.wait("document.querySelector('dialog.look img')?.naturalWidth > 0")
        assert f"(2 of {pages})" in browser.run("document.querySelector('.look-name').textContent")
        browser.run(
            "document.querySelector('dialog.look').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft' }))"
        )
        browser.wait(f"document.querySelector('.look-name').textContent.includes('(1 of {pages})')")
        browser.run("document.querySelector('dialog.look').close()")
        browser.wait("document.querySelector('dialog.look') === null")
        assert "As it came" in browser.run("document.querySelector('.doc.open .artifacts').textContent")
        assert browser.complaints() == []

    await _in_browser(look)


async def test_a_wrong_key_is_told_in_the_servers_words_and_not_kept(browser: Browser, address: str) -> None:
    def knock() -> None:
        browser.enter(address, "pr_live_wrong")
        browser.wait("document.querySelector('#key-error').textContent.includes('not known')")
        assert browser.run("sessionStorage.length") == 0

    await _in_browser(knock)


async def test_the_timeline_goes_on_where_it_was_when_the_server_comes_back(
    browser: Browser, live: Live, secret: str
) -> None:
    async with httpx.AsyncClient(
        base_url=f"{live.url}/postroom/v1", headers={"Authorization": f"Bearer {secret}"}
    ) as client:
        job = (await client.post("/jobs", json={"workflow": "probe"})).json()["id"]
        words = [b"fail", b"ok", *(b"sleep:1.5 # %d" % number for number in range(4)), b"reject"]
        sent = [("file", (f"{number}.txt", word)) for number, word in enumerate(words)]
        await client.post(f"/jobs/{job}/documents", files=sent)

    def close() -> None:
        headers = {"Authorization": f"Bearer {secret}"}
        httpx.post(f"{live.url}/postroom/v1/jobs/{job}/close", headers=headers, timeout=60).raise_for_status()

    def follow() -> None:
        browser.enter(live.url, secret)
        browser.wait("document.querySelector('.job-name') !== null")
        browser.run(f"location.hash = '#/jobs/{job}'")
        browser.wait("document.querySelector('.line')?.dataset.state === 'live'")
        # Not before somebody looks: it must not be over by then.
        close()
        live.apis[0].kill()
        browser.wait("document.querySelector('.line').dataset.state === 'lost'")
        browser.wait("document.querySelector('.head .badge[data-status=partial]') !== null")
        browser.wait("document.querySelector('.line').dataset.state === 'ended'")
        numbers = browser.run(
            "[...document.querySelectorAll('.events time')].map(e => Number(e.title.match(/\\d+$/)[0]))"
        )
        assert numbers == list(range(len(numbers), 0, -1))  # newest first, each once, none missing

    await _in_browser(follow)

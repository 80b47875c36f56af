"""Owns a stubborn client of our own API: it repeats every call under its key until it is answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.live import until
from tests.recovery.pile import Paper


class Client:
    def __init__(self, http: httpx.AsyncClient, url: str, secret: str) -> None:
        self._http = http
        self._url = url
        self._secret = secret

    async def _post(self, path: str, **body: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._secret}", "Idempotency-Key": uuid4().hex}

        async def attempt() -> httpx.Response | None:
            answer = await self._http.post(f"{self._url}/postroom/v1{path}", headers=headers, **body)
            # 409: the process that had our first try died with it; its lease runs out.
            return None if answer.status_code in (409, 503) else answer

        answer: httpx.Response = await until(attempt, 900, every=0.1, what=f"POST {path}")
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def get(self, path: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._secret}"}
        answer = await self._http.get(f"{self._url}/postroom/v1{path}", headers=headers)
        if answer.status_code == 503:
            raise ConnectionError(answer.text)
        found: dict[str, Any] = answer.json()
        return found

    async def submit(self, workflow: str) -> UUID:
        return UUID((await self._post("/jobs", json={"workflow": workflow}))["id"].removeprefix("job_"))

    async def add(self, job: UUID, papers: Sequence[Paper]) -> None:
        files = [("file", (name, text.encode(), "text/plain")) for name, text in papers]
        answer = await self._post(f"/jobs/{job}/documents", files=files)
        assert len(answer["documents"]) == len(papers)

    async def close(self, job: UUID) -> None:
        await self._post(f"/jobs/{job}/close")

    async def events(self, job: UUID) -> list[tuple[int, str]]:
        """Listen until the end, resuming whenever the line is cut. (number, type) each."""
        seen: list[tuple[int, str]] = []

        async def listen() -> bool:
            headers = {"Authorization": f"Bearer {self._secret}"}
            if seen:
                headers["Last-Event-ID"] = str(seen[-1][0])
            url = f"{self._url}/postroom/v1/jobs/{job}/events"
            async with self._http.stream("GET", url, headers=headers, timeout=60) as stream:
                if stream.status_code == 204:
                    return True
                number = 0
                async for line in stream.aiter_lines():
                    name, _, value = line.partition(": ")
                    if name == "id":
                        number = int(value)
                    elif name == "event" and number:
                        seen.append((number, value))
                        number = 0
            return False

        await until(listen, 900, every=0.1, what="the end of the events")
        return seen

"""Every error of an application is answered in the words of its desk, and ours are logged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from structlog.testing import capture_logs

from postroom.blobs.key import checked, fresh
from postroom.errors import Busy, Conflict, PostroomError, Unauthenticated, Unavailable
from postroom.front.error import handlers
from postroom.front.header import headers_of
from postroom.front.reach import answer


def _told(_: Request, error: PostroomError) -> Response:
    status = {"not_found": 404, "invalid": 400, "conflict": 409, "unavailable": 503}.get(error.code, 500)
    return answer({"word": error.code, "said": error.message, "field": error.field}, status)


def _other(_: Request, status: int, text: str, headers: Mapping[str, str] | None) -> Response:
    return answer({"word": "other", "said": text}, status, headers)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI(exception_handlers=handlers(_told, _other))

    @app.get("/raise/{number}")
    async def fails(number: int) -> None:
        raise (
            Conflict("Taken.", field="name"),
            Unavailable("Away.", cause="why"),
            ZeroDivisionError("secret"),
        )[number]

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as opened:
        yield opened


@pytest.mark.parametrize(
    ("path", "status", "word", "said", "field"),
    [
        ("/nothing", 404, "not_found", "There is nothing at this address.", None),
        ("/raise/x", 400, "invalid", "'number': Input should be a valid integer", "number"),
        ("/raise/0", 409, "conflict", "Taken.", "name"),
        ("/raise/1", 503, "unavailable", "Away.", None),
        ("/raise/2", 500, "internal", "An unexpected error occurred; it has been logged.", None),
    ],
)
async def test_each_error_is_told_in_the_words_of_the_desk(
    client: httpx.AsyncClient, path: str, status: int, word: str, said: str, field: str | None
) -> None:
    response = await client.get(path)
    body = response.json()
    assert (response.status_code, body["word"], body["field"]) == (status, word, field)
    assert body["said"].startswith(said)


async def test_a_method_that_an_address_does_not_take_names_those_that_it_does(
    client: httpx.AsyncClient,
) -> None:
    response = await client.put("/raise/0")
    assert (response.status_code, response.headers["allow"]) == (405, "GET")
    assert response.json() == {"word": "other", "said": "This address does not take this method."}


async def test_what_is_our_fault_is_logged_with_its_cause_and_what_is_the_clients_is_not(
    client: httpx.AsyncClient,
) -> None:
    with capture_logs() as logs:
        for path in ("/nothing", "/raise/x", "/raise/0"):
            await client.get(path)
        assert logs == []
        await client.get("/raise/1")
        assert "secret" not in (await client.get("/raise/2")).text
    assert [(one["event"], one["log_level"]) for one in logs] == [
        ("request.failed", "warning"),
        ("request.defect", "error"),
    ]
    assert logs[0]["cause"] == "'why'"
    assert isinstance(logs[1]["exc_info"], ZeroDivisionError)


@pytest.mark.parametrize(
    ("error", "status", "headers"),
    [
        (Unauthenticated("No."), 401, {"WWW-Authenticate": "Key"}),
        (Busy("Later."), 429, {"Retry-After": "1"}),
        (Busy("Later.", retry_after=7), 429, {"Retry-After": "7"}),
        (Unavailable("Away.", retry_after=2.5), 503, {"Retry-After": "2"}),
        (Unavailable("Away.", retry_after=None), 503, {"Retry-After": "1"}),
        (Conflict("No."), 409, {}),
    ],
)
def test_an_error_says_how_to_sign_in_or_how_many_whole_seconds_to_wait(
    error: PostroomError, status: int, headers: dict[str, str]
) -> None:
    assert headers_of(error, status, challenge="Key") == headers


def test_a_fresh_key_is_a_good_one_and_no_other_has_it() -> None:
    keys = {fresh("document") for _ in range(1000)}
    assert len(keys) == 1000
    assert all(checked(key) == key and key.startswith("document/") for key in keys)

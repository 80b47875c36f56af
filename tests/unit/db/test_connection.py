"""The pool, when there is nothing left in it, and a COMMIT whose answer does not come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import asyncpg
import pytest

from postroom.db.connection import Database, translate
from postroom.errors import Unavailable


@pytest.fixture
async def narrow(database_url: str) -> AsyncIterator[Database]:
    """Two connections, and little patience."""
    async with asyncpg.create_pool(database_url, min_size=1, max_size=2) as pool:
        yield Database(pool, database_url, wait=0.3)


async def test_an_exhausted_pool_is_unavailable_and_no_hang(narrow: Database) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(narrow.transaction())
        for ask in (narrow.fetch, narrow.fetchrow, narrow.fetchval, narrow.execute):
            with pytest.raises(Unavailable):
                await ask("SELECT 1")
        with pytest.raises(Unavailable):
            await stack.enter_async_context(narrow.transaction())
    assert await narrow.fetchval("SELECT 1") == 1, "the pool did not recover"


def test_a_connection_that_was_cut_in_the_midst_of_a_statement_is_no_defect_of_ours() -> None:
    cut = asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")
    assert isinstance(translate(cut), Unavailable)

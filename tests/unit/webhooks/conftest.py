"""A fresh real database for each test of a delivery."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from postroom.db.connection import Database


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = await Database.connect(database_url, size=4)
    yield database
    await database.close()

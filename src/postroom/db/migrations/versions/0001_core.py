"""The core: accounts, keys, jobs, documents, chunks, events, and the triggers that count.

Frozen: it reads SQL files of its own (0001_table.sql, 0001_core.sql) and never db/table.py, which goes on.

Revision ID: 0001
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import op

revision = "0001"
down_revision = None
branch_labels = ("core",)
depends_on = None


def upgrade() -> None:
    raw: Any = op.get_bind().connection.dbapi_connection
    for name in ("0001_table.sql", "0001_core.sql"):
        sql = (Path(__file__).parent / name).read_text("utf-8")
        # Many statements at once: only asyncpg's own `execute` takes them.
        raw.run_async(lambda connection, sql=sql: connection.execute(sql))

"""The core: accounts, keys, jobs, documents, chunks, events, and the triggers that count.

Revision ID: 0001
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

from postroom.db.table import metadata

revision = "0001"
down_revision = None
branch_labels = ("core",)
depends_on = None


def upgrade() -> None:
    metadata.create_all(op.get_bind())
    sql = (Path(__file__).parent / "0001_core.sql").read_text()
    op.get_bind().connection.dbapi_connection.run_async(lambda connection: connection.execute(sql))

"""Room in the pages of jobs and documents, so that their updates touch no index.

Revision ID: 0003
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    raw: Any = op.get_bind().connection.dbapi_connection
    sql = (Path(__file__).parent / "0003_room.sql").read_text("utf-8")
    raw.run_async(lambda connection: connection.execute(sql))

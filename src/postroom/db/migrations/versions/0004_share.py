"""Jobs that wait stand in order of their virtual times, so that a round of admission looks at the first ones only.

Revision ID: 0004
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    raw: Any = op.get_bind().connection.dbapi_connection
    sql = (Path(__file__).parent / "0004_share.sql").read_text("utf-8")
    raw.run_async(lambda connection: connection.execute(sql))

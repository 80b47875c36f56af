"""Documents that are announced before they arrive: signed and resumable uploads, addresses to fetch from.

`fetch` is a new kind of chunk; it counts among the checks that keep a job in `checking`.

Revision ID: 0002
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    raw: Any = op.get_bind().connection.dbapi_connection
    sql = (Path(__file__).parent / "0002_upload.sql").read_text("utf-8")
    raw.run_async(lambda connection: connection.execute(sql))

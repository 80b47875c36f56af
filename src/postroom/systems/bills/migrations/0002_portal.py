"""The bills desk: a link to the portal is good for as long as the key that asked for it.

Revision ID: bills_0002
"""

from __future__ import annotations

from alembic import op

revision = "bills_0002"
down_revision = "bills_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of the links that are about, nobody knows which key asked for them: a new one is a call away.
    op.execute("DELETE FROM bill_portal")
    op.execute("ALTER TABLE bill_portal DROP COLUMN account_id")
    op.execute(
        "ALTER TABLE bill_portal ADD COLUMN key_id uuid NOT NULL REFERENCES api_key (id) ON DELETE CASCADE"
    )


def downgrade() -> None:
    op.execute("DELETE FROM bill_portal")
    op.execute("ALTER TABLE bill_portal DROP COLUMN key_id")
    op.execute("ALTER TABLE bill_portal ADD COLUMN account_id uuid NOT NULL REFERENCES account (id)")

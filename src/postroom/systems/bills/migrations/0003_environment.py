"""The bills desk: who is told of documents belongs to one environment of its account, as the documents do.

Revision ID: bills_0003
"""

from __future__ import annotations

from alembic import op

revision = "bills_0003"
down_revision = "bills_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What is there heard both. It goes on hearing production, but for accounts that only ever used the sandbox.
    op.execute("ALTER TABLE bill_webhook ADD COLUMN environment text NOT NULL DEFAULT 'production'")
    op.execute(
        "UPDATE bill_webhook w SET environment = 'sandbox' WHERE 'sandbox' = ALL (SELECT c.environment"
        " FROM bill_company c WHERE c.account_id = w.account_id)"
        " AND EXISTS (SELECT FROM bill_company c WHERE c.account_id = w.account_id)"
    )
    op.execute("ALTER TABLE bill_webhook ALTER COLUMN environment DROP DEFAULT")
    op.execute("DROP INDEX bill_webhook_account_id_idx")
    op.execute("CREATE INDEX bill_webhook_account_id_idx ON bill_webhook (account_id, environment, id)")


def downgrade() -> None:
    op.execute("DROP INDEX bill_webhook_account_id_idx")
    op.execute("ALTER TABLE bill_webhook DROP COLUMN environment")
    op.execute("CREATE INDEX bill_webhook_account_id_idx ON bill_webhook (account_id, id)")

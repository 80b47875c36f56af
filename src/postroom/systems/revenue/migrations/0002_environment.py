"""The revenue desk: a site belongs to one environment of its account.

Revision ID: revenue_0002
"""

from __future__ import annotations

from alembic import op

revision = "revenue_0002"
down_revision = "revenue_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What is there belongs to production, but for sites that only sandbox keys used.
    op.execute("ALTER TABLE revenue_site ADD COLUMN environment text NOT NULL DEFAULT 'production'")
    op.execute(
        "UPDATE revenue_site s SET environment = 'sandbox' WHERE 'sandbox' = ALL (SELECT j.environment"
        " FROM revenue_upload u JOIN job j ON j.id = u.job_id WHERE u.site_id = s.id)"
        " AND EXISTS (SELECT FROM revenue_upload u WHERE u.site_id = s.id)"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE revenue_site DROP COLUMN environment")

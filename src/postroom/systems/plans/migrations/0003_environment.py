"""The plans desk: a project belongs to one environment of its account, and its name is free in the other.

Revision ID: plans_0003
"""

from __future__ import annotations

from alembic import op

revision = "plans_0003"
down_revision = "plans_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What is there belongs to production, but for projects in which only sandbox keys worked.
    op.execute("ALTER TABLE plan_project ADD COLUMN environment text NOT NULL DEFAULT 'production'")
    op.execute(
        "UPDATE plan_project p SET environment = 'sandbox' WHERE 'sandbox' = ALL (SELECT j.environment"
        " FROM plan_job o JOIN job j ON j.id = o.job_id WHERE o.project_id = p.id)"
        " AND EXISTS (SELECT FROM plan_job o WHERE o.project_id = p.id)"
    )
    op.execute("ALTER TABLE plan_project DROP CONSTRAINT plan_project_account_id_name_key")
    op.execute("ALTER TABLE plan_project ADD UNIQUE (account_id, environment, name)")


def downgrade() -> None:
    op.execute("ALTER TABLE plan_project DROP COLUMN environment")
    op.execute("ALTER TABLE plan_project ADD UNIQUE (account_id, name)")

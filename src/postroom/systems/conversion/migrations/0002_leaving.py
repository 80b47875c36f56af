"""The conversion desk: a job that is deleted while it works leaves when its workers have let go of it.

Revision ID: conversion_0002
"""

from __future__ import annotations

from alembic import op

revision = "conversion_0002"
down_revision = "conversion_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Null but for jobs that leave: adding it rewrites nothing.
    op.execute("ALTER TABLE conversion_job ADD COLUMN deleted_at timestamptz")
    op.execute(
        "CREATE INDEX conversion_job_deleted_at_idx ON conversion_job (deleted_at) WHERE deleted_at IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE conversion_job DROP COLUMN deleted_at")

"""The conversion desk: a row beside each of its jobs; passwords are forgotten when a job ends.

Revision ID: conversion_0001
"""

from __future__ import annotations

from alembic import op

revision = "conversion_0001"
down_revision = None
branch_labels = ("conversion",)
depends_on = "0001"

_STATEMENTS = (
    # code, message, cause: why the finish chunk failed. events, verdict: what it found.
    """
    CREATE TABLE conversion_job (
      job_id uuid PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
      touched_at timestamptz NOT NULL DEFAULT now(),
      code text,
      message text,
      cause text,
      events jsonb,
      verdict jsonb
    )
    """,
    "CREATE INDEX conversion_job_touched_at_idx ON conversion_job (touched_at)",
    # Whichever way a job comes in and whatever ends it, the row is there and the passwords are gone: in the
    # same transaction, and no line of Python can forget it.
    """
    CREATE FUNCTION conversion_job_made() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO conversion_job (job_id) VALUES (NEW.id);
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER conversion_job_made AFTER INSERT ON job
      FOR EACH ROW WHEN (NEW.system = 'conversion') EXECUTE FUNCTION conversion_job_made()
    """,
    """
    CREATE FUNCTION conversion_job_ended() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.options := NEW.options - 'passwords';
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER conversion_job_ended BEFORE UPDATE OF state ON job
      FOR EACH ROW WHEN (NEW.system = 'conversion' AND NEW.ended_at IS NOT NULL)
      EXECUTE FUNCTION conversion_job_ended()
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER conversion_job_ended ON job")
    op.execute("DROP TRIGGER conversion_job_made ON job")
    op.execute("DROP FUNCTION conversion_job_ended()")
    op.execute("DROP FUNCTION conversion_job_made()")
    op.execute("DROP TABLE conversion_job")

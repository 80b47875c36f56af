"""The plans desk: projects, jobs, files, what was made of them, download tokens, credits.

Revision ID: plans_0001
"""

from __future__ import annotations

from alembic import op

revision = "plans_0001"
down_revision = None
branch_labels = ("plans",)
depends_on = "0001"

_STATEMENTS = (
    """
    CREATE TABLE plan_project (
      id uuid PRIMARY KEY,
      account_id uuid NOT NULL REFERENCES account (id),
      name text NOT NULL,
      ready_at timestamptz NOT NULL DEFAULT now(),
      created_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (account_id, name)
    )
    """,
    # The desk's own row of a job; goes with it. base: the address under which its client reached us.
    """
    CREATE TABLE plan_job (
      job_id uuid PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
      project_id uuid NOT NULL REFERENCES plan_project (id) ON DELETE CASCADE,
      base text NOT NULL,
      webhook_url text,
      uploading boolean NOT NULL DEFAULT false,
      expires_at timestamptz NOT NULL,
      updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX plan_job_project_id_job_id_idx ON plan_job (project_id, job_id)",
    # A job that is forgotten before it ended takes its files with it; what ended stays with the project.
    """
    CREATE FUNCTION plan_forget_files() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM plan_file WHERE job_id = OLD.job_id AND status = 'processing';
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER plan_job_deleted AFTER DELETE ON plan_job
      FOR EACH ROW EXECUTE FUNCTION plan_forget_files()
    """,
    # A document as its project keeps it: its id is the document's, and it outlives its job.
    """
    CREATE TABLE plan_file (
      id uuid PRIMARY KEY,
      project_id uuid NOT NULL REFERENCES plan_project (id) ON DELETE CASCADE,
      job_id uuid NOT NULL,
      position int NOT NULL,
      name text NOT NULL,
      content_type text NOT NULL,
      size bigint NOT NULL,
      sha256 text,
      blob text,
      classification text,
      status text NOT NULL DEFAULT 'processing' CHECK (status IN ('processing', 'complete', 'failed')),
      pages int NOT NULL DEFAULT 0,
      pages_failed int NOT NULL DEFAULT 0,
      error jsonb,
      created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX plan_file_project_id_id_idx ON plan_file (project_id, id)",
    "CREATE INDEX plan_file_job_id_idx ON plan_file (job_id)",
    "CREATE INDEX plan_file_blob_idx ON plan_file (blob)",
    """
    CREATE TABLE plan_artifact (
      file_id uuid NOT NULL REFERENCES plan_file (id) ON DELETE CASCADE,
      name text COLLATE "C" NOT NULL,
      media_type text NOT NULL,
      size bigint NOT NULL,
      sha256 text NOT NULL,
      blob text NOT NULL,
      PRIMARY KEY (file_id, name)
    )
    """,
    "CREATE INDEX plan_artifact_blob_idx ON plan_artifact (blob)",
    # Download tokens, by their hash: one artifact, one download, for a short time.
    """
    CREATE TABLE plan_token (
      hash bytea PRIMARY KEY,
      file_id uuid NOT NULL,
      name text NOT NULL,
      expires_at timestamptz NOT NULL,
      used_at timestamptz,
      FOREIGN KEY (file_id, name) REFERENCES plan_artifact (file_id, name) ON DELETE CASCADE
    )
    """,
    # Credits that an account has used (project, debit) or that are held for a job (reserve). Rows are only
    # added while a job works, so its chunks never wait for each other; at its end they become one.
    # drawing, document: pages of a debit; of a reserve, the credits per page that hold for its job.
    """
    CREATE TABLE plan_credit (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      account_id uuid NOT NULL REFERENCES account (id),
      job_id uuid,
      kind text NOT NULL CHECK (kind IN ('project', 'reserve', 'debit')),
      credits bigint NOT NULL CHECK (credits >= 0),
      drawing int NOT NULL DEFAULT 0,
      document int NOT NULL DEFAULT 0,
      released boolean NOT NULL DEFAULT false,
      created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX plan_credit_account_id_idx ON plan_credit (account_id)",
    "CREATE INDEX plan_credit_job_id_idx ON plan_credit (job_id)",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)

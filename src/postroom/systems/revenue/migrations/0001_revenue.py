"""The revenue desk: sites, uploads, records, failures.

Revision ID: revenue_0001
"""

from __future__ import annotations

from alembic import op

revision = "revenue_0001"
down_revision = None
branch_labels = ("revenue",)
depends_on = "0001"

_STATEMENTS = (
    # A site belongs to the account that used it first.
    """
    CREATE TABLE revenue_site (
      id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      name text NOT NULL UNIQUE,
      account_id uuid NOT NULL REFERENCES account (id),
      created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    # The records of one kind of one site: the number that a record carries instead of account, site and kind.
    """
    CREATE TABLE revenue_ledger (
      id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      site_id int NOT NULL REFERENCES revenue_site (id),
      kind text NOT NULL,
      UNIQUE (site_id, kind)
    )
    """,
    # The desk's own row of a job. ledger: none if the kind is not supported. rows: known when it is created.
    """
    CREATE TABLE revenue_upload (
      number int GENERATED ALWAYS AS IDENTITY UNIQUE,
      job_id uuid PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
      site_id int NOT NULL REFERENCES revenue_site (id),
      ledger int REFERENCES revenue_ledger (id),
      kind text NOT NULL,
      rows bigint
    )
    """,
    "CREATE INDEX revenue_upload_site_id_job_id_idx ON revenue_upload (site_id, job_id)",
    # Records are updated by the next upload of the same references: with room on their page that touches no
    # index, which is twice as fast. Whose a record is, the transaction says and never the file (store.py).
    """
    CREATE TABLE revenue_record (
      ledger int NOT NULL DEFAULT current_setting('postroom.revenue_ledger')::int,
      upload int NOT NULL DEFAULT current_setting('postroom.revenue_upload')::int,
      key text COLLATE "C" NOT NULL,
      reference text,
      happened_at timestamp NOT NULL,
      currency text NOT NULL,
      value numeric NOT NULL,
      stage text,
      ra_id text,
      email text,
      phone text,
      payload text,
      lead_at timestamp,
      labels text[] NOT NULL,
      properties text,
      row bigint NOT NULL,
      PRIMARY KEY (ledger, key)
    ) WITH (fillfactor = 45)
    """,
    # Rows that failed: what is wrong, and where their text stands in the document. Few enough to have no
    # foreign key; a trigger takes them away with their upload.
    """
    CREATE TABLE revenue_failure (
      upload int NOT NULL DEFAULT current_setting('postroom.revenue_upload')::int,
      document_id uuid NOT NULL DEFAULT current_setting('postroom.revenue_document')::uuid,
      row bigint NOT NULL,
      start bigint NOT NULL,
      length bigint NOT NULL,
      code smallint NOT NULL,
      PRIMARY KEY (upload, document_id, row)
    )
    """,
    # Parts of a document that brought their process down: all of their rows failed, unseen.
    """
    CREATE TABLE revenue_gap (
      upload int NOT NULL,
      document_id uuid NOT NULL,
      range jsonb NOT NULL
    )
    """,
    "CREATE INDEX revenue_gap_upload_idx ON revenue_gap (upload)",
    """
    CREATE FUNCTION revenue_forget_failures() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM revenue_failure WHERE upload = OLD.number;
      DELETE FROM revenue_gap WHERE upload = OLD.number;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER revenue_upload_deleted AFTER DELETE ON revenue_upload
      FOR EACH ROW EXECUTE FUNCTION revenue_forget_failures()
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)

"""The bills desk: companies, sites, accounts, meters, documents with what was read, usage, webhooks.

Revision ID: bills_0001
"""

from __future__ import annotations

from alembic import op

revision = "bills_0001"
down_revision = None
branch_labels = ("bills",)
depends_on = "0001"

_STATEMENTS = (
    """
    CREATE TABLE bill_company (
      id uuid PRIMARY KEY,
      account_id uuid NOT NULL REFERENCES account (id),
      environment text NOT NULL,
      name text NOT NULL,
      external_id text,
      data_collection_start date NOT NULL,
      is_implied_metering boolean NOT NULL DEFAULT false,
      implied_fraction text NOT NULL DEFAULT '1.0',
      is_demand boolean NOT NULL DEFAULT true,
      is_basic_mapping boolean NOT NULL DEFAULT false,
      is_low_accuracy boolean NOT NULL DEFAULT false,
      users text[] NOT NULL DEFAULT '{}',
      is_active boolean NOT NULL DEFAULT true,
      created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX bill_company_account_id_idx ON bill_company (account_id, id)",
    # stop_date: the site is archived.
    """
    CREATE TABLE bill_site (
      id uuid PRIMARY KEY,
      company_id uuid NOT NULL REFERENCES bill_company (id) ON DELETE CASCADE,
      name text NOT NULL,
      external_id text,
      address text NOT NULL DEFAULT '',
      path text[] NOT NULL DEFAULT '{}',
      occupancy text,
      stop_date date,
      created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX bill_site_company_id_idx ON bill_site (company_id, id)",
    # normal: the number as it is compared (contract.identifier). provider: as the reader compares it.
    """
    CREATE TABLE bill_account (
      id uuid PRIMARY KEY,
      company_id uuid NOT NULL REFERENCES bill_company (id) ON DELETE CASCADE,
      number text NOT NULL,
      normal text NOT NULL,
      provider text,
      tracking text NOT NULL DEFAULT 'UNSET' CHECK (tracking IN ('ENABLED', 'DISABLED', 'UNSET')),
      last_service date,
      created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX bill_account_company_id_idx ON bill_account (company_id, id)",
    "CREATE INDEX bill_account_normal_idx ON bill_account (company_id, normal)",
    # keys: the identifiers' values as they are compared, without those that name the account.
    """
    CREATE TABLE bill_meter (
      id uuid PRIMARY KEY,
      company_id uuid NOT NULL REFERENCES bill_company (id) ON DELETE CASCADE,
      account_id uuid REFERENCES bill_account (id) ON DELETE SET NULL,
      site_id uuid REFERENCES bill_site (id) ON DELETE SET NULL,
      datasource_type text NOT NULL,
      identifiers jsonb NOT NULL DEFAULT '[]',
      keys text[] NOT NULL DEFAULT '{}',
      address text,
      is_tracked boolean NOT NULL DEFAULT true,
      created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX bill_meter_company_id_idx ON bill_meter (company_id, id)",
    "CREATE INDEX bill_meter_site_id_idx ON bill_meter (site_id, id)",
    "CREATE INDEX bill_meter_account_id_idx ON bill_meter (account_id)",
    "CREATE INDEX bill_meter_keys_idx ON bill_meter USING gin (keys)",
    # The desk's own row of a job; it goes with the job.
    """
    CREATE TABLE bill_job (
      job_id uuid PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
      company_id uuid NOT NULL REFERENCES bill_company (id) ON DELETE CASCADE,
      site_id uuid REFERENCES bill_site (id) ON DELETE SET NULL
    )
    """,
    "CREATE INDEX bill_job_company_id_idx ON bill_job (company_id, job_id)",
    # A file that was decided; its id is its document's in the core, which forgets it when this stays.
    # fingerprint: of a parsed bill (fingerprint.py); bill_key: its key. body: the document's own fields.
    """
    CREATE TABLE bill_document (
      id uuid PRIMARY KEY,
      company_id uuid NOT NULL REFERENCES bill_company (id) ON DELETE CASCADE,
      job_id uuid NOT NULL,
      position int NOT NULL,
      class text NOT NULL CHECK (class IN ('parsed', 'duplicate', 'non_utility')),
      original_id uuid,
      name text NOT NULL,
      blob text,
      size bigint NOT NULL,
      sha256 text NOT NULL,
      media_type text,
      start_date date,
      bill_date date,
      body jsonb NOT NULL DEFAULT '{}',
      line_items jsonb NOT NULL DEFAULT '[]',
      demand_meters jsonb NOT NULL DEFAULT '[]',
      provenance jsonb NOT NULL DEFAULT '[]',
      facts jsonb NOT NULL DEFAULT '{}',
      verdict jsonb NOT NULL DEFAULT '{}',
      bill_key text,
      fingerprint jsonb,
      flagged text,
      revised_id uuid,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      deleted_at timestamptz
    )
    """,
    "CREATE INDEX bill_document_company_id_idx ON bill_document (company_id, id) WHERE class = 'parsed'",
    "CREATE INDEX bill_document_job_id_idx ON bill_document (job_id, position)",
    "CREATE INDEX bill_document_blob_idx ON bill_document (blob)",
    "CREATE INDEX bill_document_key_idx ON bill_document (company_id, bill_key) WHERE class = 'parsed'",
    # Whatever two jobs do at once: of the same bytes, and of the same bill, a company has one original.
    """
    CREATE UNIQUE INDEX bill_document_bytes_key ON bill_document (company_id, sha256)
      WHERE class <> 'duplicate' AND deleted_at IS NULL
    """,
    """
    CREATE UNIQUE INDEX bill_document_bill_key ON bill_document (company_id, bill_key, fingerprint)
      WHERE class = 'parsed' AND bill_key IS NOT NULL AND deleted_at IS NULL
    """,
    # keys: all identifiers' values as they are compared.
    """
    CREATE TABLE bill_usage (
      id uuid PRIMARY KEY,
      document_id uuid NOT NULL REFERENCES bill_document (id) ON DELETE CASCADE,
      company_id uuid NOT NULL REFERENCES bill_company (id) ON DELETE CASCADE,
      position int NOT NULL,
      meter_id uuid REFERENCES bill_meter (id) ON DELETE SET NULL,
      site_id uuid REFERENCES bill_site (id) ON DELETE SET NULL,
      datasource_type text NOT NULL,
      start_date date,
      end_date date,
      body jsonb NOT NULL,
      keys text[] NOT NULL DEFAULT '{}',
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX bill_usage_document_id_idx ON bill_usage (document_id, position)",
    "CREATE INDEX bill_usage_company_id_idx ON bill_usage (company_id, id)",
    "CREATE INDEX bill_usage_site_id_idx ON bill_usage (site_id, id)",
    "CREATE INDEX bill_usage_meter_id_idx ON bill_usage (meter_id, start_date)",
    # base: scheme and host under which the client reached us, for addresses in what is announced. types: none
    # means all.
    """
    CREATE TABLE bill_webhook (
      id uuid PRIMARY KEY,
      account_id uuid NOT NULL REFERENCES account (id),
      url text NOT NULL,
      base text NOT NULL,
      types text[] NOT NULL DEFAULT '{}',
      created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX bill_webhook_account_id_idx ON bill_webhook (account_id, id)",
    """
    CREATE TABLE bill_portal (
      token_hash bytea PRIMARY KEY,
      account_id uuid NOT NULL REFERENCES account (id),
      expires_at timestamptz NOT NULL
    )
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)

"""The certificates desk: contractors, jobs, trackers, requirements, certificates and their reviews, events.

Revision ID: certificates_0001
"""

from __future__ import annotations

from alembic import op

revision = "certificates_0001"
down_revision = None
branch_labels = ("certificates",)
depends_on = "0001"

# What every noun has. number: the order of making, which times of one transaction cannot tell.
_NOUN = """
      number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
      id text COLLATE "C" PRIMARY KEY,
      realm int NOT NULL REFERENCES coi_realm (id),
      created timestamptz NOT NULL DEFAULT now(),
      updated timestamptz NOT NULL DEFAULT now(),
      deleted timestamptz,
"""

_STATEMENTS = (
    # Whose something is: an account, in one of its two environments, which never mix.
    """
    CREATE TABLE coi_realm (
      id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      account_id uuid NOT NULL REFERENCES account (id),
      environment text NOT NULL,
      UNIQUE (account_id, environment)
    )
    """,
    # email_key: the address folded, by which a contractor is found. placeholder: made up by the desk.
    f"""
    CREATE TABLE coi_contractor ({_NOUN}
      email text NOT NULL,
      email_key text NOT NULL,
      first_name text NOT NULL,
      last_name text NOT NULL,
      middle_name text,
      company_name text,
      phone text,
      address json,
      custom_metadata json,
      withhold_premium boolean NOT NULL DEFAULT false,
      placeholder boolean NOT NULL DEFAULT false
    )
    """,
    "CREATE UNIQUE INDEX coi_contractor_email_key ON coi_contractor (realm, email_key) WHERE deleted IS NULL",
    f"""
    CREATE TABLE coi_entity ({_NOUN}
      name text NOT NULL,
      address json,
      coverage_limit json,
      required_coverage text[] NOT NULL DEFAULT '{{}}'
    )
    """,
    f"""
    CREATE TABLE coi_job ({_NOUN}
      name text NOT NULL,
      description text NOT NULL,
      entity text,
      category_code text,
      wage bigint NOT NULL,
      wage_type text NOT NULL,
      years_experience int,
      address json,
      custom_metadata json,
      withhold_premium boolean NOT NULL DEFAULT false
    )
    """,
    # effective_date, end_date, cancellation_date: Unix seconds, as clients give them.
    f"""
    CREATE TABLE coi_assignment ({_NOUN}
      contractor text NOT NULL,
      job text NOT NULL,
      policy text,
      bind boolean NOT NULL DEFAULT true,
      coverage_type text[] NOT NULL DEFAULT '{{}}',
      effective_date bigint NOT NULL,
      end_date bigint NOT NULL,
      cancellation_date bigint,
      cancellation_reason text,
      po_contact_name text,
      po_contact_email text
    )
    """,
    "CREATE INDEX coi_assignment_contractor_idx ON coi_assignment (contractor, number)",
    "CREATE INDEX coi_assignment_job_idx ON coi_assignment (job)",
    f"""
    CREATE TABLE coi_requirement ({_NOUN}
      name text NOT NULL,
      is_default boolean NOT NULL DEFAULT false,
      entities text[] NOT NULL DEFAULT '{{}}',
      category_codes text[] NOT NULL DEFAULT '{{}}',
      rules json NOT NULL
    )
    """,
    "CREATE UNIQUE INDEX coi_requirement_default_key ON coi_requirement (realm)"
    " WHERE is_default AND deleted IS NULL",
    f"""
    CREATE TABLE coi_tracker ({_NOUN}
      name text NOT NULL,
      active boolean NOT NULL DEFAULT true,
      insurance_requirement text,
      entity text,
      category_code text
    )
    """,
    f"""
    CREATE TABLE coi_tracker_session ({_NOUN}
      tracker text NOT NULL,
      expires_at bigint
    )
    """,
    "CREATE INDEX coi_tracker_session_tracker_idx ON coi_tracker_session (tracker, number)",
    f"""
    CREATE TABLE coi_upload_session ({_NOUN}
      contractor text,
      insurance_requirement text,
      expires_at bigint
    )
    """,
    f"""
    CREATE TABLE coi_task ({_NOUN}
      contractor text NOT NULL
    )
    """,
    # job_id, document_id: the core's, as long as it has them. status: pending until something is decided;
    # whether work has begun is the document's to say. requirement: which one it was held against.
    # review_id … review_created: of the latest reading.
    f"""
    CREATE TABLE coi_certificate ({_NOUN}
      contractor text NOT NULL,
      filename text NOT NULL,
      status text NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'approved', 'flagged', 'denied', 'error')),
      blob text NOT NULL,
      size bigint NOT NULL,
      sha256 text NOT NULL,
      job_id uuid NOT NULL,
      document_id uuid NOT NULL UNIQUE,
      tracker text,
      tracker_session text,
      upload_session text,
      assignment text,
      job text,
      task text,
      named_requirement text,
      requirement text,
      problem text,
      review_id text,
      review_created timestamptz,
      parsed json,
      provenance json
    )
    """,
    "CREATE INDEX coi_certificate_realm_idx ON coi_certificate (realm, number)",
    "CREATE INDEX coi_certificate_tracker_idx ON coi_certificate (tracker, number)",
    "CREATE INDEX coi_certificate_job_id_idx ON coi_certificate (job_id)",
    "CREATE INDEX coi_certificate_task_idx ON coi_certificate (task) WHERE task IS NOT NULL",
    "CREATE INDEX coi_certificate_blob_idx ON coi_certificate (blob)",
    # One rule's verdict on the latest reading of a certificate.
    """
    CREATE TABLE coi_verdict (
      id text COLLATE "C" PRIMARY KEY,
      certificate text NOT NULL REFERENCES coi_certificate (id) ON DELETE CASCADE,
      position int NOT NULL,
      rule_name text NOT NULL,
      rule_path text NOT NULL,
      result text NOT NULL CHECK (result IN ('pass', 'fail')),
      message text,
      manually_approved boolean NOT NULL DEFAULT false,
      created timestamptz NOT NULL DEFAULT now(),
      UNIQUE (certificate, position)
    )
    """,
    # What persons decided, and why: never changed, never shown by the desk itself.
    """
    CREATE TABLE coi_decision (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      certificate text NOT NULL REFERENCES coi_certificate (id) ON DELETE CASCADE,
      key_id uuid NOT NULL,
      action text NOT NULL,
      rule_name text,
      note text,
      created timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX coi_decision_certificate_idx ON coi_decision (certificate, number)",
    f"""
    CREATE TABLE coi_endpoint ({_NOUN}
      url text NOT NULL,
      description text,
      events text[] NOT NULL
    )
    """,
    f"""
    CREATE TABLE coi_event ({_NOUN}
      type text NOT NULL,
      data json NOT NULL
    )
    """,
    *(
        f"CREATE INDEX coi_{name}_realm_idx ON coi_{name} (realm, number)"
        for name in (
            *("contractor", "entity", "job", "assignment", "requirement", "tracker", "endpoint", "event"),
        )
    ),
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)

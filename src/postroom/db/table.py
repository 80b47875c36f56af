"""Owns the shape of the core's tables. Alembic's migrations must lead to exactly this; a test proves it.

Counts are kept by the database itself: statement triggers (`migrations/versions/0001_core.sql`) move the
counters of a job whenever a document or a chunk changes state, and CHECK constraints refuse any row in
which they do not add up. No line of Python adds to a counter.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

# Every table whose column `blob` keeps bytes alive, indexed by it. A system whose rows outlive their job adds
# its tables here; their columns are its own (its migrations are always applied, so the tables are there).
NAME_BLOBS = (
    "document",
    "artifact",
    "plan_file",
    "plan_artifact",
    "bill_document",
    "coi_certificate",
)

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)


def _time(name: str, *, required: bool = False) -> Column[object]:
    default = text("now()") if required else None
    return Column(name, DateTime(timezone=True), nullable=not required, server_default=default)


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=text("0"))


def _json(name: str, *, required: bool = False) -> Column[object]:
    default = text("'{}'::jsonb") if required else None
    return Column(name, JSONB, nullable=not required, server_default=default)


def _units(unit: str) -> list[Column[int]]:
    names = ("total", "waiting", "running", "succeeded", "failed", "cancelled")
    return [Column(f"{unit}_{name}", BigInteger, nullable=False, server_default=text("0")) for name in names]


account = Table(
    "account",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("vtime", Double, nullable=False, server_default=text("0")),
    Column("cap", Integer),
    Column("webhook_secret", Text, nullable=False),
    _time("created_at", required=True),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("hint", Text, nullable=False),
    Column("name", Text),
    Column("desks", ARRAY(Text), nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("environment", Text, nullable=False),
    _time("created_at", required=True),
    _time("revoked_at"),
    CheckConstraint("environment IN ('production', 'sandbox')", name="environment"),
)

job = Table(
    "job",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("system", Text, nullable=False),
    Column("workflow", Text, nullable=False),
    Column("profile", Text),
    Column("environment", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("cause", Text),
    Column("reason", Text),
    Column("activity", Text, nullable=False, server_default=text("''")),
    Column("policy", Text, nullable=False),
    Column("duplicates", Text, nullable=False),
    Column("finishes", Boolean, nullable=False),
    _json("options", required=True),
    Column("external_id", Text),
    Column("webhook_url", Text),
    Column("retry_of", UUID(as_uuid=True)),
    Column("next_position", Integer, nullable=False, server_default=text("0")),
    Column("last_event", BigInteger, nullable=False, server_default=text("0")),
    _count("documents"),
    _count("waiting"),
    _count("running"),
    _count("succeeded"),
    _count("partial"),
    _count("failed"),
    _count("duplicate"),
    _count("rejected"),
    _count("cancelled"),
    _count("checks_open"),
    _count("processes_open"),
    _count("finishes_open"),
    *_units("pages"),
    *_units("rows"),
    _time("created_at", required=True),
    _time("closed_at"),
    _time("started_at"),
    _time("ended_at"),
    _time("expires_at"),
    CheckConstraint(
        "documents = waiting + running + succeeded + partial + failed + duplicate + rejected + cancelled"
        " AND least(waiting, running, succeeded, partial, failed, duplicate, rejected, cancelled) >= 0",
        name="documents_add_up",
    ),
    CheckConstraint(
        "pages_total = pages_waiting + pages_running + pages_succeeded + pages_failed + pages_cancelled"
        " AND least(pages_waiting, pages_running, pages_succeeded, pages_failed, pages_cancelled) >= 0",
        name="pages_add_up",
    ),
    CheckConstraint(
        "rows_total = rows_waiting + rows_running + rows_succeeded + rows_failed + rows_cancelled"
        " AND least(rows_waiting, rows_running, rows_succeeded, rows_failed, rows_cancelled) >= 0",
        name="rows_add_up",
    ),
    CheckConstraint(
        "state NOT IN ('succeeded', 'partial', 'failed', 'cancelled', 'expired') OR"
        " (waiting = 0 AND running = 0 AND pages_waiting = 0 AND pages_running = 0"
        " AND rows_waiting = 0 AND rows_running = 0"
        " AND checks_open = 0 AND processes_open = 0 AND finishes_open = 0 AND ended_at IS NOT NULL)",
        name="terminal_has_nothing_open",
    ),
    Index("job_account_id_id_idx", "account_id", "id"),
    Index("job_active_idx", "id", postgresql_where=text("state IN ('checking', 'queued', 'running')")),
    Index("job_expiry_idx", "expires_at", postgresql_where=text("state IN ('open', 'blocked')")),
    Index("job_ended_at_idx", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
    postgresql_with={"fillfactor": 50},  # its updates find room in the page, and touch no index
)

document = Table(
    "document",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("job_id", ForeignKey("job.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("size", BigInteger),
    Column("sha256", Text),  # of the bytes that are stored; null until they have been hashed
    Column(
        "announced_sha256", Text
    ),  # what the client said it would be; verified in `checking` at the latest
    Column("url", Text),  # where its bytes are to be fetched from
    Column("declared_type", Text),
    Column("media_type", Text),
    Column("blob", Text),
    Column("duplicate_of", UUID(as_uuid=True)),
    _json("facts", required=True),
    _json("plan", required=True),
    _json("result"),
    _json("error"),
    _json("meta", required=True),
    _count("chunks"),
    _count("chunks_done"),
    _count("chunks_failed"),
    _count("pages"),
    _count("pages_failed"),
    Column("rows", BigInteger, nullable=False, server_default=text("0")),
    Column("rows_failed", BigInteger, nullable=False, server_default=text("0")),
    _time("created_at", required=True),
    _time("started_at"),
    _time("ended_at"),
    UniqueConstraint("job_id", "position"),
    Index("document_blob_idx", "blob"),
    postgresql_with={"fillfactor": 60},
)

chunk = Table(
    "chunk",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("job_id", ForeignKey("job.id", ondelete="CASCADE"), nullable=False),
    Column("document_id", ForeignKey("document.id", ondelete="CASCADE")),
    Column("system", Text, nullable=False),
    Column("workflow", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    _json("range", required=True),
    _count("pages"),
    _count("pages_failed"),
    Column("rows", BigInteger, nullable=False, server_default=text("0")),
    Column("rows_failed", BigInteger, nullable=False, server_default=text("0")),
    # Two fences. admission: which queue entry may claim. epoch: whose effects count.
    _count("admission"),
    _count("epoch"),
    _count("attempt"),
    _count("lost"),
    Column("worker", UUID(as_uuid=True)),
    _json("error"),
    _time("not_before"),
    _time("claimed_at"),
    _time("done_at"),
    Index("chunk_backlog_idx", "job_id", "kind", "id", postgresql_where=text("state = 'waiting'")),
    Index(
        "chunk_fetch_idx",
        "system",
        "job_id",
        postgresql_where=text("state = 'waiting' AND kind = 'fetch'"),
    ),
    Index("chunk_window_idx", "system", "job_id", postgresql_where=text("state IN ('admitted', 'running')")),
    Index("chunk_document_id_idx", "document_id"),
    Index("chunk_job_id_idx", "job_id"),
)

event = Table(
    "event",
    metadata,
    Column("job_id", ForeignKey("job.id", ondelete="CASCADE"), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("type", Text, nullable=False),
    _json("data", required=True),
    _time("at", required=True),
)

artifact = Table(
    "artifact",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("job_id", ForeignKey("job.id", ondelete="CASCADE"), nullable=False),
    Column("document_id", ForeignKey("document.id", ondelete="CASCADE")),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("blob", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    _time("created_at", required=True),
    UniqueConstraint("job_id", "document_id", "name", postgresql_nulls_not_distinct=True),
    Index("artifact_document_id_idx", "document_id"),
    Index("artifact_blob_idx", "blob"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("account_id", ForeignKey("account.id"), primary_key=True),
    Column("desk", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary),
    Column("lease", UUID(as_uuid=True)),
    _time("lease_until"),
    Column("status", Integer),
    Column("body", LargeBinary),
    _json("headers"),
    _time("created_at", required=True),
    Index("idempotency_created_at_idx", "created_at"),
)

# How the bytes of an announced document arrive. Kept after that: a repeated call finds what it did.
upload = Table(
    "upload",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("document_id", ForeignKey("document.id", ondelete="CASCADE"), nullable=False),
    Column("mode", Text, nullable=False),
    Column("blob", Text, nullable=False),  # where its bytes are, or will be
    Column("foreign_id", Text),  # the storage's own id of a multipart upload
    Column("token_hash", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("part_size", BigInteger),
    Column("held", Boolean, nullable=False),  # received only when a call says so
    Column("arrived", BigInteger, nullable=False, server_default=text("0")),  # resumable: durable bytes
    Column("sha256", Text),  # of the bytes at `blob`, if they were hashed on the way in
    _time("stored_at"),  # since when all bytes are at `blob`
    _time("created_at", required=True),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("document_id"),
    CheckConstraint("mode IN ('put', 'multipart', 'resumable')", name="mode"),
    Index("upload_blob_idx", "blob"),
)

upload_part = Table(
    "upload_part",
    metadata,
    Column("upload_id", ForeignKey("upload.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("etag", Text, nullable=False),
)

# Keys of this installation that nobody is shown: what signs upload addresses.
secret = Table(
    "secret",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

worker = Table(
    "worker",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("host", Text, nullable=False),
    Column("seat", Text),
    Column("pid", Integer, nullable=False),
    Column("slots", Integer, nullable=False),
    Column("systems", ARRAY(Text), nullable=False),
    _time("started_at", required=True),
    _time("seen_at", required=True),
)

# Kept apart from `job`: only admission writes it, and must never wait for a job's row.
share = Table(
    "share",
    metadata,
    Column("job_id", UUID(as_uuid=True), primary_key=True),
    Column("vtime", Double, nullable=False),
    Column("system", Text, nullable=False),
    Column("account_id", UUID(as_uuid=True), nullable=False),
    Index("share_turn_idx", "system", "account_id", "vtime", "job_id"),
)

pace = Table(
    "pace",
    metadata,
    Column("workflow", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("seconds", Double, nullable=False),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("job_id", ForeignKey("job.id", ondelete="CASCADE")),
    Column("url", Text, nullable=False),
    Column("type", Text, nullable=False),
    _json("payload", required=True),
    Column("state", Text, nullable=False),
    _count("attempt"),
    Column("status", Integer),
    Column("error", Text),
    _time("due_at", required=True),
    _time("created_at", required=True),
    _time("ended_at"),
    CheckConstraint("state IN ('pending', 'delivered', 'abandoned')", name="state"),
    Index("delivery_due_at_idx", "due_at", postgresql_where=text("state = 'pending'")),
    Index("delivery_job_id_idx", "job_id"),
)

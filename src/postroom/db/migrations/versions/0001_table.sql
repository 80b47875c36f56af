-- Owns the core's tables as they were first released. Frozen: what changes later is a version of its own.
-- db/table.py says how they are now; a test proves that all versions together lead there.

CREATE TABLE account (
  id UUID NOT NULL,
  name TEXT NOT NULL,
  vtime DOUBLE PRECISION DEFAULT 0 NOT NULL,
  cap INTEGER,
  webhook_secret TEXT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT account_pkey PRIMARY KEY (id),
  CONSTRAINT account_name_key UNIQUE (name)
);

CREATE TABLE pace (
  workflow TEXT NOT NULL,
  kind TEXT NOT NULL,
  seconds DOUBLE PRECISION NOT NULL,
  CONSTRAINT pace_pkey PRIMARY KEY (workflow, kind)
);

CREATE TABLE share (
  job_id UUID NOT NULL,
  vtime DOUBLE PRECISION NOT NULL,
  CONSTRAINT share_pkey PRIMARY KEY (job_id)
);

CREATE TABLE worker (
  id UUID NOT NULL,
  host TEXT NOT NULL,
  seat TEXT,
  pid INTEGER NOT NULL,
  slots INTEGER NOT NULL,
  systems TEXT[] NOT NULL,
  started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT worker_pkey PRIMARY KEY (id)
);

CREATE TABLE api_key (
  id UUID NOT NULL,
  account_id UUID NOT NULL,
  hash BYTEA NOT NULL,
  hint TEXT NOT NULL,
  name TEXT,
  desks TEXT[] NOT NULL,
  scopes TEXT[] NOT NULL,
  environment TEXT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  revoked_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT api_key_pkey PRIMARY KEY (id),
  CONSTRAINT api_key_environment CHECK (environment IN ('production', 'sandbox')),
  CONSTRAINT api_key_account_id_fkey FOREIGN KEY(account_id) REFERENCES account (id),
  CONSTRAINT api_key_hash_key UNIQUE (hash)
);

CREATE TABLE idempotency (
  account_id UUID NOT NULL,
  desk TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint BYTEA,
  lease UUID,
  lease_until TIMESTAMP WITH TIME ZONE,
  status INTEGER,
  body BYTEA,
  headers JSONB,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT idempotency_pkey PRIMARY KEY (account_id, desk, key),
  CONSTRAINT idempotency_account_id_fkey FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE INDEX idempotency_created_at_idx ON idempotency (created_at);

CREATE TABLE job (
  id UUID NOT NULL,
  account_id UUID NOT NULL,
  system TEXT NOT NULL,
  workflow TEXT NOT NULL,
  profile TEXT,
  environment TEXT NOT NULL,
  state TEXT NOT NULL,
  cause TEXT,
  reason TEXT,
  activity TEXT DEFAULT '' NOT NULL,
  policy TEXT NOT NULL,
  duplicates TEXT NOT NULL,
  finishes BOOLEAN NOT NULL,
  options JSONB DEFAULT '{}'::jsonb NOT NULL,
  external_id TEXT,
  webhook_url TEXT,
  retry_of UUID,
  next_position INTEGER DEFAULT 0 NOT NULL,
  last_event BIGINT DEFAULT 0 NOT NULL,
  documents INTEGER DEFAULT 0 NOT NULL,
  waiting INTEGER DEFAULT 0 NOT NULL,
  running INTEGER DEFAULT 0 NOT NULL,
  succeeded INTEGER DEFAULT 0 NOT NULL,
  partial INTEGER DEFAULT 0 NOT NULL,
  failed INTEGER DEFAULT 0 NOT NULL,
  duplicate INTEGER DEFAULT 0 NOT NULL,
  rejected INTEGER DEFAULT 0 NOT NULL,
  cancelled INTEGER DEFAULT 0 NOT NULL,
  checks_open INTEGER DEFAULT 0 NOT NULL,
  processes_open INTEGER DEFAULT 0 NOT NULL,
  finishes_open INTEGER DEFAULT 0 NOT NULL,
  pages_total BIGINT DEFAULT 0 NOT NULL,
  pages_waiting BIGINT DEFAULT 0 NOT NULL,
  pages_running BIGINT DEFAULT 0 NOT NULL,
  pages_succeeded BIGINT DEFAULT 0 NOT NULL,
  pages_failed BIGINT DEFAULT 0 NOT NULL,
  pages_cancelled BIGINT DEFAULT 0 NOT NULL,
  rows_total BIGINT DEFAULT 0 NOT NULL,
  rows_waiting BIGINT DEFAULT 0 NOT NULL,
  rows_running BIGINT DEFAULT 0 NOT NULL,
  rows_succeeded BIGINT DEFAULT 0 NOT NULL,
  rows_failed BIGINT DEFAULT 0 NOT NULL,
  rows_cancelled BIGINT DEFAULT 0 NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  closed_at TIMESTAMP WITH TIME ZONE,
  started_at TIMESTAMP WITH TIME ZONE,
  ended_at TIMESTAMP WITH TIME ZONE,
  expires_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT job_pkey PRIMARY KEY (id),
  CONSTRAINT job_documents_add_up CHECK (documents = waiting + running + succeeded + partial + failed + duplicate + rejected + cancelled AND least(waiting, running, succeeded, partial, failed, duplicate, rejected, cancelled) >= 0),
  CONSTRAINT job_pages_add_up CHECK (pages_total = pages_waiting + pages_running + pages_succeeded + pages_failed + pages_cancelled AND least(pages_waiting, pages_running, pages_succeeded, pages_failed, pages_cancelled) >= 0),
  CONSTRAINT job_rows_add_up CHECK (rows_total = rows_waiting + rows_running + rows_succeeded + rows_failed + rows_cancelled AND least(rows_waiting, rows_running, rows_succeeded, rows_failed, rows_cancelled) >= 0),
  CONSTRAINT job_terminal_has_nothing_open CHECK (state NOT IN ('succeeded', 'partial', 'failed', 'cancelled', 'expired') OR (waiting = 0 AND running = 0 AND pages_waiting = 0 AND pages_running = 0 AND rows_waiting = 0 AND rows_running = 0 AND checks_open = 0 AND processes_open = 0 AND finishes_open = 0 AND ended_at IS NOT NULL)),
  CONSTRAINT job_account_id_fkey FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE INDEX job_account_id_id_idx ON job (account_id, id);
CREATE INDEX job_active_idx ON job (id) WHERE state IN ('checking', 'queued', 'running');
CREATE INDEX job_ended_at_idx ON job (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX job_expiry_idx ON job (expires_at) WHERE state IN ('open', 'blocked');

CREATE TABLE delivery (
  id UUID NOT NULL,
  account_id UUID NOT NULL,
  job_id UUID,
  url TEXT NOT NULL,
  type TEXT NOT NULL,
  payload JSONB DEFAULT '{}'::jsonb NOT NULL,
  state TEXT NOT NULL,
  attempt INTEGER DEFAULT 0 NOT NULL,
  status INTEGER,
  error TEXT,
  due_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT delivery_pkey PRIMARY KEY (id),
  CONSTRAINT delivery_state CHECK (state IN ('pending', 'delivered', 'abandoned')),
  CONSTRAINT delivery_account_id_fkey FOREIGN KEY(account_id) REFERENCES account (id),
  CONSTRAINT delivery_job_id_fkey FOREIGN KEY(job_id) REFERENCES job (id) ON DELETE CASCADE
);
CREATE INDEX delivery_due_at_idx ON delivery (due_at) WHERE state = 'pending';
CREATE INDEX delivery_job_id_idx ON delivery (job_id);

CREATE TABLE document (
  id UUID NOT NULL,
  job_id UUID NOT NULL,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  size BIGINT,
  sha256 TEXT,
  declared_type TEXT,
  media_type TEXT,
  blob TEXT,
  duplicate_of UUID,
  facts JSONB DEFAULT '{}'::jsonb NOT NULL,
  plan JSONB DEFAULT '{}'::jsonb NOT NULL,
  result JSONB,
  error JSONB,
  meta JSONB DEFAULT '{}'::jsonb NOT NULL,
  chunks INTEGER DEFAULT 0 NOT NULL,
  chunks_done INTEGER DEFAULT 0 NOT NULL,
  chunks_failed INTEGER DEFAULT 0 NOT NULL,
  pages INTEGER DEFAULT 0 NOT NULL,
  pages_failed INTEGER DEFAULT 0 NOT NULL,
  rows BIGINT DEFAULT 0 NOT NULL,
  rows_failed BIGINT DEFAULT 0 NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  started_at TIMESTAMP WITH TIME ZONE,
  ended_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT document_pkey PRIMARY KEY (id),
  CONSTRAINT document_job_id_position_key UNIQUE (job_id, position),
  CONSTRAINT document_job_id_fkey FOREIGN KEY(job_id) REFERENCES job (id) ON DELETE CASCADE
);
CREATE INDEX document_blob_idx ON document (blob);

CREATE TABLE event (
  job_id UUID NOT NULL,
  number BIGINT NOT NULL,
  type TEXT NOT NULL,
  data JSONB DEFAULT '{}'::jsonb NOT NULL,
  at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT event_pkey PRIMARY KEY (job_id, number),
  CONSTRAINT event_job_id_fkey FOREIGN KEY(job_id) REFERENCES job (id) ON DELETE CASCADE
);

CREATE TABLE artifact (
  id UUID NOT NULL,
  job_id UUID NOT NULL,
  document_id UUID,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  blob TEXT NOT NULL,
  size BIGINT NOT NULL,
  sha256 TEXT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT artifact_pkey PRIMARY KEY (id),
  CONSTRAINT artifact_job_id_document_id_name_key UNIQUE NULLS NOT DISTINCT (job_id, document_id, name),
  CONSTRAINT artifact_job_id_fkey FOREIGN KEY(job_id) REFERENCES job (id) ON DELETE CASCADE,
  CONSTRAINT artifact_document_id_fkey FOREIGN KEY(document_id) REFERENCES document (id) ON DELETE CASCADE
);
CREATE INDEX artifact_blob_idx ON artifact (blob);
CREATE INDEX artifact_document_id_idx ON artifact (document_id);

CREATE TABLE chunk (
  id BIGINT GENERATED BY DEFAULT AS IDENTITY,
  job_id UUID NOT NULL,
  document_id UUID,
  system TEXT NOT NULL,
  workflow TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  range JSONB DEFAULT '{}'::jsonb NOT NULL,
  pages INTEGER DEFAULT 0 NOT NULL,
  pages_failed INTEGER DEFAULT 0 NOT NULL,
  rows BIGINT DEFAULT 0 NOT NULL,
  rows_failed BIGINT DEFAULT 0 NOT NULL,
  admission INTEGER DEFAULT 0 NOT NULL,
  epoch INTEGER DEFAULT 0 NOT NULL,
  attempt INTEGER DEFAULT 0 NOT NULL,
  lost INTEGER DEFAULT 0 NOT NULL,
  worker UUID,
  error JSONB,
  not_before TIMESTAMP WITH TIME ZONE,
  claimed_at TIMESTAMP WITH TIME ZONE,
  done_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT chunk_pkey PRIMARY KEY (id),
  CONSTRAINT chunk_job_id_fkey FOREIGN KEY(job_id) REFERENCES job (id) ON DELETE CASCADE,
  CONSTRAINT chunk_document_id_fkey FOREIGN KEY(document_id) REFERENCES document (id) ON DELETE CASCADE
);
CREATE INDEX chunk_backlog_idx ON chunk (job_id, kind, id) WHERE state = 'waiting';
CREATE INDEX chunk_document_id_idx ON chunk (document_id);
CREATE INDEX chunk_job_id_idx ON chunk (job_id);
CREATE INDEX chunk_window_idx ON chunk (system, job_id) WHERE state IN ('admitted', 'running');

-- Owns what announced uploads and documents by address need. Frozen, as every version is.

-- sha256 is the digest of the bytes that are stored; until they have been hashed there is only what was announced.
ALTER TABLE document ADD COLUMN announced_sha256 TEXT;
ALTER TABLE document ADD COLUMN url TEXT;

CREATE TABLE secret (
  name TEXT NOT NULL,
  value BYTEA NOT NULL,
  CONSTRAINT secret_pkey PRIMARY KEY (name)
);

CREATE TABLE upload (
  id UUID NOT NULL,
  document_id UUID NOT NULL,
  mode TEXT NOT NULL,
  blob TEXT NOT NULL,
  foreign_id TEXT,
  token_hash BYTEA NOT NULL,
  size BIGINT NOT NULL,
  part_size BIGINT,
  held BOOLEAN NOT NULL,
  arrived BIGINT DEFAULT 0 NOT NULL,
  sha256 TEXT,
  stored_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT upload_pkey PRIMARY KEY (id),
  CONSTRAINT upload_document_id_key UNIQUE (document_id),
  CONSTRAINT upload_mode CHECK (mode IN ('put', 'multipart', 'resumable')),
  CONSTRAINT upload_document_id_fkey FOREIGN KEY(document_id) REFERENCES document (id) ON DELETE CASCADE
);
CREATE INDEX upload_blob_idx ON upload (blob);

CREATE TABLE upload_part (
  upload_id UUID NOT NULL,
  number INTEGER NOT NULL,
  size BIGINT NOT NULL,
  etag TEXT NOT NULL,
  CONSTRAINT upload_part_pkey PRIMARY KEY (upload_id, number),
  CONSTRAINT upload_part_upload_id_fkey FOREIGN KEY(upload_id) REFERENCES upload (id) ON DELETE CASCADE
);

CREATE OR REPLACE FUNCTION move_chunk_counts(deltas chunk_delta[]) RETURNS void LANGUAGE sql AS $$
  UPDATE job SET
    checks_open = job.checks_open + d.checks_open,
    processes_open = job.processes_open + d.processes_open,
    finishes_open = job.finishes_open + d.finishes_open,
    pages_total = job.pages_total + d.pages_total, pages_waiting = job.pages_waiting + d.pages_waiting,
    pages_running = job.pages_running + d.pages_running,
    pages_succeeded = job.pages_succeeded + d.pages_succeeded,
    pages_failed = job.pages_failed + d.pages_failed, pages_cancelled = job.pages_cancelled + d.pages_cancelled,
    rows_total = job.rows_total + d.rows_total, rows_waiting = job.rows_waiting + d.rows_waiting,
    rows_running = job.rows_running + d.rows_running, rows_succeeded = job.rows_succeeded + d.rows_succeeded,
    rows_failed = job.rows_failed + d.rows_failed, rows_cancelled = job.rows_cancelled + d.rows_cancelled
  FROM (
    SELECT job_id,
      coalesce(sum(n) FILTER (WHERE kind IN ('check', 'fetch') AND open), 0) AS checks_open,
      coalesce(sum(n) FILTER (WHERE kind = 'process' AND open), 0) AS processes_open,
      coalesce(sum(n) FILTER (WHERE kind = 'finish' AND open), 0) AS finishes_open,
      sum(n * pages) AS pages_total,
      coalesce(sum(n * pages) FILTER (WHERE state IN ('waiting', 'admitted')), 0) AS pages_waiting,
      coalesce(sum(n * pages) FILTER (WHERE state = 'running'), 0) AS pages_running,
      coalesce(sum(n * (pages - pages_failed)) FILTER (WHERE state = 'done'), 0) AS pages_succeeded,
      coalesce(sum(n * pages_failed) FILTER (WHERE state = 'done'), 0) AS pages_failed,
      coalesce(sum(n * pages) FILTER (WHERE state = 'cancelled'), 0) AS pages_cancelled,
      sum(n * rows) AS rows_total,
      coalesce(sum(n * rows) FILTER (WHERE state IN ('waiting', 'admitted')), 0) AS rows_waiting,
      coalesce(sum(n * rows) FILTER (WHERE state = 'running'), 0) AS rows_running,
      coalesce(sum(n * (rows - rows_failed)) FILTER (WHERE state = 'done'), 0) AS rows_succeeded,
      coalesce(sum(n * rows_failed) FILTER (WHERE state = 'done'), 0) AS rows_failed,
      coalesce(sum(n * rows) FILTER (WHERE state = 'cancelled'), 0) AS rows_cancelled
    FROM (SELECT *, state IN ('waiting', 'admitted', 'running') AS open FROM unnest(deltas)) x
    GROUP BY job_id
  ) d
  -- Most chunk statements only move work between waiting and running; a job without units is left alone.
  WHERE job.id = d.job_id AND (
    d.checks_open, d.processes_open, d.finishes_open, d.pages_total, d.pages_waiting, d.pages_running,
    d.pages_succeeded, d.pages_failed, d.pages_cancelled, d.rows_total, d.rows_waiting, d.rows_running,
    d.rows_succeeded, d.rows_failed, d.rows_cancelled
  ) IS DISTINCT FROM (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
$$;

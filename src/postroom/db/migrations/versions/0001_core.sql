-- Owns the counters of a job: rule 1, kept by the database.
-- Each statement on document or chunk moves the counters of the jobs concerned once, whatever wrote it.
-- Python never adds to a counter; the CHECK constraints of `job` refuse a row that does not add up.

CREATE TYPE document_delta AS (job_id uuid, state text, n int);
CREATE TYPE chunk_delta AS (
  job_id uuid, kind text, state text, pages bigint, pages_failed bigint, rows bigint, rows_failed bigint, n int
);

CREATE FUNCTION move_document_counts(deltas document_delta[]) RETURNS void LANGUAGE sql AS $$
  UPDATE job SET
    documents = job.documents + d.documents, waiting = job.waiting + d.waiting,
    running = job.running + d.running, succeeded = job.succeeded + d.succeeded,
    partial = job.partial + d.partial, failed = job.failed + d.failed,
    duplicate = job.duplicate + d.duplicate, rejected = job.rejected + d.rejected,
    cancelled = job.cancelled + d.cancelled
  FROM (
    SELECT job_id,
      sum(n) AS documents,
      coalesce(sum(n) FILTER (WHERE state IN ('registered', 'received', 'ready')), 0) AS waiting,
      coalesce(sum(n) FILTER (WHERE state = 'running'), 0) AS running,
      coalesce(sum(n) FILTER (WHERE state = 'succeeded'), 0) AS succeeded,
      coalesce(sum(n) FILTER (WHERE state = 'partial'), 0) AS partial,
      coalesce(sum(n) FILTER (WHERE state = 'failed'), 0) AS failed,
      coalesce(sum(n) FILTER (WHERE state = 'duplicate'), 0) AS duplicate,
      coalesce(sum(n) FILTER (WHERE state = 'rejected'), 0) AS rejected,
      coalesce(sum(n) FILTER (WHERE state = 'cancelled'), 0) AS cancelled
    FROM unnest(deltas) GROUP BY job_id
  ) d
  WHERE job.id = d.job_id
$$;

CREATE FUNCTION move_chunk_counts(deltas chunk_delta[]) RETURNS void LANGUAGE sql AS $$
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
      coalesce(sum(n) FILTER (WHERE kind = 'check' AND open), 0) AS checks_open,
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

CREATE FUNCTION count_documents() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE deltas document_delta[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg((job_id, state, n)::document_delta) INTO deltas
      FROM (SELECT job_id, state, count(*)::int AS n FROM new_rows GROUP BY job_id, state) x;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg((job_id, state, n)::document_delta) INTO deltas
      FROM (SELECT job_id, state, -count(*)::int AS n FROM old_rows GROUP BY job_id, state) x;
  ELSE
    SELECT array_agg((job_id, state, n)::document_delta) INTO deltas FROM (
      SELECT job_id, state, sum(n)::int AS n FROM (
        SELECT job_id, state, 1 AS n FROM new_rows UNION ALL SELECT job_id, state, -1 FROM old_rows
      ) y GROUP BY job_id, state HAVING sum(n) <> 0
    ) x;
  END IF;
  IF deltas IS NOT NULL THEN
    PERFORM move_document_counts(deltas);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION count_chunks() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE deltas chunk_delta[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg((job_id, kind, state, pages, pages_failed, rows, rows_failed, n)::chunk_delta) INTO deltas
      FROM (SELECT job_id, kind, state, pages, pages_failed, rows, rows_failed, count(*)::int AS n
            FROM new_rows GROUP BY 1, 2, 3, 4, 5, 6, 7) x;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg((job_id, kind, state, pages, pages_failed, rows, rows_failed, n)::chunk_delta) INTO deltas
      FROM (SELECT job_id, kind, state, pages, pages_failed, rows, rows_failed, -count(*)::int AS n
            FROM old_rows GROUP BY 1, 2, 3, 4, 5, 6, 7) x;
  ELSE
    SELECT array_agg((job_id, kind, state, pages, pages_failed, rows, rows_failed, n)::chunk_delta) INTO deltas
    FROM (
      SELECT job_id, kind, state, pages, pages_failed, rows, rows_failed, sum(n)::int AS n FROM (
        SELECT job_id, kind, state, pages, pages_failed, rows, rows_failed, 1 AS n FROM new_rows
        UNION ALL SELECT job_id, kind, state, pages, pages_failed, rows, rows_failed, -1 FROM old_rows
      ) y GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(n) <> 0
    ) x;
  END IF;
  IF deltas IS NOT NULL THEN
    PERFORM move_chunk_counts(deltas);
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER document_inserted AFTER INSERT ON document REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION count_documents();
CREATE TRIGGER document_updated AFTER UPDATE ON document REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION count_documents();
CREATE TRIGGER document_deleted AFTER DELETE ON document REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION count_documents();

CREATE TRIGGER chunk_inserted AFTER INSERT ON chunk REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION count_chunks();
CREATE TRIGGER chunk_updated AFTER UPDATE ON chunk REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION count_chunks();
CREATE TRIGGER chunk_deleted AFTER DELETE ON chunk REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION count_chunks();

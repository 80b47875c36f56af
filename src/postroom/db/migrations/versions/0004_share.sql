-- Owns the order in which jobs wait for admission. Frozen, as every version is.

-- A share is there as long as its job may have chunks to admit, from the moment it does: nobody who is waiting is
-- to be looked for elsewhere. system and account_id are its job's, which never change.
ALTER TABLE share ADD COLUMN system TEXT, ADD COLUMN account_id UUID;
DELETE FROM share WHERE NOT EXISTS (
  SELECT FROM job WHERE job.id = share.job_id AND job.state IN ('checking', 'queued', 'running'));
UPDATE share SET system = job.system, account_id = job.account_id FROM job WHERE job.id = share.job_id;
INSERT INTO share (job_id, vtime, system, account_id)
  SELECT id, 0, system, account_id FROM job WHERE state IN ('checking', 'queued', 'running')
  ON CONFLICT (job_id) DO NOTHING;
ALTER TABLE share ALTER COLUMN system SET NOT NULL, ALTER COLUMN account_id SET NOT NULL;
CREATE INDEX share_turn_idx ON share (system, account_id, vtime, job_id);
CREATE INDEX chunk_fetch_idx ON chunk (system, job_id) WHERE state = 'waiting' AND kind = 'fetch';

CREATE FUNCTION job_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'DELETE' AND NEW.state IN ('checking', 'queued', 'running') THEN
    INSERT INTO share (job_id, vtime, system, account_id) VALUES (NEW.id, 0, NEW.system, NEW.account_id)
      ON CONFLICT (job_id) DO NOTHING;
  ELSIF TG_OP <> 'INSERT' THEN
    DELETE FROM share WHERE job_id = OLD.id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER job_inserted AFTER INSERT ON job FOR EACH ROW
  WHEN (NEW.state IN ('checking', 'queued', 'running')) EXECUTE FUNCTION job_waits();
CREATE TRIGGER job_moved AFTER UPDATE OF state ON job FOR EACH ROW
  WHEN ((OLD.state IN ('checking', 'queued', 'running')) IS DISTINCT FROM (NEW.state IN ('checking', 'queued', 'running')))
  EXECUTE FUNCTION job_waits();
CREATE TRIGGER job_deleted AFTER DELETE ON job FOR EACH ROW
  WHEN (OLD.state IN ('checking', 'queued', 'running')) EXECUTE FUNCTION job_waits();

-- A pile of jobs that came at once is known to the planner before it has been worked through.
ALTER TABLE job SET (autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE chunk SET (autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE share SET (autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_scale_factor = 0.05);

-- Owns room in the pages of what is updated most. Frozen, as every version is.

-- A job's row is counted up by every batch of chunks, a document's row changes three times on its way. In a page
-- with room the new version stands beside the old one, and no index hears of it.
ALTER TABLE job SET (fillfactor = 50);
ALTER TABLE document SET (fillfactor = 60);

"""The plans desk: pages and what was read of them, regions, sections, documents, and the indices of search.

Revision ID: plans_0002
"""

from __future__ import annotations

from alembic import op

revision = "plans_0002"
down_revision = "plans_0001"
branch_labels = None
depends_on = None

_STATEMENTS = (
    # One row per page. words: where each word stands (pack.py), read for hits only. boxes: of the title block,
    # shares of the page. A drawing that is complete is a sheet. Bounded by the reader: a million characters.
    """
    CREATE TABLE plan_page (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      file_id uuid NOT NULL REFERENCES plan_file (id) ON DELETE CASCADE,
      project_id uuid NOT NULL,
      page int NOT NULL,
      kind text NOT NULL CHECK (kind IN ('drawing', 'document')),
      code text,
      message text,
      warning text,
      width float8 NOT NULL,
      height float8 NOT NULL,
      rotation int NOT NULL,
      source text NOT NULL,
      text text NOT NULL,
      words bytea NOT NULL,
      sheet_number text,
      sheet_name text,
      discipline text,
      drawing_type text,
      revision text,
      issued text,
      confidence real,
      boxes jsonb,
      tsv tsvector,
      UNIQUE (file_id, page)
    )
    """,
    "ALTER TABLE plan_page ALTER COLUMN words SET STORAGE EXTERNAL",
    "CREATE INDEX plan_page_project_id_idx ON plan_page (project_id, file_id, page)",
    "CREATE INDEX plan_page_tsv_idx ON plan_page USING gin (tsv)",
    # The trigrams of a page's text (gram.py), and one negative number for its project. Apart from the page, so
    # that looking for candidates reads short rows.
    """
    CREATE TABLE plan_gram (
      page_id uuid PRIMARY KEY REFERENCES plan_page (id) ON DELETE CASCADE,
      file_id uuid NOT NULL,
      page int NOT NULL,
      grams int[] NOT NULL
    )
    """,
    # A thousand trigrams a page, each at another place of the index: collected first and put in together they cost
    # a quarter. What is not put in yet, every search looks through: no more than this many kilobytes.
    "CREATE INDEX plan_gram_grams_idx ON plan_gram USING gin (grams)"
    " WITH (fastupdate = on, gin_pending_list_limit = 2048)",
    """
    CREATE TABLE plan_region (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      page_id uuid NOT NULL REFERENCES plan_page (id) ON DELETE CASCADE,
      number int NOT NULL,
      kind text NOT NULL,
      label text NOT NULL,
      text text NOT NULL,
      box jsonb NOT NULL,
      label_box jsonb,
      tsv tsvector,
      UNIQUE (page_id, number)
    )
    """,
    # Ranking reads the tsv of every match: in the row it costs one page, apart it would cost three.
    "ALTER TABLE plan_region SET (toast_tuple_target = 8160)",
    "CREATE INDEX plan_region_tsv_idx ON plan_region USING gin (tsv)",
    # A section of a book of specifications. start_at, end_at: characters in the text of its first, last page.
    """
    CREATE TABLE plan_section (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      file_id uuid NOT NULL REFERENCES plan_file (id) ON DELETE CASCADE,
      place int NOT NULL,
      number text NOT NULL,
      title text NOT NULL,
      page_start int NOT NULL,
      start_at int NOT NULL,
      page_end int NOT NULL,
      end_at int NOT NULL,
      UNIQUE (file_id, place)
    )
    """,
    # A file that is a document of its own: a report, an addendum, a request for information.
    """
    CREATE TABLE plan_doc (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      file_id uuid NOT NULL UNIQUE REFERENCES plan_file (id) ON DELETE CASCADE,
      doc_type text NOT NULL,
      title text
    )
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)

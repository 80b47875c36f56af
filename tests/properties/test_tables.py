"""Owns: the state tables are sound, and the database counts documents by the same table as the core."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from postroom.core import states
from postroom.core.progress import BUCKETS
from postroom.core.states import (
    CHUNK,
    DOCUMENT,
    JOB,
    ChunkMove,
    ChunkState,
    DocumentMove,
    DocumentState,
    JobMove,
    JobState,
    bucket,
    sources,
    target,
)
from postroom.db import table
from postroom.desk import job
from postroom.desk.access import Access
from postroom.desk.context import Desk
from postroom.desk.job import Order

Table = Mapping[Any, Mapping[Any, Any]]

TABLES = [
    pytest.param(JOB, JobState, JobMove, [JobState.OPEN], id="job"),
    # A document may be announced first, or come with its bytes.
    pytest.param(
        DOCUMENT,
        DocumentState,
        DocumentMove,
        [DocumentState.REGISTERED, DocumentState.RECEIVED],
        id="document",
    ),
    pytest.param(CHUNK, ChunkState, ChunkMove, [ChunkState.WAITING], id="chunk"),
]
every_table = pytest.mark.parametrize(("rows", "state_type", "move_type", "first"), TABLES)


@every_table
def test_the_table_has_a_row_for_every_state(
    rows: Table, state_type: Any, move_type: Any, first: Any
) -> None:
    assert list(rows) == list(state_type)


@every_table
def test_every_state_is_reachable(rows: Table, state_type: Any, move_type: Any, first: list[Any]) -> None:
    reached, frontier = set(first), list(first)
    while frontier:
        for state in rows[frontier.pop()].values():
            if state not in reached:
                reached.add(state)
                frontier.append(state)
    assert reached == set(state_type)


@every_table
def test_an_end_is_reachable_from_every_state(
    rows: Table, state_type: Any, move_type: Any, first: Any
) -> None:
    ends = {state for state in rows if not rows[state]}
    reaching = set(ends)
    for _ in rows:
        reaching |= {state for state in rows if reaching & set(rows[state].values())}
    assert reaching == set(state_type)


@every_table
def test_every_move_exists_and_leads_to_one_state(
    rows: Table, state_type: Any, move_type: Any, first: Any
) -> None:
    for move in move_type:
        assert sources(rows, move), f"nothing can make the move {move}"
        assert target(rows, move) in state_type


@every_table
def test_no_move_leads_back_to_where_it_starts(
    rows: Table, state_type: Any, move_type: Any, first: Any
) -> None:
    for move in move_type:
        assert target(rows, move) not in sources(rows, move)


def test_terminal_states_are_those_without_moves() -> None:
    assert {state.value for state in states.TERMINAL_JOBS} == {
        "succeeded",
        "partial",
        "failed",
        "cancelled",
        "expired",
    }
    assert {state.value for state in states.TERMINAL_DOCUMENTS} == {
        "succeeded",
        "partial",
        "failed",
        "duplicate",
        "rejected",
        "cancelled",
    }


def test_tables_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        JOB[JobState.OPEN][JobMove.SUCCEED] = JobState.SUCCEEDED  # type: ignore[index]


def test_every_document_state_stands_in_one_of_the_counts() -> None:
    assert {bucket(state) for state in DocumentState} == set(BUCKETS)


async def test_the_database_counts_a_document_where_the_core_says(desk: Desk, access: Access) -> None:
    for n, state in enumerate(DocumentState, start=1):
        made = await job.submit(desk, access, Order("probe"))
        await desk.db.execute(
            "INSERT INTO document (id, job_id, position, name, state)"
            " SELECT gen_random_uuid(), $1, g, 'x', $2"
            " FROM generate_series(1, $3) g",
            made.id,
            state.value,
            n,
        )
        expected = {
            name: n if name in ("documents", bucket(state)) else 0 for name in ("documents", *BUCKETS)
        }
        assert (await job.get(desk, access, made.id)).counts.as_dict() == expected, state


async def test_the_database_moves_the_count_with_every_move_and_back_with_a_deletion(
    desk: Desk, access: Access
) -> None:
    made = await job.submit(desk, access, Order("probe"))
    document = uuid7()
    await desk.db.execute(
        "INSERT INTO document (id, job_id, position, name, state) VALUES ($1, $2, 0, 'x', 'registered')",
        document,
        made.id,
    )
    for left, moves in DOCUMENT.items():
        for reached in moves.values():
            for state in (left, reached):
                await desk.db.execute("UPDATE document SET state = $2 WHERE id = $1", document, state.value)
                counts = (await job.get(desk, access, made.id)).counts
                assert counts.conserved
                assert getattr(counts, bucket(state)) == counts.documents == 1
    await desk.db.execute("DELETE FROM document WHERE id = $1", document)
    assert set((await job.get(desk, access, made.id)).counts.as_dict().values()) == {0}


async def test_the_database_refuses_a_terminal_job_with_something_left(desk: Desk, access: Access) -> None:
    ends = [state.value for state in states.TERMINAL_JOBS]
    check = next(c for c in table.job.constraints if str(c.name).endswith("terminal_has_nothing_open"))
    assert all(f"'{state}'" in str(check.sqltext) for state in ends)  # type: ignore[attr-defined]
    made = await job.submit(desk, access, Order("probe"))
    await desk.db.execute(
        "INSERT INTO document (id, job_id, position, name, state)"
        " VALUES (gen_random_uuid(), $1, 0, 'x', 'received')",
        made.id,
    )
    for state in ends:
        with pytest.raises(Exception, match="terminal_has_nothing_open"):
            await desk.db.execute("UPDATE job SET state = $2, ended_at = now() WHERE id = $1", made.id, state)

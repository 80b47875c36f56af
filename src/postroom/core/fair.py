"""Owns who is served next: start-time fair queueing on two levels, account then job.

Pure: the engine brings the candidates, this file says how many chunks of which job to admit and what
virtual times result. A virtual time is the estimated seconds of work admitted so far. The lowest is served
first. Each level has a clock: the virtual time at which the one served last began. Who lags behind it, a
newcomer or one who returns, starts there, and neither waits for the past of others nor is paid for its own
absence. Who only waited its turn never lags behind: the clock shows the lowest of those that wait.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

_LEAST = 0.001  # seconds that a chunk costs at least: one that costs nothing would be served for ever


@dataclass(slots=True)
class Candidate:
    """A job with a backlog.

    vtime: the job's virtual time; cost: estimated seconds per chunk; backlog: chunks it could use now;
    in_flight: chunks of it that are admitted or running.
    """

    job: UUID
    account: UUID
    vtime: float
    cost: float
    backlog: int
    in_flight: int = 0


@dataclass(slots=True)
class Account:
    """vtime: virtual time; cap: chunks in flight at most, 0 for no cap; in_flight: chunks in flight now."""

    vtime: float
    in_flight: int = 0
    cap: int = 0


@dataclass(slots=True)
class Round:
    """What a round decided: chunks to admit per job, and the virtual times to store."""

    admit: dict[UUID, int] = field(default_factory=dict)
    jobs: dict[UUID, float] = field(default_factory=dict)
    accounts: dict[UUID, float] = field(default_factory=dict)


def clock(flows: Iterable[tuple[float, float]]) -> float:
    """The virtual time of a level, 0 if it is empty.

    flows: virtual time and cost of a chunk, of each account or job that wants to be served. Virtual times say
    where the next chunk would begin, so the last one began a cost earlier; the latest of these is the clock.
    It is always earlier than where the one served last would go on: those who waited for it come first.
    """
    return max((vtime - cost for vtime, cost in flows), default=0.0)


def choose(candidates: Iterable[Candidate], accounts: Mapping[UUID, Account], room: int) -> Round:
    """Fill `room` places of the window, one chunk at a time, always from the account and then the job with
    the lowest virtual time. Of equals the one with less in flight comes first, then the older one (ids are
    time-ordered)."""
    by_account: dict[UUID, list[Candidate]] = {}
    for candidate in candidates:
        by_account.setdefault(candidate.account, []).append(candidate)
    start = clock(
        (accounts[key].vtime, max(member.cost for member in members)) for key, members in by_account.items()
    )
    outer: list[tuple[float, int, UUID]] = []
    inner: dict[UUID, list[tuple[float, int, UUID]]] = {}
    jobs: dict[UUID, Candidate] = {}
    for key, members in by_account.items():
        heapq.heappush(outer, (max(accounts[key].vtime, start), accounts[key].in_flight, key))
        job_start = clock((member.vtime, member.cost) for member in members)
        inner[key] = [(max(member.vtime, job_start), member.in_flight, member.job) for member in members]
        heapq.heapify(inner[key])
        jobs.update({member.job: member for member in members})

    result = Round()
    left = {job.job: job.backlog for job in jobs.values()}
    while room > 0 and outer:
        account_time, held, account = heapq.heappop(outer)
        cap = accounts[account].cap
        if not inner[account] or (cap and held >= cap):
            continue
        job_time, in_flight, job_id = heapq.heappop(inner[account])
        if left[job_id] <= 0:
            heapq.heappush(outer, (account_time, held, account))
            continue
        cost = max(jobs[job_id].cost, _LEAST)
        left[job_id] -= 1
        room -= 1
        result.admit[job_id] = result.admit.get(job_id, 0) + 1
        result.jobs[job_id] = job_time + cost
        result.accounts[account] = account_time + cost
        heapq.heappush(inner[account], (job_time + cost, in_flight + 1, job_id))
        heapq.heappush(outer, (account_time + cost, held + 1, account))
    return result

"""Owns who is served next: start-time fair queueing on two levels, account then job.

Pure: the engine brings the candidates, this file says how many chunks of which job to admit and what
virtual times result. Virtual time is the estimated seconds of work admitted so far. The lowest is served
first, and a newcomer (or one who returns) starts at the minimum of those at work, so that it neither waits
for the past of others nor is paid for its own absence.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID


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


def floor(vtimes: Iterable[tuple[float, bool]]) -> float:
    """The virtual time at which a newcomer starts: the minimum of those at work, of all if none is.

    vtimes: pairs of virtual time and "has chunks in flight".
    """
    pairs = list(vtimes)
    busy = [vtime for vtime, at_work in pairs if at_work]
    return min(busy or [vtime for vtime, _ in pairs], default=0.0)


def choose(candidates: Iterable[Candidate], accounts: Mapping[UUID, Account], room: int) -> Round:
    """Fill `room` places of the window, one chunk at a time, always from the account and then the job with
    the lowest virtual time. Ties go to the older job (ids are time-ordered)."""
    by_account: dict[UUID, list[Candidate]] = {}
    for candidate in candidates:
        by_account.setdefault(candidate.account, []).append(candidate)
    start = floor((accounts[key].vtime, accounts[key].in_flight > 0) for key in by_account)
    outer: list[tuple[float, UUID]] = []
    inner: dict[UUID, list[tuple[float, UUID]]] = {}
    jobs: dict[UUID, Candidate] = {}
    for key, members in by_account.items():
        heapq.heappush(outer, (max(accounts[key].vtime, start), key))
        job_start = floor((member.vtime, member.in_flight > 0) for member in members)
        inner[key] = [(max(member.vtime, job_start), member.job) for member in members]
        heapq.heapify(inner[key])
        jobs.update({member.job: member for member in members})

    result = Round()
    left = {job.job: job.backlog for job in jobs.values()}
    in_flight = {key: accounts[key].in_flight for key in by_account}
    while room > 0 and outer:
        account_time, account = heapq.heappop(outer)
        cap = accounts[account].cap
        if not inner[account] or (cap and in_flight[account] >= cap):
            continue
        job_time, job_id = heapq.heappop(inner[account])
        if left[job_id] <= 0:
            heapq.heappush(outer, (account_time, account))
            continue
        cost = jobs[job_id].cost
        left[job_id] -= 1
        in_flight[account] += 1
        room -= 1
        result.admit[job_id] = result.admit.get(job_id, 0) + 1
        result.jobs[job_id] = job_time + cost
        result.accounts[account] = account_time + cost
        heapq.heappush(inner[account], (job_time + cost, job_id))
        heapq.heappush(outer, (account_time + cost, account))
    return result

"""Owns: what fair sharing promises to every crowd, over many rounds: a simulated house with one window."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from postroom.core.fair import Account, Candidate, choose
from tests.example import examples

COST = st.sampled_from([0.001, 0.02, 0.1, 1.0, 10.0, 60.0])
NEAR = st.sampled_from([0.5, 1.0, 3.0, 10.0])


@dataclass
class House:
    """Jobs of accounts, and a window of `room` chunks that are served in order."""

    room: int
    jobs: dict[UUID, Candidate] = field(default_factory=dict)
    accounts: dict[UUID, Account] = field(default_factory=dict)
    queue: deque[UUID] = field(default_factory=deque)
    order: list[UUID] = field(default_factory=list)

    def account(self, number: int, *, cap: int = 0, vtime: float = 0.0) -> UUID:
        key = UUID(int=number)
        self.accounts.setdefault(key, Account(vtime, cap=cap))
        return key

    def submit(self, number: int, account: UUID, *, backlog: int, cost: float = 1.0) -> UUID:
        key = UUID(int=1000 + number)
        self.jobs[key] = Candidate(key, account, 0.0, cost, backlog)
        return key

    def round(self) -> int:
        """One round of admission; returns how many chunks were admitted."""
        waiting = [job for job in self.jobs.values() if job.backlog > 0]
        found = choose(waiting, self.accounts, self.room - len(self.queue))
        for key, count in found.admit.items():
            job = self.jobs[key]
            assert count <= job.backlog
            job.backlog -= count
            job.in_flight += count
            self.accounts[job.account].in_flight += count
            self.queue.extend([key] * count)
        for key, vtime in found.jobs.items():
            self.jobs[key].vtime = vtime
        for key, vtime in found.accounts.items():
            self.accounts[key].vtime = vtime
        for account in self.accounts.values():
            assert not account.cap or account.in_flight <= account.cap
        return sum(found.admit.values())

    def serve(self) -> None:
        key = self.queue.popleft()
        self.jobs[key].in_flight -= 1
        self.accounts[self.jobs[key].account].in_flight -= 1
        self.order.append(key)

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.round()
            if not self.queue:
                return
            self.serve()


rooms = st.integers(1, 12)


@settings(max_examples=examples(25))
@given(rooms, st.lists(st.tuples(st.integers(1, 4), st.integers(1, 30), COST), min_size=1, max_size=8))
def test_everything_is_served_once(room: int, jobs: list[tuple[int, int, float]]) -> None:
    house = House(room)
    for n, (account, backlog, cost) in enumerate(jobs):
        house.submit(n, house.account(account), backlog=backlog, cost=cost)
    house.run(10_000)
    assert Counter(house.order) == {UUID(int=1000 + n): backlog for n, (_, backlog, _) in enumerate(jobs)}


@settings(max_examples=examples(25))
@given(rooms, st.lists(st.tuples(st.integers(1, 4), st.integers(1, 30), COST), min_size=1, max_size=8))
def test_no_place_stays_empty_while_somebody_waits(room: int, jobs: list[tuple[int, int, float]]) -> None:
    house = House(room)
    for n, (account, backlog, cost) in enumerate(jobs):
        house.submit(n, house.account(account), backlog=backlog, cost=cost)
    total = sum(backlog for _, backlog, _ in jobs)
    assert house.round() == min(room, total)
    while house.queue:
        house.serve()
        waiting, free = sum(job.backlog for job in house.jobs.values()), room - len(house.queue)
        assert house.round() == min(waiting, free)


@settings(max_examples=examples(25))
@given(rooms, st.lists(NEAR, min_size=2, max_size=6), st.lists(st.floats(0, 1e6), min_size=6, max_size=6))
def test_no_account_starves_whatever_it_had_before(room: int, costs: list[float], past: list[float]) -> None:
    """Each account always has work: their shares of time differ by a few chunks at most, however large."""
    house = House(room)
    for n, cost in enumerate(costs):
        house.submit(n, house.account(n + 1, vtime=past[n]), backlog=100_000, cost=cost)
    begun = Counter[UUID]()
    # Long enough for each to come to its turn several times after the dearest chunk of anybody.
    for _ in range(min(3_000, 4 * len(costs) * room + int(4 * sum(costs) / min(costs)))):
        house.round()
        house.serve()
    for key in house.order:
        begun[house.jobs[key].account] += 1
    seconds = {key: begun[house.jobs[key].account] * house.jobs[key].cost for key in house.jobs}
    slack = 2 * max(costs) + room * max(costs)
    assert max(seconds.values()) - min(seconds.values()) <= slack


@settings(max_examples=examples(25))
@given(st.integers(1, 4), st.integers(2, 6), st.lists(st.booleans(), min_size=40, max_size=40))
def test_equal_accounts_take_turns_even_if_the_window_runs_empty(
    room: int, number: int, drained: list[bool]
) -> None:
    house = House(room)
    for n in range(number):
        house.submit(n, house.account(n + 1), backlog=1000, cost=10.0)
    for empty in drained:
        house.round()
        for _ in range(len(house.queue) if empty else 1):
            house.serve()
    served = Counter(house.order)
    counts = [served[key] for key in house.jobs]
    assert max(counts) - min(counts) <= room + 1


@settings(max_examples=examples(25))
@given(rooms, st.integers(1, 5), st.integers(0, 200), COST, COST, st.booleans())
def test_a_newcomer_waits_for_its_share_and_no_longer(
    room: int, crowd: int, before: int, cost: float, own: float, same_account: bool
) -> None:
    """Three documents submitted after a crowd of endless jobs: each of them waits for the window and one
    turn of everybody else, whether they are of another account or of the same one."""
    house = House(room)
    first = house.account(1)
    for n in range(crowd):
        house.submit(n, first if same_account else house.account(n + 1), backlog=100_000, cost=cost)
    house.run(before)
    newcomer = house.submit(999, first if same_account else house.account(999), backlog=3, cost=own)
    started = len(house.order)
    while house.order.count(newcomer) < 3:
        house.run(1)
        # A dear chunk of its own is paid for: the others may use as much time before its next.
        turns = 2 + 2 * max(1.0, own / cost)
        assert len(house.order) - started <= room + 3 + crowd * turns * 3


@settings(max_examples=examples(25))
@given(st.integers(1, 4), st.integers(1, 4), st.integers(5, 40))
def test_a_cap_holds_and_costs_nobody_else(cap: int, others: int, room: int) -> None:
    house = House(room)
    house.submit(0, house.account(1, cap=cap), backlog=100_000)
    for n in range(others):
        house.submit(n + 1, house.account(n + 2), backlog=100_000)
    for _ in range(60):
        house.round()  # checks the cap itself
        assert len(house.queue) == room
        house.serve()
    assert Counter(house.order)[UUID(int=1000)] > 0


@settings(max_examples=examples(25))
@given(
    st.integers(0, 30),
    st.lists(st.tuples(st.integers(1, 3), st.floats(0, 1e4), COST, st.integers(1, 9)), max_size=6),
    st.randoms(),
)
def test_the_order_in_which_jobs_are_read_changes_nothing(
    room: int, jobs: list[tuple[int, float, float, int]], random: object
) -> None:
    accounts = {UUID(int=n): Account(7.0 * n) for n in range(1, 4)}
    candidates = [
        Candidate(UUID(int=1000 + n), UUID(int=account), vtime, cost, backlog)
        for n, (account, vtime, cost, backlog) in enumerate(jobs)
    ]
    shuffled = candidates[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert choose(candidates, accounts, room) == choose(shuffled, accounts, room)

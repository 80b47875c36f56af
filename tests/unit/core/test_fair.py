"""Owns: examples of who is served next; what holds for every crowd is in properties/test_fair.py."""

from __future__ import annotations

from uuid import UUID

from postroom.core.fair import Account, Candidate, Round, choose, clock

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)


def job(n: int, account: UUID = A, *, vtime: float = 0, cost: float = 1, backlog: int = 1000) -> Candidate:
    return Candidate(UUID(int=100 + n), account, vtime, cost, backlog)


def served(round_: Round) -> dict[int, int]:
    return {key.int - 100: count for key, count in round_.admit.items()}


def test_an_empty_house_has_nothing_to_admit() -> None:
    assert choose([], {}, 10) == Round()
    assert choose([job(1)], {A: Account(0)}, 0) == Round()


def test_two_accounts_share_evenly_whatever_the_number_of_their_jobs() -> None:
    jobs = [job(1, A), *(job(n, B) for n in range(2, 11))]
    found = served(choose(jobs, {A: Account(0), B: Account(0)}, 20))
    assert found[1] == 10
    assert sum(found.values()) == 20


def test_seconds_are_shared_and_not_chunks() -> None:
    found = served(choose([job(1, A, cost=9), job(2, B, cost=1)], {A: Account(0), B: Account(0)}, 100))
    assert found == {1: 10, 2: 90}


def test_a_newcomer_does_not_wait_for_the_past_of_others_nor_they_for_its_own() -> None:
    accounts = {A: Account(86_400, in_flight=2), B: Account(0)}
    # It starts where the last chunk of the other began: one chunk ahead of it, no more.
    assert served(choose([job(1, A), job(2, B)], accounts, 10)) == {1: 4, 2: 6}


def test_a_long_past_is_no_debt_when_nobody_is_at_work() -> None:
    # Both come after an idle night; the one that worked all day must not wait until the other has, too.
    accounts = {A: Account(86_400), B: Account(0)}
    assert served(choose([job(1, A), job(2, B)], accounts, 10)) == {1: 5, 2: 5}


def test_one_place_at_a_time_is_given_in_turns() -> None:
    # The window of one slow slot: whoever waits keeps what is due to it, though nothing of it is in flight.
    accounts = {key: Account(0.0) for key in (A, B, C)}
    jobs = {1: job(1, A, cost=10), 2: job(2, B, cost=10), 3: job(3, C, cost=10)}
    order = []
    for _ in range(9):
        round_ = choose(jobs.values(), accounts, 1)
        (number,) = served(round_)
        order.append(number)
        for account in accounts.values():
            account.in_flight = 0
        account = accounts[jobs[number].account]
        account.in_flight, account.vtime = 1, round_.accounts[jobs[number].account]
        jobs[number].vtime = round_.jobs[jobs[number].job]
    assert order == [1, 2, 3] * 3


def test_a_small_job_is_not_behind_an_older_big_one_of_its_account() -> None:
    big = job(1, vtime=500, cost=2, backlog=2000)
    big.in_flight = 2
    found = served(choose([big, job(2, cost=2, backlog=3)], {A: Account(500, in_flight=2)}, 6))
    assert found == {1: 3, 2: 3}


def test_a_capped_account_gets_no_more_and_others_take_the_rest() -> None:
    accounts = {A: Account(0, in_flight=3, cap=5), B: Account(0)}
    assert served(choose([job(1, A), job(2, B)], accounts, 10)) == {1: 2, 2: 8}


def test_chunks_that_cost_nothing_do_not_shut_out_others() -> None:
    found = served(choose([job(1, A, cost=0), job(2, B, cost=0)], {A: Account(0), B: Account(0)}, 10))
    assert found == {1: 5, 2: 5}


def test_the_clock_is_where_the_latest_chunk_began() -> None:
    assert clock([(10, 2), (5, 1)]) == 8
    assert clock([]) == 0

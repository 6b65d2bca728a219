"""Limits of an endpoint: a window in flight, allowances a minute, and what its headers ask for."""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from time import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.chat import Budget, EndpointLimits
from harness.chat.limits import Gate, asked_wait
from harness.errors import BudgetExceededError


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(st.integers(1, 7), st.integers(1, 40))
def test_never_more_in_flight_than_the_window(concurrency: int, callers: int) -> None:
    gate, most, served = Gate(EndpointLimits(concurrency=concurrency)), 0, 0

    async def caller() -> None:
        nonlocal most, served
        await gate.enter(0)
        most = max(most, gate._in_flight)
        await asyncio.sleep(0)
        gate.leave()
        served += 1

    async def work() -> None:
        await asyncio.gather(*(caller() for _ in range(callers)))

    asyncio.run(work())
    assert served == callers
    assert most == min(concurrency, callers)


def test_a_waiter_that_is_cancelled_takes_no_place() -> None:
    gate = Gate(EndpointLimits(concurrency=1))

    async def work() -> None:
        await gate.enter(0)
        waiting = [asyncio.create_task(gate.enter(0)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        gate.leave()
        await asyncio.wait_for(waiting[1], 5)
        waiting[2].cancel()
        gate.leave()
        await asyncio.wait_for(gate.enter(0), 5)

    asyncio.run(work())


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 50)), max_size=60))
def test_no_minute_sees_more_than_its_allowance(steps: list[tuple[float, int]]) -> None:
    clock = Clock()
    gate = Gate(EndpointLimits(requests_per_minute=5, tokens_per_minute=100), clock)
    sent: list[tuple[float, int]] = []
    for pause, tokens in steps:
        clock.now += pause
        while (wait := gate.allowance(tokens)) > 0:
            clock.now += wait
        sent.append((clock.now, tokens))
    for at, _ in sent:
        minute = [tokens for when, tokens in sent if at - 60 < when <= at]
        assert len(minute) <= 5
        assert sum(minute) <= 100


def test_a_window_grows_while_latency_is_steady_and_closes_on_trouble() -> None:
    clock = Clock()
    gate = Gate(EndpointLimits(concurrency=64, adaptive=True), clock)
    assert gate.window == 8
    for _ in range(2000):
        gate.succeeded(0.2)
    assert gate.window == 64
    for _ in range(200):
        gate.succeeded(0.9)
    assert gate.window == 64, "slower replies do not open it further, and do not close it"
    for _ in range(64):
        gate.overloaded(clock.now)
    assert gate.window == pytest.approx(64 * 0.7), "requests that entered together close it once"
    clock.now += 1
    gate.overloaded(clock.now)
    assert gate.window == pytest.approx(64 * 0.7 * 0.7)
    for _ in range(50):
        clock.now += 1
        gate.overloaded(clock.now)
    assert gate.window == 1


def test_rate_limit_headers_pause_until_their_reset() -> None:
    clock = Clock()
    gate = Gate(EndpointLimits(), clock)
    gate.heed({"x-ratelimit-remaining-requests": "3", "x-ratelimit-reset-requests": "30s"})
    assert gate.allowance(1) == 0
    gate.heed({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1m0.5s"})
    assert gate.allowance(1) == pytest.approx(60)
    clock.now += 60
    assert gate.allowance(1) == 0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after-ms": "40", "retry-after": "3"}, 0.04),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_what_retry_after_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait(headers) == seconds


def test_retry_after_may_be_a_date() -> None:
    wait = asked_wait({"retry-after": formatdate(time() + 100, usegmt=True)})
    assert wait == pytest.approx(100, abs=5)


def test_a_budget_of_calls_is_exact() -> None:
    budget = Budget(max_calls=2)
    budget.take_call()
    budget.take_call()
    with pytest.raises(BudgetExceededError, match="2 requests"):
        budget.take_call()
    assert budget.calls == 2


def test_a_budget_of_dollars_counts_what_is_known() -> None:
    budget = Budget(max_cost=1.0)
    budget.add_cost(None)
    budget.add_cost(0.999)
    budget.take_call()
    budget.add_cost(0.001)
    with pytest.raises(BudgetExceededError, match=r"\$1 is spent"):
        budget.take_call()

"""Retries: bounded in number, in time, and polite."""

import random
from datetime import UTC, datetime

import pytest

from mlops_lib.llm import ModelUnavailableError, RetryPolicy
from mlops_lib.llm.prices import PRICES, cost_usd
from mlops_lib.llm.retry import TransientError, World, call_with_retries, retry_after_seconds

NOW = datetime(2026, 6, 30, tzinfo=UTC)


class Clock:
    """A world in which only sleeping and calling take time."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []
        self.world = World(now=lambda: self.time, sleep=self.sleep, rng=random.Random(1))

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


def failing(
    clock: Clock, times: int, *, wait: float | None = None, takes: float = 0.0
) -> list[float]:
    """Waits before each success or the end, of a call that fails so many times."""
    left = [times]

    def call(timeout: float) -> str:
        clock.time += min(takes, timeout)
        if left[0] == 0:
            return "done"
        left[0] -= 1
        raise TransientError("busy", wait)

    call_with_retries(call, RetryPolicy(), clock.world)
    return clock.slept


def test_success_is_not_repeated() -> None:
    assert failing(Clock(), 0) == []


def test_waits_grow_and_have_jitter() -> None:
    first, second, third = failing(Clock(), 3)
    assert 0.25 <= first <= 0.5 <= second <= 1.0 <= third <= 2.0


def test_attempts_are_bounded() -> None:
    clock = Clock()
    with pytest.raises(ModelUnavailableError, match="4 of 4"):
        failing(clock, 4)
    assert len(clock.slept) == 3


def test_a_server_is_obeyed_with_jitter_and_a_cap() -> None:
    assert 2.0 <= failing(Clock(), 1, wait=2.0)[0] <= 2.5
    assert failing(Clock(), 1, wait=86_400.0) == [30.0]


def test_the_deadline_bounds_calls_and_waits_together() -> None:
    clock = Clock()
    with pytest.raises(ModelUnavailableError):
        failing(clock, 9, takes=60.0)
    assert clock.time <= RetryPolicy().deadline


@pytest.mark.parametrize("header", ["nan", "-1", "inf", "soon", "", None])
def test_a_senseless_retry_after_is_none(header: str | None) -> None:
    assert retry_after_seconds(header, NOW) is None


def test_a_date_in_the_past_means_now() -> None:
    assert retry_after_seconds("Mon, 29 Jun 2026 00:00:00 GMT", NOW) == 0.0


def test_a_long_prompt_of_a_tiered_model_has_no_known_price() -> None:
    assert cost_usd("claude-haiku-5-5", 100_000, 0) == pytest.approx(0.01)
    assert cost_usd("claude-haiku-5-5", 100_001, 0) is None


def test_output_never_costs_less_than_input() -> None:
    assert all(price.output >= price.input > 0 for price in PRICES.values())

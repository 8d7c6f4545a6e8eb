"""A volley that meets a limit: nobody is lost, and nobody storms."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mlops_lib.errors import InputError
from mlops_lib.llm import ModelUnavailableError, RetryPolicy, Throttle
from mlops_lib.llm.retry import TransientError, World, call_with_retries


class Limited:
    """A service that answers so many calls a second, counted as a leaking bucket."""

    def __init__(self, per_second: float, *, burst: int, retry_after: float | None = None) -> None:
        self.attempts = self.turned_away = 0
        self._rate, self._burst, self._retry_after = per_second, burst, retry_after
        self._left, self._then = float(burst), time.monotonic()
        self._lock = threading.Lock()

    def __call__(self, _timeout: float) -> str:
        with self._lock:
            now = time.monotonic()
            self._left = min(self._burst, self._left + (now - self._then) * self._rate)
            self._then, self.attempts = now, self.attempts + 1
            if self._left < 1:
                self.turned_away += 1
                raise TransientError("429", self._retry_after, is_limit=True)
            self._left -= 1
        return "answer"


def storm(service: Limited, throttle: Throttle, *, calls: int, at_once: int = 32) -> float:
    """Seconds that all calls took; raises when one is lost."""
    world = World(rng=random.Random(1))
    began = time.monotonic()
    with ThreadPoolExecutor(at_once) as pool:
        list(
            pool.map(
                lambda _: call_with_retries(service, RetryPolicy(), world, throttle), range(calls)
            )
        )
    return time.monotonic() - began


def test_a_known_limit_is_kept_without_one_refusal_and_in_time() -> None:
    service = Limited(100, burst=10)
    took = storm(service, Throttle(per_second=95), calls=100)
    assert service.turned_away == 0
    assert took <= 3 * 100 / 95  # the ratio of time to ideal is `benchmarks.reliability`


@pytest.mark.parametrize("retry_after", [None, 0.3])
def test_an_unknown_limit_is_found_and_nobody_is_lost(retry_after: float | None) -> None:
    service = Limited(100, burst=10, retry_after=retry_after)
    took = storm(service, Throttle(), calls=120)
    assert service.attempts <= 1.3 * 120
    assert took < 20  # at best 1.1 s, if the limit were known; usually three times that


def test_retries_are_a_budget_of_all_calls_together() -> None:
    throttle, attempts = Throttle(), [0]

    def down(_timeout: float) -> str:
        attempts[0] += 1
        raise TransientError("500")

    slept: list[float] = []
    world = World(now=lambda: sum(slept), sleep=slept.append, rng=random.Random(1))
    for _ in range(100):
        with pytest.raises(ModelUnavailableError):
            call_with_retries(down, RetryPolicy(), world, throttle)
    assert attempts[0] == 150  # each call once, and the 50 retries that there are


def test_waiting_for_a_place_respects_the_deadline() -> None:
    throttle, slept = Throttle(per_second=0.01), list[float]()
    world = World(now=lambda: sum(slept), sleep=slept.append, rng=random.Random(1))
    policy = RetryPolicy(deadline=50)
    assert call_with_retries(lambda _: "a", policy, world, throttle) == "a"
    with pytest.raises(ModelUnavailableError, match="no place"):
        call_with_retries(lambda _: "b", policy, world, throttle)


def test_a_rate_of_zero_is_refused() -> None:
    with pytest.raises(InputError, match="above 0"):
        Throttle(per_second=0)

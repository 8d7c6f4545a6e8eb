"""Try again, within a deadline: growing waits with jitter, a server's Retry-After with a cap."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from mlops_lib.llm.errors import ModelUnavailableError
from mlops_lib.llm.throttle import LOOK_AGAIN, Throttle

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and how long to try.

    Attributes:
        attempts: calls at most, the first included.
        timeout: seconds that one call may wait for the network.
        deadline: seconds after which no further call starts, and to which waits are bound.
        first_wait: seconds before the second call; doubles each time.
        longest_wait: cap of any wait, also of the one that a server asks for.
    """

    attempts: int = 4
    timeout: float = 60.0
    deadline: float = 120.0
    first_wait: float = 0.5
    longest_wait: float = 30.0


class TransientError(Exception):
    """A call failed in a way that may pass.

    Attributes:
        retry_after: seconds that the server asked to wait, if it did.
        is_limit: whether the server turned the call away because there were too many.
    """

    def __init__(
        self, message: str, retry_after: float | None = None, *, is_limit: bool = False
    ) -> None:
        """Keep what happened and what the server asked for."""
        super().__init__(message)
        self.retry_after = retry_after
        self.is_limit = is_limit


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The clock, the sleep and the dice of retries, so that tests need none of them."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    rng: random.Random


def call_with_retries(
    call: Callable[[float], T],
    policy: RetryPolicy,
    world: World,
    throttle: Throttle | None = None,
) -> T:
    """Call until it succeeds, attempts run out, or the deadline leaves no time.

    Args:
        call: takes the seconds that it may wait; raises `TransientError` where a repeat may help.
        policy: how often and how long.
        world: clock, sleep and dice.
        throttle: shared with the other calls of the same service; None for a call that is alone.

    Raises:
        ModelUnavailableError: when no attempt succeeded; the last failure is its cause.
    """
    shared = throttle or Throttle()
    end = world.now() + policy.deadline
    for attempt in range(policy.attempts):
        seen = _wait_for_a_place(shared, world, end)
        try:
            result = call(min(policy.timeout, max(end - world.now(), 0.0)))
        except TransientError as error:
            wait = _wait(error.retry_after, attempt, policy, world.rng)
            if error.is_limit:
                shared.turned_away(seen, wait, now=world.now())
            is_last = attempt + 1 == policy.attempts or world.now() + wait >= end
            if is_last or not shared.may_retry():
                message = f"gave up after {attempt + 1} of {policy.attempts} attempts: {error}"
                raise ModelUnavailableError(message) from error
            world.sleep(wait)
        else:
            shared.answered(now=world.now())
            return result
    raise ModelUnavailableError("no attempt was allowed")


def _wait_for_a_place(throttle: Throttle, world: World, end: float) -> int:
    """Sleep until the throttle lets this call start; the round in which it does."""
    number = throttle.join(now=world.now())
    while (wait := throttle.wait(number, now=world.now())) > 0:
        if world.now() + wait >= end:
            raise ModelUnavailableError("the rate limit left no place before the deadline")
        world.sleep(min(wait, LOOK_AGAIN))
    return throttle.round


def _wait(
    retry_after: float | None, attempt: int, policy: RetryPolicy, rng: random.Random
) -> float:
    # Jitter in both cases: clients that were turned away together must not come back together.
    if retry_after is not None:
        return min(retry_after * rng.uniform(1.0, 1.25), policy.longest_wait)
    return min(policy.first_wait * 2.0**attempt * rng.uniform(0.5, 1.0), policy.longest_wait)


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """Read a Retry-After header: seconds or an HTTP date; None where it is neither.

    Args:
        value: the header.
        now: the time to count a date from; aware.

    Example:
        >>> retry_after_seconds("2.5", datetime(2026, 6, 30, tzinfo=UTC))
        2.5
        >>> retry_after_seconds("Tue, 30 Jun 2026 00:00:07 GMT", datetime(2026, 6, 30, tzinfo=UTC))
        7.0
        >>> retry_after_seconds("soon", datetime(2026, 6, 30, tzinfo=UTC)) is None
        True
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        return _seconds_until(value, now)
    return seconds if 0 <= seconds < float("inf") else None


def _seconds_until(value: str, now: datetime) -> float | None:
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max((aware - now).total_seconds(), 0.0)

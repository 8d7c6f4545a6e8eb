"""Try again, within a deadline: growing waits with jitter, a server's Retry-After with a cap."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from mlops_lib.llm.errors import ModelUnavailableError

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
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        """Keep what happened and what the server asked for."""
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The clock, the sleep and the dice of retries, so that tests need none of them."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    rng: random.Random


def call_with_retries(call: Callable[[float], T], policy: RetryPolicy, world: World) -> T:
    """Call until it succeeds, attempts run out, or the deadline leaves no time.

    Args:
        call: takes the seconds that it may wait; raises `TransientError` where a repeat may help.
        policy: how often and how long.
        world: clock, sleep and dice.

    Raises:
        ModelUnavailableError: when no attempt succeeded; the last failure is its cause.
    """
    end = world.now() + policy.deadline
    for attempt in range(policy.attempts):
        try:
            return call(min(policy.timeout, max(end - world.now(), 0.0)))
        except TransientError as error:
            wait = _wait(error.retry_after, attempt, policy, world.rng)
            if attempt + 1 == policy.attempts or world.now() + wait >= end:
                message = f"gave up after {attempt + 1} of {policy.attempts} attempts: {error}"
                raise ModelUnavailableError(message) from error
            world.sleep(wait)
    raise ModelUnavailableError("no attempt was allowed")


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

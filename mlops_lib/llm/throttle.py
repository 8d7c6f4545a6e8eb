"""One rate limit for all who call a service: it slows down together, and comes back apart.

Clients that are turned away together and come back together are turned away again: with the SDK's
own retries, 130 of 200 calls were lost to a limit of ten a second.
"""

import threading
from dataclasses import dataclass, field

from mlops_lib.errors import InputError

RETRY_SHARE = 0.3
"""Retries that each call earns: more than 1.3 attempts per call are a storm, not a hiccup."""

RETRIES_AT_START = 50.0
"""Retries that may be made before any were earned; a first volley can be turned away whole."""

_FIRST_CUT = 0.9
"""Of the rate at which a service was seen to answer before it turned a call away."""

_CUT, _GROWTH = 0.9, 0.004
"""Later cuts, and growth with each success: nine tenths of a limit are found and kept."""

_PROBE = 0.1
"""Growth with each success after the first cut, whose guess may be far too low; a volley of ten
says nothing about a limit of a hundred a second."""

_SLOWEST, _LEAST_GROWTH = 1.0, 0.05
"""Calls per second: a rate that was cut too deep doubles within half a minute."""

_SHORTEST_WINDOW = 1.0
"""Seconds over which a service counts at the least."""


LOOK_AGAIN = 0.25
"""Seconds after which a call that waits looks whether the rate has changed."""


@dataclass(slots=True)
class Throttle:
    """When the next call may start; shared by all threads that call one service.

    Calls take numbers, and the rate says when a number is due; so a rate that changes moves also
    those that wait already.

    Attributes:
        per_second: calls per second that the user knows to be allowed; None: find out.

    Example:
        >>> throttle = Throttle(per_second=10)
        >>> numbers = [throttle.join(now=0.0) for _ in range(3)]
        >>> [round(throttle.wait(number, now=0.0), 3) for number in numbers]
        [0.0, 0.1, 0.2]
    """

    per_second: float | None = None
    round: int = field(default=0, init=False)
    _rate: float | None = field(default=None, init=False)
    _numbers: int = field(default=0, init=False)
    _started: int = field(default=0, init=False)
    _due: tuple[float, float] = field(default=(0.0, 0.0), init=False)
    _paused_until: float = field(default=float("-inf"), init=False)
    _began: float | None = field(default=None, init=False)
    _answered: int = field(default=0, init=False)
    _retries: float = field(default=RETRIES_AT_START, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse a rate at which nothing happens."""
        if self.per_second is not None and not 0 < self.per_second < float("inf"):
            message = "must be above 0 calls a second"
            raise InputError.of(message, field="rate", value=self.per_second)
        self._rate = self.per_second

    def join(self, *, now: float) -> int:
        """Take the next number."""
        with self._lock:
            self._began = now if self._began is None else self._began
            # An idle time earns no volley.
            if self._number_due(now) > self._numbers:
                self._due = (float(self._numbers), now)
            self._numbers += 1
            return self._numbers - 1

    def wait(self, number: int, *, now: float) -> float:
        """Seconds until this number is due, as things stand; 0 or less: now."""
        with self._lock:
            pause = self._paused_until - now
            if self._rate is None:
                return max(pause, 0.0)
            due, since = self._due
            left = max(pause, since + (number - due) / self._rate - now, 0.0)
            self._started = self._started if left else max(self._started, number + 1)
            return left

    def answered(self, *, now: float) -> None:
        """A call was let through: it earns retries, and a rate that was found may grow."""
        with self._lock:
            self._answered += 1
            self._retries = min(self._retries + RETRY_SHARE, RETRIES_AT_START)
            if self._rate is not None and self.per_second is None:
                growth = _PROBE if self.round == 1 else _GROWTH
                self._set_rate(self._rate + max(growth * self._rate, _LEAST_GROWTH), now, now)

    def turned_away(self, seen: int, pause: float, *, now: float) -> None:
        """A call met the service's limit: nobody calls for a while, and then more slowly.

        Args:
            seen: the round in which it started; a volley is one sign, not thirty.
            pause: seconds without calls.
            now: the time.
        """
        with self._lock:
            until = now + pause
            if seen == self.round:
                self._set_rate(self._cut(now), now, until)
                self.round += 1
            self._paused_until = max(self._paused_until, until)

    def may_retry(self) -> bool:
        """Spend one retry; False when none is left."""
        with self._lock:
            if self._retries < 1:
                return False
            self._retries -= 1
            return True

    def _cut(self, now: float) -> float:
        if self.per_second is not None:
            return self.per_second
        if self._rate is not None:
            return max(_CUT * self._rate, _SLOWEST)
        began = now if self._began is None else self._began
        seen = self._answered / max(now - began, _SHORTEST_WINDOW)
        return max(_FIRST_CUT * seen, _SLOWEST)

    def _set_rate(self, rate: float, now: float, since: float) -> None:
        """Go on counting from here: at `since` with the number that is due now."""
        number = min(max(self._number_due(now), self._started), float(self._numbers))
        self._due = (number, max(since, self._due[1]))
        self._rate = rate

    def _number_due(self, now: float) -> float:
        """The number whose time has come; all of them without a rate."""
        if self._rate is None:
            return float(self._numbers)
        due, since = self._due
        return due + max(now - since, 0.0) * self._rate

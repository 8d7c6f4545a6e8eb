"""Money, reserved before it is spent: a run cannot overshoot, and says so when it had to stop."""

from dataclasses import dataclass, field

from mlops_lib.errors import InputError

_ROUNDING = 1e-9
"""A call that costs what is left to the last digit may still be made."""


@dataclass(slots=True, kw_only=True)
class Budget:
    """A cap on what a run costs.

    Not thread-safe: the run's own loop reserves and settles.

    Attributes:
        limit_usd: the cap; None for none.
        call_usd: what a call costs at most where the target cannot tell; None: unknown.
        spent_usd: settled so far, earlier parts of a resumed run included.
        unknown: settled calls whose cost is not known.

    Example:
        >>> budget = Budget(limit_usd=0.05)
        >>> budget.reserve(0.04), budget.reserve(0.04)
        (True, False)
        >>> budget.settle(0.04, 0.01)
        >>> budget.reserve(0.04)
        True
    """

    limit_usd: float | None = None
    call_usd: float | None = None
    spent_usd: float = 0.0
    unknown: int = 0
    _reserved: float = field(default=0.0)

    def __post_init__(self) -> None:
        """Refuse a cap that is none."""
        for name, value in (("budget", self.limit_usd), ("call cost", self.call_usd)):
            if value is not None and not 0 < value < float("inf"):
                raise InputError.of("must be above 0 US dollars", field=name, value=value)

    def most(self, estimate: float | None) -> float | None:
        """What one call costs at most: the target's own word, else the user's."""
        return self.call_usd if estimate is None else estimate

    def reserve(self, estimate: float | None) -> bool:
        """Set the cost of one call aside; False when too little is left.

        Raises:
            InputError: if there is a cap, and nobody knows what a call costs.
        """
        if self.limit_usd is None:
            return True
        most = self.most(estimate)
        if most is None:
            message = (
                "cannot be held: what a call costs is not known; "
                "give prices (--prices) or the most that one call costs (--call-cost)"
            )
            raise InputError.of(message, field="budget", value=self.limit_usd)
        if self.spent_usd + self._reserved + most > self.limit_usd + _ROUNDING:
            return False
        self._reserved += most
        return True

    def settle(self, estimate: float | None, cost: float | None) -> None:
        """Replace what was reserved by what it cost; an unknown cost counts in full."""
        most = self.most(estimate)
        if self.limit_usd is not None:
            self._reserved = max(self._reserved - (most or 0.0), 0.0)
        if cost is None:
            self.unknown += 1
            cost = (most or 0.0) if self.limit_usd is not None else 0.0
        self.spent_usd += cost

"""How far a run is: counts, money and time left; shown by whoever is told."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a run stands.

    Attributes:
        done: answers there are, those of earlier parts included.
        total: answers that there will be.
        errors: answers that are errors.
        spent_usd: known cost so far.
        unknown_cost: answers whose cost is not known.
        seconds: since this part of the run began.
        asked: answers of this part.
    """

    done: int
    total: int
    errors: int
    spent_usd: float
    unknown_cost: int
    seconds: float
    asked: int

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far; None before the first answer.

        Example:
            >>> standing = Standing(
            ...     done=30,
            ...     total=90,
            ...     errors=0,
            ...     spent_usd=0.1,
            ...     unknown_cost=0,
            ...     seconds=10,
            ...     asked=20,
            ... )
            >>> standing.seconds_left
            30.0
        """
        return self.seconds / self.asked * (self.total - self.done) if self.asked else None

    @property
    def cost_text(self) -> str:
        """Money so far, and whether some of it is unknown."""
        if self.unknown_cost and not self.spent_usd:
            return "cost unknown"
        more = f" + {self.unknown_cost:,} of unknown cost" if self.unknown_cost else ""
        return f"${self.spent_usd:,.4f}{more}"


class Progress(Protocol):
    """Whoever is told where the run stands, after each answer."""

    def update(self, standing: Standing) -> None:
        """One more answer."""
        ...


class Silent:
    """Tells nobody."""

    def update(self, standing: Standing) -> None:
        """Nothing."""

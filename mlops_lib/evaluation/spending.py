"""What a side of an evaluation took: calls, tokens and money, the unknown told apart."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


class Paid(Protocol):
    """An answer or a judgement, as far as it cost something."""

    @property
    def input_tokens(self) -> int | None:
        """Read; None where not recorded."""
        ...

    @property
    def output_tokens(self) -> int | None:
        """Written; None where not recorded."""
        ...

    @property
    def cost_usd(self) -> float | None:
        """None where unknown."""
        ...

    @property
    def batched(self) -> bool:
        """Whether it was asked in a batch, at a lower price."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What some calls took.

    Attributes:
        calls: made.
        batched: of these, in a batch.
        input_tokens: read, as far as known.
        output_tokens: written, as far as known.
        known_usd: known cost.
        unknown: calls whose cost is not known.
        uncounted: calls whose tokens are not known.
    """

    calls: int
    batched: int
    input_tokens: int
    output_tokens: int
    known_usd: float
    unknown: int
    uncounted: int

    @property
    def cost_usd(self) -> float | None:
        """The whole cost; None where a part of it is unknown, never 0 for unknown."""
        return None if self.unknown else self.known_usd


def spending_of(calls: Iterable[Paid]) -> Spending:
    """Add up calls.

    Example:
        >>> from mlops_lib.evaluation.runs import Answer
        >>> paid = Answer(case_id="a", output="x", cost_usd=0.5)
        >>> found = spending_of([paid, paid.model_copy(update={"cost_usd": None})])
        >>> found.calls, found.known_usd, found.unknown, found.cost_usd
        (2, 0.5, 1, None)
    """
    count = batched = read = written = unknown = uncounted = 0
    known = 0.0
    for call in calls:
        count += 1
        batched += call.batched
        read += call.input_tokens or 0
        written += call.output_tokens or 0
        uncounted += call.input_tokens is None or call.output_tokens is None
        known += call.cost_usd or 0.0
        unknown += call.cost_usd is None
    return Spending(
        calls=count,
        batched=batched,
        input_tokens=read,
        output_tokens=written,
        known_usd=round(known, 10),
        unknown=unknown,
        uncounted=uncounted,
    )

"""How far the topics reach: the badly served requests that are shown, not shown, in no topic."""

from dataclasses import dataclass

from mlops_lib.quantities import format_quantity

LOUD = 1 / 3
"""Share of the badly served requests by one user from which he is spoken of."""

FEWEST_LOUD = 10
"""And so many requests at least."""

LARGE_REST = 1 / 3
"""Share of the badly served requests in no topic from which another embedder is worth a try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where the badly served requests of the current window lie; the three add up to all.

    Attributes:
        shown: in a topic that the report shows.
        hidden: in a topic that it does not show, being small or of too few users.
        outside: in no topic.
        loudest: by the one user who made most of them; 0 where users are unknown.
        by_wording: whether topics were found by wording alone.
    """

    shown: int
    hidden: int
    outside: int
    by_wording: bool
    loudest: int = 0

    @property
    def total(self) -> int:
        """All badly served requests of the current window."""
        return self.shown + self.hidden + self.outside

    @property
    def sentence(self) -> str:
        """The three numbers.

        Example:
            >>> reach = Reach(shown=5, hidden=1, outside=2, by_wording=True)
            >>> reach.sentence  # doctest: +NORMALIZE_WHITESPACE
            'Of the 8 badly served requests of the last days 5 lie in the topics shown, 1 in topics
            not shown, and 2 (25.0 %) in no topic.'
        """
        if not self.total:
            return "No request of the last days was badly served."
        share = format_quantity(self.outside / self.total, "share")
        return (
            f"Of the {self.total:,} badly served requests of the last days {self.shown:,} lie in "
            f"the topics shown, {self.hidden:,} in topics not shown, and {self.outside:,} "
            f"({share}) in no topic.{self._loud()}"
        )

    @property
    def rest(self) -> str:
        """What the topics do not tell of, for the first sentences; "" where that is nothing.

        Example:
            >>> Reach(shown=5, hidden=1, outside=2, by_wording=True).rest
            '2 of the 8 badly served requests lie in no topic.'
        """
        if not self.outside:
            return self._loud().strip()
        lie = "lies" if self.outside == 1 else "lie"
        of = f"{self.outside:,} of the {self.total:,} badly served requests"
        return f"{of} {lie} in no topic.{self._loud()}"

    def _loud(self) -> str:
        if self.loudest < max(LOUD * self.total, FEWEST_LOUD):
            return ""
        return f" One user made {self.loudest:,} of them."

    @property
    def hint(self) -> str:
        """What to try where much lies in no topic; "" for nothing."""
        if not self.by_wording or not self.outside or self.outside < LARGE_REST * self.total:
            return ""
        return (
            "What is in no topic may share a meaning without the words: run again with "
            "embedder=minilm."
        )

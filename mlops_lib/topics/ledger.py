"""The gaps from run to run: new, growing, open, closing, closed, regressed; a small JSON file."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from mlops_lib.display import TableView
from mlops_lib.quantities import format_quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops_lib.topics.gaps import Gap

SAME_TEXTS = 0.3
"""Overlap of the smaller side's questions from which two gaps are one: most of the days of a
weekly run are also in the next one."""

SAME_TERMS = 2
"""Or so many equal terms, where the runs lie too far apart to share questions."""

CLOSING = 0.5
"""A gap is closing when its share of the traffic fell to half of its largest, or below."""

MOST_SHARES = 60
"""Runs that are remembered of each gap."""


class GapState(StrEnum):
    """Where a gap stands in comparison with the runs before."""

    NEW = "new"
    GROWING = "growing"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"
    REGRESSED = "regressed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One gap through the runs.

    Attributes:
        entry: its number in the ledger, which it keeps.
        name: terms of the last run that found it; untrusted text.
        terms: the same, one by one.
        questions: content keys of its questions; the questions themselves are not kept.
        state: at the last run.
        first: end of the log in which it was first found.
        last: end of the log in which it was last found.
        shares: (end of the log, share of the traffic), oldest first.
        gap: its number in the last run's report; 0 where it was not found.
    """

    entry: int
    name: str
    terms: tuple[str, ...]
    questions: tuple[str, ...]
    state: GapState
    first: str
    last: str
    shares: tuple[tuple[str, float], ...]
    gap: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All gaps that a run ever found.

    Attributes:
        entries: in the order of their numbers.
        end: end of the log of the last run.
        note: why this run's gaps are not in it; "" where they are.
    """

    entries: tuple[Entry, ...] = ()
    end: str = ""
    note: str = ""

    def table(self) -> TableView:
        """One row a gap, those of this run first."""
        order = sorted(self.entries, key=lambda each: (each.gap == 0, each.gap, each.entry))
        counts = [
            f"{number} {state.value}"
            for state in GapState
            if (number := sum(each.state is state for each in self.entries))
        ]
        columns = ("Gap", "State", "In this report", "First seen", "Last seen", "Share then",
                   "Share now")  # fmt: skip
        found = f"Since the first run: {', '.join(counts)}." if counts else "No gap so far."
        parts = (self.note, "" if self.note and not counts else found)
        return TableView(
            caption=" ".join(part for part in parts if part),
            columns=columns,
            rows=tuple(
                (
                    each.name,
                    each.state.value,
                    f"gap {each.gap}" if each.gap else "–",
                    each.first,
                    each.last,
                    format_quantity(each.shares[0][1], "share"),
                    format_quantity(each.shares[-1][1], "share"),
                )
                for each in order
            ),
            numeric=columns[5:],
        )

    def _repr_html_(self) -> str:
        """The table."""
        return self.table()._repr_html_()


def follow_gaps(
    gaps: "Sequence[Gap]", last: Ledger, *, end: str, growing: "Sequence[Gap]" = ()
) -> Ledger:
    """Write this run's gaps into the ledger.

    A run on the same log (the same end) as the last one replaces it, so that repeating a run
    changes nothing.

    Args:
        gaps: of this run, largest first.
        last: what the run before left; empty for the first run.
        end: date on which this run's log ends.
        growing: those of the gaps that grow.

    Example:
        >>> follow_gaps([], Ledger(), end="2026-06-30").entries
        ()
    """
    free = {entry.entry: entry for entry in last.entries}
    entries = []
    number = max(free, default=0)
    numbers = {gap.number for gap in growing}
    for gap in gaps:
        known = _known(gap, list(free.values()))
        if known is None:
            number += 1
        else:
            free.pop(known.entry)
        shares = _shares(gap, known, end)
        entries.append(
            Entry(
                entry=known.entry if known else number,
                name=gap.label.text,
                terms=gap.label.terms,
                questions=gap.keys,
                state=_state(known, shares, end=end, is_growing=gap.number in numbers),
                first=known.first if known else end,
                last=end,
                shares=shares,
                gap=gap.number,
            )
        )
    entries += [_gone(entry, end) for entry in free.values()]
    return Ledger(entries=tuple(sorted(entries, key=lambda each: each.entry)), end=end)


def _known(gap: "Gap", entries: "Sequence[Entry]") -> Entry | None:
    """The entry that shares most questions, or else most terms; None if none shares enough."""
    ranked = sorted(
        ((*_likeness(gap, entry), -entry.entry, entry) for entry in entries),
        key=lambda each: each[:3],
        reverse=True,
    )
    if not ranked:
        return None
    texts, terms, _, best = ranked[0]
    return best if texts >= SAME_TEXTS or terms >= SAME_TERMS else None


def _likeness(gap: "Gap", entry: Entry) -> tuple[float, int]:
    mine, theirs = set(gap.keys), set(entry.questions)
    shared = len(mine & theirs) / max(min(len(mine), len(theirs)), 1)
    terms = len(set(gap.label.terms) & set(entry.terms))
    return (shared if shared >= SAME_TEXTS else 0.0), terms


def _shares(gap: "Gap", known: Entry | None, end: str) -> tuple[tuple[str, float], ...]:
    before = [each for each in (known.shares if known else ()) if each[0] != end]
    return (*before, (end, round(gap.traffic.current, 6)))[-MOST_SHARES:]


def _state(
    known: Entry | None, shares: tuple[tuple[str, float], ...], *, end: str, is_growing: bool
) -> GapState:
    if known is None or known.first == end:
        return GapState.NEW
    if known.state is GapState.CLOSED or (known.last == end and known.state is GapState.REGRESSED):
        return GapState.REGRESSED
    if is_growing:
        return GapState.GROWING
    is_closing = shares[-1][1] <= CLOSING * max(share for _, share in shares)
    return GapState.CLOSING if is_closing else GapState.OPEN


def _gone(entry: Entry, end: str) -> Entry:
    if entry.state is GapState.CLOSED:
        return replace(entry, gap=0)
    shares = (*(each for each in entry.shares if each[0] != end), (end, 0.0))
    return replace(entry, state=GapState.CLOSED, shares=shares[-MOST_SHARES:], gap=0)

"""The gaps from run to run: new, growing, open, closing, closed, regressed; a small JSON file."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from mlops_lib.display import TableView
from mlops_lib.quantities import format_quantity
from mlops_lib.topics.ledger_match import Mark, match
from mlops_lib.topics.scores import LOW_QUANTILE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlops_lib.topics.gaps import Gap

CLOSING = 0.5
"""A gap is closing when its share of the traffic fell to half of its largest, or below."""

CLOSED = LOW_QUANTILE
"""And closed at this share of its largest: so many of the questions that are served well have a
low score too."""

BACK = 0.25
"""A closed gap has regressed from this share of its largest on: below it are single questions."""

MOST_SHARES = 60
"""Runs that are remembered of each gap."""

_DIGITS = 6


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
        last: end of the log in which its questions were last asked and badly served.
        shares: (end of the log, share of the traffic), oldest first.
        gap: its number in the last run's report; 0 where that knows no such gap.
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
        before: the entries as they were before that run, which another run of the same end
            replaces.
        note: why this run's gaps are not in it; "" where they are.
    """

    entries: tuple[Entry, ...] = ()
    end: str = ""
    before: tuple[Entry, ...] = ()
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
    gaps: "Sequence[Gap]",
    last: Ledger,
    *,
    end: str,
    growing: "Sequence[Gap]" = (),
    asked: "Mapping[str, float] | None" = None,
) -> Ledger:
    """Write this run's gaps into the ledger.

    A run on the same log (the same end) as the last one replaces it, whatever the settings of
    either, so that repeating a run changes nothing. A gap is new once somebody asks for it now. One
    that is found no more, since its questions fell apart or went into a larger gap, keeps the
    share of the traffic that is measured on the questions it was known by.

    Args:
        gaps: all of this run, also those that only the reference window knows; largest first.
        last: what the run before left; empty for the first run.
        end: date on which this run's log ends.
        growing: those of the gaps that grow.
        asked: share of the current traffic of each question that is badly served, by content key.

    Example:
        >>> follow_gaps([], Ledger(), end="2026-06-30").entries
        ()
    """
    before = last.before if last.end == end else last.entries
    places = match([_gap_mark(gap) for gap in gaps], [_entry_mark(entry) for entry in before])
    numbers = {gap.number for gap in growing}
    found = [
        _met(before[places[place]], gap, end, is_growing=gap.number in numbers)
        for place, gap in enumerate(gaps)
        if place in places
    ]
    gone = [before[place] for place in sorted(set(range(len(before))) - set(places.values()))]
    fresh = [gap for place, gap in enumerate(gaps) if place not in places and gap.requests]
    highest = max((entry.entry for entry in before), default=0)
    entries = [
        *found,
        *(_moved(entry, _share_of(entry, asked or {}), end, gap=0) for entry in gone),
        *(_new(gap, number, end) for number, gap in enumerate(fresh, start=highest + 1)),
    ]
    ordered = tuple(sorted(entries, key=lambda each: each.entry))
    return Ledger(entries=ordered, end=end, before=before)


def undo(entries: "Sequence[Entry]", end: str) -> tuple[Entry, ...]:
    """The entries before the run of this end, as far as they tell it themselves."""
    was = {GapState.CLOSED: GapState.OPEN, GapState.REGRESSED: GapState.CLOSED}
    return tuple(
        replace(
            entry,
            state=was.get(entry.state, entry.state) if entry.shares[-1][0] == end else entry.state,
            shares=_earlier(entry, end),
        )
        for entry in entries
        if _earlier(entry, end)
    )


def _gap_mark(gap: "Gap") -> Mark:
    return Mark(keys=frozenset(gap.keys), terms=gap.label.terms)


def _entry_mark(entry: Entry) -> Mark:
    return Mark(keys=frozenset(entry.questions), terms=entry.terms)


def _new(gap: "Gap", number: int, end: str) -> Entry:
    return Entry(
        entry=number,
        name=gap.label.text,
        terms=gap.label.terms,
        questions=gap.keys,
        state=GapState.NEW,
        first=end,
        last=end,
        shares=((end, round(gap.traffic.current, _DIGITS)),),
        gap=gap.number,
    )


def _met(entry: Entry, gap: "Gap", end: str, *, is_growing: bool) -> Entry:
    """An entry that this run found again, under its present name."""
    named = replace(entry, name=gap.label.text, terms=gap.label.terms, questions=gap.keys)
    return _moved(named, gap.traffic.current, end, gap=gap.number, is_growing=is_growing)


def _moved(entry: Entry, share: float, end: str, *, gap: int, is_growing: bool = False) -> Entry:
    shares = (*_earlier(entry, end), (end, round(share, _DIGITS)))
    return replace(
        entry,
        state=_state(entry, shares, is_growing=is_growing),
        last=end if share else entry.last,
        shares=shares[-MOST_SHARES:],
        gap=gap if share else 0,
    )


def _share_of(entry: Entry, asked: "Mapping[str, float]") -> float:
    return math.fsum(asked.get(key, 0.0) for key in entry.questions)


def _earlier(entry: Entry, end: str) -> tuple[tuple[str, float], ...]:
    return tuple(each for each in entry.shares if each[0] != end)


def _state(entry: Entry, shares: "Sequence[tuple[str, float]]", *, is_growing: bool) -> GapState:
    """Of an entry that is known from before, by its last share beside its largest."""
    part = shares[-1][1] / (max(share for _, share in shares) or 1.0)
    if entry.state is GapState.CLOSED:
        return GapState.REGRESSED if is_growing or part >= BACK else GapState.CLOSED
    if is_growing:
        return GapState.GROWING
    if part <= CLOSED:
        return GapState.CLOSED
    return GapState.CLOSING if part <= CLOSING else GapState.OPEN

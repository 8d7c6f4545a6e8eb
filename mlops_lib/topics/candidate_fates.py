"""What a candidate corpus does to a gap, by how many of its questions find a good match."""

from dataclasses import dataclass
from enum import StrEnum

from mlops_lib.stats import Proportion

CLOSED = 0.5
"""Share of a gap's questions that must find a good match before it counts as closed: the rest are
worded in ways that no page foresees."""

STEP = 0.2
"""Rise in that share from which the candidate has closed a gap, or brings it closer; a smaller rise
brings it closer too where the data leave room for half of its questions."""

_DIGITS = 9
"""Of a rise: 0.6 - 0.4 is a fifth."""


class Fate(StrEnum):
    """What the candidate does to a gap."""

    CLOSED = "closed"
    CLOSING = "closing"
    COVERED = "covered already"
    OPEN = "still open"
    OPENED = "newly opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class GapFate:
    """One gap on both corpora.

    Attributes:
        name: of the gap, as the report speaks of it; untrusted text.
        question: its most typical question; untrusted text.
        fate: what the candidate does to it.
        before: share of its users' questions with a good match in the corpus.
        after: the same in the candidate.
        page: section of the candidate that most of them find; "" for none.
        passage: how the part of it that most of them find begins; untrusted text.
    """

    name: str
    question: str
    fate: Fate
    before: Proportion
    after: Proportion
    page: str
    passage: str


def fate_of(before: Proportion, after: Proportion) -> Fate:
    """What becomes of a gap whose questions find these good matches.

    Args:
        before: share of its users' questions with a good match in the corpus.
        after: the same in the candidate.

    Example:
        >>> from mlops_lib.stats import proportion
        >>> fate_of(proportion(0, 10), proportion(6, 10)).value
        'closed'
    """
    rise = round(after.estimate - before.estimate, _DIGITS)
    if min(before.estimate, after.estimate) >= CLOSED:
        return Fate.COVERED
    if after.estimate >= CLOSED and rise >= STEP:
        return Fate.CLOSED
    has_room = after.interval.high >= CLOSED
    return Fate.CLOSING if rise >= STEP or (rise > 0 and has_room) else Fate.OPEN

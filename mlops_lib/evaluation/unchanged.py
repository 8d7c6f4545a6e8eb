"""Samples without spread: what may still be unseen where every case says the same.

Where no case differs a standard error is 0, and an interval made of it claims to know everything.
Scores between 0 and 1 allow an honest one: so many cases can miss what befalls a share of up to
z² / (n + z²) of all questions, and each of those can move by as much as the scale is wide.
"""

from dataclasses import replace

from mlops_lib.stats import ClusteredDifference, Interval, Level, tango_interval
from mlops_lib.stats.interval import z_of

SAME = 1e-12
"""Width of an interval below which it comes from equal scores, averaged over repeats."""

PASS_OR_FAIL = "Tango score interval without a pair that differs, each case counted once"
STAND_IN = (
    "all pairs differ alike: the bound of pass-or-fail scores, a conservative stand-in for others, "
    "each case counted once"
)
AMOUNTS = (
    "all pairs differ alike: so many cases can miss some that differ, each taken to differ by the "
    "largest amount seen"
)
ONE_LEVEL = (
    "all cases score alike: Wilson's bound of pass-or-fail scores, a conservative stand-in for "
    "others, each case counted once"
)


def unseen_share(n: int, *, confidence: float) -> float:
    """The largest share of questions that n cases can miss altogether.

    It is the bound of Tango's (and Newcombe's) interval without a discordant pair, and of
    Wilson's without a failure: z² / (n + z²).

    Args:
        n: cases, at least one.
        confidence: of the two-sided interval.

    Example:
        >>> round(unseen_share(12, confidence=0.95), 3)
        0.242
    """
    return tango_interval(n, 0, 0, confidence=confidence).high


def unchanged_needed(margin: float, *, confidence: float) -> int:
    """Cases that rule out a loss of the margin when no case differs.

    Args:
        margin: as a share of what one case can lose, above 0; from 1 on a single case would do.
        confidence: of the two-sided interval.

    Example:
        >>> unchanged_needed(0.05, confidence=0.95)
        73
    """
    return int(z_of(confidence) ** 2 * max(1 - margin, 0.0) / margin) + 1


def with_unseen(
    difference: ClusteredDifference,
    *,
    pass_or_fail: bool,
    confidence: float,
    largest: float | None = None,
) -> ClusteredDifference:
    """A difference with an interval that is never of width zero.

    Args:
        difference: as measured; returned as it is where the cases differ among each other.
        pass_or_fail: whether all scores are 0 or 1.
        confidence: of the two-sided interval.
        largest: amount, by which one case is taken to differ at most; None for scores between 0
            and 1.
    """
    if not (difference.identical or _is_flat(difference.interval)):
        return difference
    unseen = unseen_share(difference.n, confidence=confidence)
    widest = 1.0 if largest is None else largest
    method = PASS_OR_FAIL if pass_or_fail and difference.identical else STAND_IN
    return replace(
        difference,
        interval=_mixed(difference.estimate, unseen, -widest, widest),
        standard_error=unseen * widest / z_of(confidence),
        method=method if largest is None else AMOUNTS,
    )


def level_with_unseen(level: Level, *, confidence: float) -> Level:
    """A level of scores between 0 and 1, with an interval that is never of width zero.

    Args:
        level: as measured; returned as it is where the cases differ among each other.
        confidence: of the two-sided interval.
    """
    if not _is_flat(level.interval):
        return level
    unseen = unseen_share(level.n, confidence=confidence)
    return replace(level, interval=_mixed(level.estimate, unseen, 0.0, 1.0), method=ONE_LEVEL)


def _is_flat(interval: Interval) -> bool:
    return interval.is_known and interval.high - interval.low < SAME


def _mixed(seen: float, share: float, least: float, most: float) -> Interval:
    """Bounds of a mean of which a share is not seen and lies anywhere on the scale."""
    return Interval(*((1 - share) * seen + share * bound for bound in (least, most)))

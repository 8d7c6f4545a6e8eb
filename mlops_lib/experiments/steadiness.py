"""Whether the experiment stayed the same thing from its first day to its last."""

import math
from collections.abc import Iterator, Sequence

from mlops_lib.experiments.checks import pvalue_text
from mlops_lib.experiments.estimates import estimate
from mlops_lib.experiments.evidence import Change, Evidence
from mlops_lib.quantities import format_quantity
from mlops_lib.stats import Interval
from mlops_lib.stats.interval import z_of
from mlops_lib.stats.tails import two_sided_pvalue
from mlops_lib.verdict import Check, Outcome

NOVELTY_ALPHA = 0.001
"""As of the other tests of trust: an alarm throws the result away, so it must be rare."""

FEWEST_UNITS = 30
"""Per variant and half; the comparison of the halves is by normal approximation."""

_MOST_VALUES = 5
_CENSUS = Interval(math.nan, math.nan)


def check_steadiness(evidence: Evidence) -> Iterator[Check]:
    """One check for each column that should be steady."""
    for column in evidence.design.unchanging:
        yield check_steady(column, evidence)


def check_steady(column: str, evidence: Evidence) -> Check:
    """A prompt, model or judge that changed within an arm makes two experiments of one."""
    found = [change for change in evidence.changes if change.column == column]
    within, apart = ([each for each in found if each.apart is apart] for apart in (False, True))
    words = [_change_words(each) for each in within]
    if apart:
        words.append(f"{column} differs between the variants: {_apart_words(apart)}.")
    same = " and is the same in all" if column in evidence.design.alike else ""
    return Check(
        name=f"changes of {column}",
        estimate=float(len(found)),
        interval=_CENSUS,
        limit=0.0,
        good="low",
        unit="count",
        n=evidence.rows,
        method="distinct values in each variant",
        outcome=Outcome.FAIL if found else Outcome.PASS,
        explanation=" ".join(words) or f"{column} stayed the same within every variant{same}.",
    )


def check_course(evidence: Evidence) -> Iterator[Check]:
    """Whether the effect wears off, where there is more than one day."""
    if evidence.halves:
        yield check_novelty(evidence)
    elif evidence.primary.metric.quantile is not None and len(evidence.days) > 1:
        yield untested_novelty(evidence)


def check_novelty(evidence: Evidence) -> Check:
    """Whether the effect in the second half of the days is that of the first.

    The halves are compared as if independent; they share users, whose habits cancel, so that the
    true error is smaller and alarms are rarer than alpha.
    """
    design = evidence.design
    first, second = (estimate(half, design) for half in evidence.halves)
    change = second.difference - first.difference
    error = math.hypot(first.standard_error, second.standard_error)
    half_width = z_of(1 - NOVELTY_ALPHA) * error
    small = min(*first.units, *second.units) < FEWEST_UNITS
    known = error > 0 and not math.isnan(change) and not small
    pvalue = two_sided_pvalue(change / error) if known else math.nan
    unit = "points" if first.metric.unit == "share" else first.metric.unit
    was, now = (format_quantity(each.difference, unit) for each in (first, second))
    words = f"The effect on {first.metric.name} was {was} in the first half, {now} in the second"
    return Check(
        name="change of the effect over time",
        estimate=change,
        interval=Interval(change - half_width, change + half_width) if known else _CENSUS,
        confidence=1 - NOVELTY_ALPHA,
        limit=None,
        unit=unit,
        n=sum(evidence.units),
        method=f"difference of the halves' differences, z-test, alpha {NOVELTY_ALPHA}",
        outcome=_novelty_outcome(pvalue),
        explanation=f"{words} (p {pvalue_text(pvalue)})."
        if known
        else f"{words}; too few to compare.",
        pvalue=pvalue if known else None,
    )


def untested_novelty(evidence: Evidence) -> Check:
    """A quantile has no halves to compare: said, so that nobody takes it for steady."""
    return Check(
        name="change of the effect over time",
        estimate=math.nan,
        interval=_CENSUS,
        limit=None,
        unit=evidence.primary.metric.unit,
        n=sum(evidence.units),
        method="none for quantiles",
        outcome=Outcome.WARN,
        explanation="Not tested: the primary metric is a quantile, whose halves are not compared.",
    )


def _novelty_outcome(pvalue: float) -> Outcome:
    """What was not tested is said to be so, and is no reason to throw the rest away."""
    if math.isnan(pvalue):
        return Outcome.WARN
    return Outcome.FAIL if pvalue < NOVELTY_ALPHA else Outcome.PASS


def _apart_words(changes: Sequence[Change]) -> str:
    return "; ".join(f"{_values_of(each)} in {each.arm!r}" for each in changes)


def _change_words(change: Change) -> str:
    return f"{change.column} changed within {change.arm!r}: {_values_of(change)}."


def _values_of(change: Change) -> str:
    values = ", ".join(repr(value) for value in change.values[:_MOST_VALUES])
    more = len(change.values) - _MOST_VALUES
    rest = f" and {more} more" if more > 0 else ""
    return f"{values}{rest}"

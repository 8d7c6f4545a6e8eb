"""Who was counted, and who was left out: counts of all units or rows, before any lift."""

import math
from collections.abc import Iterator

from mlops_lib import stats
from mlops_lib.experiments.design import NO_SHARE
from mlops_lib.experiments.evidence import Evidence
from mlops_lib.quantities import format_quantity
from mlops_lib.stats import Interval
from mlops_lib.verdict import Check, Outcome

MOST_CROSSED = 0.01
"""Share of units in two variants from which assignment was not sticky; fewer are log noise."""

MOST_INCOMPLETE = 0.02
"""Share of cases without a partner that can bias the rest; fewer are a warning."""

MOST_NAMELESS = 0.1
"""Share of a variant's rows without a unit from which what is left is no longer the experiment."""

TRUST_ALPHA = 0.001
"""Every experiment runs these tests, and an alarm throws its result away: alarms must be rare."""

MISSING_BAND = 0.02
"""Gap in what is missing that can bias a result; a smaller one, even if certain, is a warning."""

_COUNTED = Interval(math.nan, math.nan)
"""What was counted has no interval."""


def check_census(evidence: Evidence) -> Iterator[Check]:
    """Units in two variants; then whatever else was left out, where anything was."""
    yield check_crossed(evidence)
    if evidence.searched_one_in > 1:
        yield check_unique(evidence)
    if evidence.elsewhere or _leaked(evidence):
        yield check_elsewhere(evidence)
    if evidence.anonymous or evidence.unassigned:
        yield check_unassigned(evidence)


def check_incomplete(evidence: Evidence) -> Check:
    """Cases that one variant alone answered: left out, and too many of them bias the rest."""
    total = evidence.incomplete + evidence.arms[0]
    share = evidence.incomplete / total
    outcome = Outcome.PASS if not share else Outcome.WARN
    return _census(
        "cases without a partner",
        (evidence.incomplete, total),
        limit=MOST_INCOMPLETE,
        of="cases",
        outcome=Outcome.FAIL if share > MOST_INCOMPLETE else outcome,
        explanation=f"{evidence.incomplete:,} of {total:,} cases were answered by one variant only "
        "and left out.",
    )


def check_crossed(evidence: Evidence) -> Check:
    """Units seen in more than one variant: counted, left out, and too many of them invalid."""
    total = evidence.crossed + sum(evidence.arms)
    share = evidence.crossed / total
    if not evidence.crossed:
        outcome, explanation = Outcome.PASS, "Every unit saw one variant only."
    elif share <= MOST_CROSSED:
        outcome = Outcome.WARN
        explanation = f"{evidence.crossed:,} units saw two variants and were left out."
    else:
        outcome = Outcome.FAIL
        explanation = (
            f"{evidence.crossed:,} of {total:,} units saw two variants: assignment is not sticky."
        )
    return _census(
        "units in two variants",
        (evidence.crossed, total),
        limit=MOST_CROSSED,
        outcome=outcome,
        explanation=explanation,
    )


def check_unique(evidence: Evidence) -> Check:
    """A table of users too large to search whole: none came twice among those looked at."""
    searched = sum(evidence.arms) // evidence.searched_one_in
    share = stats.proportion(0, searched)
    return Check(
        name="units that come twice",
        estimate=share.estimate,
        interval=share.interval,
        limit=None,
        good="low",
        unit="share",
        n=searched,
        method=f"{share.method}, one unit in {evidence.searched_one_in} by a hash of the unit",
        outcome=Outcome.PASS,
        explanation=f"None came twice among about {searched:,} of {sum(evidence.arms):,} units, "
        "with all their rows; of the others the interval tells. Sort the table by unit, or leave "
        "out `one_row_per_unit`, to look at all.",
    )


def check_elsewhere(evidence: Evidence) -> Check:
    """Units in a variant with a planned share of zero, or in none of the plan: a leak."""
    found = {**_leaked(evidence), **evidence.elsewhere}
    leaked = sum(found.values())
    names = ", ".join(f"{name!r} ({units:,})" for name, units in found.items())
    return _census(
        "units outside the plan",
        (leaked, leaked + sum(evidence.arms)),
        limit=0.0,
        outcome=Outcome.FAIL,
        explanation=f"Variants without a planned share hold units: {names}; "
        "keep two variants with `where` if the others belong to another comparison.",
    )


def check_unassigned(evidence: Evidence) -> Check:
    """Rows that name no unit or no variant: they belong to nobody and were left out."""
    lost = evidence.anonymous + evidence.unassigned
    outcome, words = Outcome.WARN, ""
    if evidence.nameless:
        outcome, words = _nameless_words(evidence)
    return _census(
        "rows without unit or variant",
        (lost, lost + evidence.rows),
        limit=0.0,
        of="rows",
        outcome=outcome,
        explanation=f"{evidence.anonymous:,} rows without a unit and {evidence.unassigned:,} "
        f"without a variant were left out.{words}",
    )


def _nameless_words(evidence: Evidence) -> tuple[Outcome, str]:
    """Whether the variants lose their units alike; and what to say of it.

    Who is behind a row without a unit is unknown; each is taken to have as many as the others.
    """
    totals = [lost + rows for lost, rows in zip(evidence.nameless, evidence.arm_rows, strict=True)]
    sides = [
        (lost / total, total / evidence.rows_alike) if total else (0.0, 0.0)
        for lost, total in zip(evidence.nameless, totals, strict=True)
    ]
    words = ", ".join(
        f"{format_quantity(share, 'share')} in {label!r}"
        for (share, _), (label, _) in zip(sides, evidence.design.arms, strict=True)
    )
    gaps = [
        stats.share_difference(sides[0], sides[arm], n=totals[0] + totals[arm])
        for arm in evidence.design.compared
        if totals[0] and totals[arm]
    ]
    broken = sum(evidence.nameless) / sum(totals) > MOST_NAMELESS or any(
        gap.pvalue < TRUST_ALPHA / len(gaps) and abs(gap.estimate) > MISSING_BAND for gap in gaps
    )
    return (Outcome.FAIL if broken else Outcome.WARN), f" Without a unit are {words} of the rows."


def _leaked(evidence: Evidence) -> dict[str, int]:
    """Units in arms that the design knows and gives nothing."""
    arms = zip(evidence.design.arms, evidence.arms, strict=True)
    return {label: units for (label, share), units in arms if share <= NO_SHARE and units}


def _census(
    name: str,
    counts: tuple[int, int],
    *,
    limit: float,
    outcome: Outcome,
    explanation: str,
    of: str = "units",
) -> Check:
    """A share that was counted, not sampled: (how many, of how many)."""
    found, total = counts
    return Check(
        name=name,
        estimate=found / total,
        interval=_COUNTED,
        limit=limit,
        good="low",
        unit="share",
        n=total,
        method=f"count of all {of}",
        outcome=outcome,
        explanation=explanation,
    )

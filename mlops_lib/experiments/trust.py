"""Whether the numbers may be read at all: who was counted, and what is missing, before any lift."""

from collections.abc import Iterator

from mlops_lib import stats
from mlops_lib.experiments.checks import pvalue_text
from mlops_lib.experiments.evidence import NOTHING, Evidence, Sample
from mlops_lib.experiments.steadiness import check_changes
from mlops_lib.stats import Interval
from mlops_lib.verdict import Check, Outcome, format_quantity

TRUST_ALPHA = 0.001
"""Every experiment runs these tests, and an alarm throws its result away: alarms must be rare."""

MOST_CROSSED = 0.01
"""Share of units in two variants from which assignment was not sticky; fewer are log noise."""

MISSING_BAND = 0.02
"""Gap in missing values that can bias a result; a smaller one, even if certain, is a warning."""

_CENSUS = Interval(float("nan"), float("nan"))


def check_trust(evidence: Evidence) -> tuple[Check, ...]:
    """Sample ratio, units in two variants or outside the plan, rows and values that are missing.

    Any FAIL among them makes the experiment invalid.
    """
    return tuple(_checks(evidence))


def _checks(evidence: Evidence) -> Iterator[Check]:
    if evidence.design.paired:
        yield check_incomplete(evidence)
        return
    yield check_sample_ratio(evidence)
    yield check_crossed(evidence)
    if evidence.elsewhere or _leaked(evidence):
        yield check_elsewhere(evidence)
    if evidence.anonymous or evidence.unassigned:
        yield check_unassigned(evidence)
    yield from check_changes(evidence)
    for sample in evidence.samples:
        if any(cell.missing for cell in sample.cells[:2]):
            yield check_missing(sample)


def check_sample_ratio(evidence: Evidence) -> Check:
    """Chi-square test of the units per variant against the planned shares."""
    units, planned = evidence.units, evidence.design.treatment_share
    result = stats.sample_ratio(evidence.arms, evidence.design.shares)
    pvalue, test = result.pvalue, "chi-square test of the sample ratio"
    if evidence.design.peeking:
        pvalue = stats.sequential_sample_ratio(evidence.arms, evidence.design.shares)
        test = "sequential multinomial test of the sample ratio, valid at every look"
    share = stats.proportion(units[1], sum(units))
    passed = pvalue >= TRUST_ALPHA
    found = f"{units[1]:,} of {sum(units):,} units are in treatment"
    plan = f"the plan says {format_quantity(planned, 'share')} (p {pvalue_text(pvalue)})"
    return Check(
        name="share of units in treatment",
        estimate=share.estimate,
        interval=share.interval,
        limit=None,
        unit="share",
        n=sum(units),
        method=f"{test}, alpha {TRUST_ALPHA}",
        outcome=Outcome.PASS if passed else Outcome.FAIL,
        explanation=f"{found}; {plan}."
        if passed
        else f"Sample ratio mismatch: {found}, but {plan}; assignment or logging is broken, or "
        "treatment_share is not what was planned.",
        pvalue=pvalue,
    )


def check_incomplete(evidence: Evidence) -> Check:
    """Cases that one variant alone answered: left out, and too many of them bias the rest."""
    total = evidence.incomplete + evidence.arms[0]
    share = evidence.incomplete / total
    outcome = Outcome.PASS if not share else Outcome.WARN
    return Check(
        name="cases without a partner",
        estimate=share,
        interval=_CENSUS,
        limit=MISSING_BAND,
        good="low",
        unit="share",
        n=total,
        method="count of all cases",
        outcome=Outcome.FAIL if share > MISSING_BAND else outcome,
        explanation=f"{evidence.incomplete:,} of {total:,} cases were answered by one variant only "
        "and left out.",
    )


def check_crossed(evidence: Evidence) -> Check:
    """Units seen in more than one variant: counted, left out, and too many of them invalid."""
    total = evidence.crossed + sum(evidence.units)
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
    return Check(
        name="units in two variants",
        estimate=share,
        interval=_CENSUS,
        limit=MOST_CROSSED,
        good="low",
        unit="share",
        n=total,
        method="count of all units",
        outcome=outcome,
        explanation=explanation,
    )


def check_elsewhere(evidence: Evidence) -> Check:
    """Units in a variant with a planned share of zero, or in none of the plan: a leak."""
    found = {**_leaked(evidence), **evidence.elsewhere}
    leaked = sum(found.values())
    total = leaked + sum(evidence.units)
    names = ", ".join(f"{name!r} ({units:,})" for name, units in found.items())
    return Check(
        name="units outside the plan",
        estimate=leaked / total,
        interval=_CENSUS,
        limit=0.0,
        good="low",
        unit="share",
        n=total,
        method="count of all units",
        outcome=Outcome.FAIL,
        explanation=f"Variants without a planned share hold units: {names}; "
        "keep two variants with `where` if the others belong to another comparison.",
    )


def _leaked(evidence: Evidence) -> dict[str, int]:
    """Units in arms that the design knows and gives nothing."""
    arms = zip(evidence.design.arms, evidence.arms, strict=True)
    return {label: units for (label, share), units in arms if share <= _NO_SHARE and units}


_NO_SHARE = 1e-12


def check_unassigned(evidence: Evidence) -> Check:
    """Rows that name no unit or no variant: they belong to nobody and were left out."""
    lost = evidence.anonymous + evidence.unassigned
    total = lost + evidence.rows
    return Check(
        name="rows without unit or variant",
        estimate=lost / total,
        interval=_CENSUS,
        limit=0.0,
        good="low",
        unit="share",
        n=total,
        method="count of all rows",
        outcome=Outcome.WARN,
        explanation=f"{evidence.anonymous:,} rows without a unit and {evidence.unassigned:,} "
        "without a variant were left out.",
    )


def check_missing(sample: Sample) -> Check:
    """Whether a metric's values are missing as often in treatment as in control."""
    control, treated = (stats.ratio_of(cell.missing or NOTHING) for cell in sample.cells[:2])
    result = stats.clustered_share_difference(control, treated)
    levels = [format_quantity(each.estimate, "share") for each in (control, treated)]
    return Check(
        name=f"missing values of {sample.metric.name}",
        estimate=result.estimate,
        interval=result.interval,
        limit=None,
        good="low",
        unit="points",
        n=result.n,
        method=f"{result.method}, alpha {TRUST_ALPHA}",
        outcome=_missing_outcome(result.estimate, result.pvalue),
        explanation=f"{levels[0]} of the rows have no value in control, {levels[1]} in treatment "
        f"(p {pvalue_text(result.pvalue)}).",
        pvalue=result.pvalue,
    )


def _missing_outcome(gap: float, pvalue: float) -> Outcome:
    if pvalue >= TRUST_ALPHA:
        return Outcome.PASS
    return Outcome.FAIL if abs(gap) > MISSING_BAND else Outcome.WARN

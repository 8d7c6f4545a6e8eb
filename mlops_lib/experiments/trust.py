"""Whether the numbers may be read at all: who was counted, and what is missing, before any lift."""

from collections.abc import Iterator
from dataclasses import replace

from mlops_lib import stats
from mlops_lib.experiments.arms import comparisons
from mlops_lib.experiments.census import (
    MISSING_BAND,
    TRUST_ALPHA,
    check_census,
    check_incomplete,
)
from mlops_lib.experiments.checks import pvalue_text
from mlops_lib.experiments.evidence import NOTHING, Evidence, Sample
from mlops_lib.experiments.steadiness import check_course, check_steadiness
from mlops_lib.quantities import format_quantity
from mlops_lib.verdict import Check, Outcome


def check_trust(evidence: Evidence) -> tuple[Check, ...]:
    """Sample ratio, units in two variants or outside the plan, rows and values that are missing.

    Any FAIL among them makes the experiment invalid. Whether the effect changed is asked only of
    groups that may be compared: its answer shows the effect.
    """
    checks = tuple(_checks(evidence))
    if any(check.outcome is Outcome.FAIL for check in checks):
        return checks
    novelty = tuple(_novelty(evidence))
    failed = tuple(check for check in novelty if check.outcome is Outcome.FAIL)
    return (*checks, *(failed or novelty))


def _checks(evidence: Evidence) -> Iterator[Check]:
    if evidence.design.paired:
        yield from _checks_of_pairs(evidence)
        return
    yield check_sample_ratio(evidence)
    yield from check_census(evidence)
    yield from check_steadiness(evidence)
    for each in comparisons(evidence):
        for sample in each.samples:
            if any(cell.missing for cell in sample.cells[:2]):
                yield _of_arm(check_missing(sample), each)


def _novelty(evidence: Evidence) -> Iterator[Check]:
    for each in comparisons(evidence):
        for check in check_course(each):
            yield _of_arm(check, each)


def _checks_of_pairs(evidence: Evidence) -> Iterator[Check]:
    yield check_incomplete(evidence)
    yield from check_steadiness(evidence)
    for sample in evidence.samples:
        if sample.pairs and sample.pairs.missing:
            yield check_missing_pairs(sample.metric.name, sample.pairs.missing)


def _of_arm(check: Check, evidence: Evidence) -> Check:
    """With the treatment in its name where there are several."""
    design = evidence.design
    several = len(design.compared) > 1
    return replace(check, name=f"{check.name}, {design.treatment}") if several else check


def check_sample_ratio(evidence: Evidence) -> Check:
    """Chi-square test of the units per variant against the planned shares."""
    arms, shares = evidence.arms, evidence.design.shares
    result = stats.sample_ratio(arms, shares)
    pvalue, test = result.pvalue, "chi-square test of the sample ratio"
    if evidence.design.peeking:
        pvalue = stats.sequential_sample_ratio(arms, shares)
        test = "sequential multinomial test of the sample ratio, valid at every look"
    share = stats.proportion(sum(arms) - arms[0], sum(arms))
    passed = pvalue >= TRUST_ALPHA
    words = f"{_split_words(evidence)} (p {pvalue_text(pvalue)})"
    return Check(
        name="share of units in treatment",
        estimate=share.estimate,
        interval=share.interval,
        limit=None,
        unit="share",
        n=sum(arms),
        method=f"{test}, alpha {TRUST_ALPHA}",
        outcome=Outcome.PASS if passed else Outcome.FAIL,
        explanation=f"{words}."
        if passed
        else f"Sample ratio mismatch: {words}; assignment or logging is broken, or "
        "the design's shares (treatment_share) are not those that were used.",
        pvalue=pvalue,
    )


def _split_words(evidence: Evidence) -> str:
    """Units found and shares planned, by arm where there are more than two."""
    design, arms = evidence.design, evidence.arms
    if len(design.compared) == 1:
        plan = format_quantity(design.treatment_share, "share")
        share = format_quantity(arms[1] / sum(arms), "share")
        return f"{arms[1]:,} of {sum(arms):,} units ({share}) are in treatment, planned {plan}"
    found = ", ".join(
        f"{units:,} in {label!r} ({format_quantity(units / sum(arms), 'share')}, "
        f"planned {format_quantity(share, 'share')})"
        for (label, share), units in zip(design.arms, arms, strict=True)
    )
    return f"of {sum(arms):,} units, {found}"


def check_missing(sample: Sample) -> Check:
    """Whether a metric's values are missing as often in treatment as in control."""
    control, treated = (stats.ratio_of(cell.missing or NOTHING) for cell in sample.cells[:2])
    result = stats.clustered_share_difference(control, treated)
    levels = [format_quantity(each.estimate, "share") for each in (control, treated)]
    found = f"{levels[0]} of the rows have no value in control, {levels[1]} in treatment"
    return _missing(sample.metric.name, result, found)


def check_missing_pairs(metric: str, table: tuple[int, int, int, int]) -> Check:
    """Whether a metric's values are missing in as many cases of treatment as of control.

    Args:
        metric: its name.
        table: cases with a missing value in both, only control, only treatment, neither.
    """
    result = stats.paired_binary(*table)
    both, control, treatment, _ = table
    levels = [f"{both + alone:,}" for alone in (control, treatment)]
    found = f"Of {result.n:,} cases, {levels[0]} miss a value in control, {levels[1]} in treatment"
    return _missing(metric, result, found)


def _missing(metric: str, result: "stats.Difference | stats.PairedBinary", found: str) -> Check:
    return Check(
        name=f"missing values of {metric}",
        estimate=result.estimate,
        interval=result.interval,
        limit=None,
        good="low",
        unit="points",
        n=result.n,
        method=f"{result.method}, alpha {TRUST_ALPHA}",
        outcome=_missing_outcome(result.estimate, result.pvalue),
        explanation=f"{found} (p {pvalue_text(result.pvalue)}).",
        pvalue=result.pvalue,
    )


def _missing_outcome(gap: float, pvalue: float) -> Outcome:
    if pvalue >= TRUST_ALPHA:
        return Outcome.PASS
    return Outcome.FAIL if abs(gap) > MISSING_BAND else Outcome.WARN

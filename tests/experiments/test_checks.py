import math
from dataclasses import replace

import pytest

from mlops_lib.experiments import REQUEST_METRICS, Design, Estimate, Metric
from mlops_lib.experiments.checks import check_guardrail, check_metric, check_primary
from mlops_lib.stats import Interval
from mlops_lib.verdict import Outcome

UNKNOWN = Interval(math.nan, math.nan)
LOSS = Metric(
    name="complaints", value="c", columns=("c",), role="primary", good="low", unit="share"
)
GAIN = replace(LOSS, name="likes", good="high")
ERRORS = replace(LOSS, name="errors", role="guardrail", margin=0.01)
COST = replace(ERRORS, name="cost", unit="usd", margin=0.1, is_relative=True)
RATING = replace(ERRORS, name="rating", good="high", unit="")
DESIGN = Design(minimum_effect=0.02)


def estimate(
    metric: Metric, low: float, high: float, *, units: tuple[int, int] = (400, 100), **more: object
) -> Estimate:
    """An estimate half-way between its bounds."""
    middle = (low + high) / 2
    base = Estimate(
        metric=metric,
        control=0.5,
        treatment=0.5 + middle,
        difference=middle,
        interval=Interval(low, high),
        always_valid=Interval(low - 0.1, high + 0.1),
        lift=None,
        lift_interval=UNKNOWN,
        lift_always_valid=UNKNOWN,
        standard_error=(high - low) / 4,
        pvalue=0.5,
        log10_pvalue=-0.3,
        adjusted_pvalue=0.5,
        minimum_detectable=0.05,
        units=units,
        rows=units,
        method="by hand",
    )
    return replace(base, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [
        (0.01, 0.05, Outcome.PASS),
        (0.00, 0.05, Outcome.UNDECIDED),
        (-0.01, 0.05, Outcome.UNDECIDED),
        (-0.05, -0.01, Outcome.FAIL),
        (-0.05, 0.019, Outcome.FAIL),
        (0.001, 0.019, Outcome.FAIL),
        (math.nan, math.nan, Outcome.UNDECIDED),
    ],
)
def test_the_primary_is_read_in_three_values(low: float, high: float, outcome: Outcome) -> None:
    assert check_primary(estimate(GAIN, low, high), DESIGN).outcome is outcome
    assert check_primary(estimate(LOSS, -high, -low), DESIGN).outcome is outcome


def test_without_a_minimum_effect_only_harm_fails() -> None:
    plain = Design(minimum_effect=0)
    assert check_primary(estimate(GAIN, -0.05, 0.001), plain).outcome is Outcome.UNDECIDED
    assert check_primary(estimate(GAIN, -0.05, -0.001), plain).outcome is Outcome.FAIL


def test_the_words_fit_the_finding() -> None:
    assert "worse" in check_primary(estimate(GAIN, -0.05, -0.01), DESIGN).explanation
    small = check_primary(estimate(GAIN, 0.001, 0.01), DESIGN).explanation
    assert "smaller than the +2.0 points worth having" in small


# Defect S10 of the seeds: a rule without a minimum n fires on a handful of requests.
@pytest.mark.parametrize("metric", [GAIN, ERRORS])
def test_s10_a_handful_of_units_never_decides(metric: Metric) -> None:
    check = check_metric(estimate(metric, 0.2, 0.9, units=(400, 29)), DESIGN)
    assert check.outcome is Outcome.UNDECIDED
    assert "29 in treatment" in check.explanation


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [
        (-0.02, 0.01, Outcome.PASS),
        (-0.02, 0.011, Outcome.UNDECIDED),
        (0.011, 0.03, Outcome.FAIL),
        (0.0, 0.03, Outcome.UNDECIDED),
    ],
)
def test_a_guardrail_is_judged_by_non_inferiority(
    low: float, high: float, outcome: Outcome
) -> None:
    check = check_guardrail(estimate(ERRORS, low, high), DESIGN)
    assert (check.outcome, check.limit) == (outcome, 0.01)
    mirrored = check_guardrail(estimate(RATING, -high, -low), DESIGN)
    assert (mirrored.outcome, mirrored.limit) == (outcome, -0.01)


def test_a_relative_margin_is_held_against_the_lift() -> None:
    check = check_guardrail(
        estimate(COST, -1, 1, lift=0.02, lift_interval=Interval(-0.01, 0.05)), DESIGN
    )
    assert (check.outcome, check.limit, check.unit) == (Outcome.PASS, 0.1, "share")
    assert check.name == "change of cost"


def test_without_a_lift_the_margin_is_taken_of_the_control_level() -> None:
    check = check_guardrail(estimate(COST, -0.02, 0.02, control=-0.5), DESIGN)
    assert check.limit == pytest.approx(0.05)
    assert check.outcome is Outcome.PASS
    zero = check_guardrail(estimate(COST, -0.02, 0.02, control=0.0), DESIGN)
    assert (zero.limit, zero.outcome) == (0.0, Outcome.UNDECIDED)


def test_peeking_reads_the_always_valid_intervals() -> None:
    peeking = Design(peeking=True)
    assert check_primary(estimate(GAIN, 0.01, 0.05), DESIGN).outcome is Outcome.PASS
    assert check_primary(estimate(GAIN, 0.01, 0.05), peeking).outcome is Outcome.UNDECIDED
    wide = estimate(
        COST, -1, 1, lift=0.0, lift_interval=Interval(-0.01, 0.01),
        lift_always_valid=Interval(-0.2, 0.2),
    )  # fmt: skip
    assert check_guardrail(wide, DESIGN).outcome is Outcome.PASS
    assert check_guardrail(wide, peeking).outcome is Outcome.UNDECIDED


@pytest.mark.parametrize(
    ("difference", "adjusted", "outcome", "word"),
    [
        (-0.1, 0.01, Outcome.WARN, "worse"),
        (0.1, 0.01, Outcome.PASS, "better"),
        (-0.1, 0.06, Outcome.PASS, "no difference shown"),
    ],
)
def test_a_secondary_metric_warns_and_never_decides(
    difference: float, adjusted: float, outcome: Outcome, word: str
) -> None:
    metric = replace(GAIN, role="secondary")
    found = estimate(metric, difference, difference, adjusted_pvalue=adjusted)
    check = check_metric(found, DESIGN)
    assert check.outcome is outcome
    assert word in check.explanation
    assert check.limit is None


def test_an_open_answer_says_how_many_units_would_decide() -> None:
    # By hand: half-width .04; times (1.959964 + .841621) / 1.959964 over .02, squared, times 500;
    # then up to two digits.
    check = check_primary(estimate(GAIN, -0.03, 0.05), DESIGN)
    exact = 500 * (0.04 * 2.801585 / 1.959964 / 0.02) ** 2
    assert check.needed == 100 * math.ceil(exact / 100)
    assert check_primary(estimate(GAIN, 0.01, 0.05), DESIGN).needed is None


def test_with_the_planned_units_there_the_estimate_itself_says_how_many_more() -> None:
    # By hand: the plan asks 500 * (.002 * 1.4294 / .01)^2 = 41 units; the estimate lies .001 from
    # the limit with a half-width of .002: four times as many.
    check = check_guardrail(estimate(ERRORS, 0.007, 0.011), DESIGN)
    assert check.needed == 2000


def test_what_no_data_can_tell_has_no_number() -> None:
    unknown = estimate(GAIN, math.nan, math.nan, difference=0.1)
    assert check_primary(unknown, DESIGN).needed is None
    at_limit = estimate(replace(ERRORS, margin=0.0), -0.01, 0.01)
    assert check_guardrail(at_limit, DESIGN).needed is None


def test_every_metric_of_the_request_log_has_a_check() -> None:
    names = {check_metric(estimate(each, -0.1, 0.1), DESIGN).name for each in REQUEST_METRICS}
    assert len(names) == len(REQUEST_METRICS)


WATCHED = replace(LOSS, name="P95", role="secondary", unit="ms", quantile=0.95)


def test_a_watched_quantile_that_is_worse_beyond_its_interval_warns() -> None:
    # Order statistics give an interval and no p-value; no p-value is not p = 1.
    worse = check_metric(estimate(WATCHED, 50.0, 90.0, adjusted_pvalue=math.nan), DESIGN)
    assert worse.outcome is Outcome.WARN
    assert worse.pvalue is None
    unclear = check_metric(estimate(WATCHED, -5.0, 90.0, adjusted_pvalue=math.nan), DESIGN)
    assert unclear.outcome is Outcome.PASS
    assert "no difference shown" in unclear.explanation


def test_a_secondary_metric_read_early_must_be_worse_at_every_look() -> None:
    watched = replace(ERRORS, role="secondary")
    found = estimate(watched, 0.01, 0.05, adjusted_pvalue=0.003)  # always valid: -0.09 to 0.15
    assert check_metric(found, DESIGN).outcome is Outcome.WARN
    assert check_metric(found, replace(DESIGN, peeking=True)).outcome is Outcome.PASS


def test_a_watched_quantile_without_an_interval_shows_no_difference() -> None:
    found = estimate(WATCHED, 50.0, 90.0, adjusted_pvalue=math.nan, interval=UNKNOWN)
    assert check_metric(found, DESIGN).outcome is Outcome.PASS


def test_a_gain_below_the_minimum_effect_breaks_the_limit_that_it_names() -> None:
    gain = check_primary(estimate(GAIN, 0.001, 0.019), DESIGN)
    assert (gain.outcome, gain.limit) == (Outcome.FAIL, 0.02)
    fall = check_primary(estimate(LOSS, -0.019, -0.001), DESIGN)
    assert (fall.outcome, fall.limit) == (Outcome.FAIL, -0.02)
    assert check_primary(estimate(GAIN, -0.05, -0.01), DESIGN).limit == 0


def test_too_few_units_need_thirty_each_where_the_interval_tells_already() -> None:
    # By hand: 29 and 29 want one more each, 60 in all; 12 pairs count on both sides.
    told = check_primary(estimate(GAIN, 0.2, 0.9, units=(29, 29)), DESIGN)
    assert (told.outcome, told.needed) == (Outcome.UNDECIDED, 60)
    assert check_primary(estimate(GAIN, 0.2, 0.9, units=(12, 12)), DESIGN).needed == 60
    unclear = check_primary(estimate(GAIN, -0.03, 0.05, units=(29, 29)), DESIGN)
    assert unclear.needed is not None
    assert unclear.needed > 60
    assert check_primary(estimate(GAIN, math.nan, math.nan, units=(29, 0)), DESIGN).needed is None


def test_a_margin_in_percent_of_nothing_says_so() -> None:
    zero = check_guardrail(estimate(COST, -0.02, 0.02, control=0.0), DESIGN)
    assert "give it in the metric's own unit" in zero.explanation

"""Before the experiment: how many units, how many days, and what could be found by when."""

import math
from dataclasses import replace
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from mlops_lib import stats, tables
from mlops_lib.display import TableView
from mlops_lib.errors import InputError
from mlops_lib.experiments import sql
from mlops_lib.experiments.design import Design, Expectation
from mlops_lib.experiments.planned import Plan, Reach
from mlops_lib.stats.sequential import critical_value

if TYPE_CHECKING:
    from mlops_lib.stats import Moments

_DAYS_OF_RATE = 7
"""New units a day are taken from the log's last week: its first days overstate them."""

_LONGEST_DAYS = 365
"""A plan that needs longer than a year is no plan."""


def plan(design: Design, log: Any = None) -> Plan:  # noqa: ANN401
    """Plan an experiment from a log of what happens today, or from what is expected.

    Args:
        design: the experiment.
        log: path or frame with the primary metric's columns, units and times; the `expected` of
            the design when absent.

    Raises:
        InputError: without either, or where the log lacks what is needed.

    Example:
        >>> from mlops_lib.experiments.design import Expectation
        >>> expected = Expectation(level=0.10, units_per_day=200)
        >>> half = Design(treatment_share=0.5, minimum_effect=0.02, expected=expected)
        >>> plan(half).units, plan(half).days
        (7677, 39)
    """
    if log is not None and not design.paired:
        return _from_log(design, log)
    if design.expected is None:
        message = "needs a log, or `expected` in the design (with a correlation if it is paired)"
        raise InputError.of(message, field="log")
    return _from_expectation(design, design.expected)


def show_plan(design: Design, data: Any) -> TableView:  # noqa: ANN401
    """The plan of an experiment as a table, whatever there is to plan from.

    Args:
        design: the experiment; its own `expected` goes before any log.
        data: what will be analysed, as a log of the traffic.
    """
    if design.expected is not None:
        return plan(design).table()
    try:
        return plan(design, data).table()
    except InputError as error:
        return TableView(
            caption="Nothing to plan from: no `expected` in the design, no traffic in the table.",
            columns=("What is missing",),
            rows=tuple((str(problem),) for problem in error.problems),
        )


def _from_expectation(design: Design, expected: Expectation) -> Plan:
    towards = design.primary.sign * design.minimum_effect
    variances = _expected_variances(expected, towards)
    units = stats.planned_units(
        variances,
        towards,
        shares=_pair_of_shares(design),
        correlation=expected.correlation,
        alpha=1 - design.confidence,
        power=design.power,
    )
    if units is not None and design.peeking:
        units = math.ceil(units * _peeking_price(design, units) ** 2)
    days = None
    if units is not None and expected.units_per_day:
        days = math.ceil(units / (expected.units_per_day * _compared(design)))
    basis = "expected in the design"
    return Plan(design=design, level=expected.level, units=units, days=days, reach=(), basis=basis)


def _expected_variances(expected: Expectation, towards: float) -> tuple[float, float]:
    if expected.deviation is not None:
        return expected.deviation**2, expected.deviation**2
    level, moved = expected.level, expected.level + towards
    if not (0 < level < 1 and 0 < moved < 1):
        raise InputError.of(
            "a share must stay between 0 and 1 with and without the minimum effect; "
            "give a deviation for anything but a share",
            field="expected.level",
            value=level,
        )
    return level * (1 - level), moved * (1 - moved)


def _from_log(design: Design, log: Any) -> Plan:  # noqa: ANN401
    days = _daily(design, log)
    level = stats.ratio_of(days[-1][1]).estimate
    seen = [
        Reach(day=day + 1, units=units, effect=effect, is_forecast=False)
        for day, (units, each) in enumerate(days)
        if (effect := _detectable(design, each, units))
    ]
    if not seen:
        raise InputError.of("too few units in the log to plan from", field="log")
    reach = (*seen, *_forecast(seen))
    enough = (each for each in reach if each.effect <= design.minimum_effect)
    first = next(enough, None)
    last = seen[-1]
    units = None
    if design.minimum_effect > 0:
        units = math.ceil(last.units * (last.effect / design.minimum_effect) ** 2)
    return Plan(
        design=design,
        level=level,
        units=first.units if first else units,
        days=first.day if first else None,
        reach=reach,
        basis="the log",
    )


def _detectable(design: Design, each: "Moments", units: int) -> float:
    """The smallest effect between groups of these units in the planned shares; 0 where unknown."""
    ratio = stats.ratio_of(each)
    if math.isnan(ratio.standard_error) or ratio.standard_error == 0:
        return 0.0
    a, b = _pair_of_shares(design)
    error = ratio.standard_error * math.sqrt((1 / a + 1 / b) / _compared(design))
    effect = stats.minimum_detectable_effect(error, alpha=1 - design.confidence, power=design.power)
    return effect * (_peeking_price(design, units) if design.peeking else 1.0)


def _forecast(seen: list[Reach]) -> list[Reach]:
    """Further days: new units as in the last week, errors with the root of their number."""
    last, before = seen[-1], seen[max(0, len(seen) - 1 - _DAYS_OF_RATE)]
    rate = (last.units - before.units) / max(1, last.day - before.day)
    return [
        Reach(
            day=day,
            units=(units := round(last.units + rate * (day - last.day))),
            effect=last.effect * math.sqrt(last.units / units),
            is_forecast=True,
        )
        for day in range(last.day + 1, _LONGEST_DAYS + 1)
    ]


def _daily(design: Design, log: Any) -> "list[tuple[int, Moments]]":  # noqa: ANN401
    """Units and moments of the primary metric by the end of each day, everybody in one arm."""
    from mlops_lib.experiments.gather import keep, pivots
    from mlops_lib.experiments.periods import cumulative_days
    from mlops_lib.experiments.scan import open_scan

    metric = replace(design.primary, covariate="")
    if metric.quantile is not None:
        raise InputError.of(
            "a quantile cannot be planned from a log; plan its mean", field="metrics"
        )
    table = tables.read(log, name="the log")
    wanted = list(dict.fromkeys([design.unit, design.time, *metric.columns]))
    with table.connect(wanted) as connection:
        connection.execute(
            f"CREATE VIEW everyone AS SELECT {', '.join(map(sql.quoted, wanted))}, "  # noqa: S608
            "'everyone' AS arm FROM rows"
        )
        alone = replace(
            design, variant="arm", control="everyone", further=(), metrics=(metric,),
            segments=(), steady=(), one_row_per_unit=False,
        )  # fmt: skip
        scan = open_scan(
            connection, alone, table.name, condition="TRUE", has_time=True, view="everyone"
        )
        primary = pivots(scan)[0]
        keep(scan, crossed=False)
        return [
            (each.units[0], each.primary.cells[0].moments)
            for each in cumulative_days(scan, primary)
        ]


def _pair_of_shares(design: Design) -> tuple[float, float]:
    """Shares of control and treatment among the two."""
    control, treatment = design.shares[:2]
    return control / (control + treatment), treatment / (control + treatment)


def _compared(design: Design) -> float:
    """Share of all units that control and treatment receive together."""
    return sum(design.shares[:2])


def _peeking_price(design: Design, units: float) -> float:
    """How much farther the always-valid interval reaches than the fixed one, with the power."""
    normal = NormalDist()
    power = normal.inv_cdf(design.power)
    fixed = normal.inv_cdf(0.5 + design.confidence / 2)
    critical = critical_value(
        max(1.0, units), confidence=design.confidence, tuned_for=design.planned_units
    )
    return (critical + power) / (fixed + power)

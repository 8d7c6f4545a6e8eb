"""Before the experiment: how many units, how many days, and what could be found by when."""

import math
from typing import Any

from mlops_lib import stats
from mlops_lib.display import TableView
from mlops_lib.errors import InputError
from mlops_lib.experiments import plan_log
from mlops_lib.experiments.design import Design, Expectation
from mlops_lib.experiments.plan_price import compared_share, pair_of_shares, peeking_price
from mlops_lib.experiments.planned import Plan


def plan(design: Design, log: Any = None) -> Plan:  # noqa: ANN401
    """Plan an experiment from a log of what happens today, or from what is expected.

    Args:
        design: the experiment.
        log: path or frame with the primary metric's columns, units and times; for a paired
            design, a pilot in which both variants answered. Without one, the `expected` of the
            design.

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
        return plan_log.from_log(design, log)
    if log is not None and design.expected is None:
        return plan_log.from_pilot(design, log)
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
        shares=pair_of_shares(design),
        correlation=expected.correlation,
        spread_is_estimated=expected.deviation is not None,
        alpha=1 - design.confidence,
        power=design.power,
    )
    if units is not None and design.peeking:
        units = math.ceil(units * peeking_price(design, units) ** 2)
    if units is not None:
        units = math.ceil(units / compared_share(design) - _ROUNDING)
    days = None
    if units is not None and expected.units_per_day:
        days = math.ceil(units / expected.units_per_day)
    basis = "expected in the design"
    return Plan(design=design, level=expected.level, units=units, days=days, reach=(), basis=basis)


_ROUNDING = 1e-6
"""Shares add up to 1 but for their last digits, which must not cost a unit."""


def _expected_variances(expected: Expectation, towards: float) -> tuple[float, float]:
    """Of one unit's value; events of a unit are worth fewer the more they resemble each other."""
    events, alike = expected.events_per_unit, expected.events_correlation
    worth = (1 + (events - 1) * alike) / events
    if expected.deviation is not None:
        return expected.deviation**2 * worth, expected.deviation**2 * worth
    level, moved = expected.level, expected.level + towards
    if not (0 < level < 1 and 0 < moved < 1):
        raise InputError.of(
            "a share must stay between 0 and 1 with and without the minimum effect; "
            "give a deviation for anything but a share",
            field="expected.level",
            value=level,
        )
    return level * (1 - level) * worth, moved * (1 - moved) * worth

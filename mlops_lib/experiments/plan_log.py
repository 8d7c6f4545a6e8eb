"""Plans from what happens today: a log of the traffic, or a pilot that both variants answered."""

import math
from dataclasses import dataclass, replace
from typing import Any

from mlops_lib import stats, tables
from mlops_lib.errors import InputError, Problem
from mlops_lib.experiments.design import Design
from mlops_lib.experiments.estimates import estimate
from mlops_lib.experiments.evidence import Cell, Day, Sample
from mlops_lib.experiments.gather import keep, pivots
from mlops_lib.experiments.periods import cumulative_days
from mlops_lib.experiments.plan_price import compared_share, pair_of_shares, peeking_price
from mlops_lib.experiments.planned import Need, Plan, Reach, margin_of, most_units
from mlops_lib.experiments.ranks import quantile_of
from mlops_lib.experiments.read import read
from mlops_lib.experiments.scan import Scan, open_scan
from mlops_lib.experiments.sql import Quantity, statistics
from mlops_lib.experiments.tally import tallies
from mlops_lib.stats.interval import z_of
from mlops_lib.tables.names import quoted

_DAYS_OF_RATE = 7
"""New units a day are taken from the log's last week: its first days overstate them."""

_LONGEST_DAYS = 365
"""A plan that needs longer than a year is no plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """The primary metric of everybody by the end of a day, counted from 1."""

    day: int
    units: int
    level: float
    error: float


def from_log(design: Design, log: Any) -> Plan:  # noqa: ANN401
    """A plan from a log of today's traffic; units whose events move together are told from it.

    Raises:
        InputError: for a missing column, or too few units.
    """
    design, days, needs = _daily(design, log)
    seen = [
        Reach(day=each.day, units=each.units, effect=effect, is_forecast=False)
        for each in days
        if (effect := _detectable(design, each))
    ]
    if not seen:
        raise InputError.of("too few units in the log to plan from", field="log")
    reach = (*seen, *_forecast(seen))
    enough = [each for each in reach if each.effect <= design.minimum_effect]
    units = None
    if design.minimum_effect > 0:
        base = (enough or seen[-1:])[0]
        alone = math.ceil(base.units * (base.effect / design.minimum_effect) ** 2)
        units = most_units(alone, needs)
    days_needed = (each.day for each in enough if units is not None and each.units >= units)
    return Plan(
        design=design,
        level=days[-1].level,
        units=units,
        days=next(days_needed, None),
        reach=reach,
        basis="the log",
        guardrails=needs,
    )


def from_pilot(design: Design, log: Any) -> Plan:  # noqa: ANN401
    """A plan of pairs from a pilot: cases that both variants answered.

    Pass or fail by Connor (1987), with as many cases that differ as in the pilot; anything else
    from the spread of the differences.

    Raises:
        InputError: where no case was answered by both.
    """
    try:
        evidence = read(log, design)
    except InputError as error:
        hint = "a paired plan needs a pilot with both variants, or `expected` with a correlation"
        problems = [*error.problems, Problem(field="log", message=f"{hint} if it is paired")]
        raise InputError(problems) from error
    found = estimate(evidence.primary, evidence.design)
    units = _pairs_needed(design, evidence.primary, found.units[0], found.standard_error)
    if units is not None and design.peeking:
        units = math.ceil(units * peeking_price(design, units) ** 2)
    needs = tuple(
        _pairs_of_guardrail(design, sample)
        for sample in evidence.samples
        if sample.metric.role == "guardrail"
    )
    return Plan(
        design=evidence.design,
        level=found.control,
        units=None if units is None else most_units(units, needs),
        days=None,
        reach=(),
        basis=f"a pilot of {found.units[0]:,} pairs",
        guardrails=needs,
    )


def _pairs_of_guardrail(design: Design, sample: Sample) -> Need:
    """Pairs that show no harm beyond the margin, where there is none."""
    found = estimate(sample, design)
    margin = margin_of(sample.metric, found.control)
    units = stats.units_needed(
        found.units[0], found.standard_error, margin, alpha=1 - design.confidence,
        power=design.power,
    )  # fmt: skip
    if units is not None and design.peeking:
        units = math.ceil(units * peeking_price(design, units) ** 2)
    return Need(metric=sample.metric, units=units)


def _pairs_needed(design: Design, sample: Sample, n: int, error: float) -> int | None:
    alpha, effect = 1 - design.confidence, design.minimum_effect
    table = sample.pairs.table if sample.pairs else None
    if table is not None:
        differ = (table[1] + table[2]) / sum(table)
        if effect <= differ:
            lost, won = (differ - effect) / 2, (differ + effect) / 2
            return stats.connor_cases(lost, won, alpha=alpha, power=design.power)
    return stats.units_needed(n, error, effect, alpha=alpha, power=design.power)


def _detectable(design: Design, seen: _Seen) -> float:
    """The smallest effect between groups of these units in the planned shares; 0 where unknown."""
    if math.isnan(seen.error) or seen.error == 0:
        return 0.0
    a, b = pair_of_shares(design)
    error = seen.error * math.sqrt((1 / a + 1 / b) / compared_share(design))
    effect = stats.minimum_detectable_effect(error, alpha=1 - design.confidence, power=design.power)
    return effect * (peeking_price(design, seen.units) if design.peeking else 1.0)


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


def _daily(design: Design, log: Any) -> tuple[Design, list[_Seen], tuple[Need, ...]]:  # noqa: ANN401
    """The primary metric by the end of each day, its unit settled; and what guardrails need.

    Everybody is in one arm.
    """
    guards = tuple(each for each in design.metrics if each.role == "guardrail")
    planned = (design.primary, *guards)
    table = tables.read(log, name="the log", where=design.where)
    columns = [column for metric in planned for column in metric.columns]
    wanted = list(dict.fromkeys([design.unit, design.time, *columns]))
    with table.connect(wanted) as connection:
        connection.execute(
            f"CREATE TEMP VIEW everyone AS SELECT {', '.join(map(quoted, wanted))}, "  # noqa: S608
            "'everyone' AS arm FROM rows"
        )
        alone = replace(
            design, variant="arm", control="everyone", further=(), metrics=planned,
            segments=(), steady=(), same=(), one_row_per_unit=False,
        )  # fmt: skip
        scan = open_scan(
            connection, alone, table.name, condition="TRUE", has_time=True, view="everyone"
        )
        keep(scan, crossed=False)
        first = scan.rows("SELECT min(day) FROM kept")[0][0] or 0
        primary, *watched = pivots(scan)
        days = cumulative_days(scan, primary)
        settled = replace(design.primary, unit=scan.design.primary.unit)
        metrics = tuple(settled if each.role == "primary" else each for each in design.metrics)
        seen = [_seen(each, first, design.confidence) for each in days]
        needs = tuple(_need(design, each, scan, days[-1].units[0]) for each in watched if days)
        return replace(design, metrics=metrics), seen, needs


def _need(design: Design, watched: Quantity, scan: Scan, units: int) -> Need:
    """Units that show no harm beyond the margin, where there is none."""
    cells = tallies(scan.rows(statistics([watched], flat=False, view="kept")), [watched])
    cell = Cell(
        rows=cells[0].rows_with[watched.place],
        moments=cells[0].moments[watched.place],
        quantile=quantile_of(scan, watched, 0),
    )
    whole = Day(day=0, units=(units,), primary=Sample(metric=watched.metric, cells=(cell,)))
    seen = _seen(whole, 0, design.confidence)
    effect, margin = _detectable(design, seen), margin_of(watched.metric, seen.level)
    needed = math.ceil(units * (effect / margin) ** 2) if effect > 0 and margin > 0 else None
    return Need(metric=watched.metric, units=needed)


def _seen(each: Day, first: int, confidence: float) -> _Seen:
    """Level and error of a mean or ratio by the delta method, of a quantile by its interval."""
    cell = each.primary.cells[0]
    if cell.quantile is None:
        ratio = stats.ratio_of(cell.moments)
        level, error = ratio.estimate, ratio.standard_error * _error_left(each)
    else:
        low, high = cell.quantile.interval
        level, error = cell.quantile.estimate, (high - low) / (2 * z_of(confidence))
    return _Seen(day=each.day - first + 1, units=each.units[0], level=level, error=error)


def _error_left(each: Day) -> float:
    """What the covariate leaves of the error between two groups like today's users."""
    moments = each.primary.cells[0].moments
    if not each.primary.metric.covariate:
        return 1.0
    return math.sqrt(stats.adjusted_difference(moments, moments).variance_left)

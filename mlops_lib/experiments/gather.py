"""From a scan to evidence: the queries are run, and their rows become frozen statistics."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_lib.errors import InputError, Problem
from mlops_lib.experiments import sql, uniqueness
from mlops_lib.experiments.evidence import NOTHING, Cell, Evidence, Sample
from mlops_lib.experiments.periods import changes, cumulative_days, halves, segments
from mlops_lib.experiments.ranks import quantile_of
from mlops_lib.experiments.scan import Scan
from mlops_lib.experiments.tally import Tally, missing_moments, nameless_rows, tallies

if TYPE_CHECKING:
    from mlops_lib.verdict import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """Who was counted where."""

    arms: tuple[int, ...]
    arm_rows: tuple[int, ...]
    crossed: int
    elsewhere: int
    anonymous: int
    unassigned: int


def gather(scan: Scan, *, sources: "tuple[Source, ...]" = ()) -> Evidence:
    """Run the queries: statistics per variant and metric, then days, segments and changes.

    Args:
        scan: the typed rows.
        sources: fingerprints of what was read.

    Raises:
        InputError: if no unit is in the control alone, or none in the treatment alone, or a
            table of users names one twice.
    """
    design = scan.design
    searched = uniqueness.require_unique(scan) if design.one_row_per_unit else 1
    quantities = pivots(scan)
    found = tallies(scan.rows(_query(scan, quantities)), quantities)
    counts = _counts(scan, found)
    elsewhere = _elsewhere(scan) if counts.elsewhere else {}
    _require_both(scan, counts)
    keep(scan, crossed=counts.crossed > 0)
    samples = _samples(scan, quantities, found, counts)
    primary = next(each for each in quantities if each.metric.role == "primary")
    days = cumulative_days(scan, primary)
    nameless, alike = nameless_rows(scan) if counts.anonymous else ((), 1.0)
    return Evidence(
        design=design,
        name=scan.source,
        arms=counts.arms,
        arm_rows=counts.arm_rows,
        samples=samples,
        days=days,
        halves=halves(scan, primary, days),
        segments=segments(scan, primary),
        changes=changes(scan),
        crossed=counts.crossed,
        elsewhere=elsewhere,
        anonymous=counts.anonymous,
        nameless=nameless,
        rows_alike=alike,
        unassigned=counts.unassigned,
        searched_one_in=searched,
        sources=sources,
    )


def _query(scan: Scan, quantities: Sequence[sql.Quantity]) -> str:
    flat = scan.design.one_row_per_unit
    if flat and scan.worded and not scan.nameless:
        return sql.statistics_by_label(quantities, [label for label, _ in scan.design.arms])
    return sql.statistics(quantities, flat=flat, nameless=scan.nameless)


def pivots(scan: Scan) -> list[sql.Quantity]:
    """Each metric with numbers near its ratio and its covariate's mean, from the first rows."""
    columns = []
    for i, metric in enumerate(scan.design.metrics):
        divisor = f"sum(d{i})" if metric.per else f"count(x{i})"
        columns.append(f"coalesce(sum(x{i}) / nullif({divisor}, 0), 0)")
        columns.append(f"coalesce(avg(c{i}), 0)" if metric.covariate else "0")
    first = f"(SELECT * FROM typed LIMIT {_ROWS_FOR_PIVOT})"  # noqa: S608
    found = scan.rows(f"SELECT {', '.join(columns)} FROM {first}")[0]  # noqa: S608
    return [
        sql.Quantity(
            place=i,
            metric=metric,
            pivot=sql.short(float(found[2 * i])),
            covariate_pivot=sql.short(float(found[2 * i + 1])),
        )
        for i, metric in enumerate(scan.design.metrics)
    ]


_ROWS_FOR_PIVOT = 2000
"""Any pivot is right; one from so many rows is within a few standard deviations of the mean."""


def keep(scan: Scan, *, crossed: bool) -> None:
    """Make the view `kept`: rows of known units that saw one variant of the plan."""
    condition = f"u IS NOT NULL AND k < {1 << len(scan.design.arms)}"
    if crossed:
        scan.connection.execute(
            "CREATE TEMP TABLE crossed AS SELECT u FROM typed GROUP BY u "
            "HAVING bit_count(bit_or(k)) > 1"
        )
        condition += " AND u NOT IN (SELECT u FROM crossed WHERE u IS NOT NULL)"
    scan.connection.execute(f"CREATE TEMP VIEW kept AS SELECT * FROM typed WHERE {condition}")  # noqa: S608


def _samples(
    scan: Scan, quantities: Sequence[sql.Quantity], found: Sequence[Tally], counts: _Counts
) -> tuple[Sample, ...]:
    arms = range(len(scan.design.arms))
    by_arm = {each.code: each for each in found if not each.nobody}
    rows = [
        [by_arm[1 << arm].rows_with[each.place] if 1 << arm in by_arm else 0 for arm in arms]
        for each in quantities
    ]
    gaps = [each for each in quantities if rows[each.place] != list(counts.arm_rows)]
    missing = missing_moments(scan, gaps)
    return tuple(
        Sample(
            metric=each.metric,
            cells=tuple(
                Cell(
                    rows=rows[each.place][arm],
                    moments=by_arm[1 << arm].moments[each.place] if 1 << arm in by_arm else NOTHING,
                    quantile=quantile_of(scan, each, arm, size=rows[each.place][arm]),
                    missing=missing.get((each.place, arm)),
                )
                for arm in arms
            ),
        )
        for each in quantities
    )


def _counts(scan: Scan, found: Sequence[Tally]) -> _Counts:
    arms, other = len(scan.design.arms), 1 << len(scan.design.arms)
    known = [each for each in found if not each.nobody]
    single = {each.code: each for each in known if each.code.bit_count() == 1}
    nobody = sum(each.rows for each in found if each.nobody)
    unassigned = scan.total - sum(each.rows for each in found)
    if unassigned and nobody + unassigned:
        both = scan.rows("SELECT count(*) FROM every WHERE u IS NULL AND label IS NULL")[0][0]
        nobody, unassigned = nobody + both, unassigned - both
    return _Counts(
        arms=tuple(single[1 << arm].units if 1 << arm in single else 0 for arm in range(arms)),
        arm_rows=tuple(single[1 << arm].rows if 1 << arm in single else 0 for arm in range(arms)),
        crossed=sum(each.units for each in known if each.code.bit_count() > 1),
        elsewhere=single[other].units if other in single else 0,
        anonymous=nobody,
        unassigned=unassigned,
    )


def _elsewhere(scan: Scan) -> dict[str, int]:
    other = 1 << len(scan.design.arms)
    found = scan.rows(
        "SELECT label, count(*) FROM (SELECT u, min(label) AS label, bit_or(k) AS k "  # noqa: S608
        f"FROM typed WHERE u IS NOT NULL GROUP BY u) "
        f"WHERE k = {other} GROUP BY label ORDER BY label"
    )
    return {str(label): int(units) for label, units in found}


def _require_both(scan: Scan, counts: _Counts) -> None:
    empty = [place for place in (0, *scan.design.compared) if counts.arms[place] == 0]
    if not empty:
        return
    labels = [label for (label,) in scan.rows("SELECT DISTINCT label FROM typed ORDER BY label")]
    found = ", ".join(repr(str(label)) for label in labels) or "none"
    raise InputError(
        [
            *_why_nobody(scan, counts),
            *(_empty(scan, place, found) for place in empty),
        ]
    )


def _empty(scan: Scan, place: int, found: str) -> Problem:
    return Problem(
        source=scan.source,
        field=scan.design.variant,
        value=scan.design.arms[place][0],
        message=f"no unit is in the {'treatment' if place else 'control'} alone; "
        f"the variants are {found}",
    )


def _why_nobody(scan: Scan, counts: _Counts) -> Iterator[Problem]:
    """What is wrong with the units, where the labels of the variants are right."""
    unit = scan.design.unit
    if counts.crossed:
        message = f"{counts.crossed:,} units saw several variants; is this what was randomised?"
        yield Problem(source=scan.source, field=unit, message=message)
    if counts.anonymous:
        message = f"{counts.anonymous:,} rows name no unit"
        yield Problem(source=scan.source, field=unit, message=message)

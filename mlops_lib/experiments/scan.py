"""The view of an experiment's rows: who, which arm, which day, and one typed column per metric."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mlops_lib.errors import InputError, Problem
from mlops_lib.experiments import survey
from mlops_lib.experiments.design import Design
from mlops_lib.experiments.metric import Metric
from mlops_lib.experiments.sql import arm_code, number
from mlops_lib.experiments.thumbs import thumb_problems
from mlops_lib.tables.errors import fault_of, first_line
from mlops_lib.tables.names import quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MICROSECONDS_PER_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """An open connection with the view `typed`: u, k, day, and x, d, c per metric.

    Attributes:
        connection: that holds it.
        design: with the units of its metrics settled.
        source: name of the table.
        total: rows of the experiment.
        has_time: whether the view has days.
        nameless: whether a row may have no unit.
        worded: whether the variants are text.
    """

    connection: "DuckDBPyConnection"
    design: Design
    source: str
    total: int
    has_time: bool
    nameless: bool = True
    worded: bool = False

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Run a query."""
        return self.connection.execute(query).fetchall()


def open_scan(
    connection: "DuckDBPyConnection",
    design: Design,
    source: str,
    *,
    condition: str,
    has_time: bool,
    view: str = "rows",
) -> Scan:
    """Make the view, and refuse what is no number or no time: all problems at once.

    Args:
        connection: with a view of the rows.
        design: the plan.
        source: name of the table.
        condition: SQL that keeps rows.
        has_time: whether the rows have a time.
        view: of the rows.

    Raises:
        InputError: for expressions that cannot be read, values and times that are none, and
            metrics without any value.
    """
    import duckdb

    try:
        connection.execute(f"CREATE TEMP VIEW source AS SELECT * FROM {view} WHERE {condition}")  # noqa: S608
        _require_readable(connection, design, source)
        found = survey.take(connection, design, has_time=has_time)
        columns = ", ".join(_columns(connection, design, found, has_time=has_time))
        connection.execute(f"CREATE TEMP VIEW every AS SELECT {columns} FROM source")  # noqa: S608
        connection.execute("CREATE TEMP VIEW typed AS SELECT * FROM every WHERE label IS NOT NULL")
    except duckdb.Error as error:
        message = f"cannot read the metrics: {first_line(error)}"
        raise fault_of(error) or InputError.of(message, source=source) from error
    problems = survey.problems(connection, design, found, source=source, condition=condition)
    problems += thumb_problems(connection, design.metrics, source=source, condition=condition)
    if problems:
        raise InputError(problems)
    return Scan(
        connection=connection,
        design=replace(design, metrics=survey.settled(design, found)),
        source=source,
        total=found.rows,
        has_time=has_time,
        nameless=found.nameless,
        worded=found.worded,
    )


def _require_readable(connection: "DuckDBPyConnection", design: Design, source: str) -> None:
    """Refuse values that are no SQL over the columns, all of them at once and by their metric."""
    import duckdb

    problems = []
    for metric in design.metrics:
        try:
            connection.execute(f"SELECT {number(metric.value)} FROM source LIMIT 0")  # noqa: S608
        except duckdb.Error as error:
            message = f"cannot read the value: {first_line(error)}"
            problems.append(
                Problem(source=source, field=metric.name, value=metric.value, message=message)
            )
    if problems:
        raise InputError(problems)


def _columns(
    connection: "DuckDBPyConnection", design: Design, found: survey.Survey, *, has_time: bool
) -> list[str]:
    described = connection.execute("DESCRIBE SELECT * FROM source").fetchall()
    is_text = {name: kind == "VARCHAR" for name, kind, *_ in described}
    unit, arms = quoted(design.unit), [label for label, _ in design.arms]
    columns = [
        f"nullif(trim({unit}), '') AS u" if is_text[design.unit] else f"{unit} AS u",
        f"{arm_code(design.variant, arms, is_text=is_text[design.variant])} AS k",
        f"CAST({quoted(design.variant)} AS VARCHAR) AS label",
    ]
    if has_time:
        columns.append(f"{survey.moment(design)} // {_MICROSECONDS_PER_DAY} AS day")
    for place, name in enumerate((*design.segments, *design.unchanging)):
        columns.append(f"CAST({quoted(name)} AS VARCHAR) AS g{place}")
    for place, (metric, values) in enumerate(zip(design.metrics, found.values, strict=True)):
        columns += _typed(place, metric, values)
    return columns


def _typed(place: int, metric: Metric, values: survey.Values) -> list[str]:
    """A value counts where it and its divisor are finite numbers."""
    value, per = number(metric.value), number(metric.per)
    known = f"isfinite({value})" + (f" AND isfinite({per})" if metric.per else "")
    plain = values.is_finite and not metric.per
    columns = [f"{value if plain else f'CASE WHEN {known} THEN {value} END'} AS x{place}"]
    if metric.per:
        columns.append(f"CASE WHEN {known} THEN {per} END AS d{place}")
    if metric.covariate:
        before = number(metric.covariate)
        known = (
            before
            if values.covariate_is_finite
            else f"CASE WHEN isfinite({before}) THEN {before} END"
        )
        columns.append(f"{known} AS c{place}")
    return columns

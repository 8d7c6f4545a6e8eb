"""From events or users, in any table, to the evidence of one experiment: strict at the door."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from mlops_lib import tables
from mlops_lib.errors import InputError, Problem
from mlops_lib.experiments.design import REQUEST_METRICS, Design
from mlops_lib.experiments.evidence import Evidence
from mlops_lib.experiments.gather import gather

if TYPE_CHECKING:
    import pandas as pd

EXPERIMENT = "experiment"
"""Column of a log that names the experiment of a row."""

_DEFAULT_TIME = next(each.default for each in fields(Design) if each.name == "time")
_MICROSECONDS_PER_DAY = 86_400_000_000


def read(data: Any, design: Design) -> Evidence:  # noqa: ANN401
    """Read an experiment from a path or a frame, and gather its rows by unit.

    Args:
        data: events (many rows per unit) or users (one row per unit): a path, or any frame that
            `tables.read` takes.
        design: the plan: columns, labels, metrics.

    Raises:
        InputError: for a missing column, no such experiment, more than one where none was named,
            a variant without a unit, a time or a value that cannot be read, or a metric without
            any value: all that was found, together.

    Example:
        >>> import pandas as pd
        >>> from mlops_lib.experiments import own_metrics
        >>> users = pd.DataFrame(
        ...     {
        ...         "user_id": range(4),
        ...         "variant": ["control", "treatment"] * 2,
        ...         "won": [True, False, False, True],
        ...     }
        ... )
        >>> read(users, Design(metrics=own_metrics("won"))).units
        (2, 2)
    """
    table = tables.read(data, name="the experiment's table", where=design.where)
    has_time = _has_time(table, design)
    wanted = [design.unit, design.variant, *([design.time] if has_time else [])]
    for metric in design.metrics:
        wanted.extend(metric.columns)
    if design.experiment or EXPERIMENT in table.columns:
        wanted.append(EXPERIMENT)
    _require(table, wanted, design)
    frame = table.to_pandas(list(dict.fromkeys(wanted)))
    design, frame = _one_experiment(frame, design, table.name)
    typed = _typed(frame, design, table.name, has_time=has_time)
    return gather(typed, design, table.name, sources=table.sources)


def _require(table: tables.Table, columns: list[str], design: Design) -> None:
    try:
        table.require(columns)
    except InputError as error:
        if design.metrics is not REQUEST_METRICS:
            raise
        hint = "is no request log; name the column of your own outcome"
        problem = Problem(source=table.name, field="metric", message=hint)
        raise InputError([*error.problems, problem]) from error


def _has_time(table: tables.Table, design: Design) -> bool:
    if not design.time:
        return False
    return design.time in table.columns or design.time != _DEFAULT_TIME


def _one_experiment(
    frame: "pd.DataFrame", design: Design, source: str
) -> tuple[Design, "pd.DataFrame"]:
    if EXPERIMENT not in frame.columns:
        return design, frame
    names = sorted(str(name) for name in frame[EXPERIMENT].dropna().unique())
    if not names:
        raise InputError.of("no row belongs to an experiment", source=source, field=EXPERIMENT)
    if not design.experiment and len(names) > 1:
        raise InputError.of(
            f"holds {len(names)} experiments; name one of: {', '.join(names)}",
            source=source,
            field=EXPERIMENT,
        )
    name = design.experiment or names[0]
    if name not in names:
        raise InputError.of(
            f"no such experiment; the table holds: {', '.join(names)}",
            source=source,
            field=EXPERIMENT,
            value=name,
        )
    return replace(design, experiment=name), frame[frame[EXPERIMENT].astype(str) == name]


def _typed(frame: "pd.DataFrame", design: Design, source: str, *, has_time: bool) -> "pd.DataFrame":
    """Columns unit, variant, day, and per metric its value and divisor, as numbers or NaN."""
    import duckdb

    connection = duckdb.connect(config={"threads": 1})  # one thread adds up in one order
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("rows", frame)
    columns = [f"CAST({_name(design.unit)} AS VARCHAR) AS unit"]
    columns.append(f"CAST({_name(design.variant)} AS VARCHAR) AS variant")
    if has_time:
        columns.append(f"epoch_us(TRY_CAST({_name(design.time)} AS TIMESTAMPTZ)) AS day")
    for position, metric in enumerate(design.metrics):
        columns.append(f"({metric.value}) AS raw{position}")
        columns.append(f"TRY_CAST(({metric.value}) AS DOUBLE) AS value{position}")
        columns.append(f"TRY_CAST(({metric.per or '1'}) AS DOUBLE) AS per{position}")
    query = f"SELECT {', '.join(columns)} FROM rows"  # noqa: S608
    try:
        typed = connection.execute(query).df()
    except duckdb.Error as error:
        raise InputError.of(f"cannot read the metrics: {error}", source=source) from error
    problems = [
        *_time_problems(typed, frame, design, source),
        *_value_problems(typed, frame, design, source),
    ]
    if problems:
        raise InputError(problems)
    if has_time:
        typed["day"] //= _MICROSECONDS_PER_DAY
    return typed


def _time_problems(
    typed: "pd.DataFrame", frame: "pd.DataFrame", design: Design, source: str
) -> Iterator[Problem]:
    if "day" not in typed or not (bad := typed["day"].isna()).any():
        return
    row = int(bad.to_numpy().argmax())
    yield Problem(
        source=source,
        row=int(frame.index[row]) + 1,
        field=design.time,
        value=frame[design.time].iloc[row],
        message=f"{int(bad.sum())} times cannot be read; write ISO 8601",
    )


def _value_problems(
    typed: "pd.DataFrame", frame: "pd.DataFrame", design: Design, source: str
) -> Iterator[Problem]:
    import numpy as np

    for position, metric in enumerate(design.metrics):
        raw, value = typed[f"raw{position}"], typed[f"value{position}"].to_numpy(dtype=float)
        known = raw.notna().to_numpy()
        bad = known & ~np.isfinite(value)
        if not known.any():
            message = "every value is missing: nothing can be judged; leave this metric out"
            yield Problem(source=source, field=metric.name, message=message)
        elif bad.any():
            row = int(bad.argmax())
            yield Problem(
                source=source,
                row=int(frame.index[row]) + 1,
                field=metric.name,
                value=raw.iloc[row],
                message=f"{int(bad.sum())} values are neither finite numbers nor true or false",
            )


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'

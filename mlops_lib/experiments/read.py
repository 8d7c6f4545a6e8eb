"""From events or users, in any table, to the evidence of one experiment: strict at the door."""

from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_lib import tables
from mlops_lib.errors import InputError, Problem
from mlops_lib.experiments.design import Design
from mlops_lib.experiments.evidence import Evidence
from mlops_lib.experiments.gather import gather
from mlops_lib.experiments.metric import REQUEST_METRICS
from mlops_lib.experiments.pairs import gather_pairs
from mlops_lib.experiments.scan import open_scan
from mlops_lib.tables.names import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

EXPERIMENT = "experiment"
"""Column of a log that names the experiment of a row; a table without it is one experiment."""

LOG_STEADY = ("prompt_version", "model")
"""Columns of a request log that make two experiments of one where they change."""

_DEFAULT_TIME = next(each.default for each in fields(Design) if each.name == "time")


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
    design = replace(design, steady=_steady(table, design))
    has_time = _has_time(table, design)
    wanted = [design.unit, design.variant, *([design.time] if has_time else [])]
    for metric in design.metrics:
        wanted.extend(metric.columns)
    wanted += [*design.segments, *design.unchanging]
    if EXPERIMENT in table.columns:
        wanted.append(EXPERIMENT)
    _require(table, wanted, design)
    connected = table.connect(list(dict.fromkeys(wanted)))
    with connected as connection, tables.reading(table.name):
        condition = "TRUE"
        if EXPERIMENT in wanted:
            design = _one_experiment(connection, design, table.name)
            condition = f"CAST({EXPERIMENT} AS VARCHAR) = {literal(design.experiment)}"
        scan = open_scan(connection, design, table.name, condition=condition, has_time=has_time)
        collect = gather_pairs if design.paired else gather
        return collect(scan, sources=(*table.sources, *([design.file] if design.file else [])))


def read_design(path: str | Path) -> Design:
    """Read the plan of an experiment from a YAML file.

    Raises:
        InputError: for a file that cannot be read, or naming every problem in it.
    """
    import yaml

    from mlops_lib.experiments.design_file import parse_design
    from mlops_lib.tables.files import fingerprint
    from mlops_lib.yaml_file import load_unique, reason

    try:
        written = Path(path).read_text(encoding="utf-8")
        content = load_unique(written)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        message = f"cannot read the design: {reason(error)}"
        raise InputError.of(message, source=str(path)) from error
    file = fingerprint(path, rows=len(written.splitlines()))
    return replace(parse_design(content, source=str(path)), file=file)


def read_record(path: str | Path) -> Evidence:
    """Read the evidence of a decision record: an experiment from aggregates.

    Raises:
        InputError: for a file that cannot be read or is no record.
    """
    from mlops_lib.experiments.record import read_evidence

    try:
        content = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError.of("cannot read the record", source=str(path)) from error
    return read_evidence(content, source=str(path))


def design_of(file: str | Path = "", *, steady: str = "", **given: Any) -> Design:  # noqa: ANN401
    """The design in a file, or the one that is given field by field.

    Args:
        file: a design as YAML; replaces everything else.
        steady: columns that must not change within a variant, separated by commas; empty takes
            those of the request log.
        given: further fields of a `Design`.

    Raises:
        InputError: as `read_design` and `Design`; and for a field that was given beside a file,
            which would not be read.

    Example:
        >>> design_of(treatment_share=0.5).shares
        (0.5, 0.5)
    """
    columns = tuple(name.strip() for name in steady.split(",") if name.strip())
    given["steady"] = columns or None
    if not str(file):
        return Design(**given)
    design = read_design(file)
    problems = [
        Problem(
            source=str(file),
            field="metric" if name == "metrics" else name,
            value=[each.name for each in value] if name == "metrics" else value,
            message="is said by the design file, and not read beside it: leave one of them out",
        )
        for name, value in given.items()
        if value not in (_UNSAID[name], getattr(design, name))
    ]
    if problems:
        raise InputError(problems)
    return design


_UNSAID = {**{each.name: each.default for each in fields(Design)}, "planned_units": 400}
"""What the notebook passes for a field that nobody chose."""


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


def _steady(table: tables.Table, design: Design) -> tuple[str, ...]:
    if design.steady is not None:
        return design.steady
    is_log = design.metrics == REQUEST_METRICS
    return tuple(name for name in LOG_STEADY if is_log and name in table.columns)


def _one_experiment(connection: "DuckDBPyConnection", design: Design, source: str) -> Design:
    names = [
        name
        for (name,) in connection.execute(
            f"SELECT DISTINCT CAST({EXPERIMENT} AS VARCHAR) AS name FROM rows "  # noqa: S608
            f"WHERE {EXPERIMENT} IS NOT NULL ORDER BY name"
        ).fetchall()
    ]
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
    return replace(design, experiment=name)

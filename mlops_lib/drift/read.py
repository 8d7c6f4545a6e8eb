"""Which two windows are compared: two files of the user's own, or the last days of a log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlops_lib import request_log, tables
from mlops_lib.drift.columns import Role
from mlops_lib.errors import InputError
from mlops_lib.tables import Table

if TYPE_CHECKING:
    from mlops_lib.drift.result import DriftResult

DAYS = (30.0, 7.0)
"""Length of the reference and of the current window: whole weeks hold the weekly rhythm."""

LOG_ROLES: Mapping[str, Role] = {
    "input_tokens": "users",
    "top_score": "users",
    "model": "ours",
    "prompt_version": "ours",
    "index_id": "ours",
    "embedder": "ours",
    "variant": "ours",
    "release": "ours",
    "outcome": "output",
    "guardrail": "output",
    "output_tokens": "output",
    "feedback": "output",
    "cost_usd": "service",
    "latency_ms": "service",
    "ttft_ms": "service",
}
"""The compared columns of the request log, and whose doing a change of each would be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Two tables to compare.

    Attributes:
        reference: what was normal.
        current: what is asked about.
        time: column of both by which days can be shown; "" for none.
        columns: compared unless others are asked for; empty for all.
        roles: whose doing a change of a column would be.
    """

    reference: Table
    current: Table
    time: str = ""
    columns: tuple[str, ...] = ()
    roles: Mapping[str, Role] = field(default_factory=dict)

    def compare(self, *, columns: str = "", exclude: str = "") -> "DriftResult":
        """Compare the two, column by column.

        Args:
            columns: separated by commas; "" for the usual ones.
            exclude: separated by commas: left out.

        Raises:
            InputError: for an unknown column, or if none is left.
        """
        from mlops_lib.drift.compare import compare
        from mlops_lib.drift.schema import names_of

        return compare(
            self.reference,
            self.current,
            columns=names_of(columns) or self.columns,
            exclude=exclude,
            roles=self.roles,
            time=self.time,
        )


def read(
    log: str = "",
    *,
    reference: str = "",
    current: str = "",
    time: str = "time",
    where: str = "",
    days: tuple[float, float] = DAYS,
) -> Windows:
    """Read two files of the user's own, where both are named; else cut a log into two windows.

    Args:
        log: path of a request log or of any table with a time.
        reference: path of the reference; with `current`, compared instead of the log.
        current: path of the current window.
        time: column of the log's times; in own files it may be absent.
        where: optional SQL condition on the rows.
        days: length of the reference and of the current window of the log.

    Raises:
        InputError: if only one file is named, none at all, or one cannot be read.
    """
    named = {"reference": reference, "current": current}
    absent = [name for name, path in named.items() if not path]
    if len(absent) == 1:
        raise InputError.of(
            "name both files, reference and current, or neither", field=absent[0], value=""
        )
    if not absent:
        tables_ = [tables.read(path, name=name, where=where) for name, path in named.items()]
        shared = time if all(time in table.columns for table in tables_) else ""
        return Windows(reference=tables_[0], current=tables_[1], time=shared)
    if not log:
        raise InputError.of("name a log, or both a reference and a current file", field="log")
    table = tables.read(log, name="log", where=where, columns=[time])
    old, new = tables.split_windows(table, time=time, reference_days=days[0], current_days=days[1])
    if set(request_log.COLUMNS) <= set(table.columns):
        return Windows(
            reference=old, current=new, time=time, columns=tuple(LOG_ROLES), roles=LOG_ROLES
        )
    return Windows(reference=old, current=new, time=time)

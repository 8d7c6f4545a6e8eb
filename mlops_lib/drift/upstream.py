"""Upstream drift: does the data source still keep what it promised? Every violation is listed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mlops_lib import tables
from mlops_lib.display import TableView
from mlops_lib.drift.contract import Contract, Promise, cells_of
from mlops_lib.drift.count import Counts, count
from mlops_lib.drift.schema import Settled, settle
from mlops_lib.drift.values import category_counts
from mlops_lib.quantities import format_quantity
from mlops_lib.stats import Interval, proportion
from mlops_lib.verdict import Check, Outcome, Verdict, at_most

MOST_EXAMPLES = 5
"""Values that are not allowed, named in one sentence."""

_LONGEST_EXAMPLE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """The promises of a source, each checked; none where no schema was given."""

    checks: tuple[Check, ...] = ()

    @property
    def broken(self) -> tuple[Check, ...]:
        """The promises that do not hold, or of which the data do not tell."""
        return tuple(check for check in self.checks if check.outcome is not Outcome.PASS)

    def table(self) -> TableView:
        """One row a promise, the broken ones first."""
        caption = f"{len(self.broken)} of {len(self.checks)} promises are broken or undecided."
        if not self.checks:
            caption = "No schema was given: nothing was promised."
        return TableView(
            caption=caption,
            columns=("promise", "outcome", "why"),
            rows=tuple(
                (check.name, check.outcome.upper(), check.explanation) for check in self.checks
            ),
        )

    def _repr_html_(self) -> str:
        """The table."""
        return self.table()._repr_html_()


def check_upstream(data: Any, contract: Contract) -> Verdict:  # noqa: ANN401
    """Check a table against what its source promised.

    Args:
            data: any frame, path or `Table`.
            contract: from `drift.read_contract`.

    Raises:
            InputError: for an unreadable or empty table.

    Example:
            >>> import pandas as pd
            >>> from mlops_lib.drift.contract import parse_contract
            >>> promised = parse_contract("columns: {score: {type: number, min: 0, max: 1}}")
            >>> str(check_upstream(pd.DataFrame({"score": [0.4, 1.2]}), promised).outcome)
            'fail'
    """
    table = tables.read(data, name="data")
    promises = check_promises(table, contract)
    total, broken = len(promises.checks), len(promises.broken)
    return Verdict(
        subject="upstream",
        checks=promises.checks,
        meaning=(
            f"The data source breaks {broken} of {total} promises."
            if broken
            else f"The data source keeps all {total} promises."
        ),
        advice=(
            "Mend the source, or change the schema if the change is meant."
            if broken
            else "Nothing to do."
        ),
        sources=table.sources,
    )


@tables.reading()
def check_promises(table: tables.Table, contract: Contract) -> Promises:
    """Every promise of a contract as a check, the broken ones first."""
    settled = settle(table)
    counts = count(table, cells_of(contract))
    checks = (
        *_presence(contract, settled),
        *(
            check
            for name, promise in contract.columns.items()
            if name in counts.cells
            for check in _values(name, promise, counts, settled)
        ),
    )
    return Promises(checks=tuple(sorted(checks, key=lambda check: check.outcome is Outcome.PASS)))


def _presence(contract: Contract, settled: Settled) -> Iterator[Check]:
    for name, promise in contract.columns.items():
        family = settled.families.get(name)
        if family is None:
            if promise.required:
                yield _fact(name, "is there", "The column is missing.", settled, good=False)
        else:
            right = family == promise.type or _is_all_missing(settled, name)
            text = f"It holds {family}, as promised." if right else (
                f"It holds {family}; {promise.type} was promised."
            )  # fmt: skip
            yield _fact(name, f"holds {promise.type}", text, settled, good=right)
    if not contract.others:
        for name in settled.families:
            if name not in contract.columns:
                yield _fact(name, "was promised", "The column is new.", settled, good=False)


def _values(name: str, promise: Promise, counts: Counts, settled: Settled) -> Iterator[Check]:
    cells = counts.cells[name]
    if promise.missing < 1:
        yield _share(name, "missing", (cells[-1], counts.rows), promise.missing, "")
    below = cells[0] if promise.min is not None else 0
    above = cells[-2] if promise.max is not None else 0
    if promise.min is not None or promise.max is not None:
        note = f"{below:,} rows lie below {promise.min}, {above:,} above {promise.max}."
        yield _share(name, "outside its range", (below + above, counts.rows), promise.outside, note)
    if promise.categories is not None:
        note = _strangers(settled, name, promise.categories) if cells[-2] else ""
        outside = cells[-2], counts.rows
        yield _share(name, "not among its categories", outside, promise.outside, note)


def _share(name: str, what: str, rows: tuple[int, int], limit: float, note: str) -> Check:
    """Where no row may break the promise, one row is a fact; else the interval decides."""
    measured = proportion(*rows)
    outcome = at_most(limit, measured.interval)
    if limit == 0:
        outcome = Outcome.FAIL if rows[0] else Outcome.PASS
    allowed = format_quantity(limit, "share")
    return Check(
        name=f"{name}: share {what}",
        estimate=measured.estimate,
        interval=measured.interval,
        limit=limit,
        good="low",
        unit="share",
        n=rows[1],
        method="count against the schema, Wilson interval",
        outcome=outcome,
        explanation=f"{rows[0]:,} of {rows[1]:,} rows; allowed are {allowed}. {note}".strip(),
    )


def _fact(name: str, promise: str, text: str, settled: Settled, *, good: bool) -> Check:
    value = 0.0 if good else 1.0
    return Check(
        name=f"{name} {promise}",
        estimate=value,
        interval=Interval(value, value),
        limit=0.0,
        good="low",
        unit="count",
        n=settled.rows,
        method="comparison with the schema",
        outcome=Outcome.PASS if good else Outcome.FAIL,
        explanation=text,
    )


def _strangers(settled: Settled, name: str, allowed: tuple[str, ...]) -> str:
    found = category_counts(settled.frame, name)
    strange = sorted(
        (value for value in found if value not in allowed), key=lambda v: (-found[v], v)
    )
    named = ", ".join(repr(value[:_LONGEST_EXAMPLE]) for value in strange[:MOST_EXAMPLES])
    more = len(strange) - MOST_EXAMPLES
    return f"Not allowed: {named}" + (f" and {more:,} more." if more > 0 else ".")


def _is_all_missing(settled: Settled, name: str) -> bool:
    from mlops_lib.drift.tally import count_present

    is_number = settled.families[name] == "number"
    return not count_present(settled.frame, name, is_number=is_number)

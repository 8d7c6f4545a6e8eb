"""What each version did, before and now: scores, tokens, cost and refusals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mlops_lib import tables
from mlops_lib.display import TableView
from mlops_lib.drift.columns import ColumnDrift, measure_column
from mlops_lib.drift.count import Counts
from mlops_lib.drift.evidence import Evidence
from mlops_lib.drift.frozen import ColumnProfile, Profile
from mlops_lib.drift.groups import SEPARATOR, grouped, means
from mlops_lib.drift.held import can_name_versions
from mlops_lib.drift.policy import decide_column
from mlops_lib.drift.profile import profile
from mlops_lib.drift.roles import Role
from mlops_lib.drift.schema import settle
from mlops_lib.quantities import format_quantity
from mlops_lib.stats import benjamini_hochberg
from mlops_lib.verdict import Outcome

MOST_SHOWN = 12
"""Versions in the table, those with most requests now; a canary and an experiment make eight."""

REFUSED = "refused"
"""The value of the column of outcomes whose share is shown."""

SMALLEST_MOVE = 0.001
"""A category of which no share moved by a tenth of a point is not worth a column."""

OTHER = -2
"""Place of the cell of values that the reference does not hold."""

_FIRST = ("prompt_version", "model", "variant")
"""What a reader knows a version by."""

_BETWEEN = " · "

_SHOWN: frozenset[Role] = frozenset({"output", "service"})
_NAMING: frozenset[Role] = frozenset({"ours", "provider", "judge"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One value of the table: the mean of a number, or the share of one category."""

    column: ColumnProfile
    label: str

    @property
    def heading(self) -> str:
        """The column, with the category whose share is meant."""
        return f"{self.column.name}: {self.label}" if self.label else self.column.name

    def of(self, counts: Counts | None, averages: Mapping[str, float]) -> float | None:
        """The value of one version in one window; None without requests."""
        if not self.label or counts is None:
            return averages.get(self.column.name)
        labels = self.column.labels
        at = labels.index(self.label) if self.label in labels else OTHER
        return counts.cells[self.column.name][at] / counts.rows


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """One version of prompt, model and judge.

    Attributes:
        name: what tells it from the others.
        rows: requests before and now.
        values: before and now, in the order of what is shown; None where that window holds no
            such request.
        drifted: columns that changed under this one version.
    """

    name: str
    rows: tuple[int, int]
    values: tuple[tuple[float | None, ...], ...]
    drifted: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionTable:
    """What each version did, before and now.

    Attributes:
        rows: one a version, most requests now first.
        shown: what the values are.
        heading: the columns that tell the versions apart.
        left_out: versions that are not shown.
    """

    rows: tuple[VersionRow, ...]
    shown: tuple[Shown, ...]
    heading: str
    left_out: int = 0

    def table(self) -> TableView:
        """One row a version; what drifted under it is marked."""
        headings = [value.heading for value in self.shown]
        drifted = sum(bool(row.drifted) for row in self.rows)
        shared = sum(min(row.rows) > 0 for row in self.rows)
        more = f"; {self.left_out} with fewer requests are not shown" if self.left_out else ""
        return TableView(
            caption=f"Under {drifted} of {shared} versions that both windows hold, "
            f"what comes out or what it costs drifted{more}.",
            columns=(self.heading, "requests", *headings),
            rows=tuple(self._row(row) for row in self.rows),
            numeric=("requests", *headings),
        )

    def _row(self, row: VersionRow) -> tuple[str, ...]:
        cells = []
        for value, pair in zip(self.shown, row.values, strict=True):
            unit = "share" if value.label else ""
            before, now = ("–" if each is None else format_quantity(each, unit) for each in pair)
            mark = " (drift)" if value.column.name in row.drifted else ""
            cells.append(f"{before} → {now}{mark}")
        return (row.name, f"{row.rows[0]:,} → {row.rows[1]:,}", *cells)


def version_table(
    reference: tables.Table, current: tables.Table, evidence: Evidence
) -> VersionTable | None:
    """What each version did; None where no version or nothing that comes out is recorded.

    Args:
        reference: rows that were normal.
        current: rows that are asked about.
        evidence: the comparison of the two.
    """
    sides = settle(reference), settle(current)
    columns = [each for each in evidence.compared.columns if each.kind != "empty"]
    columns = [each for each in columns if all(each.name in side.families for side in sides)]
    shown = {each.name: each for each in columns if each.role in _SHOWN}
    by = sorted(
        (each.name for each in columns if each.role in _NAMING),
        key=lambda name: (name not in _FIRST, name),
    )
    if not by or not shown or not can_name_versions(sides, by):
        return None
    cells = profile(reference, columns=list(shown))
    before, now = (grouped(side, cells, by=by) for side in sides)
    kept = sorted({*before, *now}, key=lambda key: (-_requests(now, key), key))
    values = _values(cells, shown)
    numbers = [value.column.name for value in values if not value.label]
    averages = [means(side, numbers, by=by) for side in sides]
    heading, names = _names(kept, by)
    drifted = _drifted(kept, (before, now), cells, shown, evidence)
    return VersionTable(
        rows=tuple(
            VersionRow(
                name=names[key],
                rows=(_requests(before, key), _requests(now, key)),
                values=tuple(
                    tuple(
                        value.of(side.get(key), average.get(key, {}))
                        for side, average in zip((before, now), averages, strict=True)
                    )
                    for value in values
                ),
                drifted=drifted.get(key, frozenset()),
            )
            for key in kept[:MOST_SHOWN]
        ),
        shown=values,
        heading=heading,
        left_out=max(0, len(kept) - MOST_SHOWN),
    )


def _requests(counts: Mapping[str, Counts], key: str) -> int:
    return counts[key].rows if key in counts else 0


def _values(cells: Profile, shown: Mapping[str, ColumnDrift]) -> tuple[Shown, ...]:
    """Numbers by their mean; of categories refusals, and the value that moved most."""
    found: list[Shown] = []
    for column in cells.columns:
        drift = shown[column.name]
        moved, before, now = drift.largest_move
        labels = [REFUSED] * (REFUSED in drift.labels)
        if abs(now - before) >= SMALLEST_MOVE and moved != REFUSED:
            labels.append(moved)
        kept = [""] if column.kind == "number" else labels
        found += [Shown(column=column, label=label) for label in kept]
    return tuple(found)


def _names(keys: Sequence[str], by: Sequence[str]) -> tuple[str, dict[str, str]]:
    """A heading and each version's name: what differs and follows from nothing before."""
    parts = {key: key.split(SEPARATOR) for key in keys}
    kept: list[int] = []
    for at in range(len(by)):
        values = {each[at] for each in parts.values()}
        follows = any(
            len({(each[other], each[at]) for each in parts.values()})
            == len({each[other] for each in parts.values()})
            for other in kept
        )
        if len(values) > 1 and not follows:
            kept.append(at)
    shown = kept or list(range(len(by)))
    return _BETWEEN.join(by[at] for at in shown), {
        key: _BETWEEN.join(each[at].removesuffix(".0") for at in shown)
        for key, each in parts.items()
    }


def _drifted(
    keys: Sequence[str],
    sides: tuple[Mapping[str, Counts], Mapping[str, Counts]],
    cells: Profile,
    shown: Mapping[str, ColumnDrift],
    evidence: Evidence,
) -> dict[str, frozenset[str]]:
    """Columns that changed under one version, the p-values adjusted over versions and columns."""
    fewest = evidence.policy.fewest
    measured = [
        (
            key,
            measure_column(
                replace(column, counts=sides[0][key].cells[column.name]),
                sides[1][key].cells[column.name],
                role=shown[column.name].role,
            ),
        )
        for key in keys
        if min(_requests(side, key) for side in sides) >= fewest
        for column in cells.columns
    ]
    adjusted = benjamini_hochberg([each.pvalue for _, each in measured]) if measured else ()
    found: dict[str, frozenset[str]] = {}
    for (key, column), pvalue in zip(measured, adjusted, strict=True):
        judged = decide_column(replace(column, adjusted_pvalue=pvalue), evidence.policy)
        if judged in {Outcome.FAIL, Outcome.WARN}:
            found[key] = found.get(key, frozenset()) | {column.name}
    return found

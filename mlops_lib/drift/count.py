"""Counts over a frozen profile: integers that add, the same on every engine."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mlops_lib import tables
from mlops_lib.drift.frozen import ColumnProfile, Profile
from mlops_lib.drift.schema import Family, Settled, settle
from mlops_lib.drift.tally import (
    WINDOW,
    category_cells,
    count_present,
    tally_category,
    tally_category_windows,
    tally_number_windows,
    tally_numbers,
)
from mlops_lib.errors import InputError

_BEGINS_A_TIME = re.compile(r"\d{4}[-/]?\d")
"""A time that names its year first has one reading."""

_EXPECTED: dict[str, Family] = {"number": "number", "category": "text"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Rows per cell of every column of a profile; counts of one profile add.

    Attributes:
        rows: how many were counted.
        cells: rows per cell of each column that could be counted.
        profile: digest of the profile.
        missing: columns of the profile that the data lack.
        retyped: columns whose family changed, with what they are now.
        added: columns that the profile does not know.
    """

    rows: int
    cells: Mapping[str, tuple[int, ...]]
    profile: str
    missing: tuple[str, ...] = field(default=())
    retyped: Mapping[str, str] = field(default_factory=dict)
    added: tuple[str, ...] = field(default=())

    def __add__(self, other: "Counts") -> "Counts":
        """Counts of both: of two shards, days or tenants.

        Raises:
            InputError: if the two were not counted into the same cells of the same columns.
        """
        return self._joined(other, sign=1)

    def __sub__(self, other: "Counts") -> "Counts":
        """Counts without the other's: a window that slides.

        Raises:
            InputError: if the two were not counted into the same cells of the same columns.
        """
        return self._joined(other, sign=-1)

    def _joined(self, other: "Counts", *, sign: int) -> "Counts":
        if self.profile != other.profile or set(self.cells) != set(other.cells):
            raise InputError.of(
                "counts of different profiles or columns cannot be joined",
                field="profile",
                value=other.profile,
            )
        cells = {
            name: tuple(a + sign * b for a, b in zip(mine, other.cells[name], strict=True))
            for name, mine in self.cells.items()
        }
        return replace(self, rows=self.rows + sign * other.rows, cells=cells)


@tables.reading()
def count(data: Any, profile: Profile) -> Counts:  # noqa: ANN401
    """Count the rows of any frame or path into the cells of a profile.

    Args:
        data: any frame, path or `Table`.
        profile: the frozen reference.

    Raises:
        InputError: for an empty or unreadable table.

    Example:
        >>> import pandas as pd
        >>> from mlops_lib.drift.profile import profile
        >>> frozen = profile(pd.DataFrame({"stars": [1, 1, 2, 5]}))
        >>> count(pd.DataFrame({"stars": [5, None]}), frozen).cells["stars"][-1]
        1
    """
    settled = settle(tables.read(data, name="current"))
    countable, retyped = _countable(settled, profile)
    cells = tally_numbers(settled.frame, _of_kind(countable, "number"), settled.rows)
    for column in _of_kind(countable, "category"):
        cells[column.name] = tally_category(settled.frame, column, settled.rows)
    for column in _of_kind(countable, "empty"):
        present = _present(settled, column.name)
        cells[column.name] = (present, settled.rows - present)
    for column in profile.columns:
        if column.name in retyped and not _present(settled, column.name):
            cells[column.name] = (*([0] * (len(column.counts) - 1)), settled.rows)
    known = {column.name for column in profile.columns} | {each.name for each in profile.skipped}
    return Counts(
        rows=settled.rows,
        cells=cells,
        profile=profile.digest,
        missing=tuple(each.name for each in profile.columns if each.name not in settled.families),
        retyped={name: family for name, family in retyped.items() if name not in cells},
        added=tuple(name for name in settled.families if name not in known),
    )


@tables.reading()
def count_windows(data: Any, profile: Profile, *, time: str, length: int) -> dict[str, Counts]:  # noqa: ANN401
    """Count per window of time: the rows of each day, or of each month.

    Args:
        data: any frame, path or `Table`.
        profile: the frozen reference.
        time: column with times, or text in ISO 8601.
        length: how many characters of the ISO text name a window: 10 a day, 7 a month.

    Returns:
        Counts by window, in order of time; rows without a time are left out.

    Raises:
        InputError: for text that is no time in ISO 8601: 02/01/2026 is two days.
    """
    import narwhals as nw

    settled = settle(tables.read(data, name="current").require([time]))
    window = nw.col(time).cast(nw.String).str.slice(0, length)
    found = count_groups(settled, profile, group=window)
    if settled.families[time] == "text":
        strange = next((label for label in found if not _BEGINS_A_TIME.match(label)), None)
        if strange is not None:
            message = "holds no times by which days are shown; write ISO 8601, or name none"
            raise InputError.of(message, source=settled.name, field=time, value=strange)
    return found


@tables.reading()
def count_groups(settled: Settled, profile: Profile, *, group: Any) -> dict[str, Counts]:  # noqa: ANN401
    """Count the rows of each group; nothing but counts leaves the engine.

    Args:
        settled: the rows.
        profile: the frozen reference.
        group: narwhals expression of text that names each row's group.

    Returns:
        Counts by group, in order of their names; rows without a group are left out.
    """
    countable, _ = _countable(settled, profile)
    frame = settled.frame.with_columns(group.alias(WINDOW))
    rows, numbers = tally_number_windows(frame, _of_kind(countable, "number"))
    found = {
        column: tally_category_windows(frame, column.name)
        for column in _of_kind(countable, "category")
    }
    return {
        label: Counts(
            rows=rows[label],
            cells=numbers[label]
            | {
                column.name: category_cells(column, windows.get(label, {}), rows[label])
                for column, windows in found.items()
            },
            profile=profile.digest,
        )
        for label in rows
    }


@tables.reading()
def is_empty(data: Any) -> bool:  # noqa: ANN401
    """Whether a table has rows, yet no value in any of its columns.

    Args:
        data: any frame, path or `Table`.
    """
    settled = settle(tables.read(data, name="current"))
    return not any(_present(settled, name) for name in settled.families)


def _countable(settled: Settled, profile: Profile) -> tuple[list[ColumnProfile], dict[str, str]]:
    countable: list[ColumnProfile] = []
    retyped: dict[str, str] = {}
    for column in profile.columns:
        family = settled.families.get(column.name)
        if family is None:
            continue
        if column.kind == "empty" or family == _EXPECTED[column.kind]:
            countable.append(column)
        else:
            retyped[column.name] = family
    return countable, retyped


def _of_kind(columns: list[ColumnProfile], kind: str) -> list[ColumnProfile]:
    return [column for column in columns if column.kind == kind]


def _present(settled: Settled, name: str) -> int:
    is_number = settled.families[name] == "number"
    return count_present(settled.frame, name, is_number=is_number)

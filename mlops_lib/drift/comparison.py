"""The comparison of two windows as numbers; `result.py` adds the ways in which it shows itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlops_lib.drift.columns import ColumnDrift
from mlops_lib.drift.frozen import Skipped
from mlops_lib.errors import InputError
from mlops_lib.verdict import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowDrift:
    """One day or month against the whole reference.

    Attributes:
        label: of the window.
        side: "reference" or "current".
        rows: of the window.
        excess: PSI less chance by column.
    """

    label: str
    side: str
    rows: int
    excess: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two windows compared, column by column, the largest PSI first.

    Attributes:
        columns: the compared columns.
        reference: name of the reference.
        current: name of the current window.
        reference_rows: rows of the reference.
        current_rows: rows of the current window.
        skipped: columns that are not compared, each with its reason.
        missing: columns that the current window lost.
        retyped: columns that changed their family, with what they are now.
        added: columns that are new.
        incomparable: columns that no longer mean the same, each with its reason.
        windows: the same distances per day or month, where there is a time.
        sources: fingerprints of the files.
        profile: digest of the reference's cells.
    """

    columns: tuple[ColumnDrift, ...]
    reference: str
    current: str
    reference_rows: int
    current_rows: int
    skipped: tuple[Skipped, ...] = field(default=())
    missing: tuple[str, ...] = field(default=())
    retyped: Mapping[str, str] = field(default_factory=dict)
    added: tuple[str, ...] = field(default=())
    incomparable: Mapping[str, str] = field(default_factory=dict)
    windows: tuple[WindowDrift, ...] = field(default=())
    sources: tuple[Source, ...] = field(default=())
    profile: str = ""

    def column(self, name: str) -> ColumnDrift:
        """The column of that name.

        Raises:
            InputError: if it was not compared.
        """
        for each in self.columns:
            if each.name == name:
                return each
        compared = ", ".join(each.name for each in self.columns)
        raise InputError.of(f"this column was not compared; compared are {compared}", field=name)

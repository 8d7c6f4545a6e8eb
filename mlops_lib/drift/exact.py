"""The Kolmogorov-Smirnov test on the values themselves, where somebody asks for it.

Cells bound the distance closely enough for every verdict; this is for papers and for doubts.
"""

from dataclasses import dataclass
from typing import Any

from mlops_lib import tables
from mlops_lib.drift.schema import settle
from mlops_lib.drift.values import values_of
from mlops_lib.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class KsTest:
    """Two-sample Kolmogorov-Smirnov test; with ties the p-value is conservative."""

    distance: float
    pvalue: float
    reference_rows: int
    current_rows: int


def ks_test(reference: Any, current: Any, column: str) -> KsTest:  # noqa: ANN401
    """Compare all values of one column of numbers; missing values are left out.

    Args:
        reference: any frame, path or `Table`.
        current: the same.
        column: its name.

    Raises:
        InputError: if the column is absent, holds no numbers, or has no values on one side.

    Example:
        >>> import pandas as pd
        >>> before, after = (pd.DataFrame({"x": range(start, start + 5)}) for start in (1, 3))
        >>> round(ks_test(before, after, "x").pvalue, 6)
        0.873016
    """
    from scipy import stats

    sides = {"reference": reference, "current": current}
    values = [_numbers(data, name, column) for name, data in sides.items()]
    result = stats.ks_2samp(values[0], values[1])
    return KsTest(
        distance=float(result.statistic),
        pvalue=float(result.pvalue),
        reference_rows=values[0].size,
        current_rows=values[1].size,
    )


@tables.reading()
def _numbers(data: Any, name: str, column: str) -> Any:  # noqa: ANN401
    settled = settle(tables.read(data, name=name, columns=[column]))
    if settled.families[column] != "number":
        raise InputError.of(
            f"must hold numbers, not {settled.families[column]}", source=settled.name, field=column
        )
    values = values_of(settled, column)
    if values.size == 0:
        raise InputError.of("holds no values", source=settled.name, field=column)
    return values

"""How right one window was: labels that have arrived, or scores."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_lib import tables
from mlops_lib.drift.schema import settle
from mlops_lib.drift.tally import count_present
from mlops_lib.drift.values import collected, values_of
from mlops_lib.errors import InputError
from mlops_lib.stats import Interval
from mlops_lib.stats.interval import UNKNOWN
from mlops_lib.stats.means import t_interval
from mlops_lib.stats.proportions import wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEWEST_FOR_SPREAD = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """How right one window was.

    Attributes:
        estimate: share of right rows, or the mean score.
        interval: at 95 %.
        labelled: rows that have a label.
        rows: of the window.
    """

    estimate: float
    interval: Interval
    labelled: int
    rows: int


@tables.reading()
def right_answers(table: tables.Table, prediction: str, label: str) -> Performance:
    """Share of rows whose prediction is their label, as text.

    Args:
        table: the rows.
        prediction: column of what was said.
        label: column of what turned out to be true.
    """
    import narwhals as nw

    said, true = (nw.col(name).cast(nw.String) for name in (prediction, label))
    found = collected(
        table.frame.select(
            (~true.is_null()).cast(nw.Int64).sum().alias("labelled"),
            ((said == true) & ~said.is_null() & ~true.is_null())
            .cast(nw.Int64)
            .sum()
            .alias("right"),
        )
    )
    labelled, right = (int(found[name].to_list()[0] or 0) for name in ("labelled", "right"))
    return concept_performance(right, labelled, rows=table.rows)


def concept_performance(right: int, labelled: int, *, rows: int | None = None) -> Performance:
    """Performance from counts, where the labels are joined elsewhere.

    Args:
        right: rows that agree with their label.
        labelled: rows that have one.
        rows: of the window; None where all are labelled.

    Example:
        >>> concept_performance(90, 100).estimate
        0.9
    """
    share = right / labelled if labelled else math.nan
    interval = wilson(share, labelled) if labelled else UNKNOWN
    return Performance(
        estimate=share,
        interval=interval,
        labelled=labelled,
        rows=labelled if rows is None else rows,
    )


@tables.reading()
def scores_of(table: tables.Table, score: str) -> "NDArray[Any]":
    """The finite scores of the rows that have one.

    Args:
        table: the rows.
        score: the column.

    Raises:
        InputError: if the column holds something else.
    """
    import numpy as np

    settled = settle(table)
    if not count_present(settled.frame, score, is_number=settled.families[score] == "number"):
        return np.empty(0)
    if settled.families[score] != "number":
        raise InputError.of("must hold numbers", source=table.name, field=score)
    values = values_of(settled, score)
    return values[abs(values) < math.inf]


def mean_score(values: "NDArray[Any]", rows: int) -> Performance:
    """Mean of scores with its t interval.

    Args:
        values: the scores.
        rows: of the window.
    """
    n = int(values.size)
    mean = float(values.mean()) if n else math.nan
    interval = UNKNOWN
    if n >= _FEWEST_FOR_SPREAD:
        interval = t_interval(mean, float(values.std(ddof=1)) / math.sqrt(n), n - 1, 0.95)
    return Performance(estimate=mean, interval=interval, labelled=n, rows=rows)

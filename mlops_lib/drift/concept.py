"""Concept drift: is the application still right, judged by labels that arrive late?

Rows without a label are pending: counted, named, never taken for right or wrong.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

from mlops_lib import tables
from mlops_lib.drift.performance import (
    Performance,
    concept_performance,
    mean_score,
    right_answers,
    scores_of,
)
from mlops_lib.errors import InputError, Problem
from mlops_lib.quantities import format_quantity
from mlops_lib.stats import Interval
from mlops_lib.stats.interval import UNKNOWN, square_and_add
from mlops_lib.verdict import Check, Outcome

Drop = Literal["absolute", "relative"]
"""A drop from 0.90 to 0.85 is 0.05 absolute and 0.056 relative: say which is meant."""

MOST_DROP = 0.05
"""The customary limit of a drop; without the word absolute or relative it means nothing."""

FEWEST_LABELS = 200
"""Labelled rows that each window needs; the same guard as `Policy.fewest`."""

_THUMBS = (-1.0, 1.0)
"""Values of a score that is a vote."""

_HALVINGS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptDrift:
    """Performance of two windows against labels that arrived late.

    Attributes:
        measure: what was averaged, in words.
        reference: performance in the reference.
        current: performance now.
        unit: "share" or "".
    """

    measure: str
    reference: Performance
    current: Performance
    unit: str

    def change(self, kind: Drop) -> tuple[float, Interval]:
        """Change of the performance with its interval: a difference, or relative to the reference.

        The relative interval holds the changes t for which current - (1 + t) reference may be 0
        (MOVER; Fieller's theorem for intervals that need not be symmetric).
        """
        before, after = ((side.estimate, side.interval) for side in (self.reference, self.current))
        if not (before[1].is_known and after[1].is_known):
            return math.nan, UNKNOWN
        if kind == "absolute":
            return after[0] - before[0], square_and_add(before, after)
        if before[1].low <= 0:
            return math.nan, UNKNOWN
        bounds = [_relative_bound(before, after, side=side) for side in (0, 1)]
        return after[0] / before[0] - 1, Interval(bounds[0], bounds[1])

    def check(self, *, drop: float = MOST_DROP, kind: Drop = "absolute") -> Check:
        """Whether the performance fell by more than the limit.

        Args:
            drop: largest drop that is accepted, as a positive number.
            kind: whether the drop is a difference or relative to the reference.

        Raises:
            InputError: for a drop that is not between 0 and 1.
        """
        require_limit(drop, kind)
        estimate, interval = self.change(kind)
        fewest = min(self.reference.labelled, self.current.labelled)
        outcome = _decide(interval, -drop, enough=fewest >= FEWEST_LABELS)
        return Check(
            name=f"{kind} change of {self.measure}",
            estimate=estimate,
            interval=interval,
            limit=-drop,
            good="high",
            unit="points" if kind == "absolute" and self.unit == "share" else "",
            n=fewest,
            method="difference of two windows (MOVER)" if kind == "absolute"
            else "ratio of two windows less one (MOVER, Fieller)",
            outcome=outcome,
            explanation=self._explain(fewest),
            needed=FEWEST_LABELS if fewest < FEWEST_LABELS else None,
        )  # fmt: skip

    def _explain(self, fewest: int) -> str:
        sides = self.reference, self.current
        before, after = (format_quantity(side.estimate, self.unit) for side in sides)
        pending = self.current.rows - self.current.labelled
        text = f"{self.measure} went from {before} to {after}".capitalize()
        if fewest < FEWEST_LABELS:
            text = f"Each window needs {FEWEST_LABELS} labels"
        return f"{text}; {pending:,} of {self.current.rows:,} current rows still wait for a label."


def require_limit(drop: float, kind: str) -> None:
    """Refuse a limit that is none.

    Args:
        drop: largest drop that is accepted.
        kind: whether the drop is a difference or relative to the reference.

    Raises:
        InputError: for a drop that is not between 0 and 1, and for a kind that there is not.
    """
    rules = {
        "drop": (drop, 0 < drop < 1, "must lie between 0 and 1"),
        "kind": (kind, kind in get_args(Drop), f"must be one of {', '.join(get_args(Drop))}"),
    }
    problems = [
        Problem(field=name, value=value, message=message)
        for name, (value, holds, message) in rules.items()
        if not holds
    ]
    if problems:
        raise InputError(problems)


def concept(
    reference: Any,  # noqa: ANN401
    current: Any,  # noqa: ANN401
    *,
    prediction: str = "",
    label: str = "",
    score: str = "",
) -> ConceptDrift:
    """Compare performance against delayed labels.

    Args:
        reference: any frame, path or `Table`.
        current: the same.
        prediction: column of what was said; right where its text equals the label's.
        label: column of what turned out to be true; missing while it is pending.
        score: instead of both, a column of scores where higher is better, such as a judge's.

    Raises:
        InputError: unless prediction and label, or score alone, are named; for absent columns.

    Example:
        >>> import pandas as pd
        >>> before = pd.DataFrame({"said": ["a"] * 400, "true": ["a"] * 360 + ["b"] * 40})
        >>> after = pd.DataFrame({"said": ["a"] * 400, "true": ["a"] * 280 + ["b"] * 120})
        >>> found = concept(before, after, prediction="said", label="true")
        >>> str(found.check(drop=0.05, kind="absolute").outcome)
        'fail'
    """
    if bool(score) == bool(prediction or label) or bool(prediction) != bool(label):
        raise InputError([
            Problem(message="name prediction and label, or score alone", field=name, value=value)
            for name, value in {"prediction": prediction, "label": label, "score": score}.items()
        ])  # fmt: skip
    sides = {"reference": reference, "current": current}
    if score:
        return _scored([tables.read(d, name=n, columns=[score]) for n, d in sides.items()], score)
    pair = (prediction, label)
    windows = [right_answers(tables.read(d, name=n, columns=pair), *pair) for n, d in sides.items()]
    return ConceptDrift(
        measure="share of right predictions", reference=windows[0], current=windows[1], unit="share"
    )


def _scored(sides: list[tables.Table], score: str) -> ConceptDrift:
    """Thumbs up and down are a share, as in the request log; other scores are averaged."""
    import numpy as np

    values = [scores_of(side, score) for side in sides]
    if all(np.isin(each, _THUMBS).all() for each in values):
        name, unit = f"share of {score} above 0", "share"
        found = [
            concept_performance(int((each > 0).sum()), int(each.size), rows=side.rows)
            for each, side in zip(values, sides, strict=True)
        ]
    else:
        name, unit = score, ""
        found = [mean_score(each, side.rows) for each, side in zip(values, sides, strict=True)]
    return ConceptDrift(measure=name, reference=found[0], current=found[1], unit=unit)


def _decide(interval: Interval, limit: float, *, enough: bool) -> Outcome:
    if not enough or not interval.is_known:
        return Outcome.UNDECIDED
    if interval.high < limit:
        return Outcome.FAIL
    return Outcome.PASS if interval.low >= limit else Outcome.UNDECIDED


def _relative_bound(
    before: tuple[float, Interval], after: tuple[float, Interval], *, side: int
) -> float:
    """Halve until the interval of after - ratio * before touches 0 with this side."""
    low, high = 0.0, 2 * max(after[1].high, 0.0) / before[1].low + 1
    for _ in range(_HALVINGS):
        ratio = (low + high) / 2
        scaled = ratio * before[0], Interval(ratio * before[1].low, ratio * before[1].high)
        interval = square_and_add(scaled, after)
        beyond = interval.high if side else interval.low
        low, high = (ratio, high) if beyond > 0 else (low, ratio)
    return (low + high) / 2 - 1

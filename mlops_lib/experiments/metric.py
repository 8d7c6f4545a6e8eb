"""What is measured of each unit, and for what: primary, secondary or guardrail."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["primary", "secondary", "guardrail"]
"""What a metric is for: it should improve, it explains, or it must not get worse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One measured quantity of the rows of a unit; rows without a value are left out and counted.

    Attributes:
        name: in words; unique in a design.
        value: SQL expression over the columns, NULL where a row has no value.
        columns: the columns that the expression needs.
        role: primary, secondary or guardrail.
        per: SQL expression to divide by, summed like the value; empty for the mean per row.
        quantile: between 0 and 1 for a quantile of the rows; None for a mean or a ratio.
        good: the side on which the metric should move.
        unit: as in `verdict.Check`; "share" marks a proportion of rows.
        margin: the largest harm that a guardrail accepts, at least 0.
        is_relative: whether the margin is a part of the control's level, 0.1 for 10 %.
        covariate: SQL expression, one value per unit, known before the variants differed; the
            difference is then adjusted by it (CUPED).
        is_mean: whether it stays a mean even where all values are 0 or 1.
    """

    name: str
    value: str
    columns: tuple[str, ...]
    role: Role = "secondary"
    per: str = ""
    quantile: float | None = None
    good: Literal["high", "low"] = "high"
    unit: str = ""
    margin: float = 0.0
    is_relative: bool = False
    covariate: str = ""
    is_mean: bool = False

    @property
    def is_share(self) -> bool:
        """Whether every event is a yes or no, or a part of its divisor."""
        return self.unit == "share" and self.quantile is None and not self.is_mean

    @property
    def sign(self) -> int:
        """1 where more is better, else -1."""
        return 1 if self.good == "high" else -1


POSITIVE_FEEDBACK = "CASE feedback WHEN 1 THEN 1 WHEN -1 THEN 0 END"
"""A thumbs up among those who have an opinion."""

REQUEST_METRICS = (
    Metric(
        name="positive feedback",
        value=POSITIVE_FEEDBACK,
        columns=("feedback",),
        role="primary",
        unit="share",
    ),
    Metric(
        name="answered questions",
        value="outcome = 'answered'",
        columns=("outcome",),
        unit="share",
    ),
    Metric(
        name="errors",
        value="outcome = 'error'",
        columns=("outcome",),
        role="guardrail",
        good="low",
        unit="share",
        margin=0.005,
    ),
    Metric(
        name="cost per request",
        value="cost_usd",
        columns=("cost_usd",),
        role="guardrail",
        good="low",
        unit="usd",
        margin=0.15,
        is_relative=True,
    ),
    Metric(
        name="P95 latency",
        value="latency_ms",
        columns=("latency_ms",),
        role="guardrail",
        quantile=0.95,
        good="low",
        unit="ms",
        margin=0.1,
        is_relative=True,
    ),
)
"""What the request log can tell; the margins are those of the guide, corpus/experiments."""

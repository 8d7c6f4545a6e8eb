"""The YAML form of a design: strict, and all its problems told at once."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from mlops_lib.errors import InputError, Problem
from mlops_lib.experiments.design import Design, Expectation
from mlops_lib.experiments.metric import REQUEST_METRICS, Metric
from mlops_lib.tables.names import quoted

Share = Annotated[float, Field(gt=0, lt=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MetricFile(_Strict):
    """One metric: a column, or an SQL value over named columns."""

    name: str = Field(min_length=1)
    role: Literal["primary", "secondary", "guardrail"] = "secondary"
    kind: Literal["proportion", "mean", "ratio", "quantile"]
    column: str = ""
    value: str = ""
    columns: tuple[str, ...] = ()
    per: str = ""
    quantile: Share | None = None
    good: Literal["high", "low"] = "high"
    unit: str = ""
    margin: float | str = 0.0
    covariate: str = ""

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        wrong = [
            (bool(self.column) == bool(self.value), "give a column, or a value with its columns"),
            (bool(self.value) and not self.columns, "a value needs the columns that it uses"),
            ((self.kind == "quantile") != (self.quantile is not None), _QUANTILE),
            (
                (self.kind == "ratio") != bool(self.per),
                "`per` belongs to kind ratio, and only there",
            ),
            (_margin(self.margin) is None, "the margin must be a number of at least 0, or '15 %'"),
            (bool(self.covariate) and self.kind == "quantile", "a quantile takes no covariate"),
        ]
        messages = [message for is_wrong, message in wrong if is_wrong]
        if messages:
            raise ValueError("; ".join(messages))
        return self

    def to_metric(self) -> Metric:
        """The metric as the analysis knows it."""
        size, is_relative = _margin(self.margin) or (0.0, False)
        names = [self.column] if self.column else list(self.columns)
        extra = [name for name in (self.per, self.covariate) if name]
        return Metric(
            name=self.name,
            value=self.value or quoted(self.column),
            columns=tuple(dict.fromkeys([*names, *extra])),
            role=self.role,
            per=quoted(self.per) if self.per else "",
            quantile=self.quantile,
            good=self.good,
            unit="share" if self.kind == "proportion" else self.unit,
            margin=size,
            is_relative=is_relative,
            covariate=quoted(self.covariate) if self.covariate else "",
            is_mean=self.kind == "mean",
        )


_QUANTILE = "`quantile` belongs to kind quantile, and only there"
_PERCENT = re.compile(r"\s*(\d*\.?\d+)\s*%\s*")


def _margin(margin: float | str) -> tuple[float, bool] | None:
    """Size, and whether it is relative to control; None for what is no margin."""
    if isinstance(margin, str):
        found = _PERCENT.fullmatch(margin)
        return (float(found[1]) / 100, True) if found else None
    return (margin, False) if margin >= 0 else None


class ExpectedFile(_Strict):
    """What is believed before any data."""

    level: float
    deviation: Annotated[float, Field(gt=0)] | None = None
    units_per_day: Annotated[float, Field(gt=0)] | None = None
    correlation: Annotated[float, Field(ge=-1, lt=1)] | None = None
    events_per_unit: Annotated[float, Field(ge=1)] = 1.0
    events_correlation: Annotated[float, Field(ge=0, le=1)] = 0.0


class PeekingFile(_Strict):
    """Whether results are read early, and where the always-valid interval is narrowest."""

    allowed: bool = False
    planned_units: Annotated[int, Field(ge=1)] = 5000


class DesignFile(_Strict):
    """An experiment as it was planned; without metrics, those of the request log."""

    experiment: str = ""
    hypothesis: str = Field(min_length=1)
    unit: str = "user_id"
    variant: str = "variant"
    variants: dict[str, Annotated[float, Field(ge=0, lt=1)]] = Field(min_length=2)
    time: str = "time"
    where: str = ""
    metrics: tuple[MetricFile, ...] = ()
    minimum_effect: Annotated[float, Field(ge=0)]
    alpha: Share = 0.05
    power: Share = 0.8
    peeking: PeekingFile = PeekingFile()
    segments: tuple[str, ...] = ()
    steady: tuple[str, ...] | None = None
    same: tuple[str, ...] = ()
    one_row_per_unit: bool = False
    paired: bool = False
    expected: ExpectedFile | None = None

    @field_validator("variants")
    @classmethod
    def _shares_add_up(cls, variants: dict[str, float]) -> dict[str, float]:
        total = sum(variants.values())
        if abs(total - 1) > _ROUNDING:
            message = f"the shares of the variants add up to {total:g}, not to 1"
            raise ValueError(message)
        return variants

    def to_design(self) -> Design:
        """The design; the first variant is the control, the second the treatment."""
        (control, _), (treatment, share), *further = self.variants.items()
        chosen: tuple[Metric, ...] = REQUEST_METRICS
        if self.metrics:
            chosen = tuple(each.to_metric() for each in self.metrics)
        expected = self.expected
        return Design(
            experiment=self.experiment, hypothesis=self.hypothesis, unit=self.unit,
            variant=self.variant, control=control, treatment=treatment, treatment_share=share,
            further=tuple(further), time=self.time, where=self.where, metrics=chosen,
            minimum_effect=self.minimum_effect, alpha=self.alpha, power=self.power,
            peeking=self.peeking.allowed, planned_units=self.peeking.planned_units,
            segments=self.segments, steady=self.steady, same=self.same,
            one_row_per_unit=self.one_row_per_unit, paired=self.paired,
            expected=None if expected is None else Expectation(**expected.model_dump()),
        )  # fmt: skip


_ROUNDING = 1e-6


def parse_design(content: Any, *, source: str) -> Design:  # noqa: ANN401
    """A design from the content of its file.

    Raises:
        InputError: naming every field that is wrong, with what is allowed.

    Example:
        >>> parse_design(
        ...     {"hypothesis": "h", "variants": {"a": 0.5, "b": 0.5}, "minimum_effect": 0.02},
        ...     source="exp.yaml",
        ... ).control
        'a'
    """
    if not isinstance(content, dict):
        message = "must be fields with values, such as `hypothesis: …`"
        raise InputError.of(message, source=source, value=content)
    try:
        return DesignFile.model_validate(content).to_design()
    except ValidationError as error:
        raise InputError(
            [*_field_problems(error, source), *_metric_problems(content, source)]
        ) from error
    except InputError as error:
        raise InputError(replace(each, source=source) for each in error.problems) from error


_MESSAGES = {"extra_forbidden": "no such field", "missing": "is missing"}
"""In place of what pydantic says of them."""


def _field_problems(error: ValidationError, source: str) -> Iterator[Problem]:
    for each in error.errors():
        yield Problem(
            source=source,
            field=".".join(str(part) for part in each["loc"]),
            value=None if isinstance(each["input"], dict) else each["input"],
            message=_MESSAGES.get(each["type"], each["msg"].removeprefix("Value error, ")),
        )


def _metric_problems(content: dict[str, Any], source: str) -> Iterator[Problem]:
    """What is wrong between metrics, told also where one of them cannot be read."""
    metrics = content.get("metrics")
    named = (
        [each for each in metrics if isinstance(each, dict)] if isinstance(metrics, list) else []
    )
    primaries = sum(each.get("role") == "primary" for each in named)
    if named and primaries != 1:
        message = "need exactly one primary metric"
        yield Problem(source=source, field="metrics", value=primaries, message=message)
    names = [str(each.get("name")) for each in named]
    for name in sorted({name for name in names if names.count(name) > 1}):
        message = "metric names must be unique"
        yield Problem(source=source, field="metrics", value=name, message=message)

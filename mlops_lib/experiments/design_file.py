"""The YAML form of a design: strict, and all its problems told at once."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
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
        messages = [message for _, message in _misfits(self.model_dump())]
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


def _misfits(metric: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Fields that do not go together, each with what is allowed; the fields may be anything."""
    kind, role, margin = metric.get("kind"), metric.get("role"), _margin(metric.get("margin", 0.0))
    has = {name: metric.get(name) not in _EMPTY for name in MetricFile.model_fields}
    wrong = [
        ("column", has["column"] == has["value"], "give a column, or a value with its columns"),
        ("columns", has["value"] and not has["columns"], "a value needs the columns that it uses"),
        ("quantile", (kind == "quantile") != has["quantile"], _only("quantile", "kind quantile")),
        ("per", (kind == "ratio") != has["per"], _only("per", "kind ratio")),
        ("margin", margin is None, "the margin must be a number of at least 0, or '15 %'"),
        ("margin", role != "guardrail" and bool(margin and margin[0]), _GUARDED),
        ("covariate", has["covariate"] and kind == "quantile", "a quantile takes no covariate"),
    ]
    yield from ((field, message) for field, is_wrong, message in wrong if is_wrong)


def _only(field: str, where: str) -> str:
    return f"`{field}` belongs to {where}, and only there"


_EMPTY: tuple[object, ...] = (None, "", (), [])
_GUARDED = _only("margin", "role guardrail")
_PERCENT = re.compile(r"\s*(\d*\.?\d+)\s*%\s*")


def _margin(margin: object) -> tuple[float, bool] | None:
    """Size, and whether it is relative to control; None for what is no margin."""
    if isinstance(margin, str):
        found = _PERCENT.fullmatch(margin)
        size, is_relative = (float(found[1]) / 100 if found else math.nan), True
    else:
        size, is_relative = (margin if isinstance(margin, int | float) else math.nan), False
    return (size, is_relative) if 0 <= size < math.inf else None


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
            [*_field_problems(error, content, source), *_metric_problems(content, source)]
        ) from error
    except InputError as error:
        raise InputError(replace(each, source=source) for each in error.problems) from error


_MESSAGES = {
    "extra_forbidden": "no such field",
    "missing": "is missing",
    "tuple_type": "must be a list, such as [one, two]",
}
"""In place of what pydantic says of them."""


def _field_problems(error: ValidationError, content: Any, source: str) -> Iterator[Problem]:  # noqa: ANN401
    for each in error.errors():
        place = each["loc"]
        if place[0] == "metrics" and (len(place) == _OF_METRIC or "margin" in place):
            continue  # told of every metric, below
        message = each["msg"].removeprefix("Value error, ").replace("Input should", "must", 1)
        yield Problem(
            source=source,
            field=_named(place, content),
            value=None if isinstance(each["input"], dict) else each["input"],
            message=_MESSAGES.get(each["type"], message),
        )


_OF_METRIC = 2
"""Parts of the place of what is wrong between the fields of one metric."""


def _named(place: Sequence[object], content: Any) -> str:  # noqa: ANN401
    """The place in words: `metrics.1 (cost).margin`."""
    parts = [str(part) for part in place]
    if place[0] == "metrics" and len(place) > 1 and isinstance(place[1], int):
        metric = content["metrics"][place[1]]
        name = metric.get("name") if isinstance(metric, dict) else None
        parts[1] += f" ({name})" if name else ""
    return ".".join(parts)


def _metric_problems(content: dict[str, Any], source: str) -> Iterator[Problem]:
    """What is wrong between metrics, told also where one of them cannot be read."""
    metrics = content.get("metrics")
    listed = metrics if isinstance(metrics, list) else []
    for place, each in enumerate(listed):
        if not isinstance(each, dict):
            message = "must be fields with values, such as {name: won, kind: proportion}"
            yield Problem(source=source, field=f"metrics.{place}", value=each, message=message)
            continue
        for field, message in _misfits(each):
            where, value = _named(("metrics", place, field), content), each.get(field)
            yield Problem(source=source, field=where, value=value, message=message)
    named = [each for each in listed if isinstance(each, dict)]
    primaries = sum(each.get("role") == "primary" for each in named)
    if named and primaries != 1:
        message = "need exactly one primary metric"
        yield Problem(source=source, field="metrics", value=primaries, message=message)
    names = [str(each.get("name")) for each in named]
    for name in sorted({name for name in names if names.count(name) > 1}):
        message = "metric names must be unique"
        yield Problem(source=source, field="metrics", value=name, message=message)

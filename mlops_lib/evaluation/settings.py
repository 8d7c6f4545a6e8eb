"""Settings: how answers are scored, and what a candidate must hold; see `evaluation.yaml`."""

import re
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mlops_lib.errors import InputError

Share = Annotated[float, Field(gt=0, lt=1)]


def compiles(pattern: str) -> str:
    """The pattern, if it is a regular expression.

    Raises:
        ValueError: if it is none.
    """
    try:
        re.compile(pattern)
    except re.error as error:
        message = f"is no regular expression: {error}"
        raise ValueError(message) from error
    return pattern


class Gate(StrEnum):
    """What a metric may do to the verdict."""

    BLOCK = "block"
    WARN = "warn"
    SHOW = "show"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Rule(_Strict):
    """What one metric must hold.

    Attributes:
        gate: block the merge, warn at worst, or only show.
        margin: the largest loss that is accepted; as a share of the baseline if `relative`.
        relative: whether the margin is a share of the baseline's mean.
        limit: the mean that the candidate must hold in any case; None for no such limit.
        pass_at: the score from which an answer to a critical case passes; None: not asked.
        needed: whether the metric must be measured; if not, it is left out where the candidate
            lacks nothing that the baseline has.
        scorer: by name, entry point or `module:function`; empty for the metric's own name.
        options: what the scorer is told.
    """

    gate: Gate = Gate.BLOCK
    margin: Share = 0.03
    relative: bool = False
    limit: Annotated[float, Field(ge=0, le=1)] | None = None
    pass_at: Annotated[float, Field(gt=0, le=1)] | None = None
    needed: bool = True
    scorer: str = ""
    options: dict[str, Any] = {}


class Decision(_Strict):
    """How sure the gate must be.

    Attributes:
        alpha: two-sided error of each interval, and of all "worse" findings together.
        power: at which the minimum detectable effect is told.
        coverage: share of scores that must exist; below it nothing passes.
        minimum_cases: below it a metric is undecided.
        clean_but_few: outcome of a limit that no case breaks, on too few cases to show it.
    """

    alpha: Share = 0.05
    power: Share = 0.8
    coverage: Share = 0.98
    minimum_cases: Annotated[int, Field(ge=2)] = 10
    clean_but_few: Literal["warn", "undecided"] = "warn"


class Scoring(_Strict):
    """Constants of the scorers.

    Attributes:
        retrieved: how many retrieved sections count for recall.
        longest_answer: in words.
        supported: share of a sentence's words that one section must hold.
        declines: regular expressions of which one is found where an answer declines.
    """

    retrieved: Annotated[int, Field(ge=1)] = 5
    longest_answer: Annotated[int, Field(ge=1)] = 150
    supported: Share = 0.7
    declines: Annotated[tuple[Annotated[str, AfterValidator(compiles)], ...], Field(min_length=1)]


class Settings(_Strict):
    """Everything that `evaluation.yaml` says; the order of the metrics is that of the report."""

    gate: Decision = Decision()
    scoring: Scoring
    metrics: Annotated[dict[str, Rule], Field(min_length=1)]

    def with_margin(self, margin: float | None) -> "Settings":
        """The settings with one margin for every metric that is a share; None or 0 changes nothing.

        Raises:
            InputError: if the margin does not lie between 0 and 1.
        """
        if not margin:
            return self
        if not 0 < margin < 1:
            raise InputError.of(
                "must lie between 0 and 1, or be None for the margins of the settings",
                field="margin",
                value=margin,
            )
        metrics = {
            name: rule if rule.relative else rule.model_copy(update={"margin": float(margin)})
            for name, rule in self.metrics.items()
        }
        return self.model_copy(update={"metrics": metrics})

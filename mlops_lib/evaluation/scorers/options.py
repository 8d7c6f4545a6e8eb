"""Scorers that need telling what to look for: a pattern, a schema, a limit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from mlops_lib.evaluation.scorers.score import Scorer


class Options(BaseModel):
    """What the settings say under `options` of a metric.

    Attributes:
        tags: only cases that carry one of these are asked; empty for every case.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Factory:
    """Makes a scorer from its options.

    Attributes:
        name: by which the settings call it, under `scorer`.
        options: their model; what it refuses is reported before anything is scored.
        make: name of the metric and options to a scorer.
    """

    name: str
    options: type[Options]
    make: Callable[[str, Any], Scorer]

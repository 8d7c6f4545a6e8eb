"""What is logged of a run, and what became of it: plain values that know nothing of MLflow."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

_ODD = re.compile(r"[^\w\-./ ]", re.ASCII)
"""What MLflow allows in no name of a metric on every store, such as `%`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedPrompt:
    """A version of a prompt for MLflow's registry; the file in git stays the source of truth.

    Attributes:
        name: of the prompt.
        version: the number of its file.
        system: the instructions, in which braces are text.
        template: the user's message, with `{variable}` as in the file.
        variables: names that the template fills in.
        digest: of the whole version: an equal one is registered once.
        aliases: environments that this version serves.
        description: what it is for.
    """

    name: str
    version: int
    system: str
    template: str
    variables: frozenset[str]
    digest: str
    aliases: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedRun:
    """One evaluation run as it is logged.

    Attributes:
        experiment: under which its like are found.
        name: of the run, for people.
        run_id: names what was asked of what; equal for a part of a run and the whole.
        content: digest of everything that the numbers depend on: equal runs are logged once.
        grades: digest of what judges said, which may come later; empty without judges.
        is_whole: whether everything was asked.
        params: what was fixed beforehand.
        metrics: what came of it; what is unknown is left out, never 0.
        tags: to search by.
        texts: artifacts by their path, as text.
        files: artifacts by their path, to be copied.
        made_ms: when the run was made, in milliseconds since 1970.
        measured_ms: when the last of what its scores are made of was written.
        prompt: to register; None for what is no prompt.
        summary: what it is, in one line.
    """

    experiment: str
    name: str
    run_id: str
    content: str
    is_whole: bool
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    made_ms: int = 0
    measured_ms: int = 0
    grades: str = ""
    prompt: TrackedPrompt | None = None
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """What became of a run.

    Attributes:
        mlflow_id: of the run in MLflow.
        how: new, completed (it was there in part, or without its grades), or there (nothing was
            written).
        uri: of the store.
        experiment: under which it stands.
        name: of the run.
    """

    mlflow_id: str
    how: Literal["new", "completed", "there"]
    uri: str
    experiment: str
    name: str


def metric_name(name: str) -> str:
    """A name that MLflow takes.

    Example:
        >>> metric_name("share of 5 %")
        'share of 5 _'
    """
    return _ODD.sub("_", name)

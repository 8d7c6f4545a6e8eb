"""Read several runs, score them, and compare all pairs on the cases that all have scored."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from mlops_lib.errors import InputError, Problem
from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.compare import compare_scored, score
from mlops_lib.evaluation.read import (
    corpus_sources,
    read_cases,
    read_run,
    read_sections,
    read_settings,
    settings_sources,
)
from mlops_lib.evaluation.runs import Run
from mlops_lib.evaluation.scorers import Evidence
from mlops_lib.evaluation.scoring import ScoredRun
from mlops_lib.evaluation.settings import Settings
from mlops_lib.evaluation.variants.pairs import compare_pairs
from mlops_lib.evaluation.variants.result import Variants

FEWEST, MOST = 2, 8
"""Versions: one has nothing to be compared with, and nine would make 36 pairs."""


def compare_variants(
    runs: str | Sequence[str | Path | Run],
    cases: str | Path | CaseSet,
    *,
    primary: str = "similarity",
    config: str | Path | Settings = "",
    corpus: str | Path = "",
) -> Variants:
    """Compare several versions on the same cases; the first run is the version in use.

    Args:
        runs: paths or runs; one text may hold several paths, separated by commas.
        cases: path of the cases, or the cases.
        primary: metric to choose by: a share of which more is better.
        config: path of the settings, the settings, or empty for the packaged defaults.
        corpus: directory of Markdown pages; empty for none.

    Raises:
        InputError: for every problem of a file, fewer than two runs or more than eight, a run
            given twice, and a primary metric that cannot be measured on all of them.
    """
    asked = cases if isinstance(cases, CaseSet) else read_cases(cases)
    settings = config if isinstance(config, Settings) else read_settings(config)
    sides = [_run(side, asked) for side in _listed(runs)]
    _check_primary(primary, settings)
    evidence = Evidence(sections=read_sections(corpus), scoring=settings.scoring)
    scored = dict(
        zip(names_of(sides), (score(run, asked, evidence, settings) for run in sides), strict=True)
    )
    common = _common(scored, primary, asked)
    means = {name: each.metrics[primary].means() for name, each in scored.items()}
    values = {name: [each[case_id] for case_id in common] for name, each in means.items()}
    in_use, *others = scored
    return Variants(
        cases=asked,
        primary=primary,
        settings=settings,
        variants=scored,
        pairs=compare_pairs(values, list(common.values()), alpha=settings.gate.alpha),
        comparisons={
            name: compare_scored(scored[in_use], scored[name], asked, settings) for name in others
        },
        sources=(
            *asked.sources,
            *(source for each in scored.values() for source in each.sources),
            *settings_sources(config),
            *corpus_sources(corpus),
        ),
    )


def names_of(runs: Sequence[Run]) -> list[str]:
    """A name for each run: its prompt's version where that tells them apart, else its file's.

    Example:
        >>> from mlops_lib.evaluation.runs import Answer
        >>> def run(n: int) -> Run:
        ...     answer = Answer(case_id="a", output="", prompt_name="p", prompt_version=n)
        ...     return Run(name=f"runs/{n}.jsonl", answers=(answer,))
        >>> names_of([run(1), run(2)]), names_of([run(1), run(1)])
        (['p v1', 'p v2'], ['1', '1 (2)'])
    """
    versions = [run.version for run in runs]
    told = [f"{v['prompt']} v{v['prompt version']}".strip() for v in versions]
    if all(v["prompt version"] for v in versions) and len(set(told)) == len(told):
        return told
    stems = [Path(run.name).stem for run in runs]
    return [stem if stem not in stems[:i] else f"{stem} ({i + 1})" for i, stem in enumerate(stems)]


def _listed(runs: str | Sequence[str | Path | Run]) -> list[str | Path | Run]:
    sides: list[str | Path | Run] = (
        [part.strip() for part in runs.split(",") if part.strip()]
        if isinstance(runs, str)
        else list(runs)
    )
    if not FEWEST <= len(sides) <= MOST:
        message = f"needs from {FEWEST} to {MOST} runs, separated by commas"
        raise InputError.of(message, field="runs", value=len(sides))
    paths = [str(side) for side in sides if not isinstance(side, Run)]
    twice = sorted({path for path in paths if paths.count(path) > 1})
    if twice:
        raise InputError(
            Problem(field="runs", value=path, message="is given twice") for path in twice
        )
    return sides


def _run(side: str | Path | Run, cases: CaseSet) -> Run:
    return side if isinstance(side, Run) else read_run(side, cases)


def _check_primary(primary: str, settings: Settings) -> None:
    if primary not in settings.metrics:
        known = ", ".join(settings.metrics)
        message = f"is no metric of the settings; there are {known}"
        raise InputError.of(message, field="primary", value=primary)
    if settings.metrics[primary].relative:
        message = "is no share: choose by a metric between 0 and 1, of which more is better"
        raise InputError.of(message, field="primary", value=primary)


def _common(scored: Mapping[str, ScoredRun], primary: str, cases: CaseSet) -> Mapping[str, str]:
    """Cluster of each case that every version has scored."""
    means = [each.metrics[primary].means() for each in scored.values()]
    common = {
        case.case_id: case.group
        for case in cases.cases
        if all(case.case_id in side for side in means)
    }
    if not common:
        message = "is scored by all versions on no case, so they cannot be compared"
        raise InputError.of(message, field="primary", value=primary)
    return common

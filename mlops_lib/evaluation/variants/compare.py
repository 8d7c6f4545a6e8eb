"""Read several runs, score them, and compare all pairs on the cases that all have scored."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from mlops_lib.errors import InputError
from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.compare import compare_scored, score
from mlops_lib.evaluation.read import (
    corpus_sources,
    read_cases,
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
from mlops_lib.evaluation.variants.sides import names_of, read_sides


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
        runs: paths or runs; one text may hold several, separated by commas. `mlflow:answer` are
            the newest runs of each name in an experiment of MLflow, the oldest first.
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
    sides = read_sides(runs, asked)
    _check_primary(primary, settings)
    evidence = Evidence(sections=read_sections(corpus), scoring=settings.scoring)
    scored = dict(
        zip(
            names_of(sides),
            (score(side.run, asked, evidence, settings) for side in sides),
            strict=True,
        )
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
            *dict.fromkeys(source for side in sides for source in side.sources),
            *settings_sources(config),
            *corpus_sources(corpus),
        ),
    )


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

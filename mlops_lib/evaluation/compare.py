"""Compare a candidate's run with a baseline's: read, score, pair."""

from dataclasses import replace
from pathlib import Path

from mlops_lib.errors import InputError, Problem
from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.comparison import Comparison
from mlops_lib.evaluation.critical import critical_cases
from mlops_lib.evaluation.differences import PairedMetric, paired_metric
from mlops_lib.evaluation.judges.read import beside
from mlops_lib.evaluation.read import (
    corpus_sources,
    read_cases,
    read_run,
    read_sections,
    read_settings,
    settings_sources,
)
from mlops_lib.evaluation.runs import Run
from mlops_lib.evaluation.scorers import Evidence, choose_scorers
from mlops_lib.evaluation.scoring import MetricScores, ScoredRun, score_run
from mlops_lib.evaluation.settings import Settings
from mlops_lib.verdict import Source


def compare(
    baseline: str | Path | Run,
    candidate: str | Path | Run,
    cases: str | Path | CaseSet,
    *,
    config: str | Path | Settings = "",
    corpus: str | Path = "",
) -> Comparison:
    """Compare a candidate's run with a baseline's on the same cases.

    Args:
        baseline: path of its run, or the run.
        candidate: path of its run, or the run.
        cases: path of the cases, or the cases.
        config: path of the settings, the settings, or empty for the packaged defaults.
        corpus: directory of Markdown pages, to look up what was retrieved; empty for none, which
            leaves the metrics that need it unmeasured, and says so.

    Raises:
        InputError: for every problem of a file, and if no metric can be measured.
    """
    asked = cases if isinstance(cases, CaseSet) else read_cases(cases)
    settings = config if isinstance(config, Settings) else read_settings(config)
    evidence = Evidence(sections=read_sections(corpus), scoring=settings.scoring)
    before, after = (
        score(_run(side, asked), asked, evidence, settings) for side in (baseline, candidate)
    )
    return compare_scored(
        before,
        after,
        asked,
        settings,
        sources=(
            *asked.sources,
            *before.sources,
            *after.sources,
            *settings_sources(config),
            *corpus_sources(corpus),
        ),
    )


def compare_scored(
    before: ScoredRun,
    after: ScoredRun,
    cases: CaseSet,
    settings: Settings,
    *,
    sources: tuple[Source, ...] = (),
) -> Comparison:
    """Compare two runs that are scored already.

    Args:
        before: the baseline's.
        after: the candidate's.
        cases: what was asked.
        settings: by whose metrics both were scored.
        sources: fingerprints of everything that was read.

    Raises:
        InputError: if no metric can be measured, or the sides were judged by different judges.
    """
    _same_judges(before, after)
    metrics, unmeasured = _paired(before, after, cases, settings)
    return Comparison(
        cases=cases,
        baseline=before,
        candidate=after,
        settings=settings,
        metrics=metrics,
        unmeasured=unmeasured,
        critical=critical_cases(before, after, cases, settings.metrics),
        sources=sources,
    )


def _run(side: str | Path | Run, cases: CaseSet) -> Run:
    return side if isinstance(side, Run) else read_run(side, cases)


def score(run: Run, cases: CaseSet, evidence: Evidence, settings: Settings) -> ScoredRun:
    """Score a run by the settings' metrics, with the judgements that lie beside its file."""
    judged = beside(run)
    return score_run(
        run,
        cases,
        replace(evidence, judgements={each.judge: each for each in judged}),
        scorers=choose_scorers(settings.metrics),
    )


def _same_judges(before: ScoredRun, after: ScoredRun) -> None:
    """Grades of two rubrics, or of two models, are two scales.

    Raises:
        InputError: if a judge of both sides differs between them.
    """
    first, second = before.judges, after.judges
    differ = [judge for judge in first if judge in second and first[judge] != second[judge]]
    if differ:
        raise InputError(
            Problem(
                source=f"{before.run.name} and {after.run.name}",
                field=judge,
                message=(
                    "were judged by different rubrics, models or wordings "
                    f"({first[judge]} and {second[judge]}): judge both anew"
                ),
            )
            for judge in differ
        )


def _paired(
    before: ScoredRun, after: ScoredRun, cases: CaseSet, settings: Settings
) -> tuple[tuple[PairedMetric, ...], dict[str, str]]:
    metrics: list[PairedMetric] = []
    unmeasured: dict[str, str] = {}
    for name in settings.metrics:
        sides = before.metrics[name], after.metrics[name]
        paired = paired_metric(*sides, cases.cases, confidence=1 - settings.gate.alpha)
        if paired is None:
            unmeasured[name] = _why_unmeasured(*sides)
        else:
            metrics.append(paired)
    if not metrics:
        reasons = "; ".join(f"{name}: {why}" for name, why in unmeasured.items())
        raise InputError.of(f"no metric can be measured: {reasons}", source=after.run.name)
    return tuple(metrics), unmeasured


def _why_unmeasured(before: MetricScores, after: MetricScores) -> str:
    """The most frequent reason, of the side that has no score."""
    for side in (before, after):
        if side.unscored and not side.scored:
            return max(side.unscored, key=lambda reason: side.unscored[reason])
    return "it applies to no case that both sides have scored"

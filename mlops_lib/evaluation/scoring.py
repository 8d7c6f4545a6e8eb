"""Score a run: every answer by every scorer, with what could not be scored kept and counted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from mlops_lib.evaluation.cases import Case, CaseSet
from mlops_lib.evaluation.judges.flags import flag_of
from mlops_lib.evaluation.judges.judgement import Judgements
from mlops_lib.evaluation.quoting import only_quotes
from mlops_lib.evaluation.runs import Answer, Run
from mlops_lib.evaluation.scorers import SCORERS, Evidence, Score, Scorer
from mlops_lib.verdict import Source


@dataclass(frozen=True, kw_only=True)
class MetricScores:
    """The scores of one metric in one run.

    Attributes:
        scorer: that gave them.
        by_case: scores of each case to which the metric applies, one per repeat; a repeat that
            the run lacks or that ended in an error is unscored.
    """

    scorer: Scorer
    by_case: Mapping[str, tuple[Score, ...]]

    @cached_property
    def scored(self) -> int:
        """How many answers have a value."""
        return sum(score.value is not None for score in self._all())

    @cached_property
    def expected(self) -> int:
        """How many answers should have one: the scored and the unscored."""
        return sum(score.applies for score in self._all())

    @property
    def coverage(self) -> float:
        """Scored share of the expected; 0 when nothing was expected."""
        return self.scored / self.expected if self.expected else 0.0

    @property
    def unscored(self) -> Mapping[str, int]:
        """Why there is no value, and how often."""
        reasons: dict[str, int] = {}
        for score in self._all():
            if score.applies and score.value is None:
                reasons[score.explanation] = reasons.get(score.explanation, 0) + 1
        return reasons

    def means(self) -> Mapping[str, float]:
        """The average of each case over its scored repeats; cases without one are left out.

        Repeats of a case are no independent observations, so they are averaged before anything
        else is computed (Miller 2024).
        """
        return self._means

    @cached_property
    def _means(self) -> Mapping[str, float]:
        found = {}
        for case_id, scores in self.by_case.items():
            values = [score.value for score in scores if score.value is not None]
            if values:
                found[case_id] = sum(values) / len(values)
        return MappingProxyType(found)

    def _all(self) -> Iterator[Score]:
        for scores in self.by_case.values():
            yield from scores


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredRun:
    """A run with its scores.

    Attributes:
        run: the answers.
        metrics: by name, in the order asked for.
        expected_answers: how many the cases and this run's usual repeats call for.
        given_answers: how many there are, without errors.
        judgements: of the judges whose file lies beside the run.
        quoting: answers whose signs of speaking to a judge only repeat what was retrieved.
    """

    run: Run
    metrics: Mapping[str, MetricScores]
    expected_answers: int
    given_answers: int
    judgements: tuple[Judgements, ...] = ()
    quoting: frozenset[tuple[str, int]] = frozenset()

    @property
    def judges(self) -> Mapping[str, str]:
        """Fingerprint of each judge."""
        return {each.judge: each.fingerprint for each in self.judgements}

    @property
    def sources(self) -> tuple[Source, ...]:
        """Fingerprints of the run, and of the file of judgements that all its judges share."""
        judged = {each.source for each in self.judgements if each.source is not None}
        return (*self.run.sources, *judged)


def score_run(
    run: Run, cases: CaseSet, evidence: Evidence, *, scorers: Mapping[str, Scorer] = SCORERS
) -> ScoredRun:
    """Score all answers of a run; pure and deterministic.

    Args:
        run: the answers.
        cases: what was asked.
        evidence: corpus and constants of the scorers.
        scorers: by the name of their metric, in the order of the report.
    """
    lacking = {case.case_id: lacks for case, lacks in run.missing(cases.cases)}
    answers = [answer for case in cases.cases for answer in run.of(case)]
    return ScoredRun(
        run=run,
        metrics={
            name: MetricScores(
                scorer=scorer,
                by_case={
                    case.case_id: _scores(
                        scorer, case, run.of(case), evidence, lacking.get(case.case_id, 0)
                    )
                    for case in cases.cases
                    if scorer.applies(case)
                },
            )
            for name, scorer in scorers.items()
        },
        expected_answers=len(answers) + sum(lacking.values()),
        given_answers=sum(answer.error is None for answer in answers),
        judgements=tuple(evidence.judgements.values()),
        quoting=frozenset(
            answer.key for answer in answers if flag_of(answer.text) and _quotes(answer, evidence)
        ),
    )


def _quotes(answer: Answer, evidence: Evidence) -> bool:
    """Whether a flagged answer speaks to its judge only in words of the pages."""
    pages = evidence.sections or {}
    given = (pages.get(section, "") for section, _ in answer.retrieved or ())
    return only_quotes(answer.text, given)


def _scores(
    scorer: Scorer, case: Case, answers: tuple[Answer, ...], evidence: Evidence, lacking: int
) -> tuple[Score, ...]:
    given = tuple(
        _score(scorer, case, answer, evidence)
        if answer.error is None
        else Score.unscored(f"the application gave an error: {answer.error}")
        for answer in answers
    )
    return given + (Score.unscored("the run has no answer"),) * lacking


def _score(scorer: Scorer, case: Case, answer: Answer, evidence: Evidence) -> Score:
    try:
        return scorer.score(case, answer, evidence)
    except Exception as error:  # noqa: BLE001 - whatever it raised, no score came of it
        return Score.unscored(f"the scorer failed: {type(error).__name__}: {error}")

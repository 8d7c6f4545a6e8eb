"""One process's part of a judging: the known answers first, then what is left of the run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.judges import Judgement, Judgements, Rubric
from mlops_lib.evaluation.judges.change import JudgeChange
from mlops_lib.evaluation.judges.judge import AT_ONCE, Judge, check_judging, raise_if_unfit
from mlops_lib.evaluation.judges.question import Question, known_questions, questions_of
from mlops_lib.evaluation.judges.read import judgements_path
from mlops_lib.evaluation.running.batches import Notes
from mlops_lib.evaluation.running.batching import Sending, Waiting, work_in_batches
from mlops_lib.evaluation.running.budget import Budget
from mlops_lib.evaluation.running.engine import TIMEOUT, Finished, Work, work
from mlops_lib.evaluation.running.grading import Grading
from mlops_lib.evaluation.running.journal import Journal
from mlops_lib.evaluation.running.progress import Progress
from mlops_lib.evaluation.runs import NOT_ASKED, OUT_OF_MONEY, Run
from mlops_lib.llm import DEFAULT_PRICES, Model, PriceTable
from mlops_lib.llm.batches import batches_of


@dataclass(frozen=True, kw_only=True)
class Judging:
    """A run with the rubric to judge it by, and the model that judges.

    Attributes:
        run: the answers.
        cases: what was asked.
        rubric: the question to the judge.
        model: that judges, by its exact id.
        sections: text of what was retrieved by id; None without a corpus.
        prices: what tokens cost.
    """

    run: Run
    cases: CaseSet
    rubric: Rubric
    model: Model
    sections: Mapping[str, str] | None = None
    prices: PriceTable = DEFAULT_PRICES

    @property
    def path(self) -> Path:
        """Where the judgements belong."""
        return judgements_path(self.run.name)

    @property
    def work_path(self) -> Path:
        """Of this judge's own work, beside which its journals lie; other judges have others."""
        return self.path.with_name(f"{self.path.name}.{self.rubric.name}")

    @property
    def refused_path(self) -> Path:
        """Where judgements of a judge that is not fit are kept for a look; nothing reads it."""
        return self.path.with_name(f"{self.path.name}.refused")

    @cached_property
    def grading(self) -> Grading:
        """The job."""
        judge = Judge(rubric=self.rubric, model=self.model)
        return Grading(judge=judge, prices=self.prices)

    def known(self) -> list[Question]:
        """The known answers."""
        return list(known_questions(self.rubric))

    def questions(self) -> Iterator[Question]:
        """The answers of the run."""
        return questions_of(self.run, self.cases, self.rubric, self.sections or {})

    def check(self) -> None:
        """Refuse what cannot be judged, before anything is paid.

        Raises:
            InputError: as `judge_run` says.
        """
        check_judging(self.run, self.cases, self.rubric, self.model, self.sections)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgingOptions:
    """How a run is judged.

    Attributes:
        concurrency: calls at once.
        timeout: seconds that one call may take.
        budget_usd: cap on what it costs; None for none.
        call_usd: the most that one call costs, where the price is not known.
        force: judge everything anew.
        waiting: how message batches are awaited; None to ask at once.
    """

    concurrency: int = AT_ONCE
    timeout: float = TIMEOUT
    budget_usd: float | None = None
    call_usd: float | None = None
    force: bool = False
    waiting: Waiting | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgingResult:
    """What became of a judging.

    Attributes:
        judgements: all of this judge.
        asked: calls of this part.
        resumed: judgements that were there before.
        incomplete: why not everything was judged; empty when it was.
        change: the judge beside the one whose grades it replaced; None where there was none.
    """

    judgements: Judgements
    asked: int
    resumed: int
    incomplete: str = ""
    change: JudgeChange | None = None


class Part:
    """What one process does of a judging, and what it found done."""

    def __init__(
        self,
        judging: Judging,
        options: JudgingOptions,
        journal: Journal[Judgement],
        progress: Progress,
    ) -> None:
        """Nothing is asked yet.

        Args:
            judging: what is judged.
            options: how.
            journal: of its judgements, open.
            progress: who is told after each call.
        """
        self._judging, self._options = judging, options
        self._journal, self._progress = journal, progress
        self._judge = judging.grading.judge

    def take_over(self, earlier: Sequence[Judgements]) -> None:
        """Keep judgements of unchanged questions; the known ones only if nothing else is asked.

        A judge that is asked again proves itself again.

        Args:
            earlier: judgements that lie beside the run.
        """
        mine = [each for each in earlier if each.fingerprint == self._judge.fingerprint]
        found = {item.key: item for each in mine for item in each.items if item.error is None}
        for question in self._left(self._calls()):
            before = found.get(question.key)
            if before is not None and before.shown == self._judge.shown(question):
                self._journal.append(before)
        if mine and next(self._left(self._calls()), None) is None:
            for sentinel in mine[0].sentinels:
                if sentinel.key not in self._journal:
                    self._journal.append(sentinel)

    def run(self, notes: Notes) -> JudgingResult:
        """Ask what is left.

        Args:
            notes: of batches.

        Raises:
            JudgeError: if the judge is not fit.
        """
        known, calls = self._judging.known(), sum(1 for _ in self._calls())
        resumed = calls - sum(1 for _ in self._left(self._calls()))
        part = self._work(self._left(known), total=len(known) + calls, done=resumed)
        tested = work(part)
        if tested.out_of_money:
            return self._result((), tested.asked, resumed)
        raise_if_unfit(self._gathered(()))
        part.tasks, part.done = self._left(self._calls()), resumed + len(known)
        ended = self._worked(part, notes)
        items = tuple(self._item(question) for question in self._judging.questions())
        raise_if_unfit(self._gathered(items))
        return self._result(items, tested.asked + ended.asked, resumed)

    def _work(
        self, tasks: Iterable[Question], *, total: int, done: int
    ) -> Work[Question, Judgement]:
        options = self._options
        return Work(
            job=self._judging.grading,
            tasks=tasks,
            total=total,
            done=done,
            keep=self._journal.append,
            concurrency=options.concurrency,
            timeout=options.timeout,
            budget=Budget(
                limit_usd=options.budget_usd,
                call_usd=options.call_usd,
                spent_usd=self._journal.spent_usd,
            ),
            progress=self._progress,
        )

    def _worked(self, part: Work[Question, Judgement], notes: Notes) -> Finished:
        if self._options.waiting is None:
            notes.refuse_open()
            return work(part)
        sending = Sending(batches_of(self._judging.model), notes, self._options.waiting)
        return work_in_batches(part, self._judging.grading, sending)

    def _calls(self) -> Iterator[Question]:
        return (each for each in self._judging.questions() if each.needs_call)

    def _left(self, questions: Iterable[Question]) -> Iterator[Question]:
        return (each for each in questions if self._found(each) is None)

    def _found(self, question: Question) -> Judgement | None:
        """Its judgement, if there is one without an error of what the judge is shown today."""
        if not self._journal.has_result(question.key):
            return None
        found = self._journal.read(question.key)
        return found if found and found.shown == self._judge.shown(question) else None

    def _item(self, question: Question) -> Judgement:
        if not question.needs_call:
            return self._judge.without_call(question)
        found = self._journal.read(question.key)
        if found is None or found.shown != self._judge.shown(question):
            return self._judge.unasked(question, f"{NOT_ASKED}: {OUT_OF_MONEY}")
        return found

    def _gathered(self, items: tuple[Judgement, ...]) -> Judgements:
        known = (self._journal.read(question.key) for question in self._judging.known())
        return Judgements(
            judge=self._judge.rubric.name,
            fingerprint=self._judge.fingerprint,
            items=items,
            sentinels=tuple(each for each in known if each is not None),
        )

    def _result(self, items: tuple[Judgement, ...], asked: int, resumed: int) -> JudgingResult:
        found = self._gathered(items)
        left, of = found.unasked, len(found.asked)
        incomplete = f"{OUT_OF_MONEY}: {left:,} of {of:,} answers are not judged" if left else ""
        if not items:
            incomplete = f"{OUT_OF_MONEY}: not even the known answers were all asked"
        return JudgingResult(judgements=found, asked=asked, resumed=resumed, incomplete=incomplete)

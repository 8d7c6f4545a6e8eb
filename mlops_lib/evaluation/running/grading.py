"""Asking a judge, as a job: a question becomes a judgement."""

from dataclasses import dataclass

from mlops_lib.evaluation.judges.judge import Judge
from mlops_lib.evaluation.judges.judgement import Judgement
from mlops_lib.evaluation.judges.question import Question
from mlops_lib.evaluation.running.asks import Key
from mlops_lib.llm import Completion, ModelError, PriceTable, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Grading:
    """The job of a judging; it can be done at once or in batches.

    Attributes:
        judge: to ask.
        prices: what tokens cost.
    """

    judge: Judge
    prices: PriceTable

    @property
    def is_async(self) -> bool:
        """A judge blocks."""
        return False

    def most(self, question: Question) -> float | None:
        """What the whole request and the longest reply cost."""
        return self.prices.cost(self.judge.model.id, self.judge.request(question).usage)

    def do(self, question: Question) -> Judgement:
        """Ask once."""
        return self.judge.ask(question)

    def late(self, question: Question, message: str) -> Judgement:
        """A judgement that is an error."""
        return self.judge.judgement(question, ModelError(message))

    def key(self, question: Question) -> Key:
        """Case and repeat, known answers apart."""
        return question.key

    def request(self, question: Question) -> Request:
        """What the judge is asked."""
        return self.judge.request(question)

    def entry(self, question: Question, found: Completion | ModelError) -> Judgement:
        """A judgement at a batch's price."""
        return self.judge.judgement(question, found).model_copy(update={"batched": True})

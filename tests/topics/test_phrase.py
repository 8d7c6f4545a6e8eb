"""A model may name a topic; nothing else depends on it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import pytest

from mlops_lib import topics
from mlops_lib.llm import BrokenAnswerError, Completion, Message
from tests.topics.logs import bike_queries, gap_log, read


@dataclass
class Namer:
    """A model that always gives the same answer."""

    answer: str
    stop_reason: Literal["end", "max_tokens"] = "end"
    id: str = "namer"
    asked: list[str] = field(default_factory=list)

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int, system: str = ""
    ) -> Completion:
        assert max_tokens < 100
        assert "never instructions" in system
        self.asked.append(messages[-1].content)
        if not self.answer:
            message = "no answer"
            raise BrokenAnswerError(message)
        return Completion(text=self.answer, input_tokens=1, output_tokens=1, cost_usd=None,
                          stop_reason=self.stop_reason, model=self.id)  # fmt: skip


@pytest.fixture(scope="module")
def result() -> topics.TopicsResult:
    intents = bike_queries()
    log = read(gap_log(intents["battery"], intents["helmet"] + intents["refund"]))
    return topics.analyse(log, settings=topics.Settings(low_score=0.5))


def test_the_name_is_the_models_and_the_rest_is_the_users(result: topics.TopicsResult) -> None:
    namer = Namer('"Charging the battery"\n')
    named = topics.phrase_labels(result, namer)
    assert "Charging the battery" in named.table()._repr_html_()
    assert named.all_gaps[0].label.terms == result.all_gaps[0].label.terms
    assert len(namer.asked) == len(result.gaps())
    assert result.all_gaps[0].label.medoid in namer.asked[0]
    assert named.checks() == result.checks()


@pytest.mark.parametrize("answer", ["", "two\nlines", "x" * 61, " "])
def test_what_is_no_name_is_not_used(result: topics.TopicsResult, answer: str) -> None:
    assert_keeps_its_terms(result, topics.phrase_labels(result, Namer(answer)))


def test_half_an_answer_is_not_used(result: topics.TopicsResult) -> None:
    found = topics.phrase_labels(result, Namer("Charging the", "max_tokens"))
    assert_keeps_its_terms(result, found)


def assert_keeps_its_terms(before: topics.TopicsResult, found: topics.TopicsResult) -> None:
    assert found == replace(before, names_note=found.names_note)
    assert "The topics keep their terms: namer gave no name to use." in found.table().caption


def test_a_claude_model_without_a_key_leaves_the_terms_and_says_so(
    result: topics.TopicsResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    found = topics.phrase_labels(result, "claude-sonnet-4-5")
    assert found.all_gaps == result.all_gaps
    note = "The topics keep their terms: claude-sonnet-4-5 needs ANTHROPIC_API_KEY"
    assert note in found.table().caption

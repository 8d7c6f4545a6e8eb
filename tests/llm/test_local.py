"""The offline model: it quotes, it repeats itself by seed, and it counts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_lib.llm import LocalModel, Message, RejectedRequestError
from mlops_lib.llm.local import count_tokens
from mlops_lib.llm.sentences import sentences

STAGES = "A canary gets 5 % of the traffic. The gate then decides. Nights differ from days."
DRIFT = "The index compares two windows. A canary sings. Bins come from the reference."
TEXT = (
    f'<context><section id="a.md#stages">\n## Stages\n{STAGES}\n</section>\n'
    f'<section id="b.md#drift">\n{DRIFT}\n</section></context>'
    "<question>how much traffic does a canary get?</question>"
)


def said(model: LocalModel, text: str = TEXT, max_tokens: int = 500) -> str:
    return model.complete([Message(role="user", content=text)], max_tokens=max_tokens).text


def test_the_best_sentence_comes_first_to_mind() -> None:
    assert said(LocalModel(max_sentences=1)) == "A canary gets 5 % of the traffic."


def test_it_never_writes_a_word_of_its_own() -> None:
    answer = said(LocalModel(max_sentences=6, temperature=2.0))
    assert set(sentences(answer)) <= set(sentences(STAGES)) | set(sentences(DRIFT))


def test_sentences_keep_the_order_of_the_page() -> None:
    answer = said(LocalModel(max_sentences=6))
    assert answer == f"{STAGES} {DRIFT}"


def test_it_names_its_source_when_told_to() -> None:
    assert said(LocalModel(max_sentences=1, cite_source=True)).endswith("(Source: a.md#stages)")


def test_the_same_seed_says_the_same() -> None:
    answers = {said(LocalModel(temperature=1.0, seed=5)) for _ in range(3)}
    assert len(answers) == 1


def test_other_seeds_vary_as_repeats_of_a_real_model_do() -> None:
    warm = {said(LocalModel(max_sentences=2, temperature=0.5, seed=seed)) for seed in range(20)}
    cold = {said(LocalModel(max_sentences=2, temperature=0.0, seed=seed)) for seed in range(20)}
    assert len(warm) > 3
    assert len(cold) == 1


def test_a_longer_answer_costs_more() -> None:
    messages = [Message(role="user", content=TEXT)]
    short = LocalModel(max_sentences=1).complete(messages, max_tokens=500)
    long = LocalModel(max_sentences=6).complete(messages, max_tokens=500)
    assert short.input_tokens == long.input_tokens == count_tokens(TEXT)
    assert short.cost_usd is not None
    assert long.cost_usd is not None
    assert short.cost_usd < long.cost_usd


def test_an_answer_that_is_too_long_is_cut_and_says_so() -> None:
    messages = [Message(role="user", content=TEXT)]
    cut = LocalModel(max_sentences=6).complete(messages, max_tokens=5)
    assert cut.stop_reason == "max_tokens"
    assert cut.output_tokens == 5


@pytest.mark.parametrize(
    "text", ["", "hello", "<question>why?</question>", TEXT.split("<que", maxsplit=1)[0]]
)
def test_without_question_or_section_it_refuses(text: str) -> None:
    with pytest.raises(RejectedRequestError):
        said(LocalModel(), text)


@given(st.text(max_size=80))
@settings(max_examples=50, deadline=None)
def test_any_question_gets_an_answer(question: str) -> None:
    text = f'<section id="a">One. Two.</section><question>{question}</question>'
    assert said(LocalModel(temperature=0.1), text)


def test_tables_and_lists_are_sentences_and_code_is_not() -> None:
    markdown = (
        "| Stage | Share |\n|---|---|\n| Canary | 5 % |\n\n1. First step.\n2. Second\n"
        "   **line**.\n\nLike so:\n\n```\nrm -rf /\n```\nEnd."
    )
    assert sentences(markdown) == [
        "Canary: 5 %.",
        "First step.",
        "Second line.",
        "End.",
    ]

"""A case may be a conversation: written as a list, read as a history and a last question."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlops_lib.errors import InputError
from mlops_lib.evaluation import read_cases

SAID = [
    {"role": "user", "content": "How do I deploy?"},
    {"role": "assistant", "content": "In stages."},
    {"role": "user", "content": "And back?"},
]


def test_a_list_of_messages_is_a_history_and_a_question(jsonl: Callable[..., Path]) -> None:
    (case,) = read_cases(jsonl("c.jsonl", [{"case_id": "a", "input": SAID}])).cases
    assert case.input == "And back?"
    assert [turn.model_dump() for turn in case.messages] == SAID


def test_a_plain_input_is_a_conversation_of_one(jsonl: Callable[..., Path]) -> None:
    (case,) = read_cases(jsonl("c.jsonl", [{"case_id": "a", "input": "Why?"}])).cases
    assert [(turn.role, turn.content) for turn in case.messages] == [("user", "Why?")]


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"input": []}, "", "must end with a message of the user"),
        ({"input": SAID[:2]}, "", "must end with a message of the user"),
        ({"input": ["Why?"]}, "", "must end with a message of the user"),
        ({"input": SAID, "history": SAID[:2]}, "", "not in both"),
        ({"input": [{"role": "system", "content": "x"}, SAID[2]]}, "history.0.role", "must be"),
        ({"input": [{"role": "user", "content": " "}, SAID[2]]}, "history.0.content", "blank"),
        ({"input": [{"role": "user", "content": 7}]}, "input", "must be a valid string"),
    ],
)
def test_a_broken_conversation_names_its_row(
    jsonl: Callable[..., Path], change: dict[str, Any], field: str, message: str
) -> None:
    with pytest.raises(InputError) as caught:
        read_cases(jsonl("c.jsonl", [{"case_id": "b", "input": "?"}, {"case_id": "a", **change}]))
    (problem,) = caught.value.problems
    assert (problem.row, problem.field) == (2, field)
    assert message in problem.message

"""Targets that count what they are asked."""

from collections.abc import Callable
from typing import Any

import pytest

from mlops_lib.evaluation import Case, CaseSet
from mlops_lib.evaluation.running.python_target import PythonTarget


class Counter:
    """A function that answers at once, and remembers each question."""

    def __init__(self, answer: Callable[..., Any] | None = None) -> None:
        self.asked: list[tuple[str, int]] = []
        self._answer = answer

    def __call__(self, text: str, *, case: Case, repeat: int) -> Any:
        self.asked.append((case.case_id, repeat))
        return self._answer(text) if self._answer else f"answer to {text} {repeat}"

    @property
    def target(self) -> PythonTarget:
        return PythonTarget(name="tests:counter", function=self)


@pytest.fixture
def cases() -> CaseSet:
    made = (Case(case_id=f"c{i}", input=f"q{i}", critical=i == 3) for i in range(10))
    return CaseSet(name="cases", cases=tuple(made))

"""A rubric and a completion in memory, for doctests and tests."""

from mlops_lib.evaluation.judges.rubric import Grade, Known, Rubric
from mlops_lib.llm import Completion

EXAMPLE = Rubric(
    name="rightness",
    version=1,
    question="Does the answer say what the reference answer says?",
    instructions="Other words are fine. Missing or other facts are wrong.",
    grades=(
        Grade(grade="wrong", value=0.0, meaning="It contradicts or misses the reference."),
        Grade(grade="partly", value=0.5, meaning="A part of the reference is missing."),
        Grade(grade="right", value=1.0, meaning="It says what the reference says."),
    ),
    shows=("target",),
    threshold=1.0,
    good=Known(input="How much traffic?", target="Five percent.", output="5 % of the traffic."),
    bad=Known(input="How much traffic?", target="Five percent.", output="All of it, at once."),
)


def completion(text: str, **fields: object) -> Completion:
    """A reply of a judge."""
    known: dict[str, object] = {
        "input_tokens": 100,
        "output_tokens": 10,
        "cost_usd": 0.0001,
        "stop_reason": "end",
        "model": "judge-1",
    }
    return Completion(text=text, **{**known, **fields})  # type: ignore[arg-type]

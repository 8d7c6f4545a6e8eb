"""The reply of a judge, read so strictly that only a clear grade is one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_lib.evaluation.jsonl import strict_json
from mlops_lib.evaluation.judges.rubric import Rubric

if TYPE_CHECKING:
    from mlops_lib.llm import Completion

LONGEST_REASON = 2_000
"""Characters; more is no sentence but an answer of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """A grade that was offered, and why it was given."""

    grade: str
    reason: str


def read_reply(completion: "Completion", rubric: Rubric) -> Graded:
    """The grade in a reply that is one JSON object with a reason and an offered grade.

    Nothing is searched for in prose, repaired, rounded or cut to a range: what does not fit is
    an error of the judge, and is counted as one.

    Raises:
        ValueError: if the reply is anything else.

    Example:
        >>> from mlops_lib.evaluation.judges.selftest import EXAMPLE, completion
        >>> read_reply(completion('{"reason": "It is.", "grade": "right"}'), EXAMPLE).grade
        'right'
        >>> read_reply(completion('Sure! {"reason": "It is.", "grade": "right"}'), EXAMPLE)
        Traceback (most recent call last):
        ValueError: is not JSON: Expecting value: line 1 column 1 (char 0)
    """
    if completion.stop_reason != "end":
        message = f"stopped by {completion.stop_reason}"
        raise ValueError(message)
    try:
        reply = strict_json(completion.text)
    except (ValueError, RecursionError) as error:
        message = f"is not JSON: {error}"
        raise ValueError(message) from error
    if not isinstance(reply, dict) or set(reply) != {"reason", "grade"}:
        message = "is not one object with reason and grade"
        raise ValueError(message)
    grade, reason = reply["grade"], reply["reason"]
    if not isinstance(grade, str) or grade not in rubric.values:
        message = f"gives the grade {grade!r:.60}, which was not offered"
        raise ValueError(message)
    if not isinstance(reason, str) or not 0 < len(reason.strip()) <= LONGEST_REASON:
        message = "gives no reason, or an endless one"
        raise ValueError(message)
    return Graded(grade=grade, reason=reason.strip())

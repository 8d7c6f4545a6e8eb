"""Fake judges: an honest one, and those that hostile answers win over."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mlops_lib.evaluation.judges.selftest import completion
from mlops_lib.llm import Completion, Message

Grader = Callable[[str], str]
"""From the whole message of a request to the reply's text."""


def last_block(message: str) -> str:
    """The answer under test, found by the delimiter as the instructions say."""
    nonce = re.findall(r"^BEGIN answer ([0-9a-f]{32})$", message, flags=re.MULTILINE)[-1]
    _, _, rest = message.rpartition(f"BEGIN answer {nonce}\n")
    return rest.partition(f"\nEND answer {nonce}")[0]


def reply(grade: str, reason: str = "It is.") -> str:
    return json.dumps({"reason": reason, "grade": grade})


def honest(message: str) -> str:
    """Right when the answer says five percent, and nothing else will do."""
    answer = last_block(message)
    said = "5 %" in answer or "five percent" in answer.lower()
    return reply("right" if said and "at once" not in answer else "wrong")


@dataclass
class FakeModel:
    """A model that replies as its grader says, and keeps what it was asked."""

    grader: Grader = honest
    id: str = "judge-1"
    stop_reason: str = "end"
    asked: list[tuple[str, str]] = field(default_factory=list)

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int, system: str = ""
    ) -> Completion:
        del max_tokens
        self.asked.append((system, messages[-1].content))
        return completion(self.grader(messages[-1].content), stop_reason=self.stop_reason)

"""Answers that were recorded, and are committed: no key, no network, the same report for everyone.

A request without a recording ends the run and shows the nearest one: a recording that is silently
missed would be a test of nothing.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from mlops_lib.llm.model import Completion, Message, Model
from mlops_lib.llm.recordings import Recording, Recordings


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedModel:
    """Answers from recordings only.

    Attributes:
        id: of the model that was recorded.
        recordings: to answer from.
        repeat: which time each request is asked.
    """

    id: str
    recordings: Recordings
    repeat: int = 0

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int, system: str = ""
    ) -> Completion:
        """Give the recorded answer.

        Raises:
            InputError: if there is none; shows the nearest.
        """
        request = _request(self.id, messages, max_tokens=max_tokens, system=system)
        found = self.recordings.find(request, self.repeat)
        if found is None:
            raise self.recordings.miss(request, self.repeat)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingModel:
    """Asks a model for what is not recorded yet, and records it.

    Attributes:
        model: to ask.
        recordings: to add to.
        repeat: which time each request is asked.
    """

    model: Model
    recordings: Recordings
    repeat: int = 0

    @property
    def id(self) -> str:
        """Of the model behind it."""
        return self.model.id

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int, system: str = ""
    ) -> Completion:
        """Answer, from the recordings where they have it.

        Raises:
            ModelError: if the model gives no usable answer; nothing is recorded then.
        """
        request = _request(self.id, messages, max_tokens=max_tokens, system=system)
        found = self.recordings.find(request, self.repeat)
        if found is not None:
            return found
        began = time.perf_counter()
        answer = self.model.complete(messages, max_tokens=max_tokens, system=system)
        took = round(1000 * (time.perf_counter() - began), 1)
        answer = replace(answer, latency_ms=took)
        self.recordings.add(Recording(request=request, repeat=self.repeat, answer=answer))
        return answer


def _request(
    model: str, messages: Sequence[Message], *, max_tokens: int, system: str
) -> dict[str, Any]:
    return {
        "model": model,
        "max_tokens": max_tokens,
        "system": system,
        "messages": [{"role": each.role, "content": each.content} for each in messages],
    }

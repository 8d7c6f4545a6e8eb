"""The one protocol of every model, and its values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

StopReason = Literal["end", "max_tokens", "refusal"]
"""Why a model stopped: it had finished, it was cut off, or it declined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a conversation."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What a model answered, and what it took.

    Attributes:
        text: the answer; empty only after a refusal.
        input_tokens: tokens read.
        output_tokens: tokens written.
        cost_usd: money spent; None where the price is unknown.
        stop_reason: why the model stopped.
        model: the model that answered, as the service names it.
        latency_ms: of a recorded answer, what it took then; None for one that is measured now.
    """

    text: str
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    stop_reason: StopReason
    model: str
    latency_ms: float | None = None


class Model(Protocol):
    """Anything that continues a conversation."""

    @property
    def id(self) -> str:
        """The model's exact identifier."""
        ...

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int, system: str = ""
    ) -> Completion:
        """Answer the conversation.

        Args:
            messages: the turns so far; the last one is the user's.
            max_tokens: the longest answer.
            system: standing instructions.

        Raises:
            ModelError: if no usable answer came.
        """
        ...

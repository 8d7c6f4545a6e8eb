"""A request to a model as a value: it can be counted, priced and sent later."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mlops_lib.llm.model import Completion, Message, Model
from mlops_lib.llm.prices import Usage

_BYTES_PER_TOKEN = 3
"""Fewer than the four of English text, and one letter of most other scripts: an upper bound."""

_MESSAGE_TOKENS = 50
"""For roles and wrapping of the messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a model is asked.

    Attributes:
        messages: the turns so far; the last one is the user's.
        max_tokens: the longest answer.
        system: standing instructions.
    """

    messages: Sequence[Message]
    max_tokens: int
    system: str = ""

    @property
    def usage(self) -> Usage:
        """Tokens at most: of the whole request, and of the longest answer.

        Example:
            >>> asked = Request(messages=[Message(role="user", content="x" * 300)], max_tokens=10)
            >>> asked.usage.input, asked.usage.output
            (150, 10)
        """
        texts = [self.system, *(each.content for each in self.messages)]
        size = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
        read = math.ceil(size / _BYTES_PER_TOKEN) + _MESSAGE_TOKENS
        return Usage(input=read, output=self.max_tokens)

    def send(self, model: Model) -> Completion:
        """Ask a model now.

        Raises:
            ModelError: if no usable answer came.
        """
        return model.complete(self.messages, max_tokens=self.max_tokens, system=self.system)

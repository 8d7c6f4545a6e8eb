"""Claude through the Anthropic SDK, trusting nothing about an answer until it was looked at.

The SDK returns broken answers with status 200 as success, waits as long as a server's Retry-After
says, and retries on its own; so retries, waits and checks are ours. Its sampling knobs are gone:
determinism comes from repeats and statistics, not from a temperature.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mlops_lib.llm.clients import BASE_URL, KEY_VARIABLE, Place, Platform
from mlops_lib.llm.errors import BrokenAnswerError
from mlops_lib.llm.faults import with_named_faults
from mlops_lib.llm.model import Completion, Message, StopReason
from mlops_lib.llm.prices import DEFAULT_PRICES, PriceTable, Usage, shared
from mlops_lib.llm.request import Request
from mlops_lib.llm.retry import RetryPolicy, World, call_with_retries
from mlops_lib.llm.throttle import Throttle

if TYPE_CHECKING:
    from mlops_lib.llm.clients import Client

__all__ = ["BASE_URL", "KEY_VARIABLE", "AnthropicModel"]

_STOP_REASONS: dict[str, StopReason] = {
    "end_turn": "end",
    "stop_sequence": "end",
    "max_tokens": "max_tokens",
    "model_context_window_exceeded": "max_tokens",
    "refusal": "refusal",
}


@dataclass(frozen=True, kw_only=True)
class AnthropicModel:
    """A Claude model over HTTP.

    Attributes:
        id: the exact model identifier.
        policy: attempts, timeouts and deadline.
        base_url: the service's address.
        world: clock, sleep and dice of the retries.
        throttle: shared by all calls of this model.
        prices: what tokens cost.
        platform: who serves the model; Bedrock and Vertex by the SDK's own clients.
        schema: JSON schema that the answer must follow; None for free text.
        caches_system: whether the service keeps the system text for the next call.
    """

    id: str
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    base_url: str = BASE_URL
    world: World = field(default_factory=lambda: World(rng=random.Random()))  # noqa: S311
    throttle: Throttle = field(default_factory=Throttle)
    prices: PriceTable = DEFAULT_PRICES
    platform: Platform = "anthropic"
    schema: Mapping[str, Any] | None = None
    caches_system: bool = False

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int, system: str = ""
    ) -> Completion:
        """Answer the conversation.

        Args:
            messages: the turns so far; the last one is the user's.
            max_tokens: the longest answer, thinking included.
            system: standing instructions.

        Raises:
            InputError: if there is no key, or the SDK is not installed.
            ModelUnavailableError: if the service stayed overloaded, unreachable or too slow.
            RejectedRequestError: if it refused the request itself.
            BrokenAnswerError: if it said success without a usable answer.
        """
        asked = Request(messages=messages, max_tokens=max_tokens, system=system)
        request, client = self.parameters(asked), self.client
        return call_with_retries(
            lambda timeout: self.completion(
                with_named_faults(lambda: client.messages.create(**request, timeout=timeout))
            ),
            self.policy,
            self.world,
            self.throttle,
        )

    def parameters(self, asked: Request) -> dict[str, Any]:
        """A request as the Messages API takes it."""
        system = asked.system
        request: dict[str, Any] = {
            "model": self.id,
            "max_tokens": asked.max_tokens,
            "messages": [{"role": each.role, "content": each.content} for each in asked.messages],
        }
        if system and self.caches_system:
            kept = {"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}
            request["system"] = [kept]
        elif system:
            request["system"] = system
        if self.schema is not None:
            shape = {"type": "json_schema", "schema": dict(self.schema)}
            request["output_config"] = {"format": shape}
        return request

    @cached_property
    def client(self) -> "Client":
        """The SDK's client, with retries and redirects off.

        Raises:
            InputError: if there is no key, or the SDK is not installed.
        """
        own = "" if self.platform != "anthropic" and self.base_url == BASE_URL else self.base_url
        return Place(platform=self.platform, base_url=own).client()

    def completion(self, answer: object, *, share: float = 1.0) -> Completion:
        """Read an answer as if nobody had typed it: the SDK passes broken ones through.

        Args:
            answer: with the attributes of a message.
            share: of the price that is paid; a batch costs less.

        Raises:
            BrokenAnswerError: if it is no usable answer.
        """
        usage = _usage(getattr(answer, "usage", None))
        content = getattr(answer, "content", None)
        stop = _STOP_REASONS.get(getattr(answer, "stop_reason", None) or "")
        if not isinstance(content, list) or usage is None or stop is None:
            raise BrokenAnswerError(f"status 200 without {_missing(content, usage, stop)}")
        blocks = (block.text for block in content if getattr(block, "type", "") == "text")
        text = "".join(blocks).strip()
        if not text and stop != "refusal":
            raise BrokenAnswerError(f"status 200 with an empty answer (stopped by {stop})")
        return Completion(
            text=text,
            input_tokens=usage.read,
            output_tokens=usage.output,
            cost_usd=shared(self.prices.cost(self.id, usage), share),
            stop_reason=stop,
            model=str(getattr(answer, "model", None) or self.id),
        )


def _count(usage: object, name: str) -> int | None:
    value = getattr(usage, name, None)
    return value if type(value) is int and value >= 0 else None


def _usage(usage: object) -> Usage | None:
    """Tokens of the answer; None where the service does not tell."""
    read, written = _count(usage, "input_tokens"), _count(usage, "output_tokens")
    if read is None or written is None:
        return None
    return Usage(
        input=read,
        output=written,
        cache_read=_count(usage, "cache_read_input_tokens") or 0,
        cache_write=_count(usage, "cache_creation_input_tokens") or 0,
    )


def _missing(content: object, usage: Usage | None, stop: StopReason | None) -> str:
    found = {
        "content": isinstance(content, list),
        "usage": usage is not None,
        "a known stop_reason": stop is not None,
    }
    return ", ".join(name for name, there in found.items() if not there)

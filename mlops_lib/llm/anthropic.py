"""Claude through the Anthropic SDK, trusting nothing about an answer until it was looked at.

The SDK returns broken answers with status 200 as success, waits as long as a server's Retry-After
says, and retries on its own; so retries, waits and checks are ours. Its sampling knobs are gone:
determinism comes from repeats and statistics, not from a temperature.
"""

import json
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mlops_lib.errors import InputError
from mlops_lib.llm.errors import BrokenAnswerError, RejectedRequestError
from mlops_lib.llm.model import Completion, Message, StopReason
from mlops_lib.llm.prices import cost_usd
from mlops_lib.llm.retry import (
    RetryPolicy,
    TransientError,
    World,
    call_with_retries,
    retry_after_seconds,
)

if TYPE_CHECKING:
    import anthropic

KEY_VARIABLE = "ANTHROPIC_API_KEY"
BASE_URL = "https://api.anthropic.com"
"""Never read from the environment: the key is sent to whatever host it names."""

_TRANSIENT_STATUS = frozenset({200, 408, 409, 429})
"""Beside 5xx; an error with status 200 is an overload in the middle of an answer."""

_SERVER_FAULT = 500

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
    """

    id: str
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    base_url: str = BASE_URL
    world: World = field(default_factory=lambda: World(rng=random.Random()))  # noqa: S311

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
        request: dict[str, Any] = {
            "model": self.id,
            "max_tokens": max_tokens,
            "messages": [{"role": each.role, "content": each.content} for each in messages],
        }
        if system:
            request["system"] = system
        client = self._client
        return call_with_retries(
            lambda timeout: _completion(_attempt(client, request, timeout), self.id),
            self.policy,
            self.world,
        )

    @cached_property
    def _client(self) -> "anthropic.Anthropic":
        key = os.environ.get(KEY_VARIABLE)
        if not key:
            raise InputError.of("is not set; Claude needs a key", source=KEY_VARIABLE)
        try:
            import anthropic
        except ImportError:
            message = "is not installed; pip install 'mlops-lib[anthropic]'"
            raise InputError.of(message, source="anthropic") from None
        # A redirect to another host would carry the prompt there.
        http = anthropic.DefaultHttpxClient(follow_redirects=False)
        return anthropic.Anthropic(
            api_key=key, base_url=self.base_url, max_retries=0, http_client=http
        )


def _attempt(client: "anthropic.Anthropic", request: dict[str, Any], timeout: float) -> object:
    import anthropic
    import httpx2

    try:
        return client.messages.create(**request, timeout=timeout)
    except anthropic.APIStatusError as error:
        raise _named(error) from error
    except anthropic.APIConnectionError as error:  # also its timeouts
        raise TransientError(f"no connection to the model: {type(error).__name__}") from error
    except anthropic.AnthropicError as error:
        raise BrokenAnswerError(f"no usable answer: {type(error).__name__}") from error
    except json.JSONDecodeError as error:  # the SDK lets it through
        raise BrokenAnswerError("status 200 with a body that is no JSON") from error
    except httpx2.TransportError as error:  # so does it with a stall in the middle of a body
        raise TransientError(f"the network failed: {type(error).__name__}") from error


def _named(error: "anthropic.APIStatusError") -> Exception:
    status = error.status_code
    if status in _TRANSIENT_STATUS or status >= _SERVER_FAULT:
        header = error.response.headers.get("retry-after")
        wait = retry_after_seconds(header, datetime.now(tz=UTC))
        return TransientError(f"status {status} ({type(error).__name__})", wait)
    return RejectedRequestError(f"status {status}: {error.message}")


def _completion(answer: object, model: str) -> Completion:
    """Read an answer as if nobody had typed it: the SDK passes broken ones through."""
    usage = getattr(answer, "usage", None)
    tokens = [_count(usage, "input_tokens"), _count(usage, "output_tokens")]
    content = getattr(answer, "content", None)
    stop = _STOP_REASONS.get(getattr(answer, "stop_reason", None) or "")
    if not isinstance(content, list) or None in tokens or stop is None:
        raise BrokenAnswerError(f"status 200 without {_missing(content, tokens, stop)}")
    text = "".join(block.text for block in content if getattr(block, "type", "") == "text").strip()
    if not text and stop != "refusal":
        raise BrokenAnswerError(f"status 200 with an empty answer (stopped by {stop})")
    read, written = (count or 0 for count in tokens)
    return Completion(
        text=text,
        input_tokens=read + _cached(usage),
        output_tokens=written,
        cost_usd=None if _cached(usage) else cost_usd(model, read, written),
        stop_reason=stop,
        model=str(getattr(answer, "model", None) or model),
    )


def _count(usage: object, name: str) -> int | None:
    value = getattr(usage, name, None)
    return value if type(value) is int and value >= 0 else None


def _cached(usage: object) -> int:
    names = ("cache_creation_input_tokens", "cache_read_input_tokens")
    return sum(_count(usage, name) or 0 for name in names)


def _missing(content: object, tokens: Sequence[int | None], stop: StopReason | None) -> str:
    found = {
        "content": isinstance(content, list),
        "usage": None not in tokens,
        "a known stop_reason": stop is not None,
    }
    return ", ".join(name for name, there in found.items() if not there)

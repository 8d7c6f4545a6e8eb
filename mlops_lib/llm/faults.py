"""What the Anthropic SDK raises, by what the caller can do about it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from mlops_lib.llm.errors import BrokenAnswerError, RejectedRequestError
from mlops_lib.llm.retry import TransientError, retry_after_seconds

if TYPE_CHECKING:
    from anthropic import APIStatusError

T = TypeVar("T")

_TRANSIENT_STATUS = frozenset({200, 408, 409, 429})
"""Beside 5xx; an error with status 200 is an overload in the middle of an answer."""

_LIMITS = frozenset({429, 529})
"""Too many calls: of ours, or of everybody's."""

_SERVER_FAULT = 500


def with_named_faults(call: Callable[[], T]) -> T:
    """Make one call of the SDK, and name what went wrong.

    Args:
        call: of the SDK, which retries nothing.

    Raises:
        TransientError: where a repeat may help.
        RejectedRequestError: if the service refused the request itself.
        BrokenAnswerError: if it said success without an answer that the SDK can read.
    """
    import anthropic
    import httpx2

    try:
        return call()
    except anthropic.APIStatusError as error:
        raise _named(error) from error
    except anthropic.APIConnectionError as error:  # also its timeouts
        raise TransientError(f"no connection to the model: {type(error).__name__}") from error
    except UnicodeEncodeError as error:  # so it does with half of a surrogate pair
        raise RejectedRequestError("the request holds text that is no Unicode") from error
    except anthropic.AnthropicError as error:
        raise BrokenAnswerError(f"no usable answer: {type(error).__name__}") from error
    except json.JSONDecodeError as error:  # the SDK lets it through
        raise BrokenAnswerError("status 200 with a body that is no JSON") from error
    except httpx2.TransportError as error:  # so does it with a stall in the middle of a body
        raise TransientError(f"the network failed: {type(error).__name__}") from error


def _named(error: "APIStatusError") -> Exception:
    status = error.status_code
    if status in _TRANSIENT_STATUS or status >= _SERVER_FAULT:
        header = error.response.headers.get("retry-after")
        wait = retry_after_seconds(header, datetime.now(tz=UTC))
        what = f"status {status} ({type(error).__name__})"
        return TransientError(what, wait, is_limit=status in _LIMITS)
    return RejectedRequestError(f"status {status}: {error.message}")

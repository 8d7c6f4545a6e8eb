"""Message Batches: many requests at once, within a day, at half the price.

Results come in any order, and each is a success, an error, expired or canceled on its own. A batch
is never sent twice for want of an answer: before a second attempt the service is asked what it has.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, TypeVar

from mlops_lib.errors import InputError
from mlops_lib.llm.anthropic import AnthropicModel
from mlops_lib.llm.errors import (
    BrokenAnswerError,
    ModelError,
    ModelUnavailableError,
    RejectedRequestError,
)
from mlops_lib.llm.faults import with_named_faults
from mlops_lib.llm.model import Completion, Model
from mlops_lib.llm.prices import BATCH_SHARE
from mlops_lib.llm.request import Request
from mlops_lib.llm.retry import RetryPolicy, TransientError, call_with_retries

if TYPE_CHECKING:
    import anthropic

T = TypeVar("T")

PATIENT = RetryPolicy(attempts=6, timeout=600.0, deadline=1200.0)
"""A batch is megabytes each way, and nobody waits for it."""

_CLOCKS_APART = timedelta(minutes=5)
"""By which the service's clock may lag behind ours."""

_LISTED = 100
"""Newest batches that are looked through for one whose id was not heard."""

_PASSING = frozenset({"api_error", "overloaded_error", "rate_limit_error", "timeout_error"})
"""Errors of the service, not of the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchState:
    """How far a batch is.

    Attributes:
        ended: whether its results can be fetched.
        open: requests that are still at work.
    """

    ended: bool
    open: int


@dataclass(frozen=True, kw_only=True)
class Batches:
    """The batches of a model.

    Attributes:
        model: that answers.
        policy: attempts, timeouts and deadline of each call.
    """

    model: AnthropicModel
    policy: RetryPolicy = field(default=PATIENT)

    def __post_init__(self) -> None:
        """Refuse a platform without batches."""
        if self.model.platform != "anthropic":
            message = "has no message batches in the SDK; leave --batch out, or take Claude's own"
            raise InputError.of(message, field="model", value=self.model.platform)

    def send(self, requests: Mapping[str, Request], *, begun: float) -> str:
        """Send a batch; its id.

        Args:
            requests: by custom id.
            begun: when the sending was noted down, in seconds since 1970.

        Raises:
            ModelUnavailableError: if the service stayed overloaded, unreachable or too slow.
            RejectedRequestError: if it refused the batch.
            BrokenAnswerError: if it said success without an id.
        """
        body = [
            {"custom_id": name, "params": self.model.parameters(asked)}
            for name, asked in requests.items()
        ]
        tried: list[bool] = []

        def attempt(timeout: float) -> str:
            # An answer that was lost on its way is no reason to pay twice.
            sent = self._sent_since(begun, len(body), timeout) if tried else []
            tried.append(True)
            if sent:
                return sent[0]
            made = with_named_faults(
                lambda: self._api.create(requests=body, timeout=timeout)  # type: ignore[arg-type]
            )
            return _id_of(made)

        return self._retried(attempt)

    def sent_since(self, begun: float, requests: int) -> list[str]:
        """Ids of batches of so many requests that were made since then, by whomever."""
        return self._retried(partial(self._sent_since, begun, requests))

    def look(self, batch_id: str) -> BatchState:
        """How far a batch is.

        Raises:
            ModelError: if the service does not say.
        """
        found = self._retried(
            lambda timeout: with_named_faults(lambda: self._api.retrieve(batch_id, timeout=timeout))
        )
        status = getattr(found, "processing_status", None)
        if status not in {"in_progress", "canceling", "ended"}:
            raise BrokenAnswerError(f"status 200 without a known state of batch {batch_id}")
        counts = getattr(found, "request_counts", None)
        working = getattr(counts, "processing", 0)
        return BatchState(ended=status == "ended", open=working if type(working) is int else 0)

    def results(self, batch_id: str) -> Iterator[tuple[str, Completion | ModelError]]:
        """Custom id and what became of each request of a batch that has ended, in any order.

        `ModelUnavailableError` stands for what another attempt may answer.

        Raises:
            ModelError: if the service does not hand them out whole.
        """
        for line in self._retried(partial(self._lines, batch_id)):
            result = getattr(line, "result", None)
            yield str(getattr(line, "custom_id", "")), self._outcome(result)

    @property
    def _api(self) -> "anthropic.resources.messages.Batches":
        client = self.model.client
        return client.messages.batches

    def _retried(self, call: Callable[[float], T]) -> T:
        return call_with_retries(call, self.policy, self.model.world, self.model.throttle)

    def _sent_since(self, begun: float, requests: int, timeout: float) -> list[str]:
        page = with_named_faults(lambda: self._api.list(limit=_LISTED, timeout=timeout))
        since = datetime.fromtimestamp(begun, tz=UTC) - _CLOCKS_APART
        return [
            batch.id
            for batch in page.data
            if isinstance(batch.created_at, datetime)
            and batch.created_at >= since
            and _size(batch.request_counts) == requests
        ]

    def _lines(self, batch_id: str, timeout: float) -> list[SimpleNamespace]:
        """The results, from our own address: the one in an answer could be anybody's."""
        import httpx2

        response = with_named_faults(
            lambda: self.model.client.get(
                f"/v1/messages/batches/{batch_id}/results",
                cast_to=httpx2.Response,
                options={"timeout": timeout},
            )
        )
        try:
            return [_parsed(line) for line in response.content.split(b"\n") if line.strip()]
        except (ValueError, RecursionError) as error:
            raise TransientError(f"results of batch {batch_id} that are cut or broken") from error

    def _outcome(self, result: object) -> Completion | ModelError:
        kind = getattr(result, "type", None)
        if kind == "succeeded":
            try:
                message = getattr(result, "message", None)
                return self.model.completion(message, share=BATCH_SHARE)
            except BrokenAnswerError as error:
                return error
        if kind == "errored":
            return _error_of(result)
        if kind == "expired":
            return ModelUnavailableError("expired: the batch took longer than a day")
        return ModelError(f"{kind or 'no result'}: the batch gave no answer")


def batches_of(model: Model) -> Batches:
    """The batches of a model.

    Raises:
        InputError: if the model is none of Claude's.
    """
    if not isinstance(model, AnthropicModel):
        message = "needs a model of Claude's, and nothing to record"
        raise InputError.of(message, field="batch", value=model.id)
    return Batches(model=model)


def _id_of(made: object) -> str:
    found = getattr(made, "id", None)
    if not isinstance(found, str) or not found:
        raise BrokenAnswerError("status 200 without the id of a batch")
    return found


def _size(counts: object) -> int:
    names = ("processing", "succeeded", "errored", "canceled", "expired")
    return sum(getattr(counts, name, 0) for name in names)


def _parsed(line: bytes) -> SimpleNamespace:
    found = json.loads(line, object_hook=lambda pairs: SimpleNamespace(**pairs))
    if not isinstance(found, SimpleNamespace):
        message = "no object"
        raise ValueError(message)  # noqa: TRY004 - a bad line, not a bad call
    return found


def _error_of(result: object) -> ModelError:
    """An errored result wraps the error twice; only the service's own errors may pass."""
    error = getattr(getattr(result, "error", None), "error", None)
    kind = str(getattr(error, "type", "unknown error"))
    said = f"{kind}: {getattr(error, 'message', '')}"[:300]
    return ModelUnavailableError(said) if kind in _PASSING else RejectedRequestError(said)

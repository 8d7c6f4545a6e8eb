"""An HTTP endpoint under test: each ask is one POST of JSON, each answer JSON or plain text."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from pydantic import ValidationError

from mlops_lib.errors import InputError
from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.jsonl import validation_problems
from mlops_lib.evaluation.running.asks import Ask
from mlops_lib.evaluation.running.target import UNKNOWN, Estimate, Identity, Reply
from mlops_lib.llm import ModelError, RejectedRequestError, RetryPolicy, Throttle
from mlops_lib.llm.retry import TransientError, World, call_with_retries, retry_after_seconds

_LONGEST_ANSWER = 4_000_000
"""Bytes; an endpoint that says more than a book is broken."""

_TRANSIENT = frozenset({408, 425, 429})
_LIMIT, _SERVER_FAULT = 429, 500


_PAGES = frozenset({"text/html", "application/xhtml+xml"})
"""What proxies and logins send instead of an answer; an endpoint under test sends JSON or text."""


class _NoRedirect(HTTPRedirectHandler):
    """A redirect to another host would carry the input there."""

    def redirect_request(self, *_: object) -> None:
        """Follow none."""


@dataclass(frozen=True, kw_only=True)
class HttpTarget:
    """Posts `{"case_id", "input", "messages", "repeat"}` and reads the answer.

    The answer is text, or JSON with the fields of a run file, of which only `output` is needed.

    Attributes:
        url: of the endpoint.
        policy: attempts, timeouts and deadline.
        throttle: shared by all asks.
        world: clock, sleep and dice.
    """

    url: str
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    throttle: Throttle = field(default_factory=Throttle)
    world: World = field(default_factory=lambda: World(rng=random.Random()))  # noqa: S311
    is_async: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Refuse what is no address."""
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise InputError.of("must be an http(s) address", field="target", value=self.url)

    @property
    def identity(self) -> Identity:
        """The address; what runs behind it only the user knows."""
        return Identity(name=self.url)

    def prepare(self, cases: CaseSet) -> None:
        """Nothing to prepare."""

    def estimate(self, ask: Ask) -> Estimate:  # noqa: ARG002 - of the protocol
        """Unknown: only the service knows what it calls."""
        return UNKNOWN

    def ask(self, ask: Ask) -> Reply:
        """Post once, with retries; a service that fails is an answer with an error.

        Raises:
            InputError: if it answers with JSON that no answer can be made of.
        """
        body = json.dumps(
            {
                "case_id": ask.case.case_id,
                "input": ask.case.input,
                "messages": [turn.model_dump() for turn in ask.case.messages],
                "repeat": ask.repeat,
            }
        ).encode()
        try:
            content = call_with_retries(
                lambda timeout: self._post(body, timeout), self.policy, self.world, self.throttle
            )
        except ModelError as error:
            return Reply(error=f"{type(error).__name__}: {error}"[:500])
        return self._reply(*content)

    def _post(self, body: bytes, timeout: float) -> tuple[str, bytes]:
        request = Request(  # noqa: S310 - the scheme was checked
            self.url, data=body, headers={"content-type": "application/json"}, method="POST"
        )
        try:
            with _opener().open(request, timeout=timeout) as response:
                content = response.read(_LONGEST_ANSWER + 1)
                kind = response.headers.get_content_type()
        except HTTPError as error:
            raise _named(error) from error
        except (OSError, HTTPException) as error:
            raise TransientError(f"no connection: {type(error).__name__}") from error
        if len(content) > _LONGEST_ANSWER:
            raise RejectedRequestError(f"an answer of more than {_LONGEST_ANSWER:,} bytes")
        return kind, content

    def _reply(self, kind: str, content: bytes) -> Reply:
        text = content.decode("utf-8", "replace")
        if kind in _PAGES:
            return Reply(error=f"status 200 with a page of {kind}, as of a login, and no answer")
        if kind != "application/json":
            return Reply(output=text) if text.strip() else Reply(error="an empty answer")
        try:
            found = json.loads(text)
            if not isinstance(found, Mapping):
                return Reply(error=f"JSON that is no object: {type(found).__name__}")
            return Reply.model_validate_json(text)
        except json.JSONDecodeError:
            return Reply(error="status 200 with a body that is no JSON")
        except ValidationError as error:
            raise InputError(validation_problems(error, Reply, source=self.url)) from None


def _opener() -> OpenerDirector:
    return build_opener(_NoRedirect, ProxyHandler({}))


def _named(error: HTTPError) -> Exception:
    status = error.code
    what = f"status {status}"
    if status in _TRANSIENT or status >= _SERVER_FAULT:
        wait = retry_after_seconds(error.headers.get("retry-after"), datetime.now(tz=UTC))
        return TransientError(what, wait, is_limit=status == _LIMIT)
    return RejectedRequestError(what)

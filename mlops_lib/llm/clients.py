"""The SDK's own clients: retries off, redirects off, and a limit on the whole of an answer."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mlops_lib.errors import InputError

if TYPE_CHECKING:
    import anthropic
    import httpx2

    Client = anthropic.Anthropic | anthropic.AnthropicBedrock | anthropic.AnthropicVertex

KEY_VARIABLE = "ANTHROPIC_API_KEY"
BASE_URL = "https://api.anthropic.com"
"""Never read from the environment: the key is sent to whatever host it names."""

Platform = Literal["anthropic", "bedrock", "vertex"]
"""Who serves the model; the credentials of the other two are found by the SDK's own rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a model is served.

    Attributes:
        platform: who serves it.
        base_url: the address; empty for the platform's own.
    """

    platform: Platform = "anthropic"
    base_url: str = ""

    def client(self) -> "Client":
        """Make the client.

        Raises:
            InputError: if the SDK or the credentials are missing.
        """
        try:
            import anthropic
        except ImportError:
            message = "is not installed; pip install 'mlops-lib[anthropic]'"
            raise InputError.of(message, source="anthropic") from None
        if self.platform == "anthropic":
            return anthropic.Anthropic(
                api_key=_key(),
                base_url=self.base_url or BASE_URL,
                max_retries=0,
                http_client=_http(),
            )
        return self._cloud_client()

    def _cloud_client(self) -> "Client":
        import anthropic

        base_url, http = self.base_url or None, _http()
        try:
            if self.platform == "bedrock":
                return anthropic.AnthropicBedrock(
                    base_url=base_url, max_retries=0, http_client=http
                )
            return anthropic.AnthropicVertex(base_url=base_url, max_retries=0, http_client=http)
        except (ValueError, ImportError, anthropic.AnthropicError) as error:
            message = f"cannot be used: {error}"
            raise InputError.of(message, source=self.platform) from None


def _key() -> str:
    key = os.environ.get(KEY_VARIABLE)
    if not key:
        raise InputError.of(
            "is not set; Claude needs a key. Without one, take --model local, or recorded",
            source=KEY_VARIABLE,
        )
    return key


def _http() -> "httpx2.Client":
    """A client whose timeout bounds the whole of an answer, not each of its drops."""
    import anthropic
    import httpx2

    class Bounded(httpx2.SyncByteStream):
        def __init__(self, stream: httpx2.SyncByteStream, end: float) -> None:
            self._stream, self._end = stream, end

        def __iter__(self) -> Iterator[bytes]:
            for chunk in self._stream:
                _refuse_after(self._end)
                yield chunk

        def close(self) -> None:
            self._stream.close()

    def bound(response: httpx2.Response) -> None:
        extensions = response.request.extensions
        limit = extensions.get("timeout", {}).get("read")
        if limit is not None and isinstance(response.stream, httpx2.SyncByteStream):
            response.stream = Bounded(response.stream, extensions["began"] + limit)

    # A redirect to another host would carry the prompt there.
    return anthropic.DefaultHttpxClient(
        follow_redirects=False, event_hooks={"request": [_note_the_time], "response": [bound]}
    )


def _note_the_time(request: "httpx2.Request") -> None:
    request.extensions["began"] = time.monotonic()


def _refuse_after(end: float) -> None:
    import httpx2

    if time.monotonic() > end:
        message = "the answer came too slowly"
        raise httpx2.ReadTimeout(message)

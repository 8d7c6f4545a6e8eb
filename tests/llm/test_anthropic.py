"""Claude through the real SDK, over HTTP, against a server that speaks the Messages API."""

import json
import random
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from mlops_lib.errors import InputError
from mlops_lib.llm import (
    AnthropicModel,
    BrokenAnswerError,
    Completion,
    Message,
    ModelUnavailableError,
    RejectedRequestError,
    RetryPolicy,
)
from mlops_lib.llm.retry import World

pytest.importorskip("anthropic")

KEY = "sk-ant-test-canary-0123456789"
MODEL = "claude-haiku-5-5"
GOOD: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": MODEL,
    "content": [{"type": "text", "text": "Five percent."}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 1000, "output_tokens": 100},
}

Reply = tuple[int, dict[str, str], str]


def reply(content: object, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"content-type": "application/json"} | named, json.dumps(content)


class Server:
    """Gives the replies in turn, the last one forever, and keeps what it was asked."""

    def __init__(self) -> None:
        self.replies: list[Reply] = [reply(GOOD)]
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.waits: list[float] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def ask(self, model: str = MODEL, policy: RetryPolicy | None = None) -> Completion:
        world = World(
            now=lambda: time.monotonic() + sum(self.waits),  # sleeping takes time, but not ours
            sleep=self.waits.append,
            rng=random.Random(1),
        )
        claude = AnthropicModel(
            id=model, base_url=self.url, policy=policy or RetryPolicy(), world=world
        )
        messages = [Message(role="user", content="How much traffic?")]
        return claude.complete(messages, max_tokens=300, system="Be brief.")

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                server.requests.append(json.loads(self.rfile.read(length)))
                server.headers.append({name.lower(): value for name, value in self.headers.items()})
                many = len(server.replies) > 1
                status, headers, body = server.replies.pop(0) if many else server.replies[0]
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Handler


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    opened = Server()
    yield opened
    opened.close()


def test_an_answer_carries_text_usage_and_cost(server: Server) -> None:
    answer = server.ask()
    # claude-haiku-5-5: 1000 tokens at 0.10 and 100 at 0.50 USD per million.
    assert answer.cost_usd == pytest.approx(0.00015)
    assert answer == Completion(
        text="Five percent.",
        input_tokens=1000,
        output_tokens=100,
        cost_usd=answer.cost_usd,
        stop_reason="end",
        model=MODEL,
    )


def test_the_request_says_what_was_asked_and_no_temperature(server: Server) -> None:
    server.ask()
    assert server.requests == [
        {
            "model": MODEL,
            "max_tokens": 300,
            "system": "Be brief.",
            "messages": [{"role": "user", "content": "How much traffic?"}],
        }
    ]
    assert KEY in json.dumps(server.headers[0])


def test_thinking_is_not_part_of_the_answer(server: Server) -> None:
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "x"}
    server.replies = [reply(GOOD | {"content": [thought, *GOOD["content"]]})]
    assert server.ask().text == "Five percent."


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503, 529])
def test_a_passing_fault_is_tried_again(server: Server, status: int) -> None:
    server.replies = [reply({"type": "error"}, status), reply(GOOD)]
    assert server.ask().text == "Five percent."
    assert len(server.requests) == 2
    assert len(server.waits) == 1


def test_retry_after_is_obeyed_with_a_cap(server: Server) -> None:
    busy = {"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}}
    server.replies = [
        reply(busy, 429, retry_after="3"),
        reply(busy, 429, retry_after="86400"),
        reply(GOOD),
    ]
    assert server.ask(policy=RetryPolicy(longest_wait=30)).text == "Five percent."
    polite, capped = server.waits
    assert 3.0 <= polite <= 3.75
    assert capped == 30.0


def test_a_lasting_fault_ends_after_the_attempts(server: Server) -> None:
    server.replies = [reply({"type": "error"}, 500)]
    with pytest.raises(ModelUnavailableError, match="500"):
        server.ask(policy=RetryPolicy(attempts=3))
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413])
def test_a_rejected_request_is_not_repeated(server: Server, status: int) -> None:
    server.replies = [reply({"type": "error", "error": {"message": "no"}}, status)]
    with pytest.raises(RejectedRequestError, match=str(status)):
        server.ask()
    assert len(server.requests) == 1


HTML: Reply = (200, {"content-type": "text/html"}, "<html>Welcome to the hotel</html>")
NO_JSON: Reply = (200, {"content-type": "application/json"}, '{"id": "msg_1", "content": [')


@pytest.mark.parametrize(
    "broken",
    [
        HTML,
        NO_JSON,
        reply([GOOD]),
        reply("text"),
        reply({}),
        reply({key: GOOD[key] for key in GOOD if key != "usage"}),
        reply({key: GOOD[key] for key in GOOD if key != "content"}),
        reply(GOOD | {"usage": {"input_tokens": "many", "output_tokens": -1}}),
        reply(GOOD | {"stop_reason": None}),
        reply(GOOD | {"stop_reason": "tool_use"}),
        reply(GOOD | {"content": []}),
        reply(GOOD | {"content": [{"type": "text", "text": "  "}]}),
    ],
)
def test_a_broken_success_is_an_error_by_name(server: Server, broken: Reply) -> None:
    server.replies = [broken]
    with pytest.raises(BrokenAnswerError):
        server.ask()
    assert len(server.requests) == 1


def test_an_answer_that_was_cut_says_so(server: Server) -> None:
    server.replies = [reply(GOOD | {"stop_reason": "max_tokens"})]
    assert server.ask().stop_reason == "max_tokens"


def test_a_refusal_may_be_empty(server: Server) -> None:
    server.replies = [reply(GOOD | {"stop_reason": "refusal", "content": []})]
    refused = server.ask()
    assert (refused.stop_reason, refused.text) == ("refusal", "")


def test_an_unknown_model_or_cached_tokens_have_no_known_cost(server: Server) -> None:
    assert server.ask("claude-of-tomorrow").cost_usd is None
    usage = GOOD["usage"] | {"cache_read_input_tokens": 50}
    server.replies = [reply(GOOD | {"usage": usage})]
    cached = server.ask()
    assert cached.cost_usd is None
    assert cached.input_tokens == 1050


def test_a_redirect_does_not_carry_the_prompt_elsewhere(server: Server) -> None:
    elsewhere = Server()
    try:
        server.replies = [reply({}, 307, location=f"{elsewhere.url}/v1/messages")]
        with pytest.raises(RejectedRequestError):
            server.ask()
        assert elsewhere.requests == []
    finally:
        elsewhere.close()


def test_nobody_there_is_unavailable(server: Server) -> None:
    server.close()
    with pytest.raises(ModelUnavailableError, match="connection"):
        server.ask(policy=RetryPolicy(attempts=2, timeout=1))


def test_without_a_key_it_says_which(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    with pytest.raises(InputError, match="ANTHROPIC_API_KEY"):
        server.ask()


def test_the_address_is_not_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://attacker.example")
    assert AnthropicModel(id=MODEL).base_url == "https://api.anthropic.com"


@pytest.mark.parametrize("show", [str, repr])
def test_errors_never_show_the_key(server: Server, show: Callable[[object], str]) -> None:
    server.replies = [reply({"type": "error", "error": {"message": "no"}}, 401)]
    with pytest.raises(RejectedRequestError) as caught:
        server.ask()
    assert KEY not in show(caught.value)
    assert KEY not in show(AnthropicModel(id=MODEL))

"""Every fault of a model's service, over real HTTP: named, never an answer, and in time.

A fault is tried again, given up, or an error by name; a call ends within its deadline.
"""

import json
import random
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

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

GOOD: dict[str, Any] = {
    "id": "m", "type": "message", "role": "assistant", "model": "claude-haiku-5-5",
    "content": [{"type": "text", "text": "Five percent."}], "stop_reason": "end_turn",
    "stop_sequence": None, "usage": {"input_tokens": 1000, "output_tokens": 100},
}  # fmt: skip

Fault = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Does what its server's fault says."""

    server: "Faulty"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.server.calls += 1
        with suppress(OSError):
            self.server.fault(self)

    def say(self, status: int, body: bytes, *, length: int = -1, retry_after: str = "") -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        if retry_after:
            self.send_header("retry-after", retry_after)
        self.send_header("content-length", str(len(body) if length < 0 else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class Faulty(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.calls = 0
        self.fault: Fault = lambda handler: handler.say(200, json.dumps(GOOD).encode())
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-canary-0123456789")
    opened = Faulty()
    yield opened
    opened.shutdown()
    opened.server_close()


def ask(server: Faulty, **policy: Any) -> Completion:
    chosen = {"attempts": 2, "timeout": 0.3, "first_wait": 0.01, "longest_wait": 0.05, **policy}
    claude = AnthropicModel(
        id="claude-haiku-5-5",
        base_url=f"http://127.0.0.1:{server.server_port}",
        policy=RetryPolicy(**chosen),
        world=World(rng=random.Random(1)),
    )
    return claude.complete([Message(role="user", content="How much?")], max_tokens=300)


def status(code: int, *, retry_after: str = "") -> Fault:
    body = json.dumps({"type": "error", "error": {"type": "e", "message": "no"}}).encode()
    return lambda handler: handler.say(code, body, retry_after=retry_after)


def body(content: bytes | dict[str, Any], length: int = -1) -> Fault:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return lambda handler: handler.say(200, raw, length=length)


def reset(handler: Handler) -> None:
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()


def hang(_handler: Handler) -> None:
    time.sleep(1.5)


def drip(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("content-length", "1000")
    handler.end_headers()
    for _ in range(20):
        handler.wfile.write(b" ")
        time.sleep(0.08)


PASSING = {
    "408": status(408),
    "409": status(409),
    "429": status(429),
    "429, wait 2 s": status(429, retry_after="2"),
    "429, wait for ever": status(429, retry_after="999999"),
    "429, wait until": status(429, retry_after="Tue, 30 Jun 2099 00:00:07 GMT"),
    "429, wait garbage": status(429, retry_after="soon"),
    "500": status(500),
    "501": status(501),
    "503": status(503),
    "504": status(504),
    "529": status(529),
    "connection dropped": lambda handler: handler.connection.close(),
    "connection reset": reset,
    "body cut": body(json.dumps(GOOD).encode()[:80], length=400),
    "hangs": hang,
    "drips": drip,
}
REFUSED = {str(code): status(code) for code in (400, 401, 402, 403, 404, 413, 422, 499)}
BROKEN = {
    "HTML": body(b"<html>Welcome to the hotel</html>"),
    "nothing": body(b""),
    "no JSON": body(b'{"id": "m", "content": ['),
    "a list": body(json.dumps([GOOD]).encode()),
    "no content": body({key: GOOD[key] for key in GOOD if key != "content"}),
    "no usage": body({key: GOOD[key] for key in GOOD if key != "usage"}),
    "NaN tokens": body(json.dumps(GOOD | {"usage": {"input_tokens": float("nan")}}).encode()),
    "unknown stop": body(GOOD | {"stop_reason": "because"}),
    "no stop": body(GOOD | {"stop_reason": None}),
}


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_may_pass_is_tried_again_and_then_given_up(server: Faulty, name: str) -> None:
    server.fault = PASSING[name]
    began = time.monotonic()
    with pytest.raises(ModelUnavailableError, match="gave up after 2 of 2"):
        ask(server)
    assert server.calls == 2
    assert time.monotonic() - began < 2 * 0.3 + 3.0  # two timeouts, a capped wait, a busy machine


@pytest.mark.parametrize("name", PASSING)
def test_one_such_fault_costs_nothing_but_time(server: Faulty, name: str) -> None:
    good, fault = server.fault, PASSING[name]

    def once(handler: Handler) -> None:
        (fault if server.calls == 1 else good)(handler)

    server.fault = once
    assert ask(server).text == "Five percent."


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_request_is_made_once(server: Faulty, name: str) -> None:
    server.fault = REFUSED[name]
    with pytest.raises(RejectedRequestError, match=name):
        ask(server)
    assert server.calls == 1


@pytest.mark.parametrize("name", BROKEN)
def test_success_without_an_answer_is_none(server: Faulty, name: str) -> None:
    server.fault = BROKEN[name]
    with pytest.raises(BrokenAnswerError):
        ask(server)
    assert server.calls == 1


@pytest.mark.parametrize("reason", ["max_tokens", "model_context_window_exceeded", "refusal"])
def test_an_answer_that_is_not_whole_says_so(server: Faulty, reason: str) -> None:
    server.fault = body(GOOD | {"stop_reason": reason})
    assert ask(server).stop_reason != "end"


def test_nobody_there_is_given_up_in_time(server: Faulty) -> None:
    server.shutdown()
    server.server_close()
    with pytest.raises(ModelUnavailableError):
        ask(server)


def test_text_that_no_wire_can_hold_is_refused_by_name(server: Faulty) -> None:
    claude = AnthropicModel(
        id="claude-haiku-5-5", base_url=f"http://127.0.0.1:{server.server_port}"
    )
    with pytest.raises(RejectedRequestError, match="no Unicode"):
        claude.complete([Message(role="user", content="half a pair: \ud800")], max_tokens=300)


def test_the_deadline_bounds_all_attempts_together(server: Faulty) -> None:
    server.fault = hang
    began = time.monotonic()
    with pytest.raises(ModelUnavailableError):
        ask(server, attempts=50, deadline=1.0)
    assert time.monotonic() - began < 1.0 + 0.3 + 3.0

"""Prompt versions and endpoints under test, over real HTTP."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from mlops_lib.errors import InputError
from mlops_lib.evaluation import Case, CaseSet, read_run
from mlops_lib.evaluation.cases import Turn
from mlops_lib.evaluation.running.asks import Ask, Repeats
from mlops_lib.evaluation.running.choose import Choice, choose_target, recordings_of
from mlops_lib.evaluation.running.forecast import forecast
from mlops_lib.evaluation.running.http_target import HttpTarget
from mlops_lib.evaluation.running.run import Options, run_evaluation
from mlops_lib.evaluation.running.target import Reply
from mlops_lib.llm import RetryPolicy

ROOT = Path(__file__).parents[3]
MODEL = "claude-haiku-5-5"
ASK = Ask(case=Case(case_id="a", input="How do I roll back?"), repeat=1)


class Server:
    """Speaks the Messages API at /v1/messages, and gives set replies elsewhere."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.replies: list[tuple[int, str, str]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                server.requests.append(body)
                status, kind, text = server.reply(self.path, body)
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def reply(self, path: str, body: dict[str, Any]) -> tuple[int, str, str]:
        if path != "/v1/messages":
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        text = f"Answer {len(self.requests)} to {body['messages'][-1]['content'][-40:]}"
        answer = {
            "id": "m", "type": "message", "role": "assistant", "model": body["model"],
            "content": [{"type": "text", "text": text}], "stop_reason": "end_turn",
            "stop_sequence": None, "usage": {"input_tokens": 1000, "output_tokens": 100},
        }  # fmt: skip
        return 200, "application/json", json.dumps(answer)

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-canary")
    opened = Server()
    yield opened
    opened.close()


def choice(server: Server, tmp_path: Path, **more: Any) -> Choice:
    corpus = tmp_path / "corpus"
    corpus.mkdir(exist_ok=True)
    sections = (f"## Part {n}\n\nRoll back part {n} by its flag.\n" for n in range(6))
    (corpus / "page.md").write_text("# Page\n\n" + "\n".join(sections), encoding="utf-8")
    fields = {"prompts": ROOT / "prompts", "corpus": corpus, "base_url": server.url}
    return Choice(**{**fields, "recordings": tmp_path / "rec.jsonl", **more})


def test_a_prompt_version_is_asked_with_its_sections(
    cases: CaseSet, server: Server, tmp_path: Path
) -> None:
    target = choose_target("answer@2", choice(server, tmp_path))
    result = run_evaluation(target, cases, tmp_path / "r.jsonl")
    first = read_run(result.path, cases).answers[0]
    assert (first.prompt_name, first.prompt_version, first.model) == ("answer", 2, MODEL)
    # claude-haiku-5-5: 1000 tokens at 0.10 and 100 at 0.50 USD per million, 21 times.
    assert result.record.cost_usd == pytest.approx(21 * 0.00015)
    assert first.retrieved is not None
    assert len(first.retrieved) == 4
    sent = server.requests[0]
    assert f'<section id="{first.retrieved[0][0]}">' in sent["messages"][0]["content"]
    assert set(result.record.subject) == {"prompt", "model", "corpus"}


def test_what_was_recorded_is_replayed_without_key_or_server(
    cases: CaseSet, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = choose_target("answer@2", choice(server, tmp_path, record=True))
    first = run_evaluation(live, cases, tmp_path / "live.jsonl")
    recordings = recordings_of(live)
    assert recordings is not None
    recordings.sort()
    asked = len(server.requests)
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    replayed = choose_target("answer@2", choice(server, tmp_path, model="recorded"))
    second = run_evaluation(replayed, cases, tmp_path / "replay.jsonl")
    assert (asked, len(server.requests)) == (21, 21)
    outputs = [
        [(a.output, a.cost_usd, a.retrieved) for a in read_run(r.path, cases).answers]
        for r in (first, second)
    ]
    assert outputs[0] == outputs[1]
    assert first.record.run_id == second.record.run_id


def test_a_missing_recording_ends_the_run_loudly(
    cases: CaseSet, server: Server, tmp_path: Path
) -> None:
    live = choose_target("answer@2", choice(server, tmp_path, record=True))
    run_evaluation(live, cases, tmp_path / "live.jsonl")
    other = choose_target("answer@1", choice(server, tmp_path, model="recorded"))
    with pytest.raises(InputError, match=r"no recording of repeat 0.*nearest differs in system"):
        run_evaluation(other, cases, tmp_path / "other.jsonl", Options(concurrency=1))


def test_a_forecast_is_an_upper_bound_of_what_was_spent(
    cases: CaseSet, server: Server, tmp_path: Path
) -> None:
    target = choose_target("answer@2", choice(server, tmp_path))
    told = forecast(target, cases, Repeats())
    assert (told.calls, told.cases) == (21, 10)
    assert server.requests == []
    result = run_evaluation(target, cases, tmp_path / "r.jsonl")
    assert told.cost_usd is not None
    assert result.record.cost_usd is not None
    assert told.cost_usd >= result.record.cost_usd
    assert told.output_tokens == 21 * 2048
    assert forecast(HttpTarget(url=server.url), cases, Repeats()).cost_usd is None


def test_the_local_model_varies_by_repeat_and_needs_no_key(server: Server, tmp_path: Path) -> None:
    target = choose_target("answer@2", choice(server, tmp_path, model="local"))
    reply = target.ask(ASK)
    assert isinstance(reply, Reply)
    assert reply.output
    assert server.requests == []


def test_a_conversation_reaches_the_model_whole(server: Server, tmp_path: Path) -> None:
    said = (Turn(role="user", content="Hello"), Turn(role="assistant", content="Hi."))
    case = Case(case_id="a", input="And back?", history=said)
    choose_target("answer@2", choice(server, tmp_path)).ask(Ask(case=case, repeat=0))
    roles = [message["role"] for message in server.requests[0]["messages"]]
    assert roles == ["user", "assistant", "user"]
    assert "And back?" in server.requests[0]["messages"][-1]["content"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("answer", "PROMPT@VERSION, MODULE:FUNCTION"),
        ("answer@x", "such as answer@2"),
        ("answer@99", "there are: v1, v2, v3"),
        ("http://", "http"),
    ],
)
def test_a_target_that_is_none_says_what_there_is(
    server: Server, tmp_path: Path, name: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        choose_target(name, choice(server, tmp_path))


def endpoint(server: Server, *replies: tuple[int, str, str]) -> Reply:
    server.replies = list(replies)
    return HttpTarget(url=f"{server.url}/ask", policy=RetryPolicy(first_wait=0.01)).ask(ASK)


JSON = "application/json"


def test_an_endpoint_is_given_the_case_and_read(server: Server) -> None:
    answer = {"output": "Set the flag.", "retrieved": [["a#b", 0.5]], "cost_usd": 0.01}
    reply = endpoint(server, (200, JSON, json.dumps(answer)))
    assert (reply.output, reply.retrieved, reply.cost_usd) == (
        "Set the flag.",
        (("a#b", 0.5),),
        0.01,
    )
    assert server.requests[0] == {
        "case_id": "a",
        "input": "How do I roll back?",
        "messages": [{"role": "user", "content": "How do I roll back?"}],
        "repeat": 1,
    }
    assert endpoint(server, (200, "text/plain", "Plain.")).output == "Plain."


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_endpoint_that_is_busy_is_asked_again(server: Server, status: int) -> None:
    assert endpoint(server, (status, JSON, "{}"), (200, "text/plain", "Yes.")).output == "Yes."
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ((404, JSON, "{}"), "RejectedRequestError: status 404"),
        ((302, "text/html", ""), "RejectedRequestError: status 302"),
        ((200, JSON, "{"), "no JSON"),
        ((200, JSON, "[1]"), "no object"),
        ((200, "text/plain", "  "), "empty"),
        ((200, "text/html; charset=utf-8", "<html>Sign in</html>"), "page of text/html"),
    ],
)
def test_an_endpoint_that_fails_is_an_answer_with_an_error(
    server: Server, reply: tuple[int, str, str], error: str
) -> None:
    found = endpoint(server, reply)
    assert found.output is None
    assert error in (found.error or "")


def test_an_endpoint_with_unknown_fields_is_wired_wrongly(server: Server) -> None:
    with pytest.raises(InputError, match="no known field; allowed are output"):
        endpoint(server, (200, JSON, '{"text": "x"}'))


def test_nobody_there_is_an_error_by_name(server: Server) -> None:
    server.close()
    policy = RetryPolicy(attempts=2, first_wait=0.01)
    assert "ModelUnavailableError" in (
        HttpTarget(url=server.url, policy=policy).ask(ASK).error or ""
    )

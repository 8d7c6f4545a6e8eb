"""Claude elsewhere and otherwise: other clouds, schemas, caches, slow answers, own prices."""

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from mlops_lib.errors import InputError
from mlops_lib.llm import (
    AnthropicModel,
    Message,
    ModelUnavailableError,
    PriceTable,
    RetryPolicy,
    Usage,
    read_prices,
)
from mlops_lib.llm.prices import PRICES, Price

pytest.importorskip("anthropic")

MODEL = "claude-haiku-5-5"
ASKED = [Message(role="user", content="How much traffic?")]
USAGE = {"input_tokens": 1000, "output_tokens": 100}


class Server:
    """Answers every path like the Messages API; with `drip`, one byte at a time."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.usage: dict[str, int] = USAGE
        self.text = "Five percent."
        self.drip = 0.0
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                server.paths.append(self.path)
                length = int(self.headers["content-length"])
                server.requests.append(json.loads(self.rfile.read(length)))
                server.headers.append({name.lower(): value for name, value in self.headers.items()})
                body = json.dumps(server.answer()).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                try:
                    for place in range(len(body)) if server.drip else ():
                        self.wfile.write(body[place : place + 1])
                        time.sleep(server.drip)
                    self.wfile.write(b"" if server.drip else body)
                except OSError:
                    pass

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def answer(self) -> dict[str, Any]:
        content = [{"type": "text", "text": self.text}]
        return {
            "id": "m", "type": "message", "role": "assistant", "model": MODEL, "content": content,
            "stop_reason": "end_turn", "stop_sequence": None, "usage": self.usage,
        }  # fmt: skip

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-canary")
    opened = Server()
    yield opened
    opened.close()


def test_an_answer_that_drips_ends_at_the_deadline(server: Server) -> None:
    server.drip = 0.02  # some 300 bytes: six seconds, and never a pause of the read timeout
    policy = RetryPolicy(attempts=1, timeout=0.5)
    began = time.monotonic()
    with pytest.raises(ModelUnavailableError):
        AnthropicModel(id=MODEL, base_url=server.url, policy=policy).complete(ASKED, max_tokens=9)
    assert time.monotonic() - began < 2


def test_a_schema_is_sent_and_its_json_comes_back(server: Server) -> None:
    server.text = '{"grade": 4}'
    schema = {"type": "object", "properties": {"grade": {"type": "integer"}}}
    model = AnthropicModel(id=MODEL, base_url=server.url, schema=schema)
    assert json.loads(model.complete(ASKED, max_tokens=9).text) == {"grade": 4}
    assert server.requests[0]["output_config"] == {
        "format": {"type": "json_schema", "schema": schema}
    }


def test_a_cached_system_is_marked_and_priced_where_the_price_is_known(server: Server) -> None:
    server.usage = USAGE | {"cache_read_input_tokens": 4000, "cache_creation_input_tokens": 2000}
    own = Price(input=1.0, output=5.0, cache_read=0.1, cache_write=1.25)
    model = AnthropicModel(
        id=MODEL,
        base_url=server.url,
        caches_system=True,
        prices=PriceTable(prices={MODEL: own}),
    )
    answer = model.complete(ASKED, max_tokens=9, system="Be brief.")
    marked = {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}
    assert server.requests[0]["system"] == [marked]
    # 1000 x 1 + 100 x 5 + 4000 x 0.1 + 2000 x 1.25, per million.
    assert answer.cost_usd == pytest.approx(0.0044)
    assert answer.input_tokens == 7000


def test_bedrock_is_reached_by_the_sdks_own_client(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "aws-token")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    model = AnthropicModel(id="anthropic.claude-x", platform="bedrock", base_url=server.url)
    answer = model.complete(ASKED, max_tokens=9)
    assert (answer.text, answer.cost_usd) == ("Five percent.", None)
    assert server.paths == ["/model/anthropic.claude-x/invoke"]
    assert server.headers[0]["authorization"] == "Bearer aws-token"


def test_vertex_without_credentials_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLOUD_ML_REGION", "ANTHROPIC_VERTEX_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InputError, match="vertex: cannot be used"):
        AnthropicModel(id="claude-x", platform="vertex").complete(ASKED, max_tokens=9)


PRICE_FILE = """
as_of: 2026-11-01
models:
  claude-of-tomorrow: {input: 3, output: 15, cache_read: 0.3}
  claude-haiku-5-5: {input: 1, output: 2}
"""


def test_own_prices_stand_before_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(PRICE_FILE, encoding="utf-8")
    table = read_prices(tmp_path / "p.yaml")
    million = Usage(input=1_000_000, output=0)
    assert table.as_of == "2026-11-01"
    assert table.cost("claude-of-tomorrow", million) == 3.0
    assert table.cost("claude-haiku-5-5", million) == 1.0
    assert table.cost("claude-sonnet-5", million) == PRICES["claude-sonnet-5"].input
    assert table.cost("claude-of-tomorrow", Usage(input=1, output=1, cache_write=1)) is None


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("as_of: soon\nmodels: {a: {input: 1, output: 1}}", "as_of"),
        ("as_of: 2026-11-01\nmodels: {a: {input: -1, output: 1}}", "models.a.input"),
        ("as_of: 2026-11-01\nmodels: {a: {input: 1}}", "models.a.output"),
        ("as_of: 2026-11-01\nmodels: {a: {input: .nan, output: 1}}", "models.a.input"),
        ("as_of: 2026-11-01\nmodels: {}", "models"),
        ("{", ""),
    ],
)
def test_a_wrong_price_names_its_place(tmp_path: Path, content: str, field: str) -> None:
    (tmp_path / "p.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_prices(tmp_path / "p.yaml")
    assert caught.value.problems[0].field == field

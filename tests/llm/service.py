"""A local server that speaks the Messages API, batches included, over real HTTP."""

import json
import random
import re
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Body = dict[str, Any]
FATES = {
    "expired": {"type": "expired"},
    "canceled": {"type": "canceled"},
    "errored": {
        "type": "errored",
        "error": {"type": "error", "error": {"type": "api_error", "message": "Internal."}},
    },
    "refused": {
        "type": "errored",
        "error": {
            "type": "error",
            "error": {"type": "invalid_request_error", "message": "max_tokens: too many"},
        },
    },
}


class Service:
    """Answers as `grader` says; knobs make it fail the way the real one does.

    Attributes:
        grader: from the last message to the answer's text.
        asked: single messages that were answered.
        requests: of these.
        batches: by id, in the order in which they were made.
        looks: how often a batch is looked at before it has ended.
        fate: what becomes of a batched request: the batch's number and the last message to one of
            `FATES`, or "" for an answer.
        loses_next: whether the reply to the next new batch is lost on its way.
        cuts_next: whether the next results break off in the middle.
    """

    def __init__(self) -> None:
        self.asked = 0
        self.requests: list[Body] = []
        self.grader: Callable[[str], str] = lambda _: "Five percent."
        self.batches: dict[str, Body] = {}
        self.looks = 1
        self.fate: Callable[[int, str], str] = lambda _number, _message: ""
        self.loses_next = self.cuts_next = False
        self.results_url = ""
        self._lock = Lock()
        self._http = _Server(self)
        Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    @property
    def batched(self) -> int:
        """Requests in all batches."""
        return sum(len(batch["requests"]) for batch in self.batches.values())

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def message(self, request: Body) -> Body:
        content = [{"type": "text", "text": self.grader(request["messages"][-1]["content"])}]
        return {
            "id": "m", "type": "message", "role": "assistant", "model": request["model"],
            "content": content, "stop_reason": "end_turn", "stop_sequence": None,
            "usage": {"input_tokens": 1000, "output_tokens": 100},
        }  # fmt: skip

    def create(self, requests: list[Body]) -> Body:
        with self._lock:
            name = f"msgbatch_{len(self.batches) + 1}"
            self.batches[name] = {"requests": requests, "looks": 0, "made": datetime.now(tz=UTC)}
        return self.state(name)

    def state(self, name: str) -> Body:
        batch = self.batches[name]
        ended, total = batch["looks"] >= self.looks, len(batch["requests"])
        made = batch["made"].isoformat()
        return {
            "id": name, "type": "message_batch", "created_at": made,
            "expires_at": (batch["made"] + timedelta(days=1)).isoformat(),
            "ended_at": made if ended else None,
            "processing_status": "ended" if ended else "in_progress",
            "request_counts": {
                "processing": 0 if ended else total, "succeeded": total if ended else 0,
                "errored": 0, "canceled": 0, "expired": 0,
            },
            "results_url": self.results_url or f"{self.url}/v1/messages/batches/{name}/results",
        }  # fmt: skip

    def results(self, name: str) -> bytes:
        number = list(self.batches).index(name) + 1
        lines = []
        for each in self.batches[name]["requests"]:
            fate = self.fate(number, each["params"]["messages"][-1]["content"])
            result = FATES.get(fate) or {
                "type": "succeeded",
                "message": self.message(each["params"]),
            }
            if fate != "missing":
                lines.append(json.dumps({"custom_id": each["custom_id"], "result": result}))
        random.Random(5).shuffle(lines)
        content = "".join(f"{line}\n" for line in lines).encode()
        if self.cuts_next:
            self.cuts_next = False
            content = content[: len(content) // 2 - 3]
        return content


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, service: Service) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.service = service


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        service = self.server.service
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == "/v1/messages":
            service.asked += 1
            service.requests.append(body)
            self._say(service.message(body))
            return
        made = service.create(body["requests"])
        if service.loses_next:
            service.loses_next = False
            self.connection.close()
            return
        self._say(made)

    def do_GET(self) -> None:
        service = self.server.service
        found = re.fullmatch(r"/v1/messages/batches/(\w+)(/results)?", self.path)
        if found is None:
            names = reversed(service.batches)
            self._say({"data": [service.state(name) for name in names], "has_more": False})
        elif found[2]:
            self._say(service.results(found[1]))
        else:
            service.batches[found[1]]["looks"] += 1
            self._say(service.state(found[1]))

    def _say(self, said: Body | bytes) -> None:
        content = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

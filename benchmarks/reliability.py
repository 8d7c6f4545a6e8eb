"""`python -m benchmarks.reliability`: a run killed 200 times, and a service with a limit."""

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

KILLS, CASES, AT_ONCE = 200, 20_000, 4
CALLS, CALLERS, PER_SECOND, BURST = 200, 32, 10.0, 10
MOST_ATTEMPTS, MOST_TIME = 1.3, 1.1

RUNNER = """
import os, sys, time
from mlops_lib.evaluation import Case, CaseSet
from mlops_lib.evaluation.running.asks import Repeats
from mlops_lib.evaluation.running.python_target import PythonTarget
from mlops_lib.evaluation.running.run import Options, run_evaluation

paid = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND)

def function(text, *, case, repeat):
    os.write(paid, f"{case.case_id}\\n".encode())
    time.sleep(0.002)
    return text

count = int(sys.argv[3])
cases = CaseSet(name="c", cases=tuple(Case(case_id=f"c{i}", input="q") for i in range(count)))
options = Options(concurrency=int(sys.argv[4]), repeats=Repeats(usual=1, critical=1))
print("go", flush=True)
run_evaluation(PythonTarget(name="t", function=function), cases, sys.argv[1], options)
"""


def main() -> None:
    """Print what is lost and what is paid twice."""
    killed()
    limited(None)
    limited(PER_SECOND)


def killed() -> None:
    """Kill a run at random moments, then let it end."""
    rng = random.Random(3)  # noqa: S311 - no secret
    with tempfile.TemporaryDirectory() as folder:
        out, paid = Path(folder) / "run.jsonl", Path(folder) / "paid"
        command = [sys.executable, "-c", RUNNER, str(out), str(paid), str(CASES), str(AT_ONCE)]
        for _ in range(KILLS):
            with subprocess.Popen(command, stdout=subprocess.PIPE) as run:
                next(iter(run.stdout or ()), b"")
                time.sleep(rng.uniform(0.0, 0.15))
                run.kill()
        subprocess.run(command, check=True, capture_output=True)
        asked = paid.read_text(encoding="utf-8").splitlines()
        answers = [json.loads(line)["case_id"] for line in out.open(encoding="utf-8")]
    lost, twice = CASES - len(set(answers)), len(asked) - CASES
    print(
        f"{KILLS} SIGKILLs, {AT_ONCE} asks at once: {lost} of {CASES:,} answers lost, "
        f"{len(answers) - len(set(answers))} written twice, {twice} paid twice "
        f"(in flight: at most {KILLS * AT_ONCE})"
    )


class Limit(ThreadingHTTPServer):
    """Answers so many calls a second, counted as a leaking bucket."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        """Listen."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.attempts = 0
        self._left, self._then = float(BURST), time.monotonic()
        self._lock = threading.Lock()

    def lets(self) -> bool:
        """Whether one more call may pass."""
        with self._lock:
            now = time.monotonic()
            self._left = min(BURST, self._left + (now - self._then) * PER_SECOND)
            self._then, self.attempts = now, self.attempts + 1
            passes = self._left >= 1
            self._left -= passes
            return passes


class _Handler(BaseHTTPRequestHandler):
    server: Limit

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        error: dict[str, Any] = {"type": "error", "error": {"type": "rate_limit_error"}}
        said: dict[str, Any] = {
            "id": "m", "type": "message", "role": "assistant", "model": "m",
            "content": [{"type": "text", "text": "Five."}], "stop_reason": "end_turn",
            "usage": {"input_tokens": 1, "output_tokens": 1},
        }  # fmt: skip
        passes = self.server.lets()
        body = json.dumps(said if passes else error).encode()
        self.send_response(200 if passes else 429)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def limited(per_second: float | None) -> None:
    """Make many calls at once of a service that allows few a second."""
    from mlops_lib.llm import AnthropicModel, Message, RetryPolicy, Throttle

    os.environ["ANTHROPIC_API_KEY"] = "none"
    service = Limit()
    threading.Thread(target=service.serve_forever, daemon=True).start()
    claude = AnthropicModel(
        id="m",
        base_url=f"http://127.0.0.1:{service.server_port}",
        throttle=Throttle(per_second=per_second),
        policy=RetryPolicy(attempts=6),
    )
    asked = [Message(role="user", content="?")]

    def call(_: int) -> bool:
        try:
            return bool(claude.complete(asked, max_tokens=10))
        except Exception:  # noqa: BLE001 - whatever it was, the call is lost
            return False

    _ = claude.client  # the import of the SDK is not the service's time
    began = time.monotonic()
    with ThreadPoolExecutor(CALLERS) as pool:
        answered = sum(pool.map(call, range(CALLS)))
    took = time.monotonic() - began
    service.shutdown()
    ideal = (CALLS - BURST) / PER_SECOND if per_second is None else CALLS / per_second
    known = "unknown limit" if per_second is None else f"--rate {per_second:g}"
    print(
        f"{CALLS} calls, {CALLERS} at once, {PER_SECOND:g} a second allowed, {known}: "
        f"{CALLS - answered} lost, {service.attempts / CALLS:.2f} attempts per call "
        f"(limit {MOST_ATTEMPTS}), {took:.1f} s, {took / ideal:.2f} of the ideal "
        f"(limit {MOST_TIME})"
    )


if __name__ == "__main__":
    main()

"""The runners that others use, on the same work: an instant answer, one exact check, a record.

They are looked for in the environment variable MLOPS_PEERS (a virtual environment with
`pip install inspect-ai deepeval`) and, for promptfoo, on the PATH; who is not there is skipped.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

INSPECT = """
import sys, tiktoken
class Words:
    def encode(self, text, **_): return text.split()
tiktoken.get_encoding = lambda *_: Words()  # it would be downloaded
from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import includes
samples = [Sample(id=i, input=f"q{i}", target="Default") for i in range(int(sys.argv[1]))]
task = Task(dataset=MemoryDataset(samples), scorer=includes())
(log,) = eval(task, model="mockllm/model", display="none", log_dir="logs")
assert log.status == "success", log.error
"""

DEEPEVAL = """
import sys
from deepeval import evaluate
from deepeval.evaluate.configs import CacheConfig, DisplayConfig
from deepeval.metrics import ExactMatchMetric
from deepeval.test_case import LLMTestCase
cases = [
    LLMTestCase(input=f"q{i}", actual_output="yes", expected_output="yes")
    for i in range(int(sys.argv[1]))
]
quiet = DisplayConfig(show_indicator=False, print_results=False)
evaluate(cases, [ExactMatchMetric()], display_config=quiet,
         cache_config=CacheConfig(write_cache=False))
"""

PROMPTFOO = """
import json, subprocess, sys
check = [{"type": "icontains", "value": "q"}]
tests = [{"vars": {"q": f"q{i}"}, "assert": check} for i in range(int(sys.argv[2]))]
content = {"providers": ["echo"], "prompts": ["{{q}}"], "tests": tests}
open("c.json", "w").write(json.dumps(content))
subprocess.run([sys.argv[1], "eval", "-c", "c.json", "--no-cache", "--no-table", "--no-share",
                "--no-progress-bar", "-o", "out.json"], check=True)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One runner.

    Attributes:
        name: what the table calls it.
        command: that runs it; the number of cases follows.
        is_there: whether it can be run here.
    """

    name: str
    command: tuple[str, ...]
    is_there: bool


def peers() -> list[Peer]:
    """Everybody, the absent included."""
    home = os.environ.get("MLOPS_PEERS", "")
    promptfoo = shutil.which("promptfoo") or ""
    python = str(Path(home) / "bin" / "python")
    return [
        Peer(name=name, command=(python, "-c", script), is_there=_installed(home, package))
        for name, package, script in (
            ("inspect-ai", "inspect_ai", INSPECT),
            ("deepeval", "deepeval", DEEPEVAL),
        )
    ] + [
        Peer(
            name="promptfoo",
            command=(sys.executable, "-c", PROMPTFOO, promptfoo),
            is_there=bool(promptfoo),
        )
    ]


def _installed(home: str, package: str) -> bool:
    return bool(home) and any(Path(home).glob(f"lib/python3*/site-packages/{package}"))


_QUIET = {"DEEPEVAL_TELEMETRY_OPT_OUT": "YES", "PROMPTFOO_DISABLE_TELEMETRY": "1"}


def cpu_seconds(command: tuple[str, ...], cases: int) -> float:
    """CPU seconds of a command and its children; the comparable number on a busy machine."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [*command, str(cases)],
            cwd=folder,
            env=os.environ | _QUIET,
            check=True,
            capture_output=True,
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

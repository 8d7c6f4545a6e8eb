"""`make lab`: JupyterLab on the notebooks, with kernels that find the demo data."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
TOKEN = "a-token-of-the-test"

pytestmark = pytest.mark.skipif(
    not (ROOT / ".venv-lab" / ".done").exists(), reason="`make lab` has not been set up"
)


@pytest.fixture
def lab() -> Iterator[str]:
    """The address of a JupyterLab that `make lab` started without a browser."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = f"--no-browser --allow-root --port={port} --IdentityProvider.token={TOKEN}"
    process = subprocess.Popen(
        ["make", "--old-file=.venv-lab/.done", "lab", f"ARGS={arguments}"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield f"http://127.0.0.1:{port}/api"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def ask(url: str, body: dict[str, Any] | None = None) -> Any:
    request = urllib.request.Request(
        url,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"token {TOKEN}"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def patiently(url: str) -> Any:
    deadline = time.monotonic() + 60
    while True:
        try:
            return ask(url)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def test_lab_opens_on_the_notebooks_and_kernels_start_at_the_root(lab: str) -> None:
    listed = {entry["name"] for entry in patiently(f"{lab}/contents")["content"]}
    assert {"drift.ipynb", "evaluation.ipynb", "experiment.ipynb", "topics.ipynb"} <= listed
    kernel = ask(f"{lab}/kernels", {"name": "python3", "path": "drift.ipynb"})
    folders = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if kernel["id"] in (process / "cmdline").read_text():
                folders.add((process / "cwd").resolve())
        except OSError:
            continue
    assert folders == {ROOT}

"""A real MLflow server: what is logged to it, it shows, and what its own pages read."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mlops_lib.tracking import Store, TrackedRun, choose_store, find_runs, log_run

pytest.importorskip("mlflow", reason="needs the extra mlflow")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store behind a server of its own."""
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = (
        "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        "--backend-store-uri", f"sqlite:///{folder}/server.db",
        "--artifacts-destination", str(folder / "artifacts"),
    )  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "mlflow", *words],
        cwd=folder,
        env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/health", process)
        yield choose_store(environment={"MLFLOW_TRACKING_URI": address})
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    pytest.fail("the server did not start")


@pytest.mark.slow
def test_a_server_keeps_a_run_once_with_its_prompt_and_files(
    server: Store, run: Callable[..., TrackedRun], tmp_path: Path
) -> None:
    part = run(is_whole=False, content="part", metrics={"similarity": 0.9})
    assert [log_run(each, server).how for each in (part, run(), run())] == [
        "new", "completed", "there",
    ]  # fmt: skip
    (kept,) = find_runs(server, "answer", out=tmp_path)
    assert kept.folder.is_relative_to(tmp_path)
    assert (kept.folder / "prompt.txt").read_text(encoding="utf-8") == "Ähem: {question}"
    with server.client() as client:
        found = client.get_run(kept.mlflow_id)
        assert found.data.metrics == run().metrics
        assert found.data.tags["mlops.prompt"] == "prompts:/answer/1"
        alias = client.get_prompt_version_by_alias("answer", "production")
        assert int(alias.version) == 1


@pytest.mark.slow
def test_a_server_takes_more_than_a_batch(server: Store, run: Callable[..., TrackedRun]) -> None:
    many = {f"p{i}": "x" * 7000 for i in range(150)}
    logged = log_run(run(content="many", run_id="many", params=many), server)
    with server.client() as client:
        assert len(client.get_run(logged.mlflow_id).data.params) == 150

"""The command `mlops`, run as a user runs it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Mlops = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def mlops(tmp_path: Path) -> Mlops:
    """Run `mlops ARGUMENTS` in an empty directory; its notebooks lie in `notebooks/`."""

    def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "mlops_lib", *arguments],
            cwd=tmp_path,
            env={**os.environ, "COLUMNS": "200", **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return call

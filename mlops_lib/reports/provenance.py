"""Where a report comes from: revision, versions, and hashes of what could change it."""

import glob
import hashlib
import os
import platform
import subprocess
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import mlops_lib

_PACKAGE = Path(mlops_lib.__file__).parent
_SOURCE_ENDINGS = {".py", ".j2", ".css", ".json", ".yaml"}
_STACK = (
    "duckdb",
    "ipykernel",
    "matplotlib",
    "narwhals",
    "nbclient",
    "nbconvert",
    "numpy",
    "pandas",
    "papermill",
    "scikit-learn",
    "scipy",
)
"""Distributions whose version can change a number or a picture."""

_GIT_SECONDS = 5


@cache
def git_revision() -> tuple[str | None, bool | None]:
    """Revision of the working directory and whether it has uncommitted changes."""
    revision = _git("rev-parse", "HEAD")
    if not revision:
        return None, None
    return revision, bool(_git("status", "--porcelain", "--untracked-files=no"))


@cache
def library_hash() -> str:
    """Hash of the library's own source and of the versions it stands on."""
    digest = hashlib.sha256(platform.python_version().encode())
    for name in _STACK:
        try:
            digest.update(f"{name}={version(name)}\n".encode())
        except PackageNotFoundError:
            digest.update(f"{name} absent\n".encode())
    sources = (p for p in _PACKAGE.rglob("*") if p.suffix in _SOURCE_ENDINGS)
    digest.update(tree_hash(sources).encode())
    return digest.hexdigest()


def tree_hash(files: Iterable[Path]) -> str:
    """Hash of names and contents of files, whatever their order."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.name}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def stamp(text: str) -> list[tuple[str, int, int]]:
    """Size and time of change of every file that a text names; none if it names no file.

    A folder stands for all files below it, a glob for what it matches now, and a SQLite file also
    for the write-ahead log beside it, which holds its newest rows.
    """
    if not text:
        return []
    try:
        named = [Path(text)] if Path(text).exists() else _matches(text)
        files = [p for path in named for p in (path.rglob("*") if path.is_dir() else [path])]
        logs = [Path(f"{file}-wal") for file in files]
        found = [p for p in (*files, *logs) if p.is_file()]
        sizes = [(os.fspath(p), p.stat()) for p in sorted(found)]
        return [(path, size.st_size, size.st_mtime_ns) for path, size in sizes]
    except (OSError, ValueError):
        return []


def _matches(text: str) -> list[Path]:
    return [Path(match) for match in glob.glob(text, recursive=True)]


def versions() -> dict[str, str]:
    """Versions that a report names."""
    return {
        "library_version": mlops_lib.__version__,
        "python_version": platform.python_version(),
    }


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603
            ["git", *arguments],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
            timeout=_GIT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""

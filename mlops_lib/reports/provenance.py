"""Where a report comes from: revision, versions, and hashes of what could change it."""

import glob
import hashlib
import os
import platform
import site
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, entry_points, version
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

_PLUGINS = f"{mlops_lib.__name__}."
"""Groups of entry points for scorers and embedders of other distributions begin with it."""

_SITES = (site.getusersitepackages(), *site.getsitepackages())
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
    """Hash of the library's own source, and of what it stands on and what extends it."""
    digest = hashlib.sha256(platform.python_version().encode())
    for name in _STACK:
        try:
            digest.update(f"{name}={version(name)}\n".encode())
        except PackageNotFoundError:
            digest.update(f"{name} absent\n".encode())
    for name in _plugins():
        digest.update(f"{name}\n".encode())
    sources = (p for p in _PACKAGE.rglob("*") if p.suffix in _SOURCE_ENDINGS)
    digest.update(tree_hash(sources).encode())
    return digest.hexdigest()


def _plugins() -> list[str]:
    """Distributions that bring scorers or embedders, each with its version."""
    every = entry_points()
    groups = (group for group in every.groups if group.startswith(_PLUGINS))
    points = (point for group in groups for point in every.select(group=group))
    return sorted({f"{point.dist.name}={point.dist.version}" for point in points if point.dist})


def tree_hash(files: Iterable[Path]) -> str:
    """Hash of names and contents of files, whatever their order."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.name}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


Stamp = tuple[str, int, int, int]
"""Path, size, and when content and file last changed: the last of these no copy can bring along."""


def stamp(text: str) -> list[Stamp]:
    """Size and times of change of every file that a text names; none if it names no file.

    A folder stands for all files below it, a glob for what it matches now, and a file also for
    what lies beside it under its name: a SQLite file's newest rows are in the write-ahead log, a
    run's grades in its judgements.
    """
    if not text:
        return []
    try:
        named = [Path(text)] if Path(text).exists() else _matches(text)
        files = [p for path in named for p in (path.rglob("*") if path.is_dir() else [path])]
        beside = [p for path in named if path.is_file() for p in _beside(path)]
        found = {p for p in (*files, *beside) if p.is_file()}
        sizes = [(os.fspath(p), p.stat()) for p in sorted(found)]
        return [(p, size.st_size, size.st_mtime_ns, size.st_ctime_ns) for p, size in sizes]
    except (OSError, ValueError):
        return []


def _beside(file: Path) -> list[Path]:
    """Files of the same name before the ending; SQLite's -shm changes when it is read."""
    found = file.parent.glob(f"{glob.escape(file.stem)}.*")
    return [path for path in found if not path.name.endswith("-shm")]


def own_code() -> list[str]:
    """Files of the imported modules that belong to nobody's distribution: the user's own code."""
    places = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    foreign = tuple(f"{place}{os.sep}" for place in {*places, str(_PACKAGE), *_SITES})
    files = {str(getattr(module, "__file__", None) or "") for module in [*sys.modules.values()]}
    return sorted(file for file in files if file.endswith(".py") and not file.startswith(foreign))


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

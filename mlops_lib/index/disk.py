"""Files that survive a kill: written whole, flushed, renamed; and locks that die with their holder.

The locks are POSIX `flock`s on the store's own files, so they work between processes of one
machine, and on network file systems that support them. Readers need no lock to be safe.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mlops_lib.errors import RunError

LOCK_WAIT_SECONDS = 30.0
"""Whoever holds the store's lock renames a file or two; longer means a broken disk."""

_POLL_SECONDS = 0.01


def write_whole(path: Path, text: str) -> None:
    """Write a file so that readers and a power cut see the old text or the new, never half.

    The caller holds a lock, so one name of the partial file is enough, and what a killed process
    left of it is written over.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    flush(path.parent)


def flush(path: Path) -> None:
    """Make what was written to a file, or renamed in a folder, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def to_json(value: Any) -> str:  # noqa: ANN401
    """JSON as people read it; equal values give equal bytes."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file, waiting for whoever has it.

    Raises:
        RunError: if it is not free within `LOCK_WAIT_SECONDS`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        deadline = time.monotonic() + LOCK_WAIT_SECONDS
        while not _try_lock(handle, shared=False):
            if time.monotonic() > deadline:
                raise RunError(f"{path}: somebody has held the lock for {LOCK_WAIT_SECONDS:g} s")
            time.sleep(_POLL_SECONDS)
        yield
    finally:
        os.close(handle)


def hold(path: Path, *, shared: bool) -> int | None:
    """Lock a file without waiting; None if it is gone, or held by another.

    Returns:
        A handle; closing it, or the end of the process however it comes, gives the lock back.
    """
    handle = -1
    try:
        handle = os.open(path, os.O_RDONLY)
        if _try_lock(handle, shared=shared) and path.exists():
            return handle
    except FileNotFoundError:
        pass
    if handle >= 0:
        os.close(handle)
    return None


def release(handle: int | None) -> None:
    """Give a lock back."""
    if handle is not None:
        with suppress(OSError):
            os.close(handle)


def _try_lock(handle: int, *, shared: bool) -> bool:
    try:
        import fcntl
    except ImportError:  # no flock on this platform: one writer at a time is then the user's part
        return True
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

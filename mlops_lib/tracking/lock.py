"""One writer at a time: a lock file beside the database, which dies with the process."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from mlops_lib.errors import RunError

PATIENCE = 120.0
"""Seconds to wait: fifty runs are logged in less, and a process that hangs is noticed."""

_PAUSE = 0.02


@contextmanager
def locked(database: Path | None, *, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the lock of a SQLite file; None for a store that has its own.

    Args:
        database: the file; it need not exist.
        patience: seconds to wait for another process.

    Raises:
        RunError: if another process holds it for longer, or the lock cannot be made.
    """
    if database is None or not _has_flock():
        yield
        return
    place = database.with_name(f"{database.name}.lock")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(place, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        message = f"{place} cannot be made: {error.strerror}"
        raise RunError(message) from error
    try:
        _take(file, place, patience)
        yield
    finally:
        os.close(file)


def _take(file: int, place: Path, patience: float) -> None:
    import fcntl

    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                message = f"another process holds {place} for more than {patience:g} s"
                raise RunError(message) from None
            time.sleep(_PAUSE)
        else:
            return


def _has_flock() -> bool:
    """Windows has none; there SQLite's own locks must do."""
    return find_spec("fcntl") is not None

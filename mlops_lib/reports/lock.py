"""One run at a time in a folder of reports: two would take each other's pages for their own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlops_lib.errors import InputError, MlopsError

_LOCK = ".lock"


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """Hold the folder of the reports; the lock ends with this process, however it ends.

    It is a record lock, which forked kernels do not inherit: one that outlives a killed run does
    not keep the folder.

    Raises:
        InputError: if another run writes there.
        MlopsError: if the folder cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        file = os.open(out / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        message = f"cannot write the reports: {error}"
        raise MlopsError(message) from error
    try:
        if not _take(file):
            message = "another run writes its reports here; wait for it, or choose another --out"
            raise InputError.of(message, source=str(out))
        yield
    finally:
        os.close(file)


def _take(file: int) -> bool:
    try:
        import fcntl
    except ImportError:  # no such locks on Windows: one run at a time is then the user's part
        return True
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # a file system without locks
        return True
    return True

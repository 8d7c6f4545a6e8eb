"""Write a file whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SIDE_FILES = ("", "-wal", "-shm", "-journal")


@contextmanager
def replaced_when_complete(path: str | Path) -> Iterator[Path]:
    """Give a place to write to, and move it to `path` when the block ends well.

    A block that raises leaves what was at `path`; one that is killed leaves a `.partial` beside it
    that nobody reads.

    Args:
        path: where the file should be; missing folders are made.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    _remove(partial)
    try:
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        _remove(partial)


def _remove(partial: Path) -> None:
    for suffix in _SIDE_FILES:
        partial.with_name(partial.name + suffix).unlink(missing_ok=True)

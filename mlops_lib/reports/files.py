"""Writing so that a reader sees the old file or the new one, never half of one."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any


def write_text(path: Path, text: str) -> None:
    """Write a file at once: to a neighbour first, flushed, then renamed over the old one.

    Raises:
        OSError: if the folder cannot be written; the old file is then intact.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException as error:
        Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:  # a full disk names no file
            error.filename = str(path)
        raise


def write_json(path: Path, value: Any) -> None:  # noqa: ANN401
    """Write JSON at once, indented, keys in the order given, NaN refused."""
    write_text(path, to_json(value))


def to_json(value: Any) -> str:  # noqa: ANN401
    """JSON text as people and machines read it; equal values give equal bytes."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

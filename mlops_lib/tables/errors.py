"""What readers say when a file or a database cannot be read."""

import glob
import json
from pathlib import Path

from mlops_lib.errors import InputError

JSON_LINES = (".jsonl", ".ndjson")


def unreadable(error: Exception, source: str) -> InputError:
    """The broken line of JSON lines, or what the reader said."""
    return _broken_line(source) or InputError.of(
        f"cannot read the file: {first_line(error)}", source=source
    )


def first_line(error: Exception) -> str:
    """An error in one line."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def suffix_of(file: Path) -> str:
    """A file's ending in lower case, without .gz."""
    suffixes = [suffix.lower() for suffix in file.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _broken_line(source: str) -> InputError | None:
    """The first line of JSON lines that is no JSON; DuckDB counts one too far, and shows none."""
    for name in glob.glob(source, recursive=True):
        if suffix_of(Path(name)) not in JSON_LINES or name.endswith(".gz"):
            continue
        with Path(name).open(encoding="utf-8", errors="replace") as lines:
            for row, line in enumerate(lines, start=1):
                try:
                    json.loads(line.strip() or "null")
                except json.JSONDecodeError as error:
                    return InputError.of(
                        f"is no JSON: {error.msg}", source=name, row=row, value=line.rstrip()
                    )
    return None

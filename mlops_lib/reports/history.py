"""How reports turned out before: one line a run, appended, never rewritten."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from mlops_lib.reports.reading import number

_FILE = "history.jsonl"


def append_history(out: Path, records: Sequence[Mapping[str, Any]]) -> None:
    """Add the runs that were really made.

    Raises:
        OSError: if the file cannot be written.
    """
    lines = [
        json.dumps(
            {
                "started": record["provenance"]["started"],
                "name": record["name"],
                "outcome": record["outcome"],
                "seconds": record["provenance"]["seconds"],
            }
        )
        for record in records
        if "provenance" in record
    ]
    if not lines:
        return
    with (out / _FILE).open("a+b") as file:
        if file.tell() and not _ends_its_line(file):
            lines.insert(0, "")  # what a crash cut off stays on a line of its own
        file.write("\n".join([*lines, ""]).encode())


def read_history(out: Path) -> list[dict[str, Any]]:
    """All earlier runs, oldest first; a line that is damaged is passed over.

    A file that cannot be read is no history.
    """
    try:
        lines = (out / _FILE).read_bytes().splitlines()
    except OSError:
        return []
    return [row for row in map(_run, lines) if row is not None]


def _run(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict) or number(row.get("seconds")) is None:
        return None
    texts = (row.get("started"), row.get("name"), row.get("outcome"))
    return row if all(isinstance(each, str) for each in texts) else None


def _ends_its_line(file: IO[bytes]) -> bool:
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"

"""How reports turned out before: one line a run, appended, never rewritten."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_FILE = "history.jsonl"


def append_history(out: Path, records: Sequence[Mapping[str, Any]]) -> None:
    """Add the runs that were really made."""
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
    with (out / _FILE).open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def read_history(out: Path) -> list[dict[str, Any]]:
    """All earlier runs, oldest first; a line cut off by a crash is passed over."""
    try:
        lines = (out / _FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    rows = []
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict) and {"started", "name", "outcome", "seconds"} <= row.keys():
            rows.append(row)
    return rows

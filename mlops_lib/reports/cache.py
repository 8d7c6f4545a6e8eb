"""Which reports are still true: same notebook, parameters, inputs and library, same result."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mlops_lib.reports.files import to_json, write_json
from mlops_lib.reports.provenance import Stamp, library_hash, stamp

_STATE = ".state.json"
REPORT_FILES = ("report.html", "report.ipynb", "verdict.json")


def key(notebook: Path, parameters: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    """Hash of everything known before a run that can change its report.

    Args:
        notebook: the .ipynb file.
        parameters: every parameter, defaults included.
        settings: what else the user chose, such as the engine.
    """
    parts = {
        "notebook": hashlib.sha256(notebook.read_bytes()).hexdigest(),
        "parameters": dict(parameters),
        "settings": dict(settings),
        "library": library_hash(),
        "inputs": [stamp(value) for value in parameters.values() if isinstance(value, str)],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def remember(
    folder: Path,
    run_key: str,
    record: Mapping[str, Any],
    *,
    code: Sequence[str],
    started: int,
) -> None:
    """Keep the key of a finished run beside its report.

    Not where a source was written while the run went on: which of its two states was read, nobody
    knows, so the next run has to look.

    Args:
        folder: of the report.
        run_key: from `key`, made before the run.
        record: of the run.
        code: files of the user's own modules that it imported.
        started: when the run began, nanoseconds since 1970.
    """
    read = [source["path"] for source in record["sources"]]
    inputs, modules = _stamps(read), _stamps(code)
    seen = [each for found in (*inputs, *modules) for each in found]
    if any(max(times) >= started for _, _, *times in seen):
        return
    state = {"key": run_key, "run_id": record["provenance"]["run_id"], "inputs": inputs}
    state |= {"code": dict(zip(code, modules, strict=True))}
    state |= {"files": [_digest(folder / name) for name in REPORT_FILES]}
    write_json(folder / _STATE, state)


def recall(folder: Path, run_key: str) -> dict[str, Any] | None:
    """The record of the last run, if nothing that it depends on has changed since."""
    try:
        state = json.loads((folder / _STATE).read_text(encoding="utf-8"))
        record: dict[str, Any] = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
        files = [_digest(folder / name) for name in REPORT_FILES]
        inputs = _stamps(source["path"] for source in record["sources"])
        code = {path: stamp(path) for path in state["code"]}
        now = {"key": run_key, "run_id": record["provenance"]["run_id"], "inputs": inputs}
        now |= {"code": code, "files": files}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not all(inputs):  # a source that cannot be found cannot be called unchanged
        return None
    return record if state == json.loads(to_json(now)) else None


def forget(folder: Path) -> None:
    """Remove what an earlier run left: from here on only this run's verdict counts."""
    for name in (_STATE, "verdict.json", "report.ipynb"):
        (folder / name).unlink(missing_ok=True)


def _stamps(paths: Iterable[str]) -> list[list[Stamp]]:
    return [stamp(path) for path in paths]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

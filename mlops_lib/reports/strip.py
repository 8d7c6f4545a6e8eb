"""A notebook without what running it leaves behind: two of the same work have the same bytes."""

import json
from pathlib import Path
from typing import Any

from mlops_lib.errors import InputError
from mlops_lib.reports.files import write_text

_KEPT_OF_NOTEBOOK = ("kernelspec",)
_KEPT_OF_CELL = ("tags",)


def strip(notebook: Path, out: Path) -> None:
    """Write a notebook without outputs, counts and the metadata that tools leave.

    Args:
        notebook: the .ipynb file; it is not changed.
        out: where the stripped copy goes.

    Raises:
        InputError: if it is no notebook.
    """
    try:
        content: Any = json.loads(notebook.read_text(encoding="utf-8"))
        cells = [_stripped(cell) for cell in content["cells"]]
        kept = {**content, "cells": cells, "metadata": _only(content, _KEPT_OF_NOTEBOOK)}
    except OSError as error:
        raise InputError.of("no such notebook", source=str(notebook)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError.of(f"is no notebook: {error}", source=str(notebook)) from error
    write_text(out, json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def _stripped(cell: dict[str, Any]) -> dict[str, Any]:
    source = cell["source"]
    text = source if isinstance(source, str) else "".join(source)
    kept = {**cell, "source": text, "metadata": _only(cell, _KEPT_OF_CELL)}
    if cell.get("cell_type") == "code":
        kept |= {"outputs": [], "execution_count": None}
    return kept


def _only(holder: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    metadata = holder.get("metadata", {})
    return {name: metadata[name] for name in names if name in metadata}

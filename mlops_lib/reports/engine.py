"""papermill's own engine, with a lighter way to keep what has been executed so far.

papermill writes the notebook before and after every cell: copied, validated and indented, which
for a notebook with figures takes longer than many of its cells. A plain dump of the same content
takes a twentieth of that, and a run that is killed still leaves every finished cell behind.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from papermill.engines import NBClientEngine, papermill_engines

NAME = "mlops"


def register(target: Path) -> str:
    """Make the engine known to papermill, saving to `target`; returns the engine's name."""

    class Engine(NBClientEngine):  # type: ignore[misc]
        @classmethod
        def execute_managed_notebook(
            cls,
            nb_man: Any,  # noqa: ANN401 - papermill is untyped
            kernel_name: str,
            **options: Any,  # noqa: ANN401
        ) -> None:
            nb_man.save = _saver(nb_man, target)
            super().execute_managed_notebook(nb_man, kernel_name, **options)

    papermill_engines.register(NAME, Engine)
    return NAME


def _saver(manager: Any, target: Path) -> Callable[[], None]:  # noqa: ANN401
    part = target.with_suffix(".part")

    def save() -> None:
        part.write_text(json.dumps(manager.nb), encoding="utf-8")
        part.replace(target)  # a reader sees the last state or this one

    return save

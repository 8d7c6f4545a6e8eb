"""Tracking: each evaluation run as one run in MLflow, on a SQLite file unless a server is named.

Logging is done by one process, after the files are written: a gate never depends on a tracker.
MLflow comes with the extra `mlflow` and is imported where it is used.
"""

from mlops_lib.tracking.read import Kept, find_runs
from mlops_lib.tracking.record import Logged, TrackedPrompt, TrackedRun
from mlops_lib.tracking.store import Store, choose_store, is_installed, require_mlflow
from mlops_lib.tracking.write import log_run

__all__ = [
    "Kept",
    "Logged",
    "Store",
    "TrackedPrompt",
    "TrackedRun",
    "choose_store",
    "find_runs",
    "is_installed",
    "log_run",
    "require_mlflow",
]

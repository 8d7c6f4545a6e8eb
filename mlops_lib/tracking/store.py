"""Where runs are kept: a SQLite file at an absolute path, or what MLFLOW_TRACKING_URI names."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mlops_lib.errors import InputError, RunError
from mlops_lib.tracking.lock import locked

if TYPE_CHECKING:
    from mlflow import MlflowClient

URI_VARIABLE = "MLFLOW_TRACKING_URI"
DATABASE, ARTIFACTS = "mlflow.db", "mlruns"
"""Names that `mlflow ui` looks for in the folder where it is started."""

INSTALL = "MLflow is not installed: pip install 'mlops-lib[mlflow]', in a clone '.[mlflow]'"

_PROJECT = ("mlops.toml", "pyproject.toml", ".git")
"""What marks the root of a project, so that a notebook in a folder below finds the same store."""

_LONGEST_REASON = 300
"""Characters of MLflow's reason; those of a database come with whole statements."""

_SERVERS = ("http", "https", "databricks")
_DATABASES = ("sqlite", "postgresql", "mysql", "mssql")

_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
}
"""No telemetry, and a server that is down is known within seconds; the environment's own stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Where runs are kept.

    Attributes:
        uri: as MLflow takes it; the path of a SQLite file in it is absolute.
        database: the SQLite file; None for a server or another database.
        artifacts: folder of the files; None where a server decides.
    """

    uri: str
    database: Path | None = None
    artifacts: Path | None = None

    @property
    def shown(self) -> str:
        """The address without a password."""
        return re.sub(r"(?<=//)[^/@]*@", "", self.uri)

    @contextmanager
    def client(self) -> Iterator["MlflowClient"]:
        """A client; with a SQLite file, this process alone writes meanwhile.

        Raises:
            InputError: if MLflow is not installed.
            RunError: if the store cannot be used, with MLflow's reason.
        """
        require_mlflow()
        _hush()
        try:
            with locked(self.database):
                self._make()
                yield _client(self.uri)
        except _failures() as error:
            reason = " ".join(str(error).split())[:_LONGEST_REASON]
            message = f"MLflow at {self.shown} cannot be used: {reason}"
            raise RunError(message) from error

    def _make(self) -> None:
        """Make a fresh database beside its place, and move it there whole.

        Five processes that open a fresh one at once destroy it for good, and one that is killed
        meanwhile leaves half a schema: hence the lock around this, and the move.
        """
        if self.database is None or self.database.exists():
            return
        self.database.parent.mkdir(parents=True, exist_ok=True)
        partial = self.database.with_name(f"{self.database.name}.{os.getpid()}.partial")
        partial.unlink(missing_ok=True)
        try:
            _client(_sqlite_uri(partial)).search_experiments(max_results=1)
            partial.replace(self.database)
        finally:
            with suppress(FileNotFoundError):
                partial.unlink()


def choose_store(folder: str | Path = "", environment: Mapping[str, str] | None = None) -> Store:
    """The store of a project: `mlflow.db` at its root, or what MLFLOW_TRACKING_URI names.

    Args:
        folder: from which the root is looked for upwards; empty for the working directory.
        environment: variables; None for the process's.

    Raises:
        InputError: for MLflow's file store, a relative or nameless SQLite file, and an address
            of no known kind.

    Example:
        >>> choose_store(environment={"MLFLOW_TRACKING_URI": "http://tracker:5000"}).uri
        'http://tracker:5000'
    """
    variables = os.environ if environment is None else environment
    root = project_root(folder)
    uri = variables.get(URI_VARIABLE, "").strip()
    if not uri:
        return _sqlite(root / DATABASE, root)
    kind = urlsplit(uri).scheme.partition("+")[0]
    if kind in _SERVERS or uri in _SERVERS:
        return Store(uri=uri)
    if kind not in _DATABASES:
        raise _refused(uri, root)
    if kind != "sqlite":
        return Store(uri=uri, artifacts=root / ARTIFACTS)
    path = Path(uri.partition("://")[2].removeprefix("/").partition("?")[0])
    if not path.name or not path.is_absolute():
        found = _sqlite_uri(root / (path.name or DATABASE))
        message = f"must be absolute, or each folder has a database of its own: {found}"
        raise InputError.of(message, field=URI_VARIABLE, value=uri)
    return Store(uri=uri, database=path, artifacts=path.parent / ARTIFACTS)


def project_root(folder: str | Path = "") -> Path:
    """The nearest folder upwards that holds a project, else the folder itself; absolute."""
    here = Path(folder).resolve()
    return next(
        (place for place in (here, *here.parents) if any((place / m).exists() for m in _PROJECT)),
        here,
    )


def is_installed() -> bool:
    """Whether MLflow, whole or skinny, is here; without importing it, which takes seconds."""
    return find_spec("mlflow") is not None


def require_mlflow() -> None:
    """Say how to install MLflow where it is missing.

    Raises:
        InputError: if it is.
    """
    if not is_installed():
        raise InputError.of(INSTALL)


def _sqlite(path: Path, root: Path) -> Store:
    return Store(uri=_sqlite_uri(path), database=path, artifacts=root / ARTIFACTS)


def _sqlite_uri(path: Path) -> str:
    return f"sqlite:///{path}"


def _refused(uri: str, root: Path) -> InputError:
    kinds = ", ".join(f"{kind}://" for kind in (*_DATABASES, *_SERVERS[:2]))
    message = (
        "is no store: MLflow's file store is no longer maintained, and others are unknown; use "
        f"{_sqlite_uri(root / DATABASE)} or one of {kinds}"
    )
    return InputError.of(message, field=URI_VARIABLE, value=uri)


def _failures() -> tuple[type[Exception], ...]:
    """What MLflow raises, and what it lets through from a database."""
    from mlflow.exceptions import MlflowException

    try:
        from sqlalchemy.exc import SQLAlchemyError
    except ImportError:  # the skinny MLflow of a client that only knows servers
        return (MlflowException,)
    return (MlflowException, SQLAlchemyError)


def _client(uri: str) -> "MlflowClient":
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def _hush() -> None:
    """Before MLflow is imported: no telemetry, no chatter."""
    import logging

    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "ERROR")
    logging.getLogger("alembic").setLevel(logging.ERROR)

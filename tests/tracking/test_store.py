"""Where runs are kept: one place whatever the folder, one writer, and no store by mistake."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlops_lib.errors import InputError, RunError
from mlops_lib.tracking import choose_store, require_mlflow
from mlops_lib.tracking import store as store_module
from mlops_lib.tracking.lock import locked
from mlops_lib.tracking.prompts import doubled
from mlops_lib.tracking.record import metric_name


def named(uri: str, folder: Path) -> str:
    return choose_store(folder, environment={"MLFLOW_TRACKING_URI": uri}).uri


def test_every_folder_of_a_project_has_one_absolute_database(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    below = tmp_path / "notebooks" / "deep"
    below.mkdir(parents=True)
    stores = {choose_store(folder, environment={}) for folder in (tmp_path, below)}
    (store,) = stores
    assert store.uri == f"sqlite:///{tmp_path}/mlflow.db"
    assert store.artifacts == tmp_path / "mlruns"


def test_without_a_project_the_folder_itself_holds_it(tmp_path: Path) -> None:
    assert choose_store(tmp_path, environment={}).database == tmp_path / "mlflow.db"


def test_a_relative_folder_is_made_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    database = choose_store(environment={}).database
    assert database is not None
    assert database.is_absolute()


@pytest.mark.parametrize(
    "uri",
    ["http://tracker:5000", "https://a:b@tracker", "postgresql+psycopg://h/db", "databricks"],
)
def test_servers_and_databases_are_taken_as_they_are(uri: str, tmp_path: Path) -> None:
    assert named(uri, tmp_path) == uri


def test_a_password_is_not_shown() -> None:
    store = choose_store(environment={"MLFLOW_TRACKING_URI": "https://me:secret@tracker/x"})
    assert store.shown == "https://tracker/x"


@pytest.mark.parametrize("uri", ["file:./mlruns", "./mlruns", "file:///tmp/mlruns", "ftp://x"])
def test_the_file_store_is_refused_with_what_to_write_instead(uri: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="MLFLOW_TRACKING_URI: is no store") as caught:
        named(uri, tmp_path)
    assert f"sqlite:///{tmp_path}/mlflow.db" in str(caught.value)


@pytest.mark.parametrize("uri", ["sqlite:///mlflow.db", "sqlite:///data/x.db", "sqlite://"])
def test_a_relative_database_is_refused_with_the_absolute_one(uri: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must be absolute") as caught:
        named(uri, tmp_path)
    assert f"sqlite:///{tmp_path}/" in str(caught.value)


def test_without_mlflow_one_line_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "is_installed", lambda: False)
    with pytest.raises(InputError) as caught:
        require_mlflow()
    assert str(caught.value).splitlines() == [str(caught.value)]
    assert "pip install 'mlops-lib[mlflow]'" in str(caught.value)


def test_one_process_holds_the_lock_and_the_next_gives_up_in_time(tmp_path: Path) -> None:
    database = tmp_path / "mlflow.db"
    with (
        locked(database),
        pytest.raises(RunError, match="another process holds"),
        locked(database, patience=0.05),
    ):
        pass
    with locked(database, patience=0.05):
        pass


def test_a_killed_process_leaves_no_lock_behind(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from mlops_lib.tracking.lock import locked\n"
        "with locked(Path(sys.argv[1])):\n    print('held', flush=True); time.sleep(60)"
    )
    database = tmp_path / "mlflow.db"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(database)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.kill()
    with locked(database, patience=1):
        pass


def test_importing_the_package_loads_no_mlflow() -> None:
    code = "import sys, mlops_lib.tracking; sys.exit('mlflow' in sys.modules)"
    start = time.process_time()
    done = subprocess.run([sys.executable, "-c", code], check=False, env=dict(os.environ))
    assert done.returncode == 0
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{question}", "{{question}}"),
        ("{{literal}} {question}", "{literal} {{question}}"),
        ('{{"a": {question}}}', '{"a": {{question}}}'),
    ],
)
def test_braces_of_a_template_become_those_of_mlflow(template: str, expected: str) -> None:
    # What str.format writes for {question} = X is what MLflow writes for {{question}} = X.
    assert doubled(template) == expected
    assert expected.replace("{{question}}", "X") == template.format(question="X")


def test_names_that_mlflow_refuses_are_mended() -> None:
    assert metric_name("similarity.low") == "similarity.low"
    assert metric_name("größe (%)") == "gr__e ___"

"""The runner from the outside: real papermill, real kernels, real signals."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema
import nbformat
import pytest

from tests.reports import notebooks
from tests.reports.conftest import Mlops

ENGINES = ["papermill", pytest.param("fork", marks=pytest.mark.skipif(
    sys.platform != "linux", reason="kernels are forked on Linux only"))]  # fmt: skip
SCHEMA = json.loads(
    (Path(__file__).parents[2] / "mlops_lib" / "verdict.schema.json").read_text(encoding="utf-8")
)


def verdict_of(folder: Path, name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        (folder / "reports" / name / "verdict.json").read_text(encoding="utf-8")
    )
    jsonschema.validate(content, SCHEMA)
    return content


def processes_naming(text: str) -> list[int]:
    """Processes whose environment or command line names a text: kernels of one test."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            try:
                told = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
            except OSError:
                continue
            if text.encode() in told:
                found.append(int(process.name))
    return found


@pytest.fixture
def kernels(tmp_path: Path) -> Iterator[str]:
    """A word in the environment of every process of the test; none may be left after it."""
    word = f"MLOPS_TEST_{abs(hash(tmp_path))}"
    yield word
    deadline = time.monotonic() + 5
    while processes_naming(word) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_naming(word) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_every_runner_fault_is_incomplete_and_leaves_no_orphan(
    mlops: Mlops, tmp_path: Path, kernels: str, engine: str
) -> None:
    for name, cell in notebooks.FAULTS.items():
        notebooks.write(tmp_path / "notebooks", name, cell)
    done = mlops("run", "--all", "--engine", engine, "--cell-timeout", "5", **{kernels: "1"})
    assert done.returncode == 4, done.stderr
    for name in notebooks.FAULTS:
        record = verdict_of(tmp_path, name)
        assert record["outcome"] == "incomplete", name
        page = (tmp_path / "reports" / name / "report.html").read_text(encoding="utf-8")
        assert "INCOMPLETE" in page[: page.index("</header>")], name
        assert (tmp_path / "reports" / name / "report.ipynb").exists()
    kinds = {name: verdict_of(tmp_path, name)["error"]["kind"] for name in notebooks.FAULTS}
    assert kinds == {
        "raises": "cell error",
        "exit_0": "early exit",
        "exit_3": "early exit",
        "kernel_sigkill": "kernel died",
        "os_exit": "kernel died",
        "segfault": "kernel died",
        "memory_error": "cell error",
        "timeout": "timeout",
        "worker_sigkill": "worker died",
        "worker_sigterm": "worker died",
        "worker_sigint": "interrupted",
    }


def listen_to_hang_ups() -> None:
    """Also where the tests themselves run under nohup, which every child inherits."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_killed_run_leaves_no_verdict_and_no_orphan(
    tmp_path: Path, kernels: str, engine: str, number: signal.Signals
) -> None:
    notebooks.write(tmp_path / "notebooks", "slow", "import time; time.sleep(60)")
    (tmp_path / "reports" / "slow").mkdir(parents=True)
    stale = tmp_path / "reports" / "slow" / "verdict.json"
    stale.write_text('{"outcome": "pass"}', encoding="utf-8")
    executed = stale.with_name("report.ipynb")
    executed.write_text('{"cells": []}', encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "mlops_lib", "run", "slow", "--engine", engine],
        cwd=tmp_path,
        env={**os.environ, kernels: "1"},
        stderr=subprocess.PIPE,
        preexec_fn=listen_to_hang_ups,  # noqa: PLW1509 - in a test of one thread
    )
    deadline = time.monotonic() + 60
    while stale.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(2.0)  # into the run: a worker, and on a quiet machine its kernel
    process.send_signal(number)
    process.communicate(timeout=30)
    page = (tmp_path / "reports" / "slow" / "report.html").read_text(encoding="utf-8")
    assert "INCOMPLETE" in page
    if number == signal.SIGKILL:
        assert not stale.exists()
        assert not executed.exists()
    else:
        assert process.returncode == 4
        assert verdict_of(tmp_path, "slow")["error"]["kind"] == "interrupted"


def test_a_folder_that_cannot_be_written_is_a_broken_run(mlops: Mlops, tmp_path: Path) -> None:
    notebooks.write(tmp_path / "notebooks", "fine")
    (tmp_path / "reports").write_text("a file where the folder should be", encoding="utf-8")
    done = mlops("run", "fine")
    assert done.returncode == 4
    assert "cannot write the reports" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_report_that_cannot_be_written_is_a_broken_run(mlops: Mlops, tmp_path: Path) -> None:
    block = "from pathlib import Path; Path('reports/blocked/report.html').unlink(); "
    block += "Path('reports/blocked/report.html').mkdir()"
    notebooks.write(tmp_path / "notebooks", "blocked", block)
    done = mlops("run", "blocked")
    assert done.returncode == 4
    assert not (tmp_path / "reports" / "blocked" / "verdict.json").exists()
    assert "could not be written" in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("cells", "last", "message"),
    [
        ((), None, "without calling reports.publish"),
        ((notebooks.VERDICT.replace("OUTCOME", "'pass'"), notebooks.PUBLISH), "1 + 1", "last cell"),
        ((notebooks.VERDICT.replace("OUTCOME", "'pass'"), notebooks.PUBLISH), notebooks.PUBLISH,
         "called twice"),
    ],
)  # fmt: skip
def test_a_verdict_counts_only_once_and_last(
    mlops: Mlops, tmp_path: Path, cells: tuple[str, ...], last: str | None, message: str
) -> None:
    notebooks.write(tmp_path / "notebooks", "odd", *cells, last=last)
    done = mlops("run", "odd")
    assert done.returncode == 4
    assert message in verdict_of(tmp_path, "odd")["error"]["message"]


@pytest.mark.parametrize(
    ("outcome", "status"), [("pass", 0), ("warn", 0), ("fail", 1), ("undecided", 3)]
)
def test_the_exit_status_is_the_verdict(
    mlops: Mlops, tmp_path: Path, outcome: str, status: int
) -> None:
    notebooks.write(tmp_path / "notebooks", "demo", outcome=outcome)
    assert mlops("run", "demo").returncode == status
    assert verdict_of(tmp_path, "demo")["outcome"] == outcome


def test_undecided_passes_when_asked_to(mlops: Mlops, tmp_path: Path) -> None:
    notebooks.write(tmp_path / "notebooks", "demo", outcome="undecided")
    assert mlops("run", "demo", "--undecided", "pass").returncode == 0


def test_parameters_reach_the_notebook_and_the_record(mlops: Mlops, tmp_path: Path) -> None:
    notebooks.write(tmp_path / "notebooks", "demo")
    done = mlops("run", "demo", "-p", "days=30")
    assert done.returncode == 0, done.stderr
    record = verdict_of(tmp_path, "demo")
    assert record["parameters"] == {"days": 30, "label": "demo"}
    assert record["checks"][0]["n"] == 30
    assert record["provenance"]["command"] == "mlops run demo -p days=30"


def test_a_misspelt_parameter_stops_before_a_kernel_starts(mlops: Mlops, tmp_path: Path) -> None:
    notebooks.write(tmp_path / "notebooks", "demo")
    done = mlops("run", "demo", "-p", "dais=30")
    assert done.returncode == 2
    assert "did you mean days" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "reports").exists()


def test_bad_input_is_one_message_and_status_2(mlops: Mlops, tmp_path: Path) -> None:
    cell = "from mlops_lib import tables; tables.read('absent.parquet')"
    notebooks.write(tmp_path / "notebooks", "demo", cell)
    done = mlops("run", "demo")
    assert done.returncode == 2
    assert "absent.parquet: no such file" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert verdict_of(tmp_path, "demo")["error"]["kind"] == "bad input"


def test_an_unchanged_notebook_is_not_run_again(mlops: Mlops, tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text("score\n1\n", encoding="utf-8")
    count = "from pathlib import Path; Path('runs').open('a').write('x')"
    notebooks.write(tmp_path / "notebooks", "demo", count)

    def runs_after(*arguments: str) -> int:
        assert mlops("run", "demo", *arguments).returncode == 0
        return len((tmp_path / "runs").read_text(encoding="utf-8"))

    given = ("-p", "label=data.csv")
    assert runs_after(*given) == 1
    assert runs_after(*given) == 1
    assert runs_after(*given, "--force") == 2
    assert runs_after("-p", "label=other") == 3
    assert runs_after(*given) == 4
    data.write_text("score\n1\n2\n", encoding="utf-8")
    assert runs_after(*given) == 5
    (tmp_path / "reports" / "demo" / "report.html").write_text("edited", encoding="utf-8")
    assert runs_after(*given) == 6


@pytest.mark.parametrize("change", ["edit", "add", "remove"])
def test_a_glob_is_unchanged_only_while_its_files_are(
    mlops: Mlops, tmp_path: Path, change: str
) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    for name in ("a.csv", "b.csv"):
        (parts / name).write_text("score\n1\n", encoding="utf-8")
    cell = "from mlops_lib import tables; print(tables.read(label).rows)"
    notebooks.write(tmp_path / "notebooks", "demo", cell)
    given = ("run", "demo", "-p", "label=parts/*.csv")
    assert mlops(*given).returncode == 0
    assert "unchanged" in mlops(*given).stdout
    if change == "edit":
        (parts / "a.csv").write_text("score\n1\n2\n", encoding="utf-8")
    elif change == "add":
        (parts / "c.csv").write_text("score\n1\n", encoding="utf-8")
    else:
        (parts / "b.csv").unlink()
    assert "unchanged" not in mlops(*given).stdout


def test_rows_in_the_write_ahead_log_are_a_change(mlops: Mlops, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "log.db")) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE requests (request_id TEXT, time TEXT)")
        writer.commit()
        notebooks.write(tmp_path / "notebooks", "demo")
        given = ("run", "demo", "-p", "label=log.db")
        assert mlops(*given).returncode == 0
        assert "unchanged" in mlops(*given).stdout
        writer.execute("INSERT INTO requests VALUES ('1', '2026-06-30')")
        writer.commit()
        assert "unchanged" not in mlops(*given).stdout


def test_a_source_that_was_written_during_the_run_is_looked_at_again(
    mlops: Mlops, tmp_path: Path
) -> None:
    data = tmp_path / "data.csv"
    data.write_text("score\n1\n", encoding="utf-8")
    read = "from mlops_lib import tables; found = tables.read('data.csv').sources"
    write = (
        "from pathlib import Path; Path('late').exists() or Path('data.csv').write_text('x\\n2\\n')"
    )
    publish = "import dataclasses; reports.publish(dataclasses.replace(verdict, sources=found))"
    notebooks.write(tmp_path / "notebooks", "demo", read, write, last=publish)
    assert mlops("run", "demo").returncode == 0
    (tmp_path / "late").touch()
    assert "unchanged" not in mlops("run", "demo").stdout
    assert "unchanged" in mlops("run", "demo").stdout


def test_a_change_of_the_user_s_own_code_is_a_change(mlops: Mlops, tmp_path: Path) -> None:
    code = tmp_path / "own_rules.py"
    code.write_text("GOOD = True\n", encoding="utf-8")
    cell = "import sys; sys.path.insert(0, '.'); import own_rules"
    notebooks.write(tmp_path / "notebooks", "demo", cell)
    assert mlops("run", "demo").returncode == 0
    assert "unchanged" in mlops("run", "demo").stdout
    assert "own_rules" not in (tmp_path / "reports/demo/verdict.json").read_text(encoding="utf-8")
    code.write_text("GOOD = False\n", encoding="utf-8")
    assert "unchanged" not in mlops("run", "demo").stdout
    code.unlink()
    assert mlops("run", "demo").returncode == 4


def test_another_version_of_an_installed_scorer_is_a_change(mlops: Mlops, tmp_path: Path) -> None:
    notebooks.write(tmp_path / "notebooks", "demo")
    place = tmp_path / "rules-1.0.dist-info"
    place.mkdir()
    (place / "entry_points.txt").write_text("[mlops_lib.scorers]\nstrict = rules:strict\n")
    (place / "METADATA").write_text("Metadata-Version: 2.1\nName: rules\nVersion: 1.0\n")
    assert mlops("run", "demo").returncode == 0
    assert "unchanged" in mlops("run", "demo").stdout
    (place / "METADATA").write_text("Metadata-Version: 2.1\nName: rules\nVersion: 1.1\n")
    assert "unchanged" not in mlops("run", "demo").stdout


def test_a_flood_of_output_is_cut_and_counted(mlops: Mlops, tmp_path: Path) -> None:
    notebooks.write(tmp_path / "notebooks", "demo", "print('x' * 5_000_000)")
    assert mlops("run", "demo").returncode == 0
    kept = tmp_path / "reports" / "demo" / "report.ipynb"
    assert kept.stat().st_size < 1_100_000
    assert "(4,000,001 further characters are not shown)" in kept.read_text(encoding="utf-8")


def test_a_file_that_appears_beside_an_input_is_a_change(mlops: Mlops, tmp_path: Path) -> None:
    (tmp_path / "run.jsonl").write_text("{}\n", encoding="utf-8")
    notebooks.write(tmp_path / "notebooks", "demo")
    given = ("run", "demo", "-p", "label=run.jsonl")
    assert mlops(*given).returncode == 0
    assert "unchanged" in mlops(*given).stdout
    (tmp_path / "run.judgements.jsonl").write_text("{}\n", encoding="utf-8")
    assert "unchanged" not in mlops(*given).stdout


def test_a_change_that_keeps_size_and_date_is_a_change(mlops: Mlops, tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text("score\n1\n", encoding="utf-8")
    notebooks.write(tmp_path / "notebooks", "demo")
    given = ("run", "demo", "-p", "label=data.csv")
    assert mlops(*given).returncode == 0
    before = data.stat()
    data.write_text("score\n2\n", encoding="utf-8")
    os.utime(data, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "unchanged" not in mlops(*given).stdout


def test_two_runs_at_once_do_not_share_a_folder(mlops: Mlops, tmp_path: Path) -> None:
    notebooks.write(tmp_path / "notebooks", "slow", "import time; time.sleep(8)")
    notebooks.write(tmp_path / "notebooks", "judged")
    with ThreadPoolExecutor() as pool:
        first = pool.submit(mlops, "run", "slow", "judged", "-p", "judged.label=one")
        until = time.monotonic() + 30
        while not (tmp_path / "reports" / ".lock").exists() and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.5)
        second = mlops("run", "judged", "-p", "label=two")
        assert second.returncode == 2
        assert "another run writes its reports here" in second.stderr
        assert mlops("run", "judged", "-p", "label=two", "--out", "other").returncode == 0
        assert first.result().returncode == 0
    assert verdict_of(tmp_path, "judged")["parameters"]["label"] == "one"
    assert mlops("run", "judged", "-p", "label=two").returncode == 0
    assert verdict_of(tmp_path, "judged")["parameters"]["label"] == "two"


def test_two_notebooks_of_one_name_are_refused(mlops: Mlops, tmp_path: Path) -> None:
    notebooks.write(tmp_path / "notebooks", "demo")
    notebooks.write(tmp_path / "other", "demo", "1 / 0")
    done = mlops("run", "other/demo.ipynb", "demo")
    assert done.returncode == 2
    assert "another notebook is called demo" in done.stderr


def test_brackets_in_a_message_are_not_markup(mlops: Mlops, tmp_path: Path) -> None:
    cell = "from mlops_lib import tables; tables.read('x[/red].csv')"
    notebooks.write(tmp_path / "notebooks", "demo", cell)
    done = mlops("run", "demo")
    assert done.returncode == 2
    assert "x[/red].csv: no such file" in done.stdout
    assert "Traceback" not in done.stderr


def test_own_notebooks_stand_beside_the_shipped_ones(mlops: Mlops, tmp_path: Path) -> None:
    notebooks.write(tmp_path / "notebooks", "mine")
    listed = mlops("list").stdout
    assert "mine" in listed
    assert "drift" in listed
    assert mlops("run", "--all").returncode == 0
    assert {p.name for p in (tmp_path / "reports").iterdir() if p.is_dir()} == {"mine"}


def test_the_command_to_make_it_again_is_whole(mlops: Mlops, tmp_path: Path) -> None:
    path = notebooks.write(tmp_path / "elsewhere", "demo")
    assert mlops("run", "elsewhere/demo.ipynb", "--out", "pages").returncode == 0
    record = json.loads((tmp_path / "pages" / "demo" / "verdict.json").read_text(encoding="utf-8"))
    assert path.exists()
    assert record["provenance"]["command"] == "mlops run --out pages elsewhere/demo.ipynb"


def test_an_empty_parameter_does_not_stand_for_the_folder(mlops: Mlops, tmp_path: Path) -> None:
    notebooks.write(
        tmp_path / "notebooks", "demo", parameters="days: int = 7  # n\nlog: str = ''  # path"
    )
    assert mlops("run", "demo").returncode == 0
    (tmp_path / "unrelated.txt").write_text("new", encoding="utf-8")
    assert "unchanged" in mlops("run", "demo").stdout


def test_a_broken_run_is_never_taken_for_unchanged(mlops: Mlops, tmp_path: Path) -> None:
    notebooks.write(tmp_path / "notebooks", "demo", "1 / 0")
    assert mlops("run", "demo").returncode == 4
    assert mlops("run", "demo").returncode == 4


def test_both_engines_give_the_same_notebook_and_verdict(mlops: Mlops, tmp_path: Path) -> None:
    cells = ("print('hello')", "import pandas as pd; pd.DataFrame({'a': [1, 2]})", "days + 1")
    notebooks.write(tmp_path / "notebooks", "demo", *cells)
    contents = []
    for engine in ("fork", "papermill"):
        assert (
            mlops("run", "demo", "--engine", engine, "--out", f"reports-{engine}").returncode == 0
        )
        folder = tmp_path / f"reports-{engine}" / "demo"
        record = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
        record.pop("provenance")
        notebook = nbformat.read(folder / "report.ipynb", as_version=4)
        contents.append((record, [cell.get("outputs") for cell in notebook.cells]))
    assert contents[0] == contents[1]


def test_equal_inputs_give_equal_pages_but_for_the_clock(mlops: Mlops, tmp_path: Path) -> None:
    picture = """\
from mlops_lib.plots import Picture, headline, new_figure
figure, axes = new_figure()
_ = axes.plot([1, 2, 3], label="score")
headline(axes, "Scores rise")
Picture(figure=figure, caption="Three scores.", alt="1, 2, 3")"""
    table = """\
from mlops_lib.display import TableView
TableView(caption="Two words.", columns=("term", "n"), rows=(("a", 1), ("b", 2)))"""
    notebooks.write(tmp_path / "notebooks", "demo", picture, table)
    pages = []
    for _ in range(2):
        assert mlops("run", "demo", "--force").returncode == 0
        page = (tmp_path / "reports" / "demo" / "report.html").read_text(encoding="utf-8")
        provenance = verdict_of(tmp_path, "demo")["provenance"]
        page = page.replace(provenance["run_id"], "RUN")
        page = page.replace(f"{provenance['seconds']:.1f} s", "SECONDS")
        pages.append([line for line in page.splitlines() if " UTC" not in line])
    assert "data:image/svg+xml" in "".join(pages[0])
    assert pages[0] == pages[1]


def test_no_path_of_the_machine_stays_in_the_notebook(mlops: Mlops, tmp_path: Path) -> None:
    notebooks.write(tmp_path / "notebooks", "demo")
    mlops("run", "demo")
    text = (tmp_path / "reports" / "demo" / "report.ipynb").read_text(encoding="utf-8")
    assert str(tmp_path) not in text


def test_all_runs_every_notebook_and_writes_the_overview(mlops: Mlops, tmp_path: Path) -> None:
    for name in ("one", "two"):
        notebooks.write(tmp_path / "notebooks", name)
    done = mlops("run", "--all")
    assert done.returncode == 0, done.stderr
    assert {"one", "two"} <= set(os.listdir(tmp_path / "reports"))
    for name in ("index.html", "summary.md", "junit.xml", "history.jsonl"):
        assert (tmp_path / "reports" / name).stat().st_size > 0
    assert "one: started" in done.stderr
    assert "open reports/index.html" in done.stdout


def test_list_and_show_tell_question_and_parameters(mlops: Mlops, tmp_path: Path) -> None:
    notebooks.write(tmp_path / "notebooks", "demo")
    assert "Is it good?" in mlops("list").stdout
    shown = mlops("show", "demo").stdout
    assert "length of the window" in shown
    assert mlops("show", "dem").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run",), "name the notebooks"),
        (("run", "demo", "--all"), "name the notebooks"),
        (("run", "dmo"), "did you mean demo"),
        (("run", "demo", "-p", "days"), "NAME=VALUE"),
        (("run", "demo", "--params", "absent.yaml"), "cannot read parameters"),
    ],
)
def test_bad_usage_is_a_message_and_status_2(
    mlops: Mlops, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    notebooks.write(tmp_path / "notebooks", "demo")
    done = mlops(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_parameters_come_from_a_file_by_notebook(mlops: Mlops, tmp_path: Path) -> None:
    notebooks.write(tmp_path / "notebooks", "one")
    notebooks.write(tmp_path / "notebooks", "two")
    (tmp_path / "p.yaml").write_text("label: both\none:\n  days: 3\n", encoding="utf-8")
    assert mlops("run", "--all", "--params", "p.yaml").returncode == 0
    assert verdict_of(tmp_path, "one")["parameters"] == {"days": 3, "label": "both"}
    assert verdict_of(tmp_path, "two")["parameters"] == {"days": 7, "label": "both"}


def test_what_finished_before_the_worker_was_killed_is_still_shown(
    mlops: Mlops, tmp_path: Path
) -> None:
    cells = ("print('already', 'paid', 'for')", notebooks.FAULTS["worker_sigkill"])
    notebooks.write(tmp_path / "notebooks", "killed", *cells)
    assert mlops("run", "killed").returncode == 4
    for name in ("report.ipynb", "report.html"):
        text = (tmp_path / "reports" / "killed" / name).read_text(encoding="utf-8")
        assert "already paid for" in text  # what the cell printed, not what it says


def test_the_longest_of_the_last_time_starts_first(mlops: Mlops, tmp_path: Path) -> None:
    for name in ("brief", "long"):
        notebooks.write(tmp_path / "notebooks", name)
    (tmp_path / "reports").mkdir()
    rows = [
        {"started": "2026-01-01T00:00:00Z", "name": name, "outcome": "pass", "seconds": seconds}
        for name, seconds in (("brief", 1.0), ("long", 9.0))
    ]
    history = "".join(f"{json.dumps(row)}\n" for row in rows)
    (tmp_path / "reports" / "history.jsonl").write_text(history, encoding="utf-8")
    told = mlops("run", "brief", "long", "--jobs", "1").stderr
    assert told.index("long: started") < told.index("brief: started")


def test_an_interruption_is_told_of_what_had_not_started_too(tmp_path: Path) -> None:
    runner = "import os; from mlops_lib.cli import main; os.environ['RUNNER'] = str(os.getpid()); "
    cell = "import os, signal, time; os.kill(int(os.environ['RUNNER']), 2); time.sleep(60)"
    for name in ("first", "second"):
        notebooks.write(tmp_path / "notebooks", name, cell)
    done = subprocess.run(
        [sys.executable, "-c", f"{runner}main()", "run", "first", "second", "--jobs", "1"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 4, done.stderr.decode()
    for name in ("first", "second"):
        assert verdict_of(tmp_path, name)["error"]["kind"] == "interrupted"


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc, where root creates nothing too")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("home", [{"HOME": "/proc"}, {"IPYTHONDIR": "/proc/none"}])
def test_a_home_where_nothing_can_be_created_is_enough(
    mlops: Mlops, tmp_path: Path, engine: str, home: dict[str, str]
) -> None:
    notebooks.write(tmp_path / "notebooks", "demo")
    done = mlops("run", "demo", "--engine", engine, **{"IPYTHONDIR": "", **home})
    assert done.returncode == 0, done.stdout

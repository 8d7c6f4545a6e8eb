"""The exit status is the verdict's, or says what broke; 1 is never anything but a failed check."""

import json
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.reports import notebooks

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")

OVERVIEW = ("index.html", "summary.md", "junit.xml")


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    """A notebook whose check fails, so that no broken run can be taken for its verdict."""
    return notebooks.write(tmp_path / "notebooks", "poor", outcome="fail")


def missing(tmp_path: Path) -> list[str]:
    return [name for name in OVERVIEW if not (tmp_path / "reports" / name).is_file()]


@pytest.mark.usefixtures("failing")
@pytest.mark.parametrize(
    "line",
    [
        "mlops run poor | head -1; exit ${PIPESTATUS[0]}",
        "mlops run poor | true; exit ${PIPESTATUS[0]}",
        "mlops run poor 2>&1 | true; exit ${PIPESTATUS[0]}",
        "mlops run poor 2>&-",
        "mlops run poor >&-",
        "mlops run poor <&- >&- 2>&-",
        "mlops run poor --engine papermill <&- >&- 2>&-",
    ],
)
def test_the_status_is_the_verdicts_when_nobody_reads(
    shell: Shell, tmp_path: Path, line: str
) -> None:
    done = shell(line)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert missing(tmp_path) == []
    record = json.loads((tmp_path / "reports" / "poor" / "verdict.json").read_text("utf-8"))
    assert record["outcome"] == "fail"


@pytest.mark.usefixtures("failing")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_did_not_arrive_is_a_broken_run(shell: Shell, tmp_path: Path) -> None:
    done = shell("mlops run poor >/dev/full")
    assert done.returncode == 4
    assert done.stderr.splitlines()[-1].startswith("error: what was printed did not arrive: No sp")
    assert "Traceback" not in done.stderr
    assert missing(tmp_path) == []
    assert shell("mlops run poor 2>/dev/full").returncode == 1  # the table did arrive


@pytest.mark.usefixtures("failing")
def test_a_full_disk_is_one_line_and_status_4(shell: Shell, tmp_path: Path) -> None:
    done = shell("trap '' XFSZ; ulimit -f 2; mlops run poor")  # no file above 2 KiB
    assert done.returncode == 4
    assert "Traceback" not in done.stderr
    assert [line for line in done.stderr.splitlines() if line.startswith("error: ")] == [
        "error: reports/index.html: File too large"
    ]
    assert not (tmp_path / "reports" / "poor" / "verdict.json").exists()


@pytest.mark.usefixtures("failing")
def test_a_history_that_cannot_be_written_is_a_warning(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "reports" / "history.jsonl").mkdir(parents=True)
    done = shell("mlops run poor")
    assert done.returncode == 1
    assert missing(tmp_path) == []
    assert "warning: these runs are not in the history: " in done.stderr
    assert "Traceback" not in done.stderr


def test_damaged_lines_of_the_history_are_passed_over(shell: Shell, tmp_path: Path) -> None:
    notebooks.write(tmp_path / "notebooks", "poor", outcome="fail")
    notebooks.write(tmp_path / "notebooks", "good")
    good = b'{"started": "2026-01-01T00:00:00Z", "name": "good", "outcome": "pass", "seconds": 1}\n'
    damaged = (
        b'{"started": "\xff", "name": "good", "outcome": "warn", "seconds": 1}\n'
        b'{"started": "x", "name": "good", "outcome": "warn", "seconds": "a"}\n'
        b'{"started": "x", "name": ["good"], "outcome": "warn", "seconds": 1}\n'
        b'{"started": "x", "name": "good", "outcome": "warn", "seconds": 1' + b"0" * 400 + b"}\n"
        b'{"started": "x", "na'  # cut off by a crash
    )
    (tmp_path / "reports").mkdir()
    history = tmp_path / "reports" / "history.jsonl"
    history.write_bytes(good + damaged)
    done = shell("mlops run --all")
    assert done.returncode == 1, done.stderr
    page = (tmp_path / "reports" / "index.html").read_text(encoding="utf-8")
    assert "Runs, oldest first: 2026-01-01 00:00 UTC pass; " in page
    assert "warn" not in page[page.index("Runs, oldest first:") :].split("<")[0]
    lines = history.read_bytes().splitlines()
    assert len(lines) == 8  # what was there stays, and both runs have a line of their own
    assert {json.loads(line)["name"] for line in lines[-2:]} == {"good", "poor"}


BUG = """\
from mlops_lib.reports import run

def broken(*_):
    raise {error}

run.{function} = broken
"""


@pytest.mark.usefixtures("failing")
@pytest.mark.parametrize(
    ("error", "last"),
    [
        ("LookupError('x')", "error: this is a bug of mlops, please report it: LookupError"),
        ("EOFError('x')", "error: this is a bug of mlops, please report it: RuntimeError"),
    ],
)
def test_a_bug_shows_itself_and_is_no_failed_check(
    shell: Shell, tmp_path: Path, error: str, last: str
) -> None:
    bug = BUG.format(error=error, function="make_plans")
    (tmp_path / "sitecustomize.py").write_text(bug, encoding="utf-8")
    done = shell("PYTHONPATH=.:$PYTHONPATH mlops run poor")
    assert done.returncode == 4
    assert "Traceback (most recent call last)" in done.stderr
    assert done.stderr.splitlines()[-1] == last


@pytest.mark.usefixtures("failing")
@pytest.mark.parametrize("name", ["EPIPE", "EIO"])
def test_a_system_error_is_one_line_and_status_4(shell: Shell, tmp_path: Path, name: str) -> None:
    error = f"OSError(__import__('errno').{name}, 'it says why', 'a file')"
    bug = BUG.format(error=error, function="make_plans")
    (tmp_path / "sitecustomize.py").write_text(bug, encoding="utf-8")
    done = shell("PYTHONPATH=.:$PYTHONPATH mlops run poor")
    assert (done.returncode, done.stderr) == (4, "error: a file: it says why\n")


@pytest.mark.usefixtures("failing")
def test_nohup_lets_a_run_outlive_its_terminal(shell: Shell, tmp_path: Path) -> None:
    notebooks.write(tmp_path / "notebooks", "poor", "import time; time.sleep(3)", outcome="fail")
    begun = "until [ -e reports/poor/report.html ]; do sleep 0.1; done"
    done = shell(f"trap '' HUP; mlops run poor & {begun}; sleep 1; kill -HUP $!; wait $!")
    assert done.returncode == 1, done.stderr


@pytest.mark.usefixtures("failing")
def test_yesterdays_summary_goes_before_the_page(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "reports" / "index.html").mkdir(parents=True)  # here the run stops
    for name in ("summary.md", "junit.xml"):
        (tmp_path / "reports" / name).write_text("yesterday: pass", encoding="utf-8")
    done = shell("mlops run poor")
    assert done.returncode == 4
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == [".lock", "index.html"]

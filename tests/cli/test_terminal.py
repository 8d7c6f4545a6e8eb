"""What a command prints can do nothing to the terminal, and is wide enough to read."""

import re
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.reports import notebooks

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")

HOSTILE = r"\x1b[2J\x1b]0;title\x07\x1b[31mred\x9b5n\u202etxt [b]x[/b] :warning:"
"""Clear the screen, name the window, turn red, ask for an answer, turn round."""
SEEN = "red⟨U+202E⟩txt [b]x[/b] :warning:"
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]")


def test_a_verdict_in_hostile_words_is_plain_text(shell: Shell, tmp_path: Path) -> None:
    last = f"""\
from dataclasses import replace
checks = [replace(check, name="{HOSTILE}")]
reports.publish(Verdict(subject="demo", checks=checks, meaning="So.", advice="So."))"""
    notebooks.write(tmp_path / "notebooks", "words", last=last)
    done = shell("mlops run words")
    assert done.returncode == 0, done.stderr
    assert SEEN in done.stdout
    assert not UNSEEN.search(done.stdout + done.stderr)


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (f"raise RuntimeError('{HOSTILE}')", 4),
        (f"from mlops_lib.errors import InputError; raise InputError.of('{HOSTILE}')", 2),
    ],
)
def test_an_error_in_hostile_words_is_plain_text(
    shell: Shell, tmp_path: Path, raised: str, status: int
) -> None:
    notebooks.write(tmp_path / "notebooks", "words", raised)
    done = shell("mlops run words")
    assert done.returncode == status
    assert SEEN in done.stdout
    assert not UNSEEN.search(done.stdout + done.stderr)


@pytest.mark.parametrize(
    "raised", [f"InputError.of('{HOSTILE}')", f"RunError('{HOSTILE}')", f"LookupError('{HOSTILE}')"]
)
def test_what_the_command_itself_says_is_plain_text(
    shell: Shell, tmp_path: Path, raised: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "from mlops_lib.errors import InputError, RunError\n"
        "from mlops_lib.reports import catalog\n"
        "def broken(*_):\n"
        f"    raise {raised}\n"
        "catalog.find_notebooks = broken\n",
        encoding="utf-8",
    )
    done = shell("PYTHONPATH=.:$PYTHONPATH mlops list")
    assert SEEN in done.stderr
    assert not UNSEEN.search(done.stderr)


def test_a_hostile_title_is_listed_and_shown_as_plain_text(shell: Shell, tmp_path: Path) -> None:
    title = HOSTILE.encode().decode("unicode_escape")
    meaning = f"days: int = 7  # {title}"
    notebooks.write(tmp_path / "notebooks", "words", markdown=f"# {title}", parameters=meaning)
    for command in ("list", "show words"):
        done = shell(f"mlops {command} --notebooks notebooks")
        assert done.returncode == 0, done.stderr
        assert SEEN in done.stdout
        assert not UNSEEN.search(done.stdout)


@pytest.mark.parametrize("columns", ["0", "1", "20"])
def test_a_narrow_terminal_still_shows_the_verdict(
    shell: Shell, tmp_path: Path, columns: str
) -> None:
    notebooks.write(tmp_path / "notebooks", "demo")
    done = shell("mlops run demo", COLUMNS=columns)
    assert done.returncode == 0, done.stderr
    assert "demo" in done.stdout
    assert "PASS" in done.stdout
    assert "90.0" in done.stdout


def test_hostile_columns_are_plain_text_without_a_notebook(shell: Shell, tmp_path: Path) -> None:
    name = HOSTILE.encode().decode("unicode_escape")
    for file, value in (("before", "a"), ("after", "b")):
        rows = "".join(f"{value}{number % 3}\n" for number in range(300))
        (tmp_path / f"{file}.csv").write_text(f'"{name}"\n{rows}', encoding="utf-8")
    done = shell("mlops drift compare before.csv after.csv")
    assert done.returncode == 1, done.stderr
    assert done.stdout.count(SEEN) >= 2
    assert not UNSEEN.search(done.stdout)
    assert "[2J" not in done.stdout

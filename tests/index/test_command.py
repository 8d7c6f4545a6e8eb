"""`mlops index`: what it prints, and how it ends."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mlops_lib.cli import app
from mlops_lib.errors import InputError
from mlops_lib.index import LiveIndex, Store, read_pointer
from tests.index.conftest import TOPICS, write_corpus, write_probes

RUNNER = CliRunner()


@pytest.fixture
def folder(corpus: str, probes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with corpus/ and eval/probes.jsonl where the defaults look for them."""
    assert corpus
    (tmp_path / "eval").mkdir()
    probes.rename(tmp_path / "eval" / "probes.jsonl")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def run(*arguments: str) -> tuple[int, str]:
    done = RUNNER.invoke(app, ["index", *arguments])
    if isinstance(done.exception, InputError):
        raise done.exception
    return done.exit_code, done.output


def test_build_swap_status_rollback_history(folder: Path) -> None:
    status, shown = run("build")
    assert (status, "it may go live" in shown) == (0, True)
    assert run("status")[1].startswith("data/index: nothing is live")
    assert run("swap", "--why", "first")[0] == 0
    write_corpus(folder / "corpus", ["agents"])
    status, shown = run("status", "--corpus", "corpus", "--stale", "fail")
    assert status == 1
    assert "stale: 1 new page; the embedder changed" in shown
    assert run("build")[0] == 0
    assert run("swap", "--why", "agents")[0] == 0
    assert run("status", "--corpus", "corpus", "--stale", "fail")[0] == 0
    assert run("rollback", "--why", "wrong")[0] == 0
    shown = run("history")[1]
    assert [line.split()[1] for line in shown.splitlines()] == [
        "build", "swap", "build", "swap", "rollback",
    ]  # fmt: skip
    assert run("clean", "--keep", "0")[1] == "removed: nothing\n"


def test_what_fails_its_check_is_built_and_not_swapped(folder: Path) -> None:
    (folder / "corpus" / "guide" / f"{TOPICS[0]}.md").unlink()
    status, shown = run("build", "--recall", "1.0")
    assert (status, "FAIL" in shown) == (1, True)
    assert run("swap", "--recall", "1.0", "--why", "hope")[0] == 1
    assert not (folder / "data" / "index" / "CURRENT").exists()


def test_without_probes_nothing_is_known(folder: Path) -> None:
    write_probes(folder / "few.jsonl", TOPICS[:3])
    assert run("build", "--probes", "")[0] == 3
    assert run("build", "--probes", "few.jsonl")[0] == 3
    assert run("swap", "--probes", "few.jsonl", "--why", "hope")[0] == 3


def test_a_swap_needs_a_reason_and_something_built(folder: Path) -> None:
    assert folder
    assert run("swap")[0] == 2
    with pytest.raises(InputError, match="nothing was built here yet"):
        run("swap", "--why", "hope")


def test_a_folder_that_cannot_be_written_is_said(folder: Path) -> None:
    (folder / "taken").write_text("a file, not a folder")
    with pytest.raises(InputError, match=r"taken.*: cannot be written"):
        run("build", "--root", "taken")


def test_reasons_are_no_markup(folder: Path) -> None:
    assert folder
    run("build")
    run("swap", "--why", "[red]no[/red]")
    assert "[red]no[/red]" in run("history")[1]


@pytest.mark.parametrize(
    ("option", "message"),
    [("--recall=1.7", "between 0 and 1"), ("--probes=none", "cannot be read")],
)
def test_bad_limits_and_probes_are_said_before_the_build(
    folder: Path, option: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        run("build", option)
    assert not (folder / "data").exists()


def two_versions(folder: Path) -> tuple[Path, Path]:
    """Folders of the live version and of the one before."""
    run("build")
    run("swap", "--why", "first")
    write_corpus(folder / "corpus", ["agents"])
    run("build")
    run("swap", "--why", "second")
    store = Store(root=folder / "data" / "index")
    move = read_pointer(store)
    assert move is not None
    assert move.previous is not None
    return store.folder(move.version), store.folder(move.previous)


@pytest.mark.parametrize("harm", ["append", "remove"])
def test_status_says_that_the_live_version_is_damaged(folder: Path, harm: str) -> None:
    live, _ = two_versions(folder)
    if harm == "append":
        with (live / "vectors.npy").open("ab") as file:
            file.write(b"x")
    else:
        shutil.rmtree(live)
    done = RUNNER.invoke(app, ["index", "status", "--corpus", "corpus", "--stale", "fail"])
    assert f"live, and damaged: {live.name}" in done.output
    assert re.search(rf"{live.name} +live, damaged", done.output)
    assert "nothing whole" not in done.output
    assert isinstance(done.exception, InputError)  # the command ends with 2
    assert "is live and damaged" in str(done.exception)
    if harm == "append":
        assert "vectors.npy" in str(done.exception)


@pytest.mark.parametrize("place", range(2, 900, 57))
def test_status_is_2_wherever_the_manifest_of_what_is_live_was_hit(
    folder: Path, place: int
) -> None:
    live, _ = two_versions(folder)
    manifest = live / "manifest.json"
    sound = manifest.read_bytes()
    manifest.write_bytes(sound[:place] + b"xx" + sound[place + 2 :])
    with pytest.raises(InputError, match="live and damaged"):  # the command ends with 2
        run("status")
    with pytest.raises(InputError, match="manifest"):
        LiveIndex(folder / "data" / "index")
    assert run("rollback", "--why", "hit")[0] == 0
    assert run("status")[0] == 0


def test_status_is_2_where_the_pointer_is_gone_and_the_history_helps_out(folder: Path) -> None:
    live, _ = two_versions(folder)
    (folder / "data" / "index" / "CURRENT").unlink()
    for command in ("status", "clean"):
        with pytest.raises(InputError, match=r"CURRENT: is gone.*rollback --to VERSION"):
            run(command)
    assert run("rollback", "--why", "gone", "--to", live.name)[0] == 0
    assert run("status")[1].startswith(f"live: {live.name}")


def test_status_says_what_a_reader_says_of_an_embedder_that_is_not_here(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert folder
    (folder / "mine.py").write_text("def embed(texts):\n    return [[len(t), 1] for t in texts]\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("MLOPS_CACHE", str(folder / "cache"))
    run("build", "--embedder", "mine:embed", "--recall", "0")
    run("swap", "--why", "own", "--recall", "0")
    assert run("status")[0] == 0
    monkeypatch.delattr("mine.embed")
    with pytest.raises(InputError, match="cannot be imported"):
        run("status")


def test_a_broken_version_that_is_not_live_does_not_stop_status(folder: Path) -> None:
    live, previous = two_versions(folder)
    (previous / "manifest.json").write_text("{")
    status, shown = run("status")
    assert status == 0
    assert re.search(rf"{previous.name} +previous, damaged", shown)
    assert re.search(rf"{live.name} +live +", shown)


REPOSITORY = Path(__file__).parents[2]


def test_the_guide_to_the_index_can_be_followed(folder: Path) -> None:
    write_corpus(folder / "corpus_candidate", ["agents"])
    text = (REPOSITORY / "docs" / "index.md").read_text(encoding="utf-8")
    commands = "".join(re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)).splitlines()
    assert len(commands) >= 8
    for command in commands:
        status, shown = run(*shlex.split(command)[2:])
        assert status == 0, f"{command}: {shown}"
    code = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)[0]
    values: dict[str, object] = {}
    exec(code, values)  # noqa: S102
    assert values["hits"]

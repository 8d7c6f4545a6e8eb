"""Corpus versions come back to the byte, and the pipeline reruns only what is stale: real DVC."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from assistant.corpora import write_version
from mlops_lib.index import read_corpus

pytest.importorskip("dvc", reason="needs the extra dvc; CI runs this in .venv-lab")
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


def run(folder: Path, *command: str, allowed: tuple[int, ...] = (0,)) -> str:
    environment = {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(folder),
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(folder.parent / "site-cache"),
        "GIT_AUTHOR_NAME": "tester",
        "GIT_AUTHOR_EMAIL": "tester@example.org",
        "GIT_COMMITTER_NAME": "tester",
        "GIT_COMMITTER_EMAIL": "tester@example.org",
    }
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode in allowed, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*.md"))
    }


def guide(heading: str) -> list[list[str]]:
    """The commands of one section of docs/corpus.md."""
    text = (ROOT / "docs" / "corpus.md").read_text(encoding="utf-8")
    section = text.split(f"## {heading}\n")[1].split("\n## ")[0]
    block = section.split("```sh\n")[1].split("```")[0]
    return [shlex.split(line, comments=True) for line in block.splitlines()]


def test_git_checkout_and_dvc_pull_restore_each_version_to_the_byte(tmp_path: Path) -> None:
    team = tmp_path / "team"
    made: dict[str, dict[str, bytes]] = {}
    hashes: dict[str, str] = {}
    for version, heading in (("v1", "Put it under DVC"), ("v2", "Publish a version")):
        write_version(version, team / "corpus", root=ROOT)
        if version == "v1":
            run(team, "git", "init", "-q")
            run(team, "git", "add", ".")
            run(team, "git", "commit", "-qm", "corpus in git")
        made[version] = tree(team / "corpus")
        hashes[version] = read_corpus(team / "corpus").hash
        for command in guide(heading):
            run(team, *command)
    assert len(made["v2"]) == len(made["v1"]) + 6

    run(tmp_path, "git", "clone", "-q", str(team), "clone")
    clone = tmp_path / "clone"
    assert not (clone / "corpus").exists()  # git holds the pointer, the remote the bytes
    restore = guide("Restore a version")
    for version in ("v1", "v2", "v1"):
        for command in restore:
            run(clone, *(part.replace("corpus-v1", f"corpus-{version}") for part in command))
        assert tree(clone / "corpus") == made[version]
        assert read_corpus(clone / "corpus").hash == hashes[version]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """This repository as a clone of it would be, under git, with its own dvc.yaml."""
    folder = tmp_path / "project"
    names = run(ROOT, "git", "ls-files", "-co", "--exclude-standard").splitlines()
    for name in names:
        if (ROOT / name).is_file() and not name.startswith(("tests/", "requirements")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    for command in (("git", "init", "-q"), ("git", "add", "."), ("git", "commit", "-qm", "x")):
        run(folder, *command)
    return folder


DRIFT = "report@drift"
REPORTS = {
    DRIFT,
    "report@experiment",
    "report_runs@evaluation",
    "report_runs@prompt_variants",
    "report_topics",
}


def rerun(project: Path, *targets: str) -> set[str]:
    """Names of the stages that `dvc repro` runs now, of those that the targets need."""
    shown = run(project, "dvc", "repro", *targets)
    lines = shown.splitlines()
    return {line.split("'")[1] for line in lines if line.startswith("Running stage")}


def test_only_what_is_stale_is_run_again(project: Path) -> None:
    assert rerun(project, DRIFT) == {"index", "simulate", "notebook@drift", DRIFT}
    assert rerun(project, DRIFT) == set()

    # Opened and run in Jupyter: other bytes, the same notebook.
    path = project / "notebooks" / "drift.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for count, cell in enumerate(cell for cell in notebook.cells if cell.cell_type == "code"):
        cell.execution_count = count + 1
        cell.outputs = [nbformat.v4.new_output("stream", text="12.3 seconds")]
        cell.metadata["papermill"] = {"duration": 0.1 * count}
    nbformat.write(notebook, path)
    assert rerun(project, DRIFT) == {"notebook@drift"}

    # A probe more: the index is built again, to the same bytes, and nothing behind it runs.
    probes = project / "eval" / "probes.jsonl"
    probes.write_text(probes.read_text() + probes.read_text().splitlines()[0] + "\n")
    assert rerun(project, DRIFT) == {"index"}

    # A prompt or a page changes what is behind it, and no more; told without running it.
    (project / "prompts" / "answer" / "v1.yaml").open("a").write("# a word\n")
    assert set(stale(project)) >= {"simulate", "evaluate@baseline"}
    assert "index" not in stale(project)
    page = project / "corpus" / "drift" / "query-drift.md"
    page.write_text(page.read_text() + "\nOne sentence more.\n")
    assert "index" in stale(project)


def test_a_change_of_the_library_makes_every_report_stale_and_nothing_else(project: Path) -> None:
    run(project, "dvc", "repro")
    for name in ("verdict.py", "display.py", "plots.py", "tables/read.py", "topics/gaps.py"):
        path = project / "mlops_lib" / name
        before = path.read_bytes()
        path.write_bytes(before + b"# a word\n")
        assert set(stale(project)) == REPORTS, name
        path.write_bytes(before)
    # What running leaves in the library's folders is no change of it.
    cache = project / "mlops_lib" / "topics" / "__pycache__"
    cache.mkdir(exist_ok=True)
    (cache / "left.pyc").write_bytes(b"left")
    assert stale(project) == {}
    labels = project / "eval" / "labels" / "relevance.jsonl"
    labels.write_text(labels.read_text() + "\n")
    assert set(stale(project)) == {"report_runs@evaluation", "report_runs@prompt_variants"}
    (project / "mlops_lib" / "display.py").open("a").write("# a word\n")
    assert rerun(project) == REPORTS
    assert stale(project) == {}


def test_the_corpus_of_params_reaches_the_reports(project: Path) -> None:
    write, _ = guide("The demo's two versions")
    run(project, *write)
    run(project, "dvc", "repro", "report_topics")
    assert parameters(project, "topics")["corpus"] == "corpus"
    (project / "params.yaml").write_text("corpus: data/corpus_v2\n")
    assert rerun(project, "report_topics") == {"index", "simulate", "report_topics"}
    assert parameters(project, "topics")["corpus"] == "data/corpus_v2"
    assert rerun(project, "report_topics") == set()
    page = project / "data" / "corpus_v2" / "agents" / "running-agents.md"
    page.write_text(page.read_text() + "\nOne sentence more.\n")
    assert {"index", "report_topics"} <= set(stale(project))


def test_the_pages_pipeline_and_its_candidate_run_as_written(project: Path) -> None:
    for command in guide("The pipeline"):
        run(project, *command)
    for name in ("drift", "evaluation", "experiment", "prompt_variants", "topics"):
        assert (project / "reports" / name / "report.html").stat().st_size > 0
    assert stale(project) == {}
    write, ask = guide("The demo's two versions")
    run(project, *write)
    assert ask[0] == "mlops"  # as a module, so that it is this tree's whatever is installed
    run(project, "python", "-m", "mlops_lib", *ask[1:], allowed=(0, 1, 3))
    assert parameters(project, "topics")["candidate_corpus"] == "data/corpus_v2"


def test_reports_and_executed_notebooks_are_never_cached(project: Path) -> None:
    shown = json.loads(run(project, "dvc", "config", "core.analytics") or "false")
    assert shown is False
    import yaml

    stages = yaml.safe_load((project / "dvc.yaml").read_text())["stages"]
    listed = {path.stem for path in (project / "notebooks").glob("*.ipynb")}
    assert set(stages["notebook"]["foreach"]) <= listed
    assert [list(out.values()) for out in stages["notebook"]["do"]["outs"]] == [[{"cache": False}]]
    for name in ("report", "report_topics", "report_runs"):
        report = stages[name].get("do", stages[name])
        for out in [*report["outs"], *report["metrics"]]:
            assert list(out.values()) == [{"cache": False}]


def stale(project: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(run(project, "dvc", "status", "--json"))
    return found


def parameters(project: Path, name: str) -> dict[str, object]:
    """What the report of a name was made with."""
    verdict = json.loads((project / "reports" / name / "verdict.json").read_text())
    found: dict[str, object] = verdict["parameters"]
    return found

"""The story of `mlops run`: plan, execute what changed, write what people and machines read."""

import os
import tempfile
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mlops_lib.errors import InputError, MlopsError, Problem
from mlops_lib.reports import cache, provenance
from mlops_lib.reports.catalog import Notebook, find_notebooks, read_notebooks
from mlops_lib.reports.files import write_text
from mlops_lib.reports.history import append_history, read_history
from mlops_lib.reports.parameters import check_values
from mlops_lib.reports.platform import CAN_FORK
from mlops_lib.reports.publishing import CODE

if TYPE_CHECKING:
    from mlops_lib.reports.pool import Screen
    from mlops_lib.reports.worker import Job

Engine = Literal["fork", "papermill"]
DEFAULT_ENGINE: Engine = "fork" if CAN_FORK else "papermill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user chose.

    Attributes:
        given: parameters as text or values; a key "drift.days" is meant for one notebook only.
        out: folder of the reports.
        jobs: notebooks at once; 0 takes one for each processor and three more.
        engine: "fork" (fast, Linux) or "papermill" (an ordinary kernel each).
        force: run also what has not changed.
        cell_timeout: seconds that one cell may take.
        timeout: seconds that one notebook may take.
        command: how the user could run it again.
    """

    given: Mapping[str, Any] = field(default_factory=dict)
    out: Path = Path("reports")
    jobs: int = 0
    engine: Engine = DEFAULT_ENGINE
    force: bool = False
    cell_timeout: int = 600
    timeout: float = 3600.0
    command: str = "mlops run"


_START_TIMEOUT = 60
_WAITING = 3
"""Notebooks at once beyond one a processor: while some wait for their kernels others compute, and
the last does not start when the rest has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One notebook with its checked parameters and, if nothing changed, its last record."""

    notebook: Notebook
    given: dict[str, Any]
    key: str
    unchanged: dict[str, Any] | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """Every parameter with the value that the notebook will see."""
        defaults = {each.name: each.default for each in self.notebook.parameters}
        return {**defaults, **self.given}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The records of all notebooks asked for, in order, and which of them were not run again.

    `warning` says what went wrong beside the reports; empty for nothing.
    """

    records: list[dict[str, Any]]
    unchanged: frozenset[str]
    warning: str = ""


def make_plans(paths: Sequence[Path], options: Options) -> list[Plan]:
    """Read the notebooks and check every parameter before anything is executed.

    Raises:
        InputError: with the problems of all notebooks at once.
    """
    notebooks = read_notebooks(paths)
    problems = _same_names(notebooks) + _nobodys_parameters(notebooks, options.given)
    plans = []
    for notebook in notebooks:
        try:
            plans.append(_plan(notebook, options))
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return plans


def look_back(plans: Sequence[Plan], options: Options) -> list[Plan]:
    """The plans, each with its last record if that still holds; call it while `alone`."""
    if options.force:
        return list(plans)
    found = [cache.recall(options.out / plan.notebook.name, plan.key) for plan in plans]
    return [replace(plan, unchanged=each) for plan, each in zip(plans, found, strict=True)]


def run(plans: Sequence[Plan], options: Options, screen: "Screen") -> Finished:
    """Execute the plans that need it, then write index, summary and JUnit for all.

    Call it while `alone` in the folder.

    Raises:
        MlopsError: if the folder of the reports cannot be written.
        OSError: if the pages over all reports cannot.
    """
    pending = [plan for plan in plans if plan.unchanged is None]
    _open_folder(options.out, [plan.notebook.name for plan in pending])
    made = _execute(pending, options, screen)
    records = [plan.unchanged or made[plan.notebook.name] for plan in plans]
    warning = _into_history(options.out, list(made.values()))
    write_overview(options.out, records)
    unchanged = frozenset(p.notebook.name for p in plans if p.unchanged is not None)
    return Finished(records=records, unchanged=unchanged, warning=warning)


def _into_history(out: Path, records: Sequence[Mapping[str, Any]]) -> str:
    """Add the runs to the history; why that failed, since no verdict depends on it."""
    try:
        append_history(out, records)
    except OSError as error:
        return f"these runs are not in the history: {error}"
    return ""


def write_overview(out: Path, records: Sequence[Mapping[str, Any]]) -> None:
    """Write index.html over every report in the folder, summary.md and junit.xml of this run."""
    from mlops_lib.reports import index, junit, summary

    everything = _all_records(out, records)
    write_text(out / "index.html", index.render_index(everything, read_history(out)))
    write_text(out / "summary.md", summary.render_summary(records))
    write_text(out / "junit.xml", junit.render_junit(records))


def _plan(notebook: Notebook, options: Options) -> Plan:
    given = check_values(
        _given_to(notebook, options.given), notebook.parameters, f"notebook {notebook.name}"
    )
    defaults = {each.name: each.default for each in notebook.parameters}
    key = cache.key(notebook.path, {**defaults, **given}, {"engine": options.engine})
    return Plan(notebook=notebook, given=given, key=key)


def _given_to(notebook: Notebook, given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters meant for this notebook: its own, and the shared ones that it declares."""
    declared = {parameter.name for parameter in notebook.parameters}
    shared = {name: value for name, value in given.items() if name in declared}
    prefix = f"{notebook.name}."
    own = {
        name.removeprefix(prefix): value for name, value in given.items() if name.startswith(prefix)
    }
    return {**shared, **own}


def _same_names(notebooks: Sequence[Notebook]) -> list[Problem]:
    """Notebooks that would write their reports over each other's."""
    names = [notebook.name for notebook in notebooks]
    return [
        Problem(
            source=str(notebook.path),
            message=f"another notebook is called {notebook.name} too; run them one after another, "
            "each with its own --out",
        )
        for notebook in notebooks
        if names.count(notebook.name) > 1
    ]


def _nobodys_parameters(notebooks: Sequence[Notebook], given: Mapping[str, Any]) -> list[Problem]:
    """Parameters that no chosen notebook declares: a misspelt one must not be passed over."""
    from difflib import get_close_matches

    names = {notebook.name for notebook in notebooks}
    declared = {parameter.name for notebook in notebooks for parameter in notebook.parameters}
    problems = []
    for name, value in given.items():
        owner, dot, _ = name.partition(".")
        if name in declared or (dot and owner in names):
            continue
        near = get_close_matches(name, declared, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        message = f"unknown; {hint}the parameters are {', '.join(sorted(declared)) or 'none'}"
        field_name = f"parameter {name}"
        source = f"notebook {', '.join(sorted(names))}"
        problems.append(Problem(source=source, field=field_name, message=message, value=value))
    return problems


def _open_folder(out: Path, pending: Sequence[str]) -> None:
    """From here on only what this run writes can be read as its result."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name in ("summary.md", "junit.xml", "index.html"):  # CI reads the first two
            (out / name).unlink(missing_ok=True)
        for name in pending:
            cache.forget(out / name)
            write_text(out / name / "report.html", _UNFINISHED.format(name=escape(name)))
    except OSError as error:
        message = f"cannot write the reports: {error}"
        raise MlopsError(message) from error


_UNFINISHED = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>INCOMPLETE: {name}</title>'
    "<h1>INCOMPLETE</h1><p>The run of this report has not finished: it is still going on, or it "
    "was killed. There is no verdict.</p></html>\n"
)


def _execute(
    plans: Sequence[Plan], options: Options, screen: "Screen"
) -> dict[str, dict[str, Any]]:
    if not plans:
        return {}
    from mlops_lib.reports import pool

    took = {row["name"]: row["seconds"] for row in read_history(options.out)}
    jobs = [_job(plan, options, took=took.get(plan.notebook.name)) for plan in plans]
    at_once = options.jobs or (os.cpu_count() or 1) + _WAITING
    started = time.time_ns()
    records = pool.execute(jobs, at_once=at_once, timeout=options.timeout, screen=screen)
    for plan, result in zip(plans, records, strict=True):
        code = result.pop(CODE, [])
        if result["error"] is None:
            folder = options.out / plan.notebook.name
            cache.remember(folder, plan.key, result, code=code, started=started)
    return {plan.notebook.name: result for plan, result in zip(plans, records, strict=True)}


def _job(plan: Plan, options: Options, *, took: float | None) -> "Job":
    from mlops_lib.reports.worker import Job

    name = plan.notebook.name
    return Job(
        name=name,
        title=plan.notebook.title,
        source=str(plan.notebook.path.resolve()),
        folder=str((options.out / name).resolve()),
        given=plan.given,
        parameters=plan.parameters,
        provenance=_provenance(plan, options),
        cell_timeout=options.cell_timeout,
        start_timeout=_START_TIMEOUT,
        fork=options.engine == "fork",
        scratch=tempfile.mkdtemp(prefix="mlops-"),
        took=took,
    )


def _provenance(plan: Plan, options: Options) -> dict[str, Any]:
    revision, is_dirty = provenance.git_revision()
    arguments = "".join(f" -p {name}={_shell(value)}" for name, value in plan.given.items())
    return {
        "run_id": uuid.uuid4().hex[:12],
        "started": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "cost_usd": None,
        "git_revision": revision,
        "git_dirty": is_dirty,
        **provenance.versions(),
        "engine": options.engine,
        "command": f"{options.command} {_asked_for(plan.notebook)}{arguments}",
    }


def _asked_for(notebook: Notebook) -> str:
    """The notebook's name, or its path where the name alone would not find it."""
    known = find_notebooks().get(notebook.name)
    return notebook.name if known == notebook.path else _shell(notebook.path)


def _shell(value: object) -> str:
    import shlex

    return shlex.quote(str(value))


def _all_records(out: Path, records: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The records of this run and those of other reports in the folder."""
    import json

    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted(out.glob("*/verdict.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(content, dict) and content.get("name") == path.parent.name:
            found[path.parent.name] = content
    found.update({str(record["name"]): record for record in records})
    return [found[name] for name in sorted(found)]

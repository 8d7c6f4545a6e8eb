"""The versions to compare: run files, runs in memory, or runs that were logged to MLflow."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlops_lib.errors import InputError, Problem
from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.read import read_run
from mlops_lib.evaluation.runs import Run
from mlops_lib.tables import fingerprint
from mlops_lib.tracking import Store, choose_store, find_runs
from mlops_lib.verdict import Source

FEWEST, MOST = 2, 8
"""Versions: one has nothing to be compared with, and nine would make 36 pairs."""

TRACKED = "mlflow:"
"""Before `EXPERIMENT` or `EXPERIMENT/RUN`: runs that were logged, the oldest first."""

_ANSWERS = "run/answers.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One version to compare.

    Attributes:
        run: its answers.
        name: under which it was logged; empty for a file.
        sources: fingerprints of what was read to find it.
    """

    run: Run
    name: str = ""
    sources: tuple[Source, ...] = ()


def read_sides(runs: str | Sequence[str | Path | Run], cases: CaseSet) -> list[Side]:
    """Read the versions; the first is in use.

    Args:
        runs: paths or runs; one text may hold several, separated by commas. `mlflow:answer` are
            the newest runs of each name in an experiment, `mlflow:answer/answer v2` is one.
        cases: that they answer.

    Raises:
        InputError: for every problem of a file, fewer than two versions or more than eight, and
            a run given twice.
    """
    listed: list[str | Path | Run] = (
        [part.strip() for part in runs.split(",") if part.strip()]
        if isinstance(runs, str)
        else list(runs)
    )
    paths = [str(side) for side in listed if not isinstance(side, Run)]
    twice = sorted({path for path in paths if paths.count(path) > 1})
    if twice:
        raise InputError(
            Problem(field="runs", value=path, message="is given twice") for path in twice
        )
    alone = [side for side in listed if not str(side).startswith(TRACKED)]
    if len(alone) == len(listed):
        _check_number(len(listed))
    sides = [side for each in listed for side in _read(each, cases)]
    _check_number(len(sides))
    return sides


def names_of(sides: Sequence[Side]) -> list[str]:
    """A name for each: its prompt's version where that tells them apart, else MLflow's, its file's.

    Example:
        >>> from mlops_lib.evaluation.runs import Answer
        >>> def side(n: int, name: str = "") -> Side:
        ...     answer = Answer(case_id="a", output="", prompt_name="p", prompt_version=n)
        ...     return Side(run=Run(name=f"runs/{n}.jsonl", answers=(answer,)), name=name)
        >>> names_of([side(1), side(2)]), names_of([side(1), side(1)])
        (['p v1', 'p v2'], ['1', '1 (2)'])
        >>> names_of([side(1, "mine"), side(1)])
        ['mine', '1']
    """
    versions = [side.run.version for side in sides]
    told = [f"{v['prompt']} v{v['prompt version']}".strip() for v in versions]
    if all(v["prompt version"] for v in versions) and len(set(told)) == len(told):
        return told
    stems = [side.name or Path(side.run.name).stem for side in sides]
    return [stem if stem not in stems[:i] else f"{stem} ({i + 1})" for i, stem in enumerate(stems)]


def _check_number(count: int) -> None:
    if not FEWEST <= count <= MOST:
        message = f"needs from {FEWEST} to {MOST} runs, separated by commas"
        raise InputError.of(message, field="runs", value=count)


def _read(side: str | Path | Run, cases: CaseSet) -> Iterator[Side]:
    if isinstance(side, Run):
        yield Side(run=side)
    elif str(side).startswith(TRACKED):
        yield from _tracked(str(side).removeprefix(TRACKED), cases)
    else:
        yield Side(run=read_run(side, cases))


def _tracked(wanted: str, cases: CaseSet) -> Iterator[Side]:
    store = choose_store()
    experiment, _, name = wanted.partition("/")
    found = find_runs(store, experiment, (name,) if name else ())
    for kept in found:
        path = kept.folder / _ANSWERS
        if not path.is_file():
            message = "holds no answers: it was not logged by `mlops eval log`"
            raise InputError.of(message, source=store.shown, field="runs", value=kept.name)
        run = read_run(_shown(path), cases)
        yield Side(run=run, name=kept.name, sources=_store_sources(store, len(found)))


def _shown(path: Path) -> str:
    """As seen from the working directory, so that a report names no folder of a machine."""
    here = Path.cwd()
    return os.path.relpath(path, here) if path.is_relative_to(here) else str(path)


def _store_sources(store: Store, runs: int) -> tuple[Source, ...]:
    """The database, because a run that is logged later makes the report an old one."""
    if store.database is None:
        return ()
    return (fingerprint(_shown(store.database), rows=runs),)

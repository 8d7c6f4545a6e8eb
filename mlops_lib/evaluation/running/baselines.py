"""Baselines: runs that were blessed, committed, and compared with only on equal terms."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mlops_lib.errors import InputError, Problem
from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.read import read_run, read_settings
from mlops_lib.evaluation.running.record import (
    Record,
    case_digests,
    cases_problem,
    differing,
    digest,
    read_record,
    record_path,
    write_whole,
)
from mlops_lib.evaluation.runs import Run
from mlops_lib.evaluation.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Blessed:
    """A new baseline.

    Attributes:
        path: of its run.
        record_path: of its fingerprints.
        message: what it is, and what it replaces.
    """

    path: Path
    record_path: Path
    message: str


def bless(run: str | Path, cases: CaseSet, out: Path, *, config: str | Path = "") -> Blessed:
    """Make a run the baseline: equal runs give equal bytes, whoever made them.

    Args:
        run: path of the run.
        cases: that it answers, all of them.
        out: path of the baseline.
        config: path of the settings that it will be judged by.

    Raises:
        InputError: if the run is not whole, was made with other cases, or lacks answers.
    """
    read = read_run(run, cases)
    record = read_record(run) or _record_of(read, cases)
    _refuse_parts(read, record, cases, source=str(run))
    before = read_record(out) if out.is_file() else None
    record = record.model_copy(update={"yardstick": yardstick(read_settings(config))})
    out.parent.mkdir(parents=True, exist_ok=True)
    lines = (
        answer.model_dump_json(exclude_defaults=True)
        for case in cases.cases
        for answer in read.of(case)
    )
    write_whole(out, "".join(f"{line}\n" for line in lines))
    write_whole(record_path(out), record.text())
    return Blessed(
        path=out, record_path=record_path(out), message=_message(record, before, out.stem)
    )


def yardstick(settings: Settings) -> dict[str, str]:
    """Fingerprints of what a run is measured with: a change of these makes numbers incomparable."""
    return {"scoring": digest(settings.scoring.model_dump_json())}


def check_fingerprints(
    baseline: str | Path, candidate: str | Path, cases: CaseSet, config: str | Path = ""
) -> list[str]:
    """Refuse to compare what was not measured alike; name what differs in what is under test.

    Runs without a record, made by other tools, are taken as they are.

    Args:
        baseline: path of its run.
        candidate: path of its run.
        cases: of today.
        config: path of the settings of today.

    Raises:
        InputError: if cases or yardstick changed since; asks for a new baseline.
    """
    before, after = read_record(baseline), read_record(candidate)
    problems = [
        found
        for record, path in ((before, baseline), (after, candidate))
        if record is not None
        and (found := cases_problem(record, cases, source=str(path))) is not None
    ]
    if before is not None and before.yardstick:
        now = yardstick(read_settings(config))
        problems += [
            _yardstick_problem(name, str(baseline)) for name in differing(before.yardstick, now)
        ]
    if problems:
        raise InputError(problems)
    return differing(_subject(before), _subject(after)) if before and after else []


def _subject(record: Record | None) -> Mapping[str, str]:
    return {} if record is None else {"target": record.target, **record.subject}


def _yardstick_problem(name: str, source: str) -> Problem:
    message = "changed since this baseline was blessed; bless it anew: `mlops eval bless`"
    return Problem(message=message, source=source, field=name)


def _refuse_parts(run: Run, record: Record, cases: CaseSet, *, source: str) -> None:
    problems = []
    if record.incomplete:
        problems.append(Problem(message=f"is not whole: {record.incomplete}", source=source))
    changed = cases_problem(record, cases, source=source)
    if changed is not None:
        problems.append(changed)
    problems += [
        Problem(message="lacks answers; a baseline has them all", source=source, value=case.case_id)
        for case in cases.cases
        if not any(answer.error is None for answer in run.of(case))
    ]
    if problems:
        raise InputError(problems)


def _record_of(run: Run, cases: CaseSet) -> Record:
    """The record of a run that another tool made: what the answers themselves tell."""
    counts = [len(run.of(case)) for case in cases.cases if not case.critical]
    critical = [len(run.of(case)) for case in cases.cases if case.critical]
    costs = [answer.cost_usd for answer in run.answers]
    known = [cost for cost in costs if cost is not None]
    return Record(
        target=Path(run.name).stem,
        subject={name: value for name, value in run.version.items() if value},
        cases=case_digests(cases),
        repeats=max(counts, default=0),
        critical_repeats=max(critical, default=0),
        answers=len(run.answers),
        errors=sum(answer.error is not None for answer in run.answers),
        cost_usd=round(sum(known), 10) if len(known) == len(costs) else None,
    )


def _message(record: Record, before: Record | None, name: str) -> str:
    told = (
        f"baseline {name}: {record.target}, {record.answers:,} answers to "
        f"{len(record.cases):,} cases"
    )
    if before is None:
        return f"{told}; the first of its name"
    parts = differing(_subject(before), _subject(record))
    moved = differing(before.cases, record.cases)
    changes = [*parts, *([f"{len(moved)} cases"] if moved else [])]
    how = f"which differs in {', '.join(changes)}" if changes else "of the same fingerprints"
    return f"{told}; replaces {before.target}, {how}"


def require_baseline(path: Path) -> None:
    """Say how a baseline is made where there is none.

    Raises:
        InputError: if the file is missing.
    """
    if not path.is_file():
        message = "no such baseline; make a run its baseline with `mlops eval bless RUN`"
        raise InputError.of(message, source=str(path))

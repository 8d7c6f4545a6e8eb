"""Baselines: runs that were blessed, committed, and compared with only on equal terms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mlops_lib.errors import InputError, Problem
from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.judges import Judgements, write_judgements
from mlops_lib.evaluation.judges.read import beside, judgements_path, read_judgements
from mlops_lib.evaluation.read import read_run, read_settings
from mlops_lib.evaluation.running.foreign import record_of
from mlops_lib.evaluation.running.record import (
    Record,
    cases_problem,
    differing,
    read_record,
    record_path,
    write_whole,
)
from mlops_lib.evaluation.running.yardstick import CORPUS, corpus_part, yardstick
from mlops_lib.evaluation.runs import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Blessed:
    """A new baseline.

    Attributes:
        paths: of its run, its fingerprints, and the grades of its judges, if it has some.
        message: what it is, and what it replaces.
    """

    paths: tuple[Path, ...]
    message: str

    @property
    def path(self) -> Path:
        """Of its run."""
        return self.paths[0]


def bless(
    run: str | Path, cases: CaseSet, out: Path, *, config: str | Path = "", corpus: str | Path = ""
) -> Blessed:
    """Make a run the baseline: equal runs give equal bytes, whoever made them.

    Args:
        run: path of the run.
        cases: that it answers, all of them.
        out: path of the baseline.
        config: path of the settings that it will be judged by.
        corpus: directory of the pages that its answers are checked against; empty for none.

    Raises:
        InputError: if the run is not whole, was made with other cases, or lacks answers.
    """
    read = read_run(run, cases)
    judged = beside(read)
    record = read_record(run) or record_of(read, cases)
    _refuse_parts(read, record, cases, source=str(run))
    before = read_record(out) if out.is_file() else None
    measured = yardstick(read_settings(config), judged) | corpus_part(corpus)
    record = record.model_copy(update={"yardstick": measured})
    out.parent.mkdir(parents=True, exist_ok=True)
    lines = (
        answer.model_dump_json(exclude_defaults=True)
        for case in cases.cases
        for answer in read.of(case)
    )
    write_whole(out, "".join(f"{line}\n" for line in lines))
    write_whole(record_path(out), record.text())
    return Blessed(
        paths=(out, record_path(out), *_write_grades(judged, out, cases)),
        message=_message(record, before, out.stem),
    )


def _write_grades(judged: Sequence[Judgements], out: Path, cases: CaseSet) -> tuple[Path, ...]:
    """Grades in the order of the cases; those of an earlier baseline go when there are none."""
    path = judgements_path(out)
    if not judged:
        path.unlink(missing_ok=True)
        return ()
    place = {case.case_id: number for number, case in enumerate(cases.cases)}
    ordered = (
        replace(
            each,
            items=tuple(
                sorted(each.items, key=lambda item: (place.get(item.case_id, -1), item.repeat))
            ),
        )
        for each in judged
    )
    write_judgements(path, sorted(ordered, key=lambda each: each.judge))
    return (path,)


def check_fingerprints(
    baseline: str | Path,
    candidate: str | Path,
    cases: CaseSet,
    config: str | Path = "",
    *,
    corpus: str | Path = "",
) -> list[str]:
    """Refuse to compare what was not measured alike; name what differs in what is under test.

    Runs without a record, made by other tools, are taken as they are. A corpus may differ, since
    a change of the pages is a candidate too: it is named like a change of prompt or model.

    Args:
        baseline: path of its run.
        candidate: path of its run.
        cases: of today.
        config: path of the settings of today.
        corpus: directory of the pages of today.

    Raises:
        InputError: if cases or yardstick changed since; names each part with what it was and is,
            and asks for a new baseline.
    """
    before, after = read_record(baseline), read_record(candidate)
    problems = [
        found
        for record, path in ((before, baseline), (after, candidate))
        if record is not None
        and (found := cases_problem(record, cases, source=str(path))) is not None
    ]
    now = yardstick(read_settings(config), _judged(candidate)) | corpus_part(corpus)
    kept = {} if before is None else before.yardstick
    changed = [name for name in differing(kept, now) if kept and _is_told(name, kept, now)]
    problems += [
        _yardstick_problem(name, kept, now, str(baseline)) for name in changed if name != CORPUS
    ]
    if problems:
        raise InputError(problems)
    under_test = differing(_subject(before), _subject(after)) if before and after else []
    return sorted({*under_test, *(name for name in changed if name == CORPUS)})


def _judged(run: str | Path) -> tuple[Judgements, ...]:
    path = judgements_path(run)
    return read_judgements(path) if path.is_file() else ()


def _is_told(name: str, kept: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Whether a difference counts: a judge that one side was not asked leaves it unscored."""
    of_both = name in kept and name in now
    return of_both if name.partition(" ")[0] in {"judge", "rubric", CORPUS} else True


def _subject(record: Record | None) -> Mapping[str, str]:
    return {} if record is None else {"target": record.target, **record.subject}


def _yardstick_problem(
    name: str, kept: Mapping[str, str], now: Mapping[str, str], source: str
) -> Problem:
    mend = (
        "judge the baseline anew, then bless it"
        if name.partition(" ")[0] in {"judge", "rubric"}
        else f"if that is meant, bless it anew: `mlops eval bless {source}`"
    )
    was, is_now = kept.get(name, "absent"), now.get(name, "absent")
    message = f"was {was} when this baseline was blessed, and is {is_now}; {mend}"
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


def _message(record: Record, before: Record | None, name: str) -> str:
    told = (
        f"baseline {name}: {record.target}, {record.answers:,} answers to "
        f"{len(record.cases):,} cases"
    )
    if before is None:
        return f"{told}; the first of its name"
    parts = differing(_subject(before), _subject(record))
    moved = differing(before.cases, record.cases)
    measured = differing(before.yardstick, record.yardstick)
    changes = [*parts, *([f"{len(moved)} cases"] if moved else []), *measured]
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

"""Rubrics and judgements: files to records and back; strict, all problems at once."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mlops_lib.errors import InputError, Problem
from mlops_lib.evaluation.jsonl import parse_lines, validation_problems
from mlops_lib.evaluation.judges.judgement import Judgement, Judgements, why_unfit
from mlops_lib.evaluation.judges.rubric import Rubric
from mlops_lib.evaluation.runs import Run
from mlops_lib.tables import fingerprint

SUFFIX = ".judgements.jsonl"


def judgements_path(run: str | Path) -> Path:
    """Where the judgements of a run are stored: beside it.

    Example:
        >>> judgements_path("runs/candidate.jsonl").as_posix()
        'runs/candidate.judgements.jsonl'
    """
    path = Path(run)
    return path.with_name(f"{path.stem}{SUFFIX}")


def read_rubric(path: str | Path) -> Rubric:
    """A rubric from YAML.

    Raises:
        InputError: with every problem of the file; without known answers it is no rubric.
    """
    import yaml

    name = str(path)
    try:
        loaded: Any = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError.of(f"cannot be read: {reason}", source=name) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        message = f"is not YAML: {' '.join(str(error).split())}"
        raise InputError.of(message, source=name) from error
    try:
        return Rubric.model_validate_json(json.dumps(loaded, default=str))
    except ValidationError as error:
        raise InputError(validation_problems(error, Rubric, source=name)) from error


def write_judgements(path: str | Path, judgements: Sequence[Judgements]) -> int:
    """Write judgements as JSON lines, all or none.

    Args:
        path: of the file, `judgements_path` of the run by custom.
        judgements: one of each judge.

    Returns:
        The number of lines.
    """
    lines = [
        json.dumps(item.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False)
        for judged in judgements
        for item in (*judged.sentinels, *judged.items)
    ]
    target = Path(path)
    partial = target.with_name(f"{target.name}.partial-{os.getpid()}")
    partial.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    partial.replace(target)
    return len(lines)


def read_judgements(path: str | Path) -> tuple[Judgements, ...]:
    """Judgements of a file by judge; a judge that is not fit is refused here too.

    Raises:
        InputError: with every line that cannot be read, answer judged twice by one judge, judge
            with two fingerprints, and judge that was not tested, fell for a sentinel, or could
            not grade more than 5 % of the answers.
    """
    name = str(path)
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError.of(f"cannot be read: {reason}", source=name) from error
    rows, problems = parse_lines(content, Judgement, source=name)
    problems += _clashes(rows, name)
    if problems:
        raise InputError(sorted(problems, key=lambda problem: problem.row or 0))
    source = fingerprint(name, rows=len(rows))
    found = []
    for judge in dict.fromkeys(item.judge for _, item in rows):
        items = [item for _, item in rows if item.judge == judge]
        judged = Judgements(
            judge=judge,
            fingerprint=items[0].fingerprint,
            items=tuple(item for item in items if item.sentinel is None),
            sentinels=tuple(item for item in items if item.sentinel is not None),
            source=source,
        )
        why = why_unfit(judged.sentinels, judged.error_rate)
        if why:
            problems.append(Problem(source=name, field=judge, message=f"this judge {why}"))
        found.append(judged)
    if problems or not found:
        raise InputError(problems or [Problem(source=name, message="holds no judgements")])
    return tuple(found)


def beside(run: Run) -> tuple[Judgements, ...]:
    """The judgements that lie beside a run's file; none where there is no such file."""
    path = judgements_path(run.name)
    return read_judgements(path) if run.source is not None and path.is_file() else ()


def _clashes(rows: Sequence[tuple[int, Judgement]], name: str) -> list[Problem]:
    seen: dict[tuple[str, str, int], int] = {}
    prints: dict[str, str] = {}
    problems = []
    for row, item in rows:
        key = (item.judge, item.case_id, item.repeat)
        if key in seen:
            message = f"is judged before by {item.judge}, in row {seen[key]}"
            problems.append(
                Problem(source=name, row=row, field="case_id", value=item.case_id, message=message)
            )
        seen.setdefault(key, row)
        if prints.setdefault(item.judge, item.fingerprint) != item.fingerprint:
            message = f"one judge has one fingerprint, and rows before have {prints[item.judge]}"
            problems.append(
                Problem(
                    source=name,
                    row=row,
                    field="fingerprint",
                    value=item.fingerprint,
                    message=message,
                )
            )
    return problems

"""Files to records: cases, runs, settings, corpus. Strict at the door, all problems at once."""

import glob
import json
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mlops_lib.errors import InputError, Problem
from mlops_lib.evaluation.cases import Case, CaseSet, duplicate, split_conversation
from mlops_lib.evaluation.jsonl import parse_lines, validation_problems
from mlops_lib.evaluation.runs import Answer, Run
from mlops_lib.evaluation.scorers import choose_scorers
from mlops_lib.evaluation.sections import split_page
from mlops_lib.evaluation.settings import Settings
from mlops_lib.tables import fingerprint
from mlops_lib.verdict import Source

DEFAULTS = Path(__file__).with_name("evaluation.yaml")
"""The settings that hold when none are given; `eval/evaluation.yaml` is a copy."""

DEFAULT_CORPUS = "corpus"
"""The corpus of this repository; elsewhere it need not exist."""


def read_cases(path: str | Path, *, tags: str = "") -> CaseSet:
    """Cases of a JSON lines file.

    Args:
        path: of the file, one case per line.
        tags: keep the cases with at least one of these, separated by commas; empty keeps all.

    Raises:
        InputError: with every problem of the file, each with its row, field and value.
    """
    name = str(path)
    rows, problems = parse_lines(_content(name), Case, source=name, prepare=split_conversation)
    first: dict[str, int] = {}
    for row, case in rows:
        if case.case_id in first:
            problems.append(duplicate(name, row, case.case_id, first[case.case_id]))
        first.setdefault(case.case_id, row)
    _raise_sorted(problems)
    cases = tuple(case for _, case in rows)
    if not cases:
        raise InputError.of("holds no cases: nothing can be judged", source=name)
    return CaseSet(name=name, cases=cases, source=fingerprint(name, rows=len(cases))).tagged(tags)


def read_run(path: str | Path, cases: CaseSet) -> Run:
    """Answers of a run file; those to cases that a filter left out are passed over.

    Cases without an answer are no problem here: they lower the coverage of the gate.

    Args:
        path: of the file, one answer per line.
        cases: what was asked.

    Raises:
        InputError: with every problem of the file: lines that cannot be read, case ids that are
            not in the cases, a (case, repeat) given twice, two versions in one run, and a run
            that answers none of the cases.
    """
    name = str(path)
    rows, problems = parse_lines(_content(name), Answer, source=name)
    known = {case.case_id for case in cases.cases}
    problems += _unknown_cases(rows, name=name, known=known | cases.left_out, cases=cases.name)
    problems += _given_twice(rows, name=name)
    problems += _mixed_versions(rows, name=name)
    _raise_sorted(problems)
    answers = tuple(answer for _, answer in rows if answer.case_id in known)
    if not answers:
        raise InputError.of(f"answers none of the cases of {cases.name}", source=name)
    return Run(name=name, answers=answers, source=fingerprint(name, rows=len(rows)))


def read_settings(path: str | Path = "", *, margin: float | None = None) -> Settings:
    """Settings from YAML; the packaged defaults when the path is empty.

    Args:
        path: of the file; empty for the defaults.
        margin: one margin for all metrics that are shares; None or 0 keeps those of the file.

    Raises:
        InputError: with every unknown, missing or misplaced setting.

    Example:
        >>> read_settings().gate.coverage
        0.98
    """
    import yaml

    name = str(path) or str(DEFAULTS)
    try:
        loaded: Any = yaml.safe_load(_content(name))
    except yaml.YAMLError as error:
        message = f"is not YAML: {' '.join(str(error).split())}"
        raise InputError.of(message, source=name) from error
    settings = _validated(loaded, name)
    choose_scorers(settings.metrics, source=name)
    return settings.with_margin(margin)


def read_sections(directory: str | Path) -> Mapping[str, str] | None:
    """Text of each section of a corpus by id; None without a path, or without the default one.

    Ids are `<path of the page>#<slug of its heading>`; the page alone stands for all of it.

    Raises:
        InputError: if there is no such directory, it has no Markdown, or a page is not UTF-8.
    """
    if _goes_without(directory):
        return None
    root = Path(directory)
    pages = sorted(root.rglob("*.md")) if root.is_dir() else []
    if not pages:
        message = "is no directory with Markdown pages (*.md); leave it empty to go without"
        raise InputError.of(message, source=str(directory), field="corpus")
    found: dict[str, str] = {}
    problems = []
    for page in pages:
        try:
            text = page.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            problems.append(Problem(source=str(page), message=f"is not UTF-8: {error.reason}"))
            continue
        found.update(split_page(page.relative_to(root).as_posix(), text))
    _raise_sorted(problems)
    return found


def _goes_without(directory: str | Path) -> bool:
    """No corpus was named, or only the default, which need not exist."""
    default_is_absent = str(directory) == DEFAULT_CORPUS and not Path(directory).exists()
    return not str(directory) or default_is_absent


def corpus_sources(directory: str | Path) -> tuple[Source, ...]:
    """Fingerprint of all pages of a corpus; empty when the path is empty."""
    if _goes_without(directory):
        return ()
    pattern = f"{glob.escape(str(directory))}/**/*.md"
    return (fingerprint(pattern, rows=sum(1 for _ in Path(directory).rglob("*.md"))),)


def settings_sources(config: object) -> tuple[Source, ...]:
    """Fingerprint of a settings file; empty for the defaults, which the version fingerprints."""
    if not isinstance(config, str | Path) or not str(config):
        return ()
    return (fingerprint(config, rows=len(_content(str(config)).splitlines())),)


def _content(name: str) -> bytes:
    file = Path(name)
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        near = get_close_matches(name, map(str, file.parent.glob("*")), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise InputError.of(f"no such file{hint}", source=name or "(empty path)") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError.of(f"cannot be read: {reason}", source=name or "(empty path)") from error


def _validated(loaded: object, name: str) -> Settings:
    try:
        return Settings.model_validate_json(json.dumps(loaded, default=str))
    except ValidationError as error:
        raise InputError(validation_problems(error, Settings, source=name)) from error


def _unknown_cases(
    rows: list[tuple[int, Answer]], *, name: str, known: frozenset[str] | set[str], cases: str
) -> list[Problem]:
    return [
        Problem(
            source=name,
            row=row,
            field="case_id",
            value=answer.case_id,
            message=f"is not a case of {cases}",
        )
        for row, answer in rows
        if answer.case_id not in known
    ]


def _given_twice(rows: list[tuple[int, Answer]], *, name: str) -> list[Problem]:
    first: dict[tuple[str, int], int] = {}
    problems = []
    for row, answer in rows:
        key = (answer.case_id, answer.repeat)
        if key in first:
            message = f"repeat {answer.repeat} of this case is given before, in row {first[key]}"
            problems.append(
                Problem(source=name, row=row, field="repeat", value=answer.case_id, message=message)
            )
        first.setdefault(key, row)
    return problems


def _mixed_versions(rows: list[tuple[int, Answer]], *, name: str) -> list[Problem]:
    first: dict[str, tuple[int, str]] = {}
    problems = []
    for row, answer in rows:
        for field, value in answer.version.items():
            if answer.error and not value:  # what gave no answer may not know its version
                continue
            row_before, before = first.setdefault(field, (row, value))
            if value == before:
                continue
            message = f"a run holds one version, and row {row_before} has {before!r}"
            problems.append(
                Problem(source=name, row=row, field=field, value=value, message=message)
            )
            first[field] = (row, value)
    return problems


def _raise_sorted(problems: list[Problem]) -> None:
    if problems:
        raise InputError(sorted(problems, key=lambda problem: problem.row or 0))

"""Labels: what people say of answers that a judge has graded too."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from mlops_lib.errors import InputError, Problem
from mlops_lib.evaluation.cases import Text
from mlops_lib.evaluation.jsonl import parse_lines
from mlops_lib.evaluation.runs import Count

DEFAULT_LABELS = "eval/labels"
"""Where labels are committed; elsewhere there need not be any."""


class Label(BaseModel):
    """What a person said of one answer.

    Attributes:
        judge: name of the rubric by which it was labelled.
        case_id: of the answer.
        repeat: of the answer.
        answer: digest of the answer's text, as in the judgements; empty where not recorded.
        value: from 0 (bad) to 1 (good), on the rubric's scale.
        labeller: who.
        note: why.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    judge: Text
    case_id: Text
    repeat: Count = 0
    answer: str = ""
    value: Annotated[float, Field(ge=0, le=1)]
    labeller: str = ""
    note: str = ""


def read_labels(folder: str | Path) -> tuple[Label, ...]:
    """All labels of a folder's `*.jsonl` files, or of one file.

    Raises:
        InputError: with every line that cannot be read, and every answer that one person labelled
            twice; if there are no labels.
    """
    place = Path(folder)
    files = sorted(place.glob("*.jsonl")) if place.is_dir() else [place]
    problems: list[Problem] = []
    labels: list[Label] = []
    for file in files:
        try:
            content = file.read_bytes()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            problems.append(Problem(source=str(file), message=f"cannot be read: {reason}"))
            continue
        rows, found = parse_lines(content, Label, source=str(file))
        problems += [*found, *_given_twice(rows, str(file))]
        labels += [label for _, label in rows]
    if problems or not labels:
        raise InputError(problems or [Problem(source=str(folder), message="holds no labels")])
    return tuple(labels)


def labels_if_any(folder: str | Path) -> tuple[Label, ...]:
    """Labels of a folder or file; none without a path, or without the default folder.

    Raises:
        InputError: as `read_labels` says.
    """
    is_absent = str(folder) == DEFAULT_LABELS and not any(Path(folder).glob("*.jsonl"))
    return read_labels(folder) if str(folder) and not is_absent else ()


def _given_twice(rows: Sequence[tuple[int, Label]], source: str) -> list[Problem]:
    first: dict[tuple[str, str, int, str], int] = {}
    problems = []
    for row, label in rows:
        key = (label.judge, label.case_id, label.repeat, label.labeller)
        if key in first:
            message = f"was labelled before by the same person, in row {first[key]}"
            problems.append(
                Problem(
                    source=source, row=row, field="case_id", value=label.case_id, message=message
                )
            )
        first.setdefault(key, row)
    return problems

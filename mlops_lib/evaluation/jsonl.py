"""JSON lines to records: every problem of the text at once, with row, field and value."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from mlops_lib.errors import Problem

Record = TypeVar("Record", bound=BaseModel)


def parse_lines(
    content: bytes,
    model: type[Record],
    *,
    source: str,
    prepare: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
) -> tuple[list[tuple[int, Record]], list[Problem]]:
    r"""Records with their rows (1-based line numbers), and what is wrong with the other lines.

    Args:
        content: of the file; blank lines are passed over.
        model: each line's strict pydantic model.
        source: what messages call the file.
        prepare: turns one way of writing a record into another before it is checked; says with
            a `ValueError` why it cannot.

    Example:
        >>> from mlops_lib.evaluation.cases import Case
        >>> text = b'{"case_id": "a", "input": "?"}\n{"case_id": 7, "input": "?"}'
        >>> rows, problems = parse_lines(text, Case, source="c.jsonl")
        >>> len(rows), str(problems[0])
        (1, 'c.jsonl, row 2, case_id: must be a valid string (got 7)')
    """
    records: list[tuple[int, Record]] = []
    problems: list[Problem] = []
    for row, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            text = line.decode("utf-8")
            value = _read_carefully(text)
            prepared = value if prepare is None else prepare(value)
            if prepared is not value:
                text = json.dumps(prepared)
            records.append((row, model.model_validate_json(text)))
        except ValidationError as error:
            problems.extend(validation_problems(error, model, source=source, row=row))
        except (ValueError, RecursionError) as error:
            problems.append(Problem(source=source, row=row, message=_broken(error)))
    return records, problems


def validation_problems(
    error: ValidationError, model: type[BaseModel], *, source: str, row: int | None = None
) -> list[Problem]:
    """Pydantic's findings in our words."""
    return [
        Problem(
            source=source,
            row=row,
            field=".".join(str(part) for part in found["loc"]),
            value=None if found["type"] in _WITHOUT_VALUE else found["input"],
            message=_message(found, model),
        )
        for found in error.errors(include_url=False)
    ]


_WITHOUT_VALUE = frozenset({"missing", "value_error"})


def _message(found: Mapping[str, Any], model: type[BaseModel]) -> str:
    if found["type"] == "missing":
        return "is missing"
    if found["type"] == "extra_forbidden":
        allowed = f"; allowed are {', '.join(model.model_fields)}" if len(found["loc"]) == 1 else ""
        return f"is no known field{allowed}"
    if found["type"] == "string_pattern_mismatch":
        return "must not be blank"
    text = str(found["msg"]).removeprefix("Value error, ")
    return text.replace("Input should be", "must be", 1).replace("String should", "must", 1)


def _read_carefully(text: str) -> dict[str, Any]:
    """Refuse a line that is no object."""
    value = strict_json(text)
    if not isinstance(value, dict):
        message = f"each line must be an object in braces, not {type(value).__name__}"
        raise ValueError(message)  # noqa: TRY004 - a bad line, not a bad call
    return value


def strict_json(text: str) -> object:
    """One JSON value, refusing what readers let through: NaN, and a key given twice.

    Raises:
        ValueError: if it is none.
        RecursionError: if it is nested too deeply.

    Example:
        >>> strict_json('{"a": 1, "a": 2}')
        Traceback (most recent call last):
        ValueError: the key 'a' is given twice
    """
    value: object = json.loads(text, object_pairs_hook=_no_twice, parse_constant=_no_constant)
    return value


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        message = f"the key {twice[0]!r} is given twice"
        raise ValueError(message)
    return dict(pairs)


def _no_constant(name: str) -> NoReturn:
    message = f"{name} is no number in JSON; leave the field out or write null"
    raise ValueError(message)


def _broken(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"is not UTF-8 at byte {error.start + 1}"
    if isinstance(error, json.JSONDecodeError):
        return f"is not JSON: {error.msg} at column {error.colno}"
    if isinstance(error, RecursionError):
        return "is nested too deeply"
    return str(error)

"""Parameters of a notebook: what its `parameters` cell declares, and what a user gave."""

import ast
import io
import math
import re
import tokenize
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from mlops_lib.errors import InputError, Problem, is_utf8

Value = str | int | float | bool | None

_MOST_DIGITS = 18
"""Of a whole number: every table and every database can hold those."""
_TOO_LARGE: int = 10**_MOST_DIGITS

_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
_TRUE, _FALSE = {"true", "yes", "1"}, {"false", "no", "0"}
_NONE = {"none", "null"}
_SECRET = re.compile(r"(^|_)(keys?|token|secrets?|passwords?|passwd|credentials?)$", re.IGNORECASE)
"""Names of secrets; `max_tokens` is a number, and `key_column` names a column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One declared parameter.

    Attributes:
        name: as in the cell.
        type: "str", "int", "float" or "bool".
        optional: whether None is allowed.
        default: the literal in the cell.
        meaning: the comment behind it.
    """

    name: str
    type: str
    optional: bool
    default: Value
    meaning: str

    @property
    def type_text(self) -> str:
        """The type as it stands in the cell."""
        return f"{self.type} | None" if self.optional else self.type


def read_parameters(source: str, notebook: str) -> tuple[Parameter, ...]:
    """Read a `parameters` cell: one `name: type = literal  # meaning` a line.

    Raises:
        InputError: for anything else in the cell; all problems at once.

    Example:
        >>> read_parameters("days: int = 7  # length of the window", "drift")[0].meaning
        'length of the window'
    """
    comments = _comments(source)
    parameters, problems = [], []
    for node in _statements(source, notebook):
        parameter = _declared(node, comments)
        if parameter is None:
            problems.append(
                Problem(
                    source=f"{notebook}.ipynb, cell 'parameters'",
                    row=node.lineno,
                    message="write `name: type = literal  # meaning` with type str, int, float, "
                    "bool, or one of these with `| None`",
                    value=ast.unparse(node),
                )
            )
        else:
            parameters.append(parameter)
    if problems:
        raise InputError(problems)
    return tuple(parameters)


def check_values(
    given: Mapping[str, Any], declared: Sequence[Parameter], notebook: str
) -> dict[str, Value]:
    """Check given values by name and type; text is converted, anything else must fit.

    Raises:
        InputError: for unknown names, wrong types, non-finite numbers and names of secrets;
            all problems at once.

    Example:
        >>> days = Parameter(name="days", type="int", optional=False, default=7, meaning="")
        >>> check_values({"days": "14"}, [days], "drift")
        {'days': 14}
    """
    by_name = {parameter.name: parameter for parameter in declared}
    values: dict[str, Value] = {}
    problems: list[Problem] = []
    for name, value in given.items():
        if name not in by_name:
            message = _unknown(name, tuple(by_name))
        elif _SECRET.search(name):
            message = "is named like a secret; parameters are printed in the report: use the "
            message += "environment for secrets"
        else:
            parameter = by_name[name]
            try:
                values[name] = _converted(value, parameter)
                continue
            except ValueError as error:
                message = str(error)
        problems.append(
            Problem(
                source=notebook,
                field=f"parameter {name}",
                message=message,
                value=None if _SECRET.search(name) else value,
            )
        )
    if problems:
        raise InputError(problems)
    return values


def _statements(source: str, notebook: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except SyntaxError as error:
        raise InputError.of(
            f"is no Python: {error.msg}",
            source=f"{notebook}.ipynb, cell 'parameters'",
            row=error.lineno,
            value=(error.text or "").strip() or None,
        ) from error


def _declared(node: ast.stmt, comments: Mapping[int, str]) -> Parameter | None:
    if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value):
        return None
    kind = [part.strip() for part in ast.unparse(node.annotation).split("|")]
    optional = "None" in kind
    names = [name for name in kind if name != "None"]
    if len(names) != 1 or names[0] not in _TYPES:
        return None
    try:
        default = ast.literal_eval(node.value)
    except (ValueError, TypeError):
        return None
    if not _is_of(default, names[0], optional=optional):
        return None
    return Parameter(
        name=node.target.id,
        type=names[0],
        optional=optional,
        default=default,
        meaning=comments.get(node.lineno, ""),
    )


def _is_of(default: object, kind: str, *, optional: bool) -> bool:
    if default is None:
        return optional
    if isinstance(default, int | float) and not _fits(default, kind):
        return False
    is_whole = kind == "float" and type(default) is int
    return is_whole or type(default) is _TYPES[kind]


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        token.start[0]: token.string.lstrip("# ").strip()
        for token in tokens
        if token.type == tokenize.COMMENT
    }


def _converted(value: Any, parameter: Parameter) -> Value:  # noqa: ANN401
    if value is None or (parameter.optional and str(value).lower() in _NONE):
        if parameter.optional:
            return None
        message = f"must be {_article(parameter.type)}, not None"
        raise ValueError(message)
    if isinstance(value, str):
        return _from_text(value, parameter.type)
    wanted: object = _TYPES[parameter.type]
    fits = not isinstance(value, int | float) or _fits(value, parameter.type)
    if wanted is float and type(value) is int and fits:
        return float(value)
    if type(value) is not wanted or not fits:
        message = f"must be {_article(parameter.type)}"
        raise ValueError(message)
    checked: Value = value
    return checked


def _from_text(text: str, kind: str) -> Value:
    if kind == "str":
        if not is_utf8(text) or "\0" in text:
            message = "must be text in UTF-8, without a zero byte"
            raise ValueError(message)
        return text
    if kind == "bool":
        if text.lower() in _TRUE | _FALSE:
            return text.lower() in _TRUE
        message = "must be true or false"
        raise ValueError(message)
    try:
        number = int(text) if kind == "int" else float(text)
    except ValueError:
        number = math.nan
    if not _fits(number, kind):
        message = f"must be {_article(kind)}"
        raise ValueError(message)
    return number


def _fits(number: float, kind: str) -> bool:
    if kind == "int":
        return abs(number) < _TOO_LARGE
    try:
        return math.isfinite(number)
    except OverflowError:  # a whole number above every float
        return False


def _article(kind: str) -> str:
    return {
        "int": f"a whole number of at most {_MOST_DIGITS} digits",
        "float": "a finite number",
        "bool": "true or false",
        "str": "text",
    }[kind]


def _unknown(name: str, names: Sequence[str]) -> str:
    if not names:
        return "unknown; the notebook has no parameters"
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"unknown; {hint}the parameters are {', '.join(names)}"

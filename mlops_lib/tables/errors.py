"""What readers say when a file or a database cannot be read."""

import csv
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mlops_lib.errors import InputError
from mlops_lib.tables.faults import broken_line, no_text, row_of, uneven_row
from mlops_lib.tables.times import NOT_ISO, PART

_FILE = re.compile(r'^ +file = (.+)$|in file "(.+?)"', re.MULTILINE)
_LINE = re.compile(r"CSV Error on Line: (\d+)")
_KINDS = {"BIGINT": "whole number", "DOUBLE": "number", "BOOLEAN": "true or false"}


@contextmanager
def reading(source: str = "") -> Iterator[None]:
    """What DuckDB cannot read in here, or in a function that this decorates, is bad input.

    Args:
        source: name of the table, for errors that name no file.

    Raises:
        InputError: instead of DuckDB's own error.
    """
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise unreadable(error, source) from error


def unreadable(error: Exception, source: str) -> InputError:
    """What is wrong with a file, and where; else what the reader said."""
    return fault_of(error, source) or InputError.of(
        f"cannot read the file: {_told(error)}", source=source
    )


def fault_of(error: Exception, source: str = "") -> InputError | None:
    """A fault of the file: a value, a row, its encoding; None where the error tells of none."""
    try:
        return _fault_of(str(error), source)
    except (OSError, EOFError, ValueError, zlib.error, csv.Error):
        return None  # what is broken more than this is told in DuckDB's words


def _fault_of(said: str, source: str) -> InputError | None:
    file = _named(_FILE, said) or source
    for pattern, found in _FOUND:
        if match := pattern.search(said):
            return found(match, file, said)
    return broken_line(file)


def _cell(match: re.Match[str], file: str, said: str) -> InputError:
    field, value, kind = match.groups()
    line = int(_named(_LINE, said) or 0)  # the names are the first
    message = f"is no {_KINDS.get(kind, kind)}, as the values before it are"
    return InputError.of(message, source=file, row=line - 1 or None, field=field, value=value)


def _time(match: re.Match[str], _file: str, _said: str) -> InputError:
    file, field, value = match[1].split(PART, maxsplit=2)
    message = "is no time, as the values before it are; write ISO 8601"
    row = row_of(file, field, value)
    return InputError.of(message, source=file, row=row, field=field, value=value)


def _long(match: re.Match[str], file: str, _said: str) -> InputError:
    message = f"a row is longer than {int(match[1]):,} bytes, the most that can be read"
    return InputError.of(f"{message}; is a quote not closed?", source=file)


def _record(match: re.Match[str], file: str, _said: str) -> InputError:
    return broken_line(file) or InputError.of(
        f"cannot be read: {match[2]}", source=file, row=int(match[1])
    )


_FOUND: tuple[tuple[re.Pattern[str], Callable[..., InputError | None]], ...] = (
    (
        re.compile(
            r"converting column \"(.*?)\"\. Could not convert string \"(.*?)\" to '(\w+)", re.DOTALL
        ),
        _cell,
    ),
    (re.compile(f'"{re.escape(PART.join([NOT_ISO, ""]))}(.*?)", expected', re.DOTALL), _time),
    (re.compile(r"Maximum line size of (\d+) bytes exceeded"), _long),
    (re.compile("not utf-8"), lambda _match, file, _said: no_text(file)),
    (re.compile("CSV"), lambda _match, file, _said: uneven_row(file)),
    (re.compile(r"in line (\d+): (.+)"), _record),
)
"""What DuckDB says of a file, and what we say instead."""


def _told(error: Exception) -> str:
    """What DuckDB says; of CSV its first line names a line, and a later one what is wrong."""
    first, *rest = str(error).strip().splitlines() or [""]
    if not _LINE.search(first):
        return first_line(error)
    telling = (line for line in rest if line and not line.startswith("Original Line"))
    return f"{first}: {next(telling, '')}"


def first_line(error: Exception) -> str:
    """An error in one line."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _named(pattern: re.Pattern[str], said: str) -> str:
    """What the pattern's first group with something in it holds."""
    found = pattern.search(said)
    return next((part for part in found.groups() if part), "") if found else ""

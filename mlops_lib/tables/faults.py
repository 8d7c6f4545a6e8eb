"""Where a text file is broken, found by reading it line by line: DuckDB often names no row.

Rows count from 1; of CSV the first is the one below the names.
"""

import csv
import glob
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from mlops_lib.errors import InputError

JSON_LINES, CSV = (".jsonl", ".ndjson"), (".csv", ".tsv")

_SEPARATORS = ",;\t|"
_ADVICE = "give every row as many fields as the first line has names"


def suffix_of(file: Path) -> str:
    """A file's ending in lower case, without .gz."""
    suffixes = [suffix.lower() for suffix in file.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def no_text(source: str) -> InputError | None:
    """The first line that is no UTF-8."""
    for name in _files(source, (*JSON_LINES, *CSV)):
        row = 1 - (suffix_of(Path(name)) in CSV)
        with _open(name, errors="surrogateescape") as lines:
            for at, line in enumerate(lines, start=row):
                if not line.isascii() and any("\udc80" <= sign <= "\udcff" for sign in line):
                    place = {"row": at} if at else {"field": "the first line"}
                    return InputError.of("is no UTF-8 text; save it as UTF-8", source=name, **place)
    return None


def broken_line(source: str) -> InputError | None:
    """The first line of JSON lines that is no JSON; DuckDB counts one too far, and shows none."""
    for name in _files(source, JSON_LINES):
        with _open(name, errors="replace") as lines:
            for row, line in enumerate(lines, start=1):
                try:
                    json.loads(line.strip() or "null")
                except json.JSONDecodeError as error:
                    return InputError.of(
                        f"is no JSON: {error.msg}", source=name, row=row, value=line.rstrip()
                    )
    return None


def uneven_row(source: str) -> InputError | None:
    """The first row of CSV that has not as many fields as the first line has names."""
    for name in _files(source, CSV):
        with _open(name, errors="replace", newline="") as lines:
            first = lines.readline()
            lines.seek(0)
            rows = csv.reader(lines, delimiter=find_separator(first), strict=True)
            names = len(next(csv.reader([first], delimiter=find_separator(first)), []))
            # A single name may stand above sentences with commas, but not if it is a comment.
            if names > 1 or first.startswith("#"):
                for row, said in _uneven(rows, names):
                    return InputError.of(said, source=name, row=row)
    return None


def row_of(source: str, field: str, value: str) -> int | None:
    """The first row with this value; None where it cannot be found."""
    before = 0
    for name in _files(source, (*JSON_LINES, *CSV)):
        with _open(name, errors="replace", newline="") as lines:
            for row, cells in enumerate(_records(name, lines), start=1):
                if cells.get(field) == value:
                    return before + row
            before += row
    return None


def _records(name: str, lines: TextIO) -> Iterator[dict[str, object]]:
    if suffix_of(Path(name)) in JSON_LINES:
        return (json.loads(line) for line in lines if line.strip())
    separator = find_separator(lines.readline())
    lines.seek(0)
    return iter(csv.DictReader(lines, delimiter=separator))


def _uneven(rows: Iterator[list[str]], names: int) -> Iterator[tuple[int, str]]:
    """Rows that are no rows, and why; ends at a quote that leaves none."""
    row = 0
    try:
        next(rows)
        for fields in rows:
            row += bool(fields)
            if fields and len(fields) != names:
                found = f"has {len(fields)} field{'s' * (len(fields) != 1)}"
                yield row, f"{found}, where the first line names {names}; {_ADVICE}"
    except csv.Error:
        yield row + 1, 'a quote (") is opened here, and not closed where a field ends'


def find_separator(first: str) -> str:
    """What parts the names in the first line into the most."""
    return max(_SEPARATORS, key=lambda mark: len(next(csv.reader([first], delimiter=mark), [])))


def _files(source: str, endings: tuple[str, ...]) -> list[str]:
    found = sorted(glob.glob(source, recursive=True)) or [source]
    return [name for name in found if suffix_of(Path(name)) in endings and Path(name).is_file()]


def _open(name: str, *, errors: str, newline: str | None = None) -> TextIO:
    opened = gzip.open if name.lower().endswith(".gz") else open
    handle: TextIO = opened(name, "rt", encoding="utf-8-sig", errors=errors, newline=newline)
    return handle

"""Files and tables at the door: the request log, and the Markdown corpus that should answer it."""

import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from mlops_lib import tables
from mlops_lib.errors import InputError, Problem
from mlops_lib.topics.columns import (
    NEEDED,
    ColumnNames,
    add_times,
    canonical,
    column_names,
    name_users,
    present,
    require_numbers,
    require_one_embedder,
    require_values,
)
from mlops_lib.topics.log import QueryLog
from mlops_lib.topics.markdown import Section, split_sections
from mlops_lib.verdict import Source

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_CORPUS = "corpus"
"""The corpus of this repository; elsewhere it need not exist."""


def read(
    log: Any,  # noqa: ANN401
    *,
    current_days: float = 7,
    reference_days: float = 30,
    where: str = "",
    **columns: Unpack[ColumnNames],
) -> QueryLog:
    """Read the queries of the last days and of the days before them.

    The clock is the log's own: the current window ends at its last row. Rows without a query are
    left out and counted. A window without rows is no error: the checks then say UNDECIDED.

    Args:
        log: a path (SQLite, DuckDB, Parquet, CSV, JSON lines), a PostgreSQL URL, a frame, or a
            `tables.Table`. Of a database only the days that are needed are fetched.
        current_days: length of the current window.
        reference_days: length of the reference window before it.
        where: optional SQL condition on the rows.
        **columns: names of the columns query, score, time, user, embedder, outcome and feedback;
            all but the first three are optional: "" goes without one, and so does a default name
            that the log does not have.

    Raises:
        InputError: for what cannot be read, missing columns, a question or score that is never
            known, a score that is not a number, feedback that is neither 1, -1 nor 0, and for
            scores of several embedders: those do not compare.

    Example:
        >>> import pandas as pd
        >>> frame = pd.DataFrame(
        ...     {
        ...         "query": ["merge lora", "what is psi"],
        ...         "top_score": [0.2, 0.8],
        ...         "time": ["2026-06-30T12:00:00Z", "2026-06-10T12:00:00Z"],
        ...     }
        ... )
        >>> queries = read(frame)
        >>> queries.size(current=True), queries.size(current=False)
        (1, 1)
    """
    names = column_names(columns)
    _require_days(current_days=current_days, reference_days=reference_days)
    table = tables.read(log, name="log", where=where)
    names = present(names, table.columns)
    _require_columns(table, names)
    total = table.rows
    table = tables.recent(table, time=names["time"], days=current_days + reference_days)
    raw = _raw(table, names)
    require_numbers(raw, table.name, names)
    name_users(raw)
    add_times(raw, table.name, names["time"], current_days)
    raw = raw[raw["days_ago"] < current_days + reference_days]
    asked = require_values(raw, table.name, names)
    require_one_embedder(raw, table.name, names["embedder"])
    rows = raw[asked]
    return QueryLog(
        name=table.name,
        frame=canonical(rows),
        current_days=current_days,
        reference_days=reference_days,
        has_users="user" in rows and bool(rows["user"].notna().any()),
        has_outcome=bool(names["outcome"]),
        has_feedback=bool(names["feedback"]),
        left_out=total - len(raw),
        skipped=int((~asked).sum()),
        sources=table.sources,
    )


def read_corpus(path: str | Path) -> tuple[Section, ...]:
    """Read the sections of every Markdown page below a directory, in the order of their names.

    Args:
        path: the directory; "" for no corpus. The default directory may be missing.

    Raises:
        InputError: if another directory does not exist, or holds no Markdown page, a page that is
            no UTF-8 text (names every one), or no section.
    """
    return () if _goes_without(path) else _sections(Path(path))


def read_candidate(path: str | Path) -> tuple[Section, ...] | None:
    """Read another version of the corpus; unlike `read_corpus` it lets no directory be missing.

    Args:
        path: the directory; "" for no candidate.

    Raises:
        InputError: as `read_corpus`.

    Example:
        >>> read_candidate("") is None
        True
    """
    return _sections(Path(path)) if str(path) else None


def _sections(folder: Path) -> tuple[Section, ...]:
    if not folder.is_dir():
        raise InputError.of('no such directory; "" means no corpus', source=str(folder))
    pages = {page.relative_to(folder).as_posix(): page for page in folder.rglob("*.md")}
    if not pages:
        raise InputError.of("holds no Markdown page (*.md)", source=str(folder))
    sections: list[Section] = []
    problems: list[Problem] = []
    for name, page in sorted(pages.items()):
        try:
            sections += split_sections(page.read_text(encoding="utf-8"), page=name)
        except UnicodeDecodeError:
            problems.append(Problem(message="is no UTF-8 text", source=str(page)))
    if problems:
        raise InputError(problems)
    if not sections:
        raise InputError.of("holds no section: its pages are empty", source=str(folder))
    return tuple(sections)


def corpus_sources(path: str | Path) -> tuple[Source, ...]:
    """Fingerprint of all Markdown pages of a corpus; empty where there is no corpus.

    Args:
        path: as in `read_corpus`.
    """
    if _goes_without(path):
        return ()
    pattern = f"{glob.escape(str(path))}/**/*.md"
    return (tables.fingerprint(pattern, rows=sum(1 for _ in Path(path).rglob("*.md"))),)


def _goes_without(path: str | Path) -> bool:
    """No corpus was named, or only the default, which need not exist."""
    return not str(path) or (str(path) == DEFAULT_CORPUS and not Path(path).exists())


def _require_days(**days: float) -> None:
    problems = [
        Problem(field=name, value=value, message="must be more than 0 days")
        for name, value in days.items()
        if not value > 0
    ]
    if problems:
        raise InputError(problems)


def _require_columns(table: tables.Table, names: dict[str, str]) -> None:
    problems: list[Problem] = []
    for role, column in names.items():
        try:
            table.require([column] if column else [])
        except InputError as error:
            hint = (
                ""
                if role in NEEDED
                else f'; set {role}_column (Python: {role}) to "" if there is none'
            )
            problems += [
                Problem(source=each.source, field=each.field, message=each.message + hint)
                for each in error.problems
            ]
    if problems:
        raise InputError(problems)


def _raw(table: tables.Table, names: dict[str, str]) -> "pd.DataFrame":
    import pandas as pd

    frame = table.to_pandas(sorted({column for column in names.values() if column}))
    return pd.DataFrame({role: frame[column] for role, column in names.items() if column})

"""The ledger in its file: JSON, checked when it comes back, written whole or not at all."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from mlops_lib.errors import InputError, Problem
from mlops_lib.topics.checks import Policy, check_gaps, growing_gaps
from mlops_lib.topics.ledger import Entry, GapState, Ledger, follow_gaps, undo
from mlops_lib.topics.result import TopicsResult
from mlops_lib.verdict import Outcome

FORMAT = "mlops topics ledger"


def follow_ledger(path: str | Path, result: TopicsResult, policy: Policy | None = None) -> Ledger:
    """Write the gaps of this run into the ledger that lies in a file, and keep it.

    A run of too little data to judge gaps leaves the ledger as it is: a gap that nobody could
    have asked about is not closed.

    Args:
        path: of the ledger; absent before the first run. Text "" keeps none.
        result: of this run.
        policy: from which limits on a gap grows, and how much data judges.

    Raises:
        InputError: if the file is no such ledger, is of a later log, or cannot be read or written.
    """
    if not str(path):
        return Ledger(note="No file for the ledger was given (parameter ledger).")
    file, limits = Path(path), policy or Policy()
    try:
        last = parse_ledger(file.read_text("utf-8"), source=str(path)) if file.exists() else None
        last = last or Ledger()
        _require_no_later(last, result.end, source=str(path))
        if check_gaps(result.all_gaps, result.drift, limits).outcome is Outcome.UNDECIDED:
            return _as_it_was(last)
        growing = growing_gaps(result.all_gaps, limits)
        ledger = follow_gaps(
            result.all_gaps, last, end=result.end, growing=growing, asked=result.badly_asked
        )
        _write_whole(file, render_ledger(ledger))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError.of(
            f"cannot read or write the ledger: {error}", source=str(path)
        ) from error
    return ledger


def render_ledger(ledger: Ledger) -> str:
    """The ledger as JSON: the same bytes for the same ledger."""
    content = {
        "format": FORMAT,
        "end": ledger.end,
        "gaps": [asdict(entry) for entry in ledger.entries],
        "before": [asdict(entry) for entry in ledger.before],
    }
    return json.dumps(content, indent=1, sort_keys=True) + "\n"


def parse_ledger(text: str, *, source: str = "ledger") -> Ledger:
    """Read what the last run left; a file without the run before it is of an older version.

    Raises:
        InputError: if it is no such ledger.
    """
    try:
        content: Any = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError.of("is no JSON, hence no ledger of gaps", source=source) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError.of("is no ledger of gaps; delete it to start anew", source=source)
    end = str(content.get("end", ""))
    entries = _entries(content, "gaps", source)
    before = _entries(content, "before", source) if "before" in content else undo(entries, end)
    return Ledger(entries=entries, end=end, before=before)


def _entries(content: dict[str, Any], field: str, source: str) -> tuple[Entry, ...]:
    gaps = content.get(field)
    if not isinstance(gaps, list):
        raise InputError.of("must be a list of gaps", source=source, field=field)
    entries: list[Entry] = []
    problems: list[Problem] = []
    for row, each in enumerate(gaps, start=1):
        values, wrong = _parsed(each if isinstance(each, dict) else {}, source, row)
        problems += wrong
        entries += [] if wrong else [Entry(**values)]
    if problems:
        raise InputError(problems)
    return tuple(entries)


def _texts(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    return tuple(map(str, value))


def _shares(value: Any) -> tuple[tuple[str, float], ...]:  # noqa: ANN401
    shares = tuple((str(day), float(share)) for day, share in value)
    if not shares:
        raise ValueError
    return shares


_FIELDS: dict[str, tuple[Callable[[Any], object], str]] = {
    "entry": (int, "a whole number"),
    "name": (str, "a text"),
    "terms": (_texts, "a list of texts"),
    "questions": (_texts, "a list of texts"),
    "state": (GapState, f"one of {', '.join(GapState)}"),
    "first": (str, "a date"),
    "last": (str, "a date"),
    "shares": (_shares, "a list, not empty, of pairs of date and share"),
    "gap": (int, "a whole number"),
}


def _parsed(each: dict[str, Any], source: str, row: int) -> tuple[dict[str, Any], list[Problem]]:
    """The values of an entry, and what is wrong with it."""
    values: dict[str, Any] = {}
    problems = []
    for field, (parse, allowed) in _FIELDS.items():
        try:
            values[field] = parse(each[field])
        except (KeyError, TypeError, ValueError):
            problems.append(
                Problem(
                    source=source,
                    row=row,
                    field=field,
                    value=each.get(field),
                    message=f"must be {allowed}",
                )
            )
    return values, problems


def _require_no_later(last: Ledger, end: str, *, source: str) -> None:
    if last.end > end:
        raise InputError.of(
            f"follows a log that ends on {last.end}, and this one ends before it, on {end}; give "
            'the later log, another file, or "" for no ledger',
            source=source,
            field="ledger",
        )


def _as_it_was(last: Ledger) -> Ledger:
    """No entry stands for a gap of this report."""
    entries = tuple(replace(entry, gap=0) for entry in last.entries)
    left = f"the ledger stays as it was on {last.end}" if last.end else "none is written"
    return replace(last, entries=entries, note=f"Too few scores to follow gaps: {left}.")


def _write_whole(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}.part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)

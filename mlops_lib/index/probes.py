"""Probes: questions whose pages are known, asked of an index before it may go live."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops_lib.errors import InputError, Problem
from mlops_lib.index.search import Index

_KEYS = {"query", "expected"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One question, and what should be found.

    Attributes:
        query: as a user types it.
        expected: pages ("drift/psi.md") or sections ("drift/psi.md#bands"); one is enough.
    """

    query: str
    expected: tuple[str, ...]


def read_probes(path: str | Path) -> tuple[Probe, ...]:
    """Read probes, one JSON object a line: `{"query": "…", "expected": ["<page>"]}`.

    Raises:
        InputError: if there is none, or lines are wrong; names every bad line.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        message = f"cannot be read ({reason}); --probes names the questions whose pages you know"
        raise InputError.of(message, source=str(path)) from error
    probes: list[Probe] = []
    problems: list[Problem] = []
    for row, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        probe = _probe(line)
        if isinstance(probe, str):
            problems.append(Problem(message=probe, source=str(path), row=row))
        else:
            probes.append(probe)
    if problems:
        raise InputError(problems)
    if not probes:
        raise InputError.of("holds no probe", source=str(path))
    return tuple(probes)


def unknown_targets(probes: Sequence[Probe], index: Index) -> tuple[str, ...]:
    """Expected pages and sections that the index does not hold, sorted."""
    held = {section.id for section in index.sections} | {each.page for each in index.sections}
    return tuple(sorted({target for probe in probes for target in probe.expected} - held))


def found(probes: Sequence[Probe], index: Index, k: int) -> tuple[bool, ...]:
    """Whether each probe finds one of its targets among the first `k` sections."""
    hits = index.search_many([probe.query for probe in probes], k)
    return tuple(
        any({hit.section.id, hit.section.page} & set(probe.expected) for hit in row)
        for probe, row in zip(probes, hits, strict=True)
    )


def _probe(line: str) -> Probe | str:
    """A probe, or what is wrong with the line."""
    try:
        content: Any = json.loads(line)
    except ValueError as error:
        return f"is no JSON: {error}"
    if not isinstance(content, dict) or set(content) != _KEYS:
        return f"must be an object with exactly the keys {', '.join(sorted(_KEYS))}"
    query, expected = content["query"], content["expected"]
    if not isinstance(query, str) or not query.strip():
        return "query must be text"
    if not isinstance(expected, list) or not expected:
        return "expected must be a list of at least one page or section"
    if not all(isinstance(target, str) and target for target in expected):
        return "expected must hold the names of pages or sections"
    return Probe(query=query, expected=tuple(expected))

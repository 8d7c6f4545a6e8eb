"""The ledger as JSON, checked when it comes back."""

import json
from dataclasses import asdict
from typing import Any

from mlops_lib.errors import InputError, Problem
from mlops_lib.topics.ledger import Entry, GapState, Ledger

FORMAT = "mlops topics ledger"


def render_ledger(ledger: Ledger) -> str:
    """The ledger as JSON: the same bytes for the same ledger."""
    content = {"format": FORMAT, "end": ledger.end, "gaps": [asdict(e) for e in ledger.entries]}
    return json.dumps(content, indent=1, sort_keys=True) + "\n"


def parse_ledger(text: str, *, source: str = "ledger") -> Ledger:
    """Read what the last run left.

    Raises:
        InputError: if it is no such ledger.
    """
    try:
        content: Any = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError.of("is no JSON, hence no ledger of gaps", source=source) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError.of("is no ledger of gaps; delete it to start anew", source=source)
    gaps, problems, entries = content.get("gaps"), [], []
    for row, each in enumerate(gaps if isinstance(gaps, list) else [None], start=1):
        try:
            entries.append(_parsed(each))
        except (KeyError, TypeError, ValueError, IndexError) as error:
            problems.append(Problem(source=source, row=row, message=f"is no gap ({error!r})"))
    if problems:
        raise InputError(problems)
    return Ledger(entries=tuple(entries), end=str(content.get("end", "")))


def _parsed(each: Any) -> Entry:  # noqa: ANN401
    shares = tuple((str(day), float(share)) for day, share in each["shares"])
    if not shares:
        message = "shares must not be empty"
        raise ValueError(message)
    return Entry(
        entry=int(each["entry"]),
        name=str(each["name"]),
        terms=tuple(map(str, each["terms"])),
        questions=tuple(map(str, each["questions"])),
        state=GapState(each["state"]),
        first=str(each["first"]),
        last=str(each["last"]),
        shares=shares,
        gap=int(each["gap"]),
    )

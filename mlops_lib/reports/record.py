"""The record of one run: what verdict.json holds, for a finished run and for a broken one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlops_lib.verdict import SCHEMA_VERSION

INCOMPLETE = "incomplete"
"""In the place of an outcome when the run broke: neither a pass nor a fail."""

BAD_INPUT = "bad input"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a run gave no verdict.

    Attributes:
        kind: "bad input", "cell error", "timeout", "kernel died", "early exit", "no verdict",
            "worker died", "interrupted" or "not written".
        message: one line for people.
        cell: number of the failing cell, counted from 1; None when no cell is to blame.
        source: its code.
        traceback: as the kernel gave it.
    """

    kind: str
    message: str
    cell: int | None = None
    source: str = ""
    traceback: str = ""


def finished(
    *, name: str, title: str, verdict: Mapping[str, Any], parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """The record of a run that published its verdict; provenance is added by the runner."""
    return {
        "schema_version": SCHEMA_VERSION,
        "name": name,
        "title": title,
        **verdict,
        "error": None,
        "parameters": dict(parameters),
    }


def broken(*, name: str, title: str, fault: Fault, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The record of a run without a verdict."""
    sentence = f"No verdict: {fault.message}"
    return {
        "schema_version": SCHEMA_VERSION,
        "name": name,
        "title": title,
        "subject": name,
        "outcome": INCOMPLETE,
        "sentence": sentence,
        "meaning": "The notebook did not finish, so nothing is known: neither good nor bad.",
        "advice": _advice(fault.kind),
        "checks": [],
        "metrics": [],
        "sources": [],
        "error": {
            "kind": fault.kind,
            "message": fault.message,
            "cell": fault.cell,
            "source": fault.source,
            "traceback": fault.traceback,
        },
        "parameters": dict(parameters),
    }


def exit_status(records: list[dict[str, Any]], *, undecided_passes: bool) -> int:
    """The command's exit status: the most serious of all runs.

    4 a notebook broke, 2 bad input, 1 a check failed, 3 undecided, 0 pass or warn.

    Example:
        >>> exit_status([{"outcome": "pass", "error": None}], undecided_passes=False)
        0
    """
    statuses = {_status(record, undecided_passes=undecided_passes) for record in records}
    return next(status for status in (4, 2, 1, 3, 0) if status in statuses)


def _status(record: Mapping[str, Any], *, undecided_passes: bool) -> int:
    if record["outcome"] == INCOMPLETE:
        return 2 if record["error"]["kind"] == BAD_INPUT else 4
    undecided = 0 if undecided_passes else 3
    return {"fail": 1, "undecided": undecided, "warn": 0, "pass": 0}[record["outcome"]]


def _advice(kind: str) -> str:
    if kind == BAD_INPUT:
        return "Mend the input that the message names, then run the notebook again."
    if kind == "timeout":
        return "Find out why the cell takes so long, or raise --cell-timeout, and run it again."
    return "Read the error below, mend its cause, and run the notebook again."

"""The decision record: what was decided and everything it stands on, replayable to the byte."""

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlops_lib.errors import InputError, Problem
from mlops_lib.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlops_lib.experiments.evidence import Cell, Evidence, Sample
    from mlops_lib.experiments.findings import Findings
    from mlops_lib.verdict import Check

RECORD_VERSION = 3
"""Grows when a reader of the old form would be misled, or its bytes do not come out again."""

_DIGITS = 12
"""Of the numbers that are found; the last bits of a float differ between processors."""


def write_record(found: "Findings") -> str:
    """The record as JSON: decision, checks, design and sufficient statistics; no row, no clock."""
    content = {
        "record": RECORD_VERSION,
        "decision": found.decision.to_dict(),
        "checks": _checks(found.checks()),
        "others": {arm.label: _checks(arm.judged) for arm in found.others if found.is_valid},
        "evidence": _adapter().dump_python(found.evidence, exclude={"design": {"file"}}),
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=True) + "\n"


def read_evidence(text: str, *, source: str = "record") -> "Evidence":
    """The evidence of a record: an experiment from aggregates, without any row.

    Raises:
        InputError: for text that is no record, naming what is wrong with it.
    """
    from pydantic import ValidationError

    try:
        content = json.loads(text)
        evidence = content["evidence"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError.of("is no decision record", source=source) from error
    if content.get("record") != RECORD_VERSION:
        raise InputError.of(
            f"is a record of another version; this one reads {RECORD_VERSION}: replay it with the "
            "release that wrote it, or decide again from the data",
            source=source,
            field="record",
            value=content.get("record"),
        )
    try:
        found = _exactly(evidence)
    except ValidationError as error:
        raise InputError(
            Problem(
                source=source,
                field=".".join(str(part) for part in each["loc"]),
                message=each["msg"],
            )
            for each in error.errors()
        ) from error
    problems = [replace(each, source=source) for each in _contradictions(found)]
    if problems:
        raise InputError(problems)
    return found


_LATEST_DAY = 2_900_000
"""Days since 1970; a later one has no date."""


def _contradictions(evidence: "Evidence") -> "Iterator[Problem]":
    """What no table of rows can give: another number of arms, nobody in one, fewer than none."""
    design, arms = evidence.design, len(evidence.design.arms)
    if len(evidence.arms) != arms or min(evidence.arms) < 0 or 0 in evidence.units:
        message = f"needs the units of {arms} variants, with some in control and treatment"
        yield Problem(field="arms", value=evidence.arms, message=message)
    if [each.metric.name for each in evidence.samples] != [each.name for each in design.metrics]:
        message = "needs every metric of the design once, in its order"
        yield Problem(field="samples", value=len(evidence.samples), message=message)
    for place, each in enumerate(evidence.days):
        if not 0 <= each.day <= _LATEST_DAY:
            message = f"must be days since 1970, at most {_LATEST_DAY:,}"
            yield Problem(field=f"days.{place}.day", value=each.day, message=message)
    for where, sample in _samples(evidence):
        if len(sample.cells) != arms:
            message = f"needs a cell for each of {arms} variants"
            yield Problem(field=f"{where}.cells", value=len(sample.cells), message=message)
        yield from _impossible_cells(where, sample)


def _impossible_cells(place: str, sample: "Sample") -> "Iterator[Problem]":
    for arm, cell in enumerate(sample.cells):
        if not _is_possible(cell):
            message = "needs finite sums of no fewer than 0 units, rows and squares"
            yield Problem(field=f"{place}.cells.{arm}", message=message)
        if sample.metric.quantile is not None and cell.quantile is None:
            yield Problem(field=f"{place}.cells.{arm}.quantile", message="is missing")


def _samples(evidence: "Evidence") -> "Iterator[tuple[str, Sample]]":
    """Every sample with its place in the record."""
    for place, sample in enumerate(evidence.samples):
        yield f"samples.{place}", sample
    for place, sample in enumerate(evidence.halves):
        yield f"halves.{place}", sample
    for place, day in enumerate(evidence.days):
        yield f"days.{place}.primary", day.primary
    for place, segment in enumerate(evidence.segments):
        yield f"segments.{place}.primary", segment.primary


def _is_possible(cell: "Cell") -> bool:
    found = cell.moments
    counts = (cell.rows, found.units, found.total, found.dd, found.ee, found.cc)
    return min(counts) >= 0 and all(map(math.isfinite, (*counts, found.e, found.ed)))


def _checks(checks: "Sequence[Check]") -> list[dict[str, Any]]:
    judged = Verdict(subject="experiment", checks=checks, meaning="", advice="").to_dict()
    return [{name: _rounded(value) for name, value in check.items()} for check in judged["checks"]]


def _rounded(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    if isinstance(value, float) and math.isfinite(value):
        return float(f"{value:.{_DIGITS}g}")
    return value


def _exactly(content: Any) -> "Evidence":  # noqa: ANN401
    evidence: Evidence = _adapter().validate_python(content)
    return evidence


def _adapter() -> Any:  # noqa: ANN401
    from pydantic import TypeAdapter

    from mlops_lib.experiments.evidence import Evidence

    return TypeAdapter(Evidence)

"""The decision record: what was decided and everything it stands on, replayable to the byte."""

import json
import math
from typing import TYPE_CHECKING, Any

from mlops_lib.errors import InputError, Problem
from mlops_lib.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops_lib.experiments.evidence import Evidence
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
        "evidence": _adapter().dump_python(found.evidence),
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
    except (ValueError, KeyError, TypeError) as error:
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
        return _exactly(evidence)
    except ValidationError as error:
        raise InputError(
            Problem(
                source=source,
                field=".".join(str(part) for part in each["loc"]),
                message=each["msg"],
            )
            for each in error.errors()
        ) from error


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

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import mlops_lib
from mlops_lib.reports import record
from mlops_lib.reports.record import Fault
from mlops_lib.stats import Interval
from mlops_lib.verdict import Check, Metric, Outcome, Source, Verdict

SCHEMA = json.loads(
    (Path(mlops_lib.__file__).parent / "verdict.schema.json").read_text(encoding="utf-8")
)
PROVENANCE = {
    "run_id": "0" * 12,
    "started": "2026-06-30T12:00:00Z",
    "seconds": 1.5,
    "cost_usd": None,
    "git_revision": None,
    "git_dirty": None,
    "library_version": "0",
    "python_version": "3.11.7",
    "engine": "fork",
    "command": "mlops run demo",
}


def verdict(outcome: Outcome = Outcome.PASS) -> Verdict:
    check = Check(
        name="share",
        estimate=float("nan"),
        interval=Interval(0.1, float("inf")),
        limit=0.5,
        n=3,
        method="Wilson",
        outcome=outcome,
        explanation="Few cases.",
        needed=100,
        pvalue=0.5,
    )
    return Verdict(
        subject="demo",
        checks=[check],
        meaning="It is so.",
        advice="Do it.",
        metrics=[Metric(name="cases", value=3, unit="count")],
        sources=[Source(path="a.csv", rows=3, sha256="0" * 64)],
    )


def finished(outcome: Outcome = Outcome.PASS) -> dict[str, Any]:
    content = record.finished(
        name="demo", title="Is it?", verdict=verdict(outcome).to_dict(), parameters={"days": 7}
    )
    return {**content, "provenance": PROVENANCE}


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_verdict_fits_the_schema(outcome: Outcome) -> None:
    jsonschema.validate(finished(outcome), SCHEMA)


def test_a_broken_run_fits_the_schema() -> None:
    fault = Fault(kind="timeout", message="cell 3 took longer than 5 seconds", cell=3)
    content = record.broken(name="demo", title="Is it?", fault=fault, parameters={})
    jsonschema.validate({**content, "provenance": PROVENANCE}, SCHEMA)


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "ok"},
        {"outcome": "incomplete"},
        {"checks": []},
        {"error": {"kind": "x", "message": "", "cell": None, "source": "", "traceback": ""}},
        {"schema_version": 2},
        {"extra": 1},
        {"parameters": {"list": [1]}},
    ],
)
def test_what_is_no_verdict_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**finished(), **change}, SCHEMA)


def test_the_unknown_is_null_in_json_never_zero() -> None:
    check = finished()["checks"][0]
    assert check["estimate"] is None
    assert check["interval"] == [0.1, None]


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        (["pass"], 0),
        (["pass", "warn"], 0),
        (["warn", "undecided"], 3),
        (["undecided", "fail"], 1),
        (["fail", "bad input"], 2),
        (["bad input", "timeout"], 4),
    ],
)
def test_the_exit_status_is_the_most_serious(outcomes: list[str], status: int) -> None:
    records: list[dict[str, Any]] = [
        {"outcome": outcome, "error": None}
        if outcome in set(Outcome)
        else {"outcome": "incomplete", "error": {"kind": outcome}}
        for outcome in outcomes
    ]
    assert record.exit_status(records, undecided_passes=False) == status

"""Five drifts, a line each; a label is compared where there is one, and its coverage is told."""

import pandas as pd
import pytest

from mlops_lib import drift, tables
from mlops_lib.drift.contract import parse_contract
from mlops_lib.drift.five import FiveDrifts
from mlops_lib.drift.roles import Role
from mlops_lib.verdict import Outcome

ROLES: dict[str, Role] = {"plan": "users", "said": "output", "true": "label"}


def _window(yes: int, no: int, pending: int = 0, *, plan: str = "free") -> pd.DataFrame:
    rows = yes + no + pending
    return pd.DataFrame(
        {
            "plan": [plan] * (rows // 2) + ["pro"] * (rows - rows // 2),
            "said": ["yes"] * rows,
            "true": ["yes"] * yes + ["no"] * no + [None] * pending,
        }
    )


def _drifts(before: pd.DataFrame, after: pd.DataFrame) -> FiveDrifts:
    compared = drift.compare(before, after, roles=ROLES)
    performance = drift.concept(before, after, prediction="said", label="true")
    return compared.drifts(performance=[performance.check(drop=0.05)])


def _outcomes(found: FiveDrifts) -> dict[str, str]:
    return {each.name: str(each.outcome) for each in found.drifts}


def test_nothing_moved() -> None:
    found = _outcomes(_drifts(_window(900, 900), _window(900, 900)))
    assert set(found.values()) == {"pass"}


def test_labels_that_are_pending_are_no_drift() -> None:
    found = drift.compare(_window(900, 900), _window(450, 450, pending=900), roles=ROLES)
    column = found.column("true")
    assert (column.psi_excess, column.current_rows) == (0.0, 900)
    assert drift.check_column(column, drift.Policy()).outcome is Outcome.PASS
    assert "missing values of true" not in {check.name for check in found.checks()}


def test_the_coverage_of_labels_is_told() -> None:
    found = _drifts(_window(900, 900), _window(450, 450, pending=900))
    assert "100.0 % of the rows before and 50.0 % now" in found.of("label").finding


def test_other_labels_are_label_drift_and_wrong_answers_concept_drift() -> None:
    found = _outcomes(_drifts(_window(1600, 200), _window(600, 1200)))
    assert (found["label"], found["concept"]) == ("fail", "fail")
    assert (found["upstream"], found["data"], found["prediction"]) == ("pass", "pass", "pass")


def test_other_inputs_are_data_drift_and_values_never_seen_are_upstream() -> None:
    found = _drifts(_window(900, 900), _window(900, 900, plan="trial"))
    assert found.of("data").outcome is Outcome.FAIL
    assert "never seen before in plan" in found.of("upstream").finding


def test_labels_that_are_all_pending_are_undecided_and_not_lost() -> None:
    found = drift.compare(_window(900, 900), _window(0, 0, pending=1800), roles=ROLES)
    check = drift.check_column(found.column("true"), drift.Policy())
    assert (check.outcome, check.needed) == (Outcome.UNDECIDED, 200)
    assert found.self_test().runs > 0


def test_days_of_pending_labels_are_blank() -> None:
    days = pd.date_range("2026-06-01", periods=12).repeat(200)
    frame = _window(600, 600, pending=1200).assign(time=days)
    found = drift.compare(frame, frame, roles=ROLES, time="time")
    assert [("true" in window.excess) for window in found.windows[:12]] == [True] * 6 + [False] * 6


def test_what_nobody_named_is_said_to_be_not_judged() -> None:
    found = drift.compare(_window(900, 900), _window(900, 900)).drifts()
    assert [each.name for each in found.drifts if each.outcome is None] == [
        "prediction",
        "label",
        "concept",
    ]
    assert "not judged: prediction and label and concept" in found.table().caption


def test_broken_promises_are_upstream_drift() -> None:
    window = drift.Windows(
        reference=tables.read(_window(900, 900)),
        current=tables.read(_window(900, 900)),
        contract=parse_contract("columns: {plan: {type: text, categories: [free]}}"),
    )
    found = window.compare(label="true").drifts(promises=window.promises())
    assert found.of("upstream").outcome is Outcome.FAIL
    assert found.of("label").outcome is Outcome.PASS


def test_thumbs_are_a_share() -> None:
    before, after = (
        pd.DataFrame({"feedback": [1] * up + [-1] * down + [None] * 50})
        for up, down in ((900, 100), (700, 300))
    )
    found = drift.concept(before, after, score="feedback")
    assert (found.unit, found.reference.estimate) == ("share", 0.9)
    assert found.change("absolute")[0] == pytest.approx(-0.2)
    assert found.current.rows == 1050

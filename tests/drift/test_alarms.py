"""New alarms, repeated ones and those that are over; the state survives between runs."""

from pathlib import Path

import pandas as pd
import pytest

from mlops_lib import drift
from mlops_lib.drift.alarms import parse_alarms
from mlops_lib.errors import InputError

BEFORE = pd.DataFrame({"a": ["x", "y"] * 300, "b": ["x", "y"] * 300})
ONE = BEFORE.assign(a="x")
BOTH = BEFORE.assign(a="x", b="y")


def _follow(
    path: Path | str, current: pd.DataFrame, reference: pd.DataFrame = BEFORE
) -> drift.Alarms:
    result = drift.compare(reference, current)
    return drift.follow_alarms(path, result.checks(), profile=result.profile)


def test_alarms_are_new_then_repeat_then_end(tmp_path: Path) -> None:
    path = tmp_path / "state" / "drift.json"
    assert _follow(path, ONE).new == ("PSI of a",)
    second = _follow(path, BOTH)
    assert (second.new, second.repeated) == (("PSI of b",), ("PSI of a",))
    third = _follow(path, BEFORE)
    assert (third.runs, set(third.over)) == ({}, {"PSI of a", "PSI of b"})


def test_another_reference_starts_anew(tmp_path: Path) -> None:
    path = tmp_path / "drift.json"
    _follow(path, ONE)
    other = BEFORE.assign(a=["x", "z"] * 300)
    assert _follow(path, ONE, other).new == ("PSI of a",)


def test_equal_runs_leave_equal_bytes(tmp_path: Path) -> None:
    states = []
    for name in ("one", "two"):
        _follow(tmp_path / name, BOTH)
        states.append((tmp_path / name).read_bytes())
    assert states[0] == states[1]


def test_no_path_keeps_no_state() -> None:
    assert _follow("", ONE).new == ("PSI of a",)


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"format": "other"}', '{"format": "mlops drift alarms", "profile": "x"}',
     '{"format": "mlops drift alarms", "profile": "x", "runs": {"a": true}}'],
)  # fmt: skip
def test_what_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_alarms(text)

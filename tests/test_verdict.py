import json
import math
from dataclasses import replace
from importlib import resources

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_lib.quantities import format_quantity
from mlops_lib.stats import Interval
from mlops_lib.verdict import (
    Check,
    Metric,
    Outcome,
    Source,
    Verdict,
    at_least,
    at_most,
    describe,
    worst,
)

CHECK = Check(
    name="faithfulness",
    estimate=0.91,
    interval=Interval(0.88, 0.94),
    limit=0.85,
    n=160,
    method="Wilson",
    outcome=Outcome.PASS,
    explanation="well above",
    unit="share",
)
UNKNOWN = Interval(math.nan, math.nan)

outcomes = st.sampled_from(list(Outcome))
numbers = st.floats(-5, 5)


def verdict(*checks: Check) -> Verdict:
    return Verdict(subject="evaluation", checks=checks, meaning="Good.", advice="Ship it.")


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        ([Outcome.PASS], Outcome.PASS),
        ([Outcome.PASS, Outcome.WARN], Outcome.WARN),
        ([Outcome.WARN, Outcome.UNDECIDED], Outcome.UNDECIDED),
        ([Outcome.UNDECIDED, Outcome.FAIL], Outcome.FAIL),
    ],
)
def test_the_worst_outcome_follows_the_contract(present: list[Outcome], expected: Outcome) -> None:
    # DESIGN.md: any FAIL fails; else any UNDECIDED is undecided; else any WARN warns.
    assert worst(present) is expected


@given(st.lists(outcomes, min_size=1), outcomes)
def test_another_check_never_improves_the_outcome(seen: list[Outcome], more: Outcome) -> None:
    order = [Outcome.PASS, Outcome.WARN, Outcome.UNDECIDED, Outcome.FAIL]
    assert order.index(worst([*seen, more])) >= order.index(worst(seen))


def test_no_evidence_is_no_outcome() -> None:
    with pytest.raises(ValueError, match="at least one check"):
        worst([])
    with pytest.raises(ValueError, match="no checks, no verdict: evaluation"):
        verdict()


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        (Interval(0.85, 0.95), Outcome.PASS),
        (Interval(0.70, 0.80), Outcome.FAIL),
        (Interval(0.80, 0.90), Outcome.UNDECIDED),
        (UNKNOWN, Outcome.UNDECIDED),
        (Interval(0.90, math.nan), Outcome.PASS),
        (Interval(math.nan, 0.80), Outcome.FAIL),
        (Interval(math.nan, 0.99), Outcome.UNDECIDED),
    ],
)
def test_a_lower_limit_is_read_in_three_values(interval: Interval, expected: Outcome) -> None:
    assert at_least(0.85, interval) is expected


@given(numbers, numbers, numbers)
def test_an_upper_limit_mirrors_a_lower_one(limit: float, a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert at_most(limit, Interval(low, high)) is at_least(-limit, Interval(-high, -low))


def test_the_deciding_check_is_the_first_with_the_worst_outcome() -> None:
    failed = [replace(CHECK, name=name, outcome=Outcome.FAIL) for name in ("b", "c")]
    result = verdict(CHECK, *failed)
    assert result.outcome is Outcome.FAIL
    assert result.deciding.name == "b"
    assert result.sentence == describe(failed[0])


def test_a_warning_that_broke_its_limit_decides_before_one_left_open() -> None:
    unsure = replace(CHECK, name="open", interval=Interval(0.8, 0.9), outcome=Outcome.WARN)
    lost = replace(CHECK, name="lost", interval=Interval(0.5, 0.6), outcome=Outcome.WARN)
    slow = replace(lost, name="slow", good="low", interval=Interval(0.9, 0.95))
    unknown = replace(unsure, name="unknown", interval=UNKNOWN)
    for broken in (lost, slow):
        assert verdict(CHECK, unsure, unknown, broken).deciding.name == broken.name
    assert verdict(CHECK, unsure, unknown).deciding.name == "open"
    assert not replace(lost, limit=None).is_broken


def test_two_checks_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="must be unique: faithfulness"):
        verdict(CHECK, CHECK)


def test_a_check_is_described_with_number_interval_n_and_limit() -> None:
    text = describe(CHECK)
    for part in ("91.0 %", "88.0 %", "94.0 %", "n = 160", "at least 85.0 %"):
        assert part in text
    assert "at most" in describe(replace(CHECK, good="low"))


def test_what_is_unknown_is_left_out_of_the_description_or_called_unknown() -> None:
    text = describe(replace(CHECK, estimate=math.nan, interval=UNKNOWN, limit=None))
    assert "unknown" in text
    assert "interval" not in text
    assert "limit" not in text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.1234, "share", "12.3 %"),
        (0.031, "points", "+3.1 points"),
        (-0.031, "points", "-3.1 points"),
        (-0.0001, "points", "-0.01 points"),
        (-0.00001, "points", "0.00 points"),
        (1234.4, "ms", "1,234 ms"),
        (2.34, "s", "2.3 s"),
        (1234.0, "count", "1,234"),
        (12.5, "usd", "$12.50"),
        (0.0123, "usd", "$0.0123"),
        (0.000023, "usd", "$0.0000230"),
        (0.00031988, "usd", "$0.000320"),
        (-0.0123, "usd", "-$0.0123"),
        (-3.0, "usd", "-$3.00"),
        (0.0, "usd", "$0.0000"),
        (0.12345, "", "0.123"),
        (999.9, "", "1,000"),
        (123456.7, "", "123,457"),
        (math.nan, "share", "unknown"),
        (None, "", "unknown"),
        (math.inf, "", "unlimited"),
        (-math.inf, "", "-unlimited"),
    ],
)
def test_a_quantity_reads_as_people_write_it(value: float | None, unit: str, text: str) -> None:
    assert format_quantity(value, unit) == text


def test_the_json_form_has_no_nan_and_keeps_its_keys_in_order() -> None:
    result = Verdict(
        subject="drift",
        checks=[replace(CHECK, estimate=math.nan, interval=Interval(0.1, math.inf), limit=None)],
        meaning="m",
        advice="a",
        metrics=[Metric(name="rows", value=3, unit="count", note="n")],
        sources=[Source(path="a.csv", rows=3, sha256="00")],
    ).to_dict()
    text = json.dumps(result, allow_nan=False)
    assert json.loads(text) == result
    check = result["checks"][0]
    assert (check["estimate"], check["interval"], check["limit"]) == (None, [0.1, None], None)
    assert result["metrics"] == [{"name": "rows", "value": 3.0, "unit": "count", "note": "n"}]
    assert result["sources"] == [{"path": "a.csv", "rows": 3, "sha256": "00"}]
    assert list(result)[:3] == ["subject", "outcome", "sentence"]


def test_what_the_check_shows_in_jupyter_is_escaped() -> None:
    evil = "<script>alert(1)</script>"
    html = verdict(replace(CHECK, name=evil, explanation=evil))._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_the_shipped_schema_is_a_schema() -> None:
    text = (resources.files("mlops_lib") / "verdict.schema.json").read_text()
    jsonschema.Draft202012Validator.check_schema(json.loads(text))

"""Real data; skipped where they are absent."""

from pathlib import Path

import pytest

from mlops_lib import drift
from mlops_lib.verdict import Outcome

DATA = Path(__file__).parents[2].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="real data are not here")


def test_flights_drift_in_the_airline_alone() -> None:
    # US Airways was merged into American Airlines in October 2015
    folder = DATA / "flight_delays"
    result = drift.read(
        reference=str(folder / "flight_delays_reference.csv.gz"),
        current=str(folder / "flight_delays.csv.gz"),
        time="DATE",
    ).compare()
    outcomes = {check.name: check.outcome for check in result.checks()}
    assert [name for name, outcome in outcomes.items() if outcome is not Outcome.PASS] == [
        "PSI of AIRLINE"
    ]
    assert result.column("AIRLINE").largest_move[0] in {"US", "AA"}
    assert "column0" in {each.name for each in result.skipped}


def test_two_applications_of_one_provider_differ_in_every_column() -> None:
    folder = DATA / "azure_llm_traces"
    result = drift.read(
        reference=str(folder / "AzureLLMInferenceTrace_code.csv"),
        current=str(folder / "AzureLLMInferenceTrace_conv.csv"),
        time="TIMESTAMP",
    ).compare()
    assert {column.name for column in result.columns} == {"ContextTokens", "GeneratedTokens"}
    assert result.verdict().outcome is Outcome.FAIL

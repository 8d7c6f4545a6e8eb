import pytest

from mlops_lib.errors import InputError
from mlops_lib.experiments import REQUEST_METRICS, Design, Metric


def test_a_request_log_has_one_primary_and_the_guardrails_of_the_guide() -> None:
    # corpus/experiments/hypothesis-and-metrics.md: +0.5 points, +15 %, +10 %.
    margins = {
        each.name: (each.margin, each.is_relative) for each in REQUEST_METRICS if each.margin
    }
    assert margins == {
        "errors": (0.005, False),
        "cost per request": (0.15, True),
        "P95 latency": (0.1, True),
    }
    assert Design().primary.name == "positive feedback"


def test_the_shares_add_up() -> None:
    assert sum(Design(treatment_share=0.2).shares) == 1
    assert Design(alpha=0.1).confidence == 0.9


def test_all_problems_of_a_plan_are_told_together() -> None:
    with pytest.raises(InputError) as caught:
        Design(
            treatment_share=0,
            alpha=5,
            power=1,
            minimum_effect=-0.1,
            planned_units=0,
            treatment="control",
            metrics=(),
        )
    assert [problem.field for problem in caught.value.problems] == [
        "treatment_share",
        "alpha",
        "power",
        "minimum_effect",
        "planned_units",
        "treatment",
        "metrics",
    ]


def test_two_metrics_of_one_name_are_refused() -> None:
    metric = Metric(name="won", value="won", columns=("won",), role="primary")
    twin = Metric(name="won", value="won", columns=("won",))
    with pytest.raises(InputError, match="names must be unique"):
        Design(metrics=(metric, twin))


def test_less_is_better_where_the_metric_says_so() -> None:
    assert [each.sign for each in REQUEST_METRICS] == [1, 1, -1, -1, -1]

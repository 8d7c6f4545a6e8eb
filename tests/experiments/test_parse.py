import pytest

from mlops_lib.errors import InputError
from mlops_lib.experiments import REQUEST_METRICS, own_metrics


def test_nothing_named_means_the_metrics_of_the_request_log() -> None:
    assert own_metrics() is REQUEST_METRICS


def test_columns_become_metrics_with_their_roles() -> None:
    metrics = own_metrics(
        "won", good="low", secondary="a, b", guardrails="cost_usd <= +15 %, rating >= -0.1"
    )
    assert [(each.name, each.role, each.good) for each in metrics] == [
        ("won", "primary", "low"),
        ("a", "secondary", "high"),
        ("b", "secondary", "high"),
        ("cost_usd", "guardrail", "low"),
        ("rating", "guardrail", "high"),
    ]


@pytest.mark.parametrize(
    ("text", "margin", "is_relative"),
    [
        ("x <= +15 %", 0.15, True),
        ("x<=15%", 0.15, True),
        ("x <= +0.5 points", 0.005, False),
        ("x <= .5", 0.5, False),
        ("x >= -2 %", 0.02, True),
    ],
)
def test_a_margin_is_read_as_written(text: str, margin: float, is_relative: bool) -> None:  # noqa: FBT001
    guardrail = own_metrics("won", guardrails=text)[1]
    assert guardrail.margin == pytest.approx(margin)
    assert guardrail.is_relative is is_relative


def test_all_guardrails_that_cannot_be_read_are_told_together() -> None:
    with pytest.raises(InputError) as caught:
        own_metrics("won", guardrails="cost, x <= -5 %, y >= +1, z <= +1 %")
    assert [problem.value for problem in caught.value.problems] == ["cost", "x <= -5 %", "y >= +1"]


def test_a_column_name_cannot_leave_its_quotes() -> None:
    assert own_metrics('a" OR 1=1 --')[0].value == '"a"" OR 1=1 --"'


def test_known_columns_carry_their_unit() -> None:
    assert own_metrics("latency_ms")[0].unit == "ms"


def test_an_unknown_direction_is_refused() -> None:
    with pytest.raises(InputError, match="must be 'high' or 'low'"):
        own_metrics("won", good="up")


@pytest.mark.parametrize("more", [{"secondary": "a"}, {"guardrails": "a <= 1 %"}])
def test_columns_without_a_primary_are_refused(more: dict[str, str]) -> None:
    with pytest.raises(InputError, match="needs a primary column"):
        own_metrics(**more)

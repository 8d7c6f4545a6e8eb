from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from mlops_lib.experiments import Analysis, Design, Look, analyse, own_metrics
from mlops_lib.plots import Picture
from mlops_lib.stats import Interval
from tests.experiments.story import Story

LARGEST_BYTES = 40_000


def svg(picture: Picture) -> str:
    return picture._repr_mimebundle_()[0]["image/svg+xml"]


@pytest.fixture(scope="module")
def result() -> Analysis:
    return analyse(Story(users=3000, feedback=0.1).log())


@pytest.mark.parametrize("name", ["plot_effect", "plot_path", "plot_ratio"])
def test_every_figure_is_small_and_says_its_finding(result: Analysis, name: str) -> None:
    picture = getattr(result, name)()
    assert len(svg(picture)) < LARGEST_BYTES
    assert picture.alt
    assert picture.caption
    assert svg(picture) == svg(getattr(result, name)())


def test_the_effect_shows_every_metric_with_its_interval(result: Analysis) -> None:
    picture = result.plot_effect()
    for check in result.judged:
        assert check.name in picture.alt
    assert "Positive feedback improved" in svg(picture)


def test_the_path_names_the_day_on_which_it_could_be_told(result: Analysis) -> None:
    first = next(look.day for look in result.path if look.primary.always_valid.excludes(0.0))
    assert first.isoformat() in svg(result.plot_path())


def test_a_path_that_never_told_says_so() -> None:
    result = analyse(Story(users=200, feedback=0.0).log())
    assert "read daily, on no day told from chance" in result.plot_path().alt


@pytest.mark.parametrize(
    ("told", "title"),
    [
        ([0, 0, 1, 1], "can be told from chance since 2026-06-03"),
        ([1, 1, 1, 1], "can be told from chance since 2026-06-01"),
        ([0, 1, 0, 1], "can be told from chance since 2026-06-04"),
        ([0, 1, 1, 0], "told from chance on 2026-06-02, but not at the end"),
        ([0, 0, 0, 0], "on no day could a change be told from chance"),
    ],
)
def test_the_title_of_the_path_is_true_at_its_end(told: list[int], title: str) -> None:
    result = analyse(Story(users=200, days=4).log(), Design(peeking=True))
    once = replace(result, design=replace(result.design, peeking=False))
    looks = tuple(
        Look(
            day=date(2026, 6, place),
            units=(10, 10),
            primary=replace(
                result.primary, always_valid=Interval(0.01, 0.2) if is_told else Interval(-0.1, 0.2)
            ),
        )
        for place, is_told in enumerate(told, start=1)
    )
    assert title in replace(result, path=looks).plot_path().alt
    first = f"on 2026-06-0{told.index(1) + 1}" if any(told) else "on no day"
    assert first in replace(once, path=looks).plot_path().alt
    assert "read daily" in replace(once, path=looks).plot_path().alt


def test_an_invalid_experiment_draws_its_split_instead() -> None:
    result = analyse(Story(users=1000).log(), Design(treatment_share=0.5))
    for picture in (result.plot_effect(), result.plot_path(), result.plot_ratio()):
        assert "not the planned split" in picture.alt


def test_too_few_units_give_words_instead_of_bars() -> None:
    frame = pd.DataFrame({"user_id": range(2), "variant": ["control", "treatment"]})
    frame["amount"] = [1.5, 2.5]
    frame["time"] = "2026-06-01"
    result = analyse(frame, Design(treatment_share=0.5, metrics=own_metrics("amount")))
    assert "too few units" in result.plot_effect().alt
    assert "too few units" in result.plot_path().alt


def test_one_metric_and_no_times_can_be_drawn() -> None:
    frame = pd.DataFrame({"user_id": range(400), "variant": ["control", "treatment"] * 200})
    frame["a_rather_long_name_of_a_column_that_somebody_chose"] = [1.5, 2.5, 3.5, 2.0] * 100
    metrics = own_metrics("a_rather_long_name_of_a_column_that_somebody_chose")
    result = analyse(frame, Design(treatment_share=0.5, metrics=metrics))
    assert "…" in svg(result.plot_effect())
    assert "50.0 % of units are in treatment" in svg(result.plot_ratio())


@pytest.mark.parametrize(
    ("story", "title"),
    [
        (Story(users=3000, feedback=0.1, cost=1.5), "improved, but a guardrail is broken"),
        (Story(users=3000, feedback=-0.1), "shows no gain worth having, but every guardrail held"),
        (Story(users=150, feedback=0.0), "cannot be decided yet, and a guardrail cannot be"),
    ],
)
def test_the_title_states_primary_and_guardrails(story: Story, title: str) -> None:
    assert title in svg(analyse(story.log()).plot_effect())


def test_without_guardrails_the_title_speaks_of_the_primary_alone() -> None:
    result = analyse(Story(users=800).log(), Design(metrics=own_metrics("latency_ms", good="low")))
    assert "guardrail" not in svg(result.plot_effect())


def test_a_single_day_is_drawn_with_its_date(recwarn: pytest.WarningsRecorder) -> None:
    log = Story(users=200, days=1).log()
    log["time"] = "2026-06-09T12:00:00Z"
    result = analyse(log)
    assert "2026-06-09" in svg(result.plot_path())
    assert "2026-06-09" in svg(result.plot_ratio())
    assert not [each for each in recwarn if "AutoDateLocator" in str(each.message)]


def test_an_interval_that_nothing_tells_is_called_unknown() -> None:
    frame = pd.DataFrame({"user_id": range(8), "variant": ["control", "treatment"] * 4})
    frame["score"] = [1.0, 2.0] * 4
    result = analyse(frame, Design(treatment_share=0.5, metrics=own_metrics("score")))
    assert "unknown to unknown" not in result.verdict().meaning
    assert "interval unknown" in result.verdict().meaning

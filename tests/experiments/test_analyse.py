import json
import math
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from mlops_lib import experiments
from mlops_lib.experiments import Action, Analysis, Design, analyse, own_metrics
from mlops_lib.experiments.wording import pvalue_words
from mlops_lib.verdict import Outcome
from tests.experiments.story import Story

EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def good() -> Analysis:
    return analyse(Story(users=4000, feedback=0.08).log())


@pytest.fixture(scope="module")
def invalid() -> Analysis:
    return analyse(Story(users=4000, feedback=0.08).log(), Design(treatment_share=0.5))


def test_an_improvement_within_all_margins_is_promoted(good: Analysis) -> None:
    assert good.decision.action is Action.PROMOTE
    verdict = good.verdict()
    assert verdict.outcome is Outcome.PASS
    assert verdict.sentence.startswith("difference in positive feedback is +")
    assert "Promote" in verdict.advice


@pytest.mark.parametrize(
    ("story", "action", "outcome"),
    [
        (Story(users=4000, feedback=0.08, cost=1.4), Action.ITERATE, Outcome.FAIL),
        (Story(users=4000, feedback=0.08, latency=1.4), Action.ITERATE, Outcome.FAIL),
        (Story(users=4000, feedback=0.08, errors=0.05), Action.ITERATE, Outcome.FAIL),
        (Story(users=4000, feedback=-0.08), Action.DISCARD, Outcome.FAIL),
        (Story(users=200, feedback=0.02), Action.UNDECIDED, Outcome.UNDECIDED),
        (Story(users=4000, feedback=0.08, silent=0.4), Action.INVALID, Outcome.FAIL),
        (Story(users=1000, feedback=0.08, crossed=100), Action.INVALID, Outcome.FAIL),
    ],
)
def test_each_story_has_its_decision(story: Story, action: Action, outcome: Outcome) -> None:
    result = analyse(story.log())
    assert result.decision.action is action
    assert result.verdict().outcome is outcome


def test_an_invalid_experiment_shows_no_effect_anywhere(invalid: Analysis) -> None:
    verdict = invalid.verdict()
    assert invalid.decision.action is Action.INVALID
    assert "must not be read" in verdict.meaning
    assert verdict.deciding.name == "share of units in treatment"
    shown = [
        invalid._repr_html_(),
        json.dumps(verdict.to_dict()),
        invalid.plot_effect().alt,
        invalid.plot_path().alt,
        invalid.plot_effect().caption,
    ]
    for text in shown:
        assert "difference in" not in text
        assert "positive feedback in treatment" not in text
    assert invalid.to_frame().empty
    assert "may not be read" in invalid.trust_table().caption


def test_an_open_answer_says_how_many_units_are_needed() -> None:
    result = analyse(Story(users=200, feedback=0.02).log())
    assert result.decision.needed is not None
    assert result.decision.needed > sum(result.units)
    assert f"about {result.decision.needed:,} units (now 200)" in result.verdict().advice
    # Every user has come already, so that at this traffic nothing more will.
    assert "do not come within a year" in result.verdict().advice
    timeless = replace(result, evidence=replace(result.evidence, days=()))
    assert timeless.verdict().advice.startswith("Keep the experiment running until it has about")


def test_without_a_number_the_advice_is_still_to_wait() -> None:
    result = analyse(Story(users=200, feedback=0.02).log())
    open_ended = replace(result, decision=replace(result.decision, needed=None))
    assert open_ended.verdict().advice.startswith("Keep the experiment running;")


def test_the_verdict_puts_the_primary_first_and_then_the_guardrails(good: Analysis) -> None:
    names = [check.name for check in good.verdict().checks]
    assert names[:5] == [
        "difference in positive feedback",
        "difference in errors",
        "change of cost per request",
        "change of P95 latency",
        "difference in answered questions",
    ]
    assert len(good.verdict().metrics) == 4


def test_the_table_names_every_metric_and_says_the_finding(good: Analysis) -> None:
    table = good.table()
    assert table.rows[0][0] == "positive feedback (primary)"
    assert "Decision: promote." in table.caption
    assert "95 % interval" in table.columns
    assert good._repr_html_() == table._repr_html_()


def test_the_confidence_is_said_as_it_was_asked_for() -> None:
    result = analyse(Story(users=300).log(), Design(alpha=0.1))
    assert "90 % interval" in result.table().columns


def test_the_frame_has_a_row_per_metric(good: Analysis) -> None:
    frame = good.to_frame()
    assert frame["metric"].iloc[0] == "positive feedback"
    assert len(frame) == 5
    assert (frame["low"] <= frame["difference"]).all()
    assert set(frame["outcome"]) == {"pass"}


def test_text_from_the_data_is_escaped() -> None:
    frame = pd.DataFrame(
        {"user_id": range(400), "variant": ["control", "treatment"] * 200, EVIL: [0, 1, 1, 0] * 100}
    )
    design = Design(treatment_share=0.5, metrics=own_metrics(EVIL))
    result = analyse(frame, design)
    views = [result.table()._repr_html_(), result.verdict()._repr_html_()]
    assert all("<script>" not in html for html in views)
    leaked = frame.assign(variant=["control", "treatment", EVIL, "control"] * 100)
    html = analyse(leaked, design).trust_table()._repr_html_()
    assert "<script>" not in html


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    log = Story(users=300).log()
    log.to_parquet(tmp_path / "log.parquet")
    texts = {json.dumps(analyse(tmp_path / "log.parquet").verdict().to_dict()) for _ in range(2)}
    assert len(texts) == 1


def test_an_own_table_takes_three_lines(tmp_path: Path) -> None:
    frame = pd.DataFrame({"person": range(2000), "arm": ["A", "B"] * 1000})
    frame["sold"] = [i % 10 < (3 if i % 2 == 0 else 7) for i in range(2000)]
    frame.to_csv(tmp_path / "ab.csv", index=False)
    design = Design(
        unit="person", variant="arm", control="A", treatment="B", treatment_share=0.5,
        metrics=own_metrics("sold"),
    )  # fmt: skip
    result = experiments.analyse(tmp_path / "ab.csv", design)
    assert result.decision.action is Action.PROMOTE
    assert result.verdict().sources[0].rows == 2000
    assert result.path == ()
    assert "no times" in result.plot_path().alt


def test_less_is_better_where_the_metric_says_so() -> None:
    frame = pd.DataFrame({"user_id": range(2000), "variant": ["control", "treatment"] * 1000})
    frame["complained"] = [i % 10 < (7 if i % 2 == 0 else 3) for i in range(2000)]
    design = Design(treatment_share=0.5, metrics=own_metrics("complained", good="low"))
    assert analyse(frame, design).decision.action is Action.PROMOTE


def test_a_negative_or_zero_baseline_has_no_lift() -> None:
    frame = pd.DataFrame({"user_id": range(400), "variant": ["control", "treatment"] * 200})
    frame["balance"] = [(-3 if i % 2 == 0 else -1) + (i % 7) / 10 for i in range(400)]
    result = analyse(frame, Design(treatment_share=0.5, metrics=own_metrics("balance")))
    assert result.primary.lift is None
    assert result.primary.difference > 0
    assert result.table().rows[0][5] == "–"


def test_a_promotion_without_a_guardrail_says_so_and_advises_one() -> None:
    log = Story(users=4000, feedback=0.15).log()
    log["liked"] = log["feedback"] > 0
    result = analyse(log, Design(metrics=own_metrics("liked")))
    assert result.decision.action is Action.PROMOTE
    assert "no guardrail was set" in result.decision.reason
    assert "guardrail first" in result.verdict().advice
    guarded = analyse(log, Design(metrics=own_metrics("liked", guardrails="cost_usd <= +15 %")))
    assert "every guardrail held" in guarded.decision.reason
    assert guarded.verdict().advice.startswith("Promote")


def test_a_secondary_metric_that_got_worse_is_named_in_the_meaning(good: Analysis) -> None:
    log = Story(users=4000, feedback=0.15, errors=0.11).log()
    log["liked"], log["answered"] = log["feedback"] > 0, log["outcome"] == "answered"
    result = analyse(log, Design(metrics=own_metrics("liked", secondary="answered")))
    assert "Worse beyond chance, though it does not decide: answered by -1" in (
        result.verdict().meaning
    )
    assert "Worse beyond chance" not in good.verdict().meaning


def test_an_open_answer_says_in_words_what_is_open_with_one_number_of_units() -> None:
    result = analyse(Story(users=200, feedback=0.02).log())
    assert result.decision.action is Action.UNDECIDED
    meaning, needed = result.verdict().meaning, result.decision.needed
    assert "The data cannot tell yet whether the " in meaning
    assert needed is not None
    assert needed >= max(check.needed or 0 for check in result.judged)
    assert f"about {needed:,} units would tell" in meaning
    assert f"about {needed:,} units " in result.verdict().advice


def test_a_pvalue_is_never_written_as_zero(good: Analysis) -> None:
    primary = good.primary
    assert pvalue_words(replace(primary, adjusted_pvalue=0.04)) == "0.04"
    assert pvalue_words(replace(primary, adjusted_pvalue=1e-9)) == "< 0.0001"
    tiny = replace(primary, adjusted_pvalue=0.0, log10_pvalue=-544.7)
    assert pvalue_words(tiny) == "< 0.0001"
    assert pvalue_words(replace(primary, adjusted_pvalue=math.nan)) == "–"


def test_no_change_is_said_as_no_change() -> None:
    frame = pd.DataFrame({"user_id": range(400), "variant": ["control", "treatment"] * 200})
    frame["won"] = [0, 0, 1, 1] * 100
    result = analyse(frame, Design(treatment_share=0.5, metrics=own_metrics("won")))
    assert "control show the same won (difference 0.0 points" in result.verdict().meaning


def test_the_import_is_cheap() -> None:
    import subprocess
    import sys

    code = (
        "import sys, mlops_lib.experiments; heavy = {'numpy', 'pandas', 'scipy', 'duckdb', "
        "'matplotlib'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_demo_sized_log_is_analysed_in_a_second() -> None:
    log = Story(users=1000).log()
    analyse(log)
    start = time.perf_counter()
    analyse(log)
    assert time.perf_counter() - start < 2  # measured 0.3 s; room for a loaded machine


def test_the_largest_segments_are_shown_and_what_is_left_out_is_said() -> None:
    # By hand: 32 values with 100 rows each but "z" with 800; 40 rows have none: 33 groups.
    names = [f"v{i:02d}" for i in range(31) for _ in range(100)] + ["z"] * 800 + [None] * 40
    frame = pd.DataFrame({"user_id": range(len(names)), "lang": names})
    frame["variant"] = ["control", "treatment"] * (len(names) // 2)
    frame["won"] = [0, 0, 1, 1] * (len(names) // 4) + [1, 0] * (len(names) % 4 // 2)
    design = Design(treatment_share=0.5, metrics=own_metrics("won"), segments=("lang",))
    result = analyse(frame, design)
    shown = [each.name for each in result.segments]
    assert (len(shown), shown[0]) == (30, "lang = z")
    assert "Of 33 values of lang, the 30 with most units are shown." in (
        result.segment_table().caption
    )
    few = analyse(frame[frame["lang"].isna() | (frame["lang"] == "z")], design)
    assert [each.name for each in few.segments] == ["lang = z", "lang is missing"]


def test_a_mismatch_is_told_with_what_was_planned() -> None:
    # By hand: 3,000 of 5,000 are 60 %.
    frame = pd.DataFrame(
        {"user_id": range(5000), "variant": ["control"] * 2000 + ["treatment"] * 3000}
    )
    frame["won"] = [0, 1] * 2500
    meaning = (
        analyse(frame, Design(treatment_share=0.5, metrics=own_metrics("won"))).verdict().meaning
    )
    assert "3,000 of 5,000 units (60.0 %) are in treatment, planned 50.0 %" in meaning
    assert "must not be read" in meaning

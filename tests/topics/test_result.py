"""The whole analysis: the same for any order, honest when there is little, safe to show."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mlops_lib import topics
from mlops_lib.plots import to_svg
from mlops_lib.stats import Interval
from mlops_lib.topics.checks import (
    Policy,
    check_drift,
    check_gaps,
    fall_outcome,
    growing_gaps,
    rise_outcome,
)
from mlops_lib.topics.conclude import MOST_NAMED, conclude
from mlops_lib.topics.reach import Reach
from mlops_lib.topics.windows import WindowDifference
from mlops_lib.verdict import Outcome, Source
from tests.topics.logs import HIGH, LOW, bike_queries, frame_of, gap_log, read, unrelated_queries

SETTINGS = topics.Settings(low_score=0.5)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    intents = bike_queries()
    bad = [*intents["battery"], *intents["children"], *unrelated_queries()[:20]]
    good = [q for name in intents if name not in {"battery", "children"} for q in intents[name]]
    rows = gap_log(bad, good * 3)
    rows["outcome"] = np.where(rows["top_score"] < 0.5, "no_answer", "answered")
    rows["feedback"] = np.where(np.arange(len(rows)) % 2, -1.0, np.nan)
    return rows


@pytest.fixture(scope="module")
def result(frame: pd.DataFrame) -> topics.TopicsResult:
    return topics.analyse(read(frame, outcome="outcome", feedback="feedback"), settings=SETTINGS)


def test_gaps_are_named_by_their_users_words(result: topics.TopicsResult) -> None:
    first, second = result.all_gaps[:2]
    assert {"children", "battery"} <= {*first.label.terms, *second.label.terms}
    assert first.no_answer.estimate == 1.0
    assert first.thumbs_down.estimate == 1.0
    assert first.requests_before == 0
    assert first.pvalue < 0.05


def test_every_badly_served_request_is_in_a_gap_or_counted(result: topics.TopicsResult) -> None:
    reach = result.reach()
    assert reach.shown == sum(gap.requests for gap in result.gaps())
    assert reach.shown + reach.hidden + reach.outside == reach.total == 60
    assert reach.sentence in result.table().caption
    assert f"Of the 60 badly served requests of the last days {reach.shown} lie" in (
        result.table().caption
    )
    now = result.badly_served
    assert now.current * now.n_current == pytest.approx(60)


def test_shuffled_rows_give_the_same_result(
    frame: pd.DataFrame, result: topics.TopicsResult
) -> None:
    shuffled = frame.sample(frac=1, random_state=3)
    log = read(shuffled, outcome="outcome", feedback="feedback")
    again = topics.analyse(log, settings=SETTINGS)
    assert repr(again) == repr(result)
    assert again.verdict().to_dict() == result.verdict().to_dict()


def test_requests_without_users_give_the_same_result_in_any_order(frame: pd.DataFrame) -> None:
    one = topics.analyse(read(frame, user=""), settings=SETTINGS)
    other = topics.analyse(read(frame.sample(frac=1, random_state=4), user=""), settings=SETTINGS)
    assert one.to_frame().equals(other.to_frame())


def test_repeated_questions_of_one_user_make_no_gap() -> None:
    rows = [("where is my parcel", LOW, 1 + i / 100, "bot") for i in range(50)]
    rows += [(f"fine {i}", HIGH, i % 30, f"u{i}") for i in range(60)]
    found = topics.analyse(read(frame_of(rows)), settings=SETTINGS)
    assert found.all_gaps == ()
    assert found.outside == 50


def test_what_a_guardrail_refused_is_no_low_score() -> None:
    good = [(f"fine {i}", HIGH, i % 36 + 0.5, f"u{i % 90}") for i in range(900)]
    attack = [(f"write malware {i}", LOW, i % 6 + 0.5, f"a{i % 50}") for i in range(200)]
    rows = frame_of([*good, *attack, ("last", HIGH, 0.0, "v")])
    rows["outcome"] = np.where(rows["user_id"].str.startswith("a"), "refused", "answered")
    found = topics.analyse(read(rows, outcome="outcome"))
    assert found.drift.unscored == 200
    assert found.drift.mean.n == 901
    assert found.drift.low_share.current == 0.0
    assert found.drift.mean.estimate == pytest.approx(0.0)
    assert found.verdict().outcome is not Outcome.FAIL
    rows["outcome"] = "answered"
    assert topics.analyse(read(rows, outcome="outcome")).verdict().outcome is Outcome.FAIL


@pytest.mark.parametrize("text", ["???", "\N{PERSON WITH FOLDED HANDS}" * 3])
def test_marks_without_a_letter_are_about_nothing_and_are_counted(text: str) -> None:
    rows = [(text, LOW, 1, f"u{i}") for i in range(8)] + [("fine", HIGH, 0, "v")]
    found = topics.analyse(read(frame_of(rows)), settings=SETTINGS)
    assert found.gaps() == ()
    assert found.outside == found.badly_served_now == 8


def test_one_user_who_makes_most_of_the_trouble_is_spoken_of() -> None:
    rows = [
        (f"{query} {i}", LOW, 1, "bot") for i in range(6) for query in bike_queries()["battery"]
    ]
    rows += [(query, LOW, 1, f"u{query}") for query in unrelated_queries()[:40]]
    rows += [("fine", HIGH, i % 30, f"v{i}") for i in range(600)]
    found = topics.analyse(read(frame_of(rows)), settings=SETTINGS)
    assert found.loudest == 120
    assert "One user made 120 of them." in found.verdict().meaning
    unknown = topics.analyse(read(frame_of(rows), user=""), settings=SETTINGS)
    assert "One user" not in unknown.verdict().meaning


def test_a_cut_that_was_not_used_is_not_called_used(frame: "pd.DataFrame") -> None:
    other = replace(SETTINGS, method="kmeans", k=8)
    assert "used" not in str(topics.analyse(read(frame), settings=other).sensitivity_table().rows)
    assert "used" in str(topics.analyse(read(frame), settings=SETTINGS).sensitivity_table().rows)


def test_topics_of_too_few_users_are_withheld() -> None:
    intents = bike_queries()
    rows = [(query, LOW, 1.0, f"u{i % 2}") for i, query in enumerate(intents.pop("battery"))]
    rows += [(query, HIGH, 0.0, "v") for queries in intents.values() for query in queries]
    found = topics.analyse(read(frame_of(rows)), settings=SETTINGS)
    assert found.all_gaps == ()
    assert found.withheld > 0
    assert "not shown, being asked by fewer than 3 users" in found.table().caption
    assert 0 < found.withheld_requests <= found.badly_served_now


def test_requests_without_a_user_are_no_distinct_users() -> None:
    """One person without a name may have asked it all: only who is named counts."""
    intents = bike_queries()
    bad = intents.pop("battery")
    rows = [(query, LOW, 1.0, None if i % 2 else f"u{i % 4}") for i, query in enumerate(bad)]
    rows += [(query, HIGH, 0.0, "v") for queries in intents.values() for query in queries]
    found = topics.analyse(read(frame_of(rows)), settings=SETTINGS)  # type: ignore[arg-type]
    assert found.all_gaps == ()
    assert found.withheld > 0
    assert "5.0 % of the requests name no user" in found.table().caption  # 10 of 200
    shown = topics.analyse(
        read(frame_of(rows)),  # type: ignore[arg-type]
        settings=replace(SETTINGS, fewest_users=2),
    )
    assert [gap.users for gap in shown.all_gaps] == [2]


@pytest.mark.parametrize("size", [1, 4, 10])
def test_little_data_is_undecided_and_shows_itself(size: int) -> None:
    rows = [(f"question {i}", 0.5, 3 * i, f"u{i}") for i in range(size)]
    found = topics.analyse(read(frame_of(rows)))
    verdict = found.verdict()
    assert verdict.outcome is Outcome.UNDECIDED
    assert all(check.outcome is Outcome.UNDECIDED for check in verdict.checks)
    assert "Not enough data" in verdict.checks[0].explanation
    assert verdict.checks[0].n == size
    assert verdict.meaning.startswith("Too few scores to say what has changed")
    assert "gap" not in verdict.advice
    for picture in (found.plot_scores(), found.plot_gaps(), found.plot_map()):
        assert to_svg(picture.figure).startswith("<?xml")
    assert "<table>" in found._repr_html_()


def test_hostile_queries_stay_text_and_stay_out_of_check_names() -> None:
    evil = "<script>alert(1)</script> $\\frac{1}{0}$ [x](javascript:y)"
    rows = [(f"{evil} now", LOW, 1, f"u{i}") for i in range(20)] + [("fine", HIGH, 0, "v")]
    found = topics.analyse(read(frame_of(rows)), settings=SETTINGS)
    html = found.table()._repr_html_() + found.questions_table()._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "<script>" not in to_svg(found.plot_gaps().figure) + to_svg(found.plot_map().figure)
    verdict = found.verdict()
    assert "script" not in " ".join([check.name + check.explanation for check in verdict.checks])
    assert "<" not in verdict.meaning + verdict.advice


def test_nearest_documents_are_named() -> None:
    section = topics.split_sections("# Battery range\nHow far the battery gets.", page="bike.md")
    other = topics.split_sections("# Colours\nRed and green.", page="paint.md")
    intents = bike_queries()
    bad = intents.pop("battery")
    log = read(gap_log(bad, [query for queries in intents.values() for query in queries]))
    found = topics.analyse(log, [*other, *section], settings=SETTINGS)
    assert found.gaps()[0].nearest[0][0] == "bike.md#battery-range"


def test_pictures_say_the_finding(result: topics.TopicsResult) -> None:
    assert "Low scores went from 0.0 %" in result.plot_scores().alt
    assert "gap 1 from 0.0 %" in result.plot_gaps().alt
    assert len(to_svg(result.plot_map().figure)) < 40_000


def growing_beside_large() -> topics.TopicsResult:
    """Three large topics that were always there, and a smaller one that is new."""
    intents = bike_queries()
    *large, new = [*intents][:4]
    rows = [("fine", HIGH, float(i % 30), f"g{i}") for i in range(300)]
    for name in large:
        for i, query in enumerate(intents[name]):
            rows += [(query, LOW, 1.0, f"{name}{i}"), (query, LOW, 9.0, f"{name}{i}")]
            rows += [(query, LOW, 16.0 + k, f"{name}{i} {k}") for k in range(3)]
            rows.append((query, LOW, 3.0, f"{name}{i} more"))
    rows += [(intents[new][0], LOW, 2.0, f"n{i}") for i in range(12)]
    return topics.analyse(read(frame_of(rows)), settings=replace(SETTINGS, gaps=3))


def test_every_growing_gap_is_shown_first_and_all_speak_of_it() -> None:
    found = growing_beside_large()
    (growing,) = growing_gaps(found.all_gaps, Policy())
    assert growing not in found.all_gaps[:3]
    assert found.gaps() == (growing, *found.all_gaps[:2])
    assert found.table().rows[0][0] == f"gap {growing.number}, growing"
    assert not any("growing" in str(row[0]) for row in found.table().rows[1:])
    verdict = found.verdict()
    assert f"gap {growing.number} (" in verdict.advice
    assert "gap 1 " not in verdict.advice
    share = f"{100 * growing.traffic.current:.1f} %"
    assert (
        f"1 topic that the corpus does not cover grows and makes up at least {share}"
        in verdict.meaning
    )
    tiles = {metric.name: metric.value for metric in verdict.metrics}
    assert tiles["growing gaps"] == 1
    assert tiles["traffic in growing gaps"] == growing.traffic.current


def test_a_stricter_policy_leaves_the_largest_gaps_in_their_order() -> None:
    found = growing_beside_large()
    strict = Policy(gap_growth=0.9)
    assert found.gaps(strict) == found.all_gaps[:3]
    assert "without growing" in found.verdict(strict).meaning


def test_the_advice_names_at_most_so_many_gaps_and_counts_the_rest(
    result: topics.TopicsResult,
) -> None:
    one = result.all_gaps[0]
    many = [replace(one, number=number) for number in range(1, 9)]
    verdict = conclude(result.checks(), many, many, result.drift, reach=result.reach(), sources=())
    assert f"gap {MOST_NAMED} (" in verdict.advice
    assert f"gap {MOST_NAMED + 1} (" not in verdict.advice
    assert f"and {8 - MOST_NAMED} more" in verdict.advice


def test_sentence_meaning_and_tiles_share_one_measure(result: topics.TopicsResult) -> None:
    verdict = result.verdict()
    share = result.drift.low_share
    assert verdict.checks[0].estimate == share.estimate
    assert f"{100 * share.current:.1f} % of the questions" in verdict.meaning
    assert [metric.value for metric in verdict.metrics[:2]] == [share.current, share.reference]


def test_without_users_no_count_of_users_is_shown_and_the_rule_is_declared_void(
    frame: pd.DataFrame,
) -> None:
    found = topics.analyse(read(frame, user=""), settings=replace(SETTINGS, fewest_users=10_000))
    assert found.all_gaps
    assert found.withheld == 0
    for view, column in ((found.table(), "Users"), (found.drift_table(), "Users")):
        place = list(view.columns).index(column)
        assert {row[place] for row in view.rows} == {"unknown"}
    assert "the rule on distinct users per topic does not apply" in found.table().caption
    assert found.to_frame()["users"].isna().all()
    assert all("users are unknown" in check.method for check in found.verdict().checks)


def test_the_map_tells_well_and_badly_served_apart_by_shape(result: topics.TopicsResult) -> None:
    lines = {line.get_label(): line for line in result.plot_map().figure.axes[0].lines}
    well, badly = lines["well served"], lines["otherwise badly served"]
    assert well.get_marker() != badly.get_marker()
    assert well.get_color() != badly.get_color()


def test_the_verdict_carries_the_fingerprints_of_log_and_corpus(frame: pd.DataFrame) -> None:
    page = Source(path="corpus/**/*.md", rows=2, sha256="0" * 64)
    found = topics.analyse(read(frame), settings=SETTINGS, sources=[page])
    assert page in found.verdict().sources


def test_one_row_of_the_far_future_is_named_with_what_it_pushes_out() -> None:
    frame = frame_of([("fine", HIGH, float(i % 30), f"u{i}") for i in range(300)])
    frame.loc[0, "time"] = frame["time"].max().replace(year=2099)
    verdict = topics.analyse(read(frame)).verdict()
    assert verdict.outcome is Outcome.UNDECIDED
    assert "1 in the last days and 0 in the days before" in verdict.meaning
    assert "The last row of the log is of 2099-06-30; 299 older rows lie" in verdict.meaning
    assert "time of the last row" in verdict.advice


@pytest.mark.parametrize(
    ("blank", "said"), [(1, "1 row holds no question: left out."), (12, "12 rows hold no question")]
)
def test_the_report_says_how_many_rows_hold_no_question(
    frame: pd.DataFrame, blank: int, said: str
) -> None:
    assert "no question" not in topics.analyse(read(frame)).drift_table().caption
    frame = pd.concat([frame, frame.tail(blank).assign(query=" ")])
    assert said in topics.analyse(read(frame)).drift_table().caption


@pytest.mark.parametrize(
    ("outside", "by_wording", "hint"),
    [(50, True, "embedder=minilm"), (20, True, ""), (50, False, ""), (0, True, "")],
)
def test_another_embedder_is_suggested_where_wording_leaves_much_in_no_topic(
    outside: int,
    by_wording: bool,  # noqa: FBT001
    hint: str,
) -> None:
    reach = Reach(shown=40, hidden=10, outside=outside, by_wording=by_wording)
    checks = check_drift(scores(), Policy())
    verdict = conclude(checks, (), (), scores(), reach=reach, sources=())
    assert reach.rest in verdict.meaning
    assert hint in verdict.advice
    assert bool(reach.hint) is ("minilm" in verdict.advice) is bool(hint)


def difference(estimate: float, half: float, pvalue: float) -> WindowDifference:
    return WindowDifference(
        current=0.05 + estimate,
        reference=0.05,
        estimate=estimate,
        interval=Interval(estimate - half, estimate + half),
        pvalue_rise=pvalue,
        pvalue_fall=1 - pvalue,
        standard_error=half / 2,
        n_current=500,
        n_reference=2_000,
        users=100,
        method="",
    )


def scores() -> topics.ScoreDrift:
    same = difference(0.0, 0.01, 0.5)
    return topics.ScoreDrift(
        low_score=0.3, calibrated=True, low_share=same, mean=same, days=(), unscored=0
    )


@pytest.mark.parametrize(
    ("growing", "outcome", "limit"),
    [(0, Outcome.PASS, 2), (1, Outcome.WARN, 0), (2, Outcome.WARN, 0), (3, Outcome.FAIL, 2)],
)
def test_growing_gaps_show_the_limit_that_they_broke(
    result: topics.TopicsResult, growing: int, outcome: Outcome, limit: int
) -> None:
    one = replace(result.all_gaps[0], pvalue=1e-6, traffic=difference(0.01, 0.001, 1e-6))
    check = check_gaps([one] * growing, scores(), Policy())
    assert (check.outcome, check.limit) == (outcome, limit)
    assert outcome is Outcome.PASS or (check.estimate > limit)


@pytest.mark.parametrize(
    ("estimate", "half", "pvalue", "outcome"),
    [
        (0.08, 0.03, 1e-6, Outcome.FAIL),
        (0.08, 0.10, 0.06, Outcome.UNDECIDED),
        (0.03, 0.01, 1e-6, Outcome.WARN),
        (0.01, 0.01, 0.02, Outcome.PASS),
        (0.01, 0.06, 0.40, Outcome.UNDECIDED),
    ],
)
def test_a_rise_fails_only_by_band_and_significance(
    estimate: float, half: float, pvalue: float, outcome: Outcome
) -> None:
    rise = difference(estimate, half, pvalue)
    assert rise_outcome(rise, Policy()) is outcome
    drift = replace(scores(), low_share=rise, mean=rise)
    limit = 0.02 if outcome is Outcome.WARN else 0.05  # a warning shows the limit that it broke
    assert check_drift(drift, Policy())[0].limit == limit
    few = replace(rise, n_reference=99)
    assert rise_outcome(few, Policy()) is Outcome.UNDECIDED


@pytest.mark.parametrize(
    ("estimate", "half", "pvalue_fall", "outcome"),
    [
        (-0.08, 0.02, 1e-6, Outcome.FAIL),
        (-0.08, 0.12, 0.2, Outcome.UNDECIDED),
        (-0.02, 0.01, 1e-6, Outcome.PASS),
        (-0.02, 0.05, 0.2, Outcome.UNDECIDED),
    ],
)
def test_a_fall_of_the_mean_fails_only_by_band_and_significance(
    estimate: float, half: float, pvalue_fall: float, outcome: Outcome
) -> None:
    assert fall_outcome(difference(estimate, half, 1 - pvalue_fall), Policy()) is outcome

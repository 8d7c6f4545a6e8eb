import datetime as dt
import math
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from mlops_lib.errors import InputError
from mlops_lib.experiments import Design, Metric, own_metrics, read
from mlops_lib.request_log import Request, RequestLog
from tests.experiments.story import Story

WON = Design(treatment_share=0.5, metrics=own_metrics("won"))


def users(**columns: object) -> pd.DataFrame:
    """Four users, two in each variant, and the given columns over them."""
    base = {"user_id": list("abcd"), "variant": ["control", "treatment"] * 2, "won": [0, 1, 1, 1]}
    return pd.DataFrame({**base, **columns})


def test_events_are_gathered_by_unit() -> None:
    log = Story(users=200).log()
    evidence = read(log, Design())
    assert sum(evidence.units) == log["user_id"].nunique()
    assert evidence.rows == len(log)
    assert len(evidence.days) == 21
    cells = evidence.samples[0].cells
    assert sum(cell.rows for cell in cells) == log["feedback"].notna().sum()
    likes = sum(cell.moments.ratio * cell.moments.total for cell in cells)
    assert likes == pytest.approx((log["feedback"] == 1).sum())


def test_frames_and_files_read_alike(tmp_path: Path) -> None:
    log = Story(users=100).log()
    log.to_parquet(tmp_path / "log.parquet")
    log.to_csv(tmp_path / "log.csv", index=False)
    sources = [log, pl.from_pandas(log), tmp_path / "log.parquet", str(tmp_path / "log.csv")]
    found = [read(source, Design()) for source in sources]
    for each in found[1:]:
        assert each.units == found[0].units
        for mine, first in zip(each.samples, found[0].samples, strict=True):
            for here, there in zip(mine.cells, first.cells, strict=True):
                assert here.rows == there.rows
                assert here.moments.ee == pytest.approx(there.moments.ee)
    assert found[2].sources[0].rows == len(log)


def test_the_request_log_is_read_from_its_database(tmp_path: Path) -> None:
    start = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    with RequestLog(tmp_path / "requests.db") as log:
        log.append(
            Request(
                request_id=f"r{i}",
                time=start + dt.timedelta(hours=i),
                user_id=f"u{i % 10}",
                session_id="s",
                query="?",
                answer="!",
                outcome="answered",
                prompt_name="answer",
                prompt_version=1,
                model="local",
                index_id="i",
                embedder="e",
                top_score=0.5,
                retrieved=(),
                input_tokens=1,
                output_tokens=1,
                cost_usd=0.001,
                latency_ms=100.0 + i,
                ttft_ms=None,
                feedback=1 if i % 3 else -1,
                experiment="answer-v3",
                variant="treatment" if i % 5 == 0 else "control",
            )
            for i in range(100)
        )
    evidence = read(str(tmp_path / "requests.db"), Design())
    assert evidence.units == (8, 2)
    assert len(evidence.days) == 5
    assert evidence.design.experiment == "answer-v3"


def test_rows_without_a_value_are_left_out_of_that_metric_alone() -> None:
    # experiments.json, tea-tasting counts the null: nulls are excluded per metric.
    frame = users(won=[1.0, None, 0.0, 1.0], other=[1, 2, 3, 4])
    evidence = read(frame, Design(metrics=own_metrics("won", secondary="other")))
    assert [sum(cell.rows for cell in each.cells) for each in evidence.samples] == [3, 4]


def test_yes_and_no_become_a_share_and_numbers_do_not() -> None:
    frame = users(flag=[True, False, True, True], amount=[1.5, 2, 3, 4])
    evidence = read(frame, Design(metrics=own_metrics("won", secondary="flag, amount")))
    assert [sample.metric.unit for sample in evidence.samples] == ["share", "share", ""]


def test_a_ratio_sums_what_it_divides_by() -> None:
    metric = Metric(
        name="tokens per word", value="tokens", per="words", columns=("tokens", "words"),
        role="primary",
    )  # fmt: skip
    frame = users(tokens=[10, 20, 30, 40], words=[5, 10, 10, None])
    sample = read(frame, Design(metrics=(metric,))).samples[0]
    assert sum(cell.moments.total for cell in sample.cells) == 5 + 10 + 10
    assert sample.metric.unit == ""


def test_units_in_two_variants_are_counted_and_left_out() -> None:
    frame = pd.concat([users(), users(variant="treatment")])
    with pytest.raises(InputError, match="no unit is in the control alone"):
        read(frame, WON)
    more = pd.concat([frame, users(user_id=list("efgh"))])
    evidence = read(more, WON)
    assert evidence.crossed == 2
    assert evidence.units == (2, 4)


def test_units_in_other_variants_are_counted_apart() -> None:
    frame = pd.concat([users(), users(user_id=list("efgh"), variant=["x", "x", "y", "control"])])
    evidence = read(frame, WON)
    assert dict(evidence.elsewhere) == {"x": 2, "y": 1}
    assert evidence.units == (3, 2)


# Defects S6 and S7 of the seeds: every anonymous request went to the canary, as if one user.
def test_s6_s7_anonymous_rows_are_nobody_and_not_one_user() -> None:
    extra = users(user_id=["", "  ", None, None], variant="treatment")
    evidence = read(pd.concat([users(), extra]), WON)
    assert evidence.anonymous == 4
    assert evidence.units == (2, 2)


def test_rows_without_a_variant_are_counted() -> None:
    evidence = read(pd.concat([users(), users(user_id=list("efgh"), variant=None)]), WON)
    assert evidence.unassigned == 4
    assert evidence.units == (2, 2)


def test_the_only_experiment_is_taken_and_its_rows_alone() -> None:
    frame = pd.concat([users(experiment="one"), users(user_id=list("efgh"), experiment=None)])
    evidence = read(frame, WON)
    assert evidence.design.experiment == "one"
    assert evidence.units == (2, 2)


def test_several_experiments_must_be_told_apart() -> None:
    frame = pd.concat([users(experiment="one"), users(experiment="two")])
    with pytest.raises(InputError, match="holds 2 experiments; name one of: one, two"):
        read(frame, WON)
    named = Design(experiment="two", metrics=own_metrics("won"))
    assert read(frame, named).rows == 4
    with pytest.raises(InputError, match="no such experiment; the table holds: one, two"):
        read(frame, Design(experiment="three", metrics=own_metrics("won")))


def test_a_log_without_any_experiment_is_refused() -> None:
    with pytest.raises(InputError, match="no row belongs to an experiment"):
        read(users(experiment=None), WON)


def test_a_table_that_names_no_experiment_is_the_one_of_the_design() -> None:
    evidence = read(users(), Design(experiment="one", metrics=own_metrics("won")))
    assert evidence.rows == len(users())
    assert evidence.design.experiment == "one"


def test_all_missing_columns_are_told_with_a_hint() -> None:
    with pytest.raises(InputError) as caught:
        read(users(), Design())
    fields = [problem.field for problem in caught.value.problems]
    assert {"feedback", "outcome", "cost_usd", "latency_ms", "metric"} <= set(fields)
    with pytest.raises(InputError, match="lost: no such column") as own:
        read(users(), Design(metrics=own_metrics("lost")))
    assert len(own.value.problems) == 1


def test_a_missing_variant_names_those_that_are_there() -> None:
    with pytest.raises(InputError, match="no unit is in the treatment alone; the variants are"):
        read(users(), Design(treatment="B", metrics=own_metrics("won")))
    with pytest.raises(InputError) as caught:
        read(users(), Design(control="A", treatment="B", metrics=own_metrics("won")))
    assert len(caught.value.problems) == 2


def test_a_metric_without_any_value_is_refused() -> None:
    frame = users(a=[math.nan] * 4, b=[None] * 4)
    with pytest.raises(InputError) as caught:
        read(frame, Design(metrics=own_metrics("won", secondary="a, b")))
    assert [problem.field for problem in caught.value.problems] == ["a", "b"]
    assert "every value is missing" in str(caught.value)


@pytest.mark.parametrize("bad", ["great", math.inf])
def test_a_value_that_is_no_number_is_named_with_its_row(bad: object) -> None:
    frame = users(won=pd.Series([0, 1, bad, 1], dtype=object))
    with pytest.raises(InputError, match="row 3, won: 1 values are neither finite numbers"):
        read(frame.astype({"won": str}) if bad == "great" else frame.astype({"won": float}), WON)


@pytest.mark.parametrize(
    "times",
    [
        ["2026-06-01T23:59:59Z", "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z", "2026-06-03"],
        pd.to_datetime(
            [
                f"2026-06-{day}"
                for day in ("01 23:59:59", "01 00:00:00", "02 00:00:00", "03 00:00:00")
            ]
        ),
        pd.to_datetime(
            [
                f"2026-06-{day}"
                for day in ("01 23:59:59", "01 00:00:00", "02 00:00:00", "03 00:00:00")
            ],
            utc=True,
        ),
    ],
    ids=["text", "naive", "aware"],
)
def test_days_are_those_of_utc(times: object) -> None:
    evidence = read(users(time=times), WON)
    first = (dt.date(2026, 6, 1) - dt.date(1970, 1, 1)).days
    assert [each.day - first for each in evidence.days] == [0, 1, 2]
    assert [sum(each.units) for each in evidence.days] == [2, 3, 4]


def test_an_offset_moves_a_row_to_its_day_in_utc() -> None:
    late = ["2026-06-01T23:00:00-02:00"] * 4
    evidence = read(users(time=late), WON)
    assert evidence.days[0].day == (dt.date(2026, 6, 2) - dt.date(1970, 1, 1)).days


def test_a_table_of_users_needs_no_time() -> None:
    assert read(users(), WON).days == ()
    assert read(users(), Design(time="", metrics=own_metrics("won"))).days == ()


def test_a_time_that_was_asked_for_must_be_there_and_readable() -> None:
    with pytest.raises(InputError, match="when: no such column"):
        read(users(), Design(time="when", metrics=own_metrics("won")))
    frame = users(time=["2026-06-01", "soon", None, "2026-06-02"])
    with pytest.raises(InputError, match=r"row 2, time: 2 times cannot be read.*soon"):
        read(frame, WON)
    with pytest.raises(InputError, match="cannot be read"):
        read(users(time=[1, 2, 3, 4]), WON)
    with pytest.raises(InputError, match=r"row 1, time: 4 times cannot be read.*01-02-26"):
        read(users(time=["01-02-26"] * 4), WON)


def test_a_row_is_numbered_as_in_the_table() -> None:
    other = users(experiment="two", time="2026-06-01")
    mine = users(experiment="one", time=["2026-06-01", "soon", "2026-06-01", "2026-06-01"])
    frame = pd.concat([other, mine], ignore_index=True)
    with pytest.raises(InputError, match="row 6, time"):
        read(frame, Design(experiment="one", metrics=own_metrics("won")))


def test_a_condition_keeps_rows() -> None:
    frame = pd.concat([users(release="stable"), users(user_id=list("efgh"), release="canary")])
    design = Design(where="release = 'stable'", metrics=own_metrics("won"))
    assert read(frame, design).rows == 4


def test_an_expression_that_cannot_be_read_is_bad_input() -> None:
    broken = Metric(name="odd", value="won +", columns=("won",), role="primary")
    unknown = Metric(name="even", value="won + lost", columns=("won",))
    fine = Metric(name="won", value="won", columns=("won",))
    with pytest.raises(InputError) as raised:
        read(users(), Design(metrics=(broken, unknown, fine)))
    first, second = raised.value.problems
    assert (first.field, first.value) == ("odd", "won +")
    assert (second.field, second.value) == ("even", "won + lost")
    assert "lost" in second.message
    assert "\n" not in first.message + second.message


def test_numbers_may_name_units_and_variants() -> None:
    frame = users(user_id=[1, 2, 3, 4], variant=[0, 1, 0, 1])
    design = Design(control="0", treatment="1", metrics=own_metrics("won"))
    assert read(frame, design).units == (2, 2)


def test_units_that_are_none_are_named_before_the_empty_arms() -> None:
    frame = pd.DataFrame({"user_id": [1] * 6, "variant": ["control", "treatment"] * 3})
    frame["won"] = [0, 1] * 3
    with pytest.raises(InputError, match="1 units saw several variants; is this what was"):
        read(frame, WON)
    with pytest.raises(InputError, match="6 rows name no unit"):
        read(frame.assign(user_id=None), WON)


def test_variants_that_are_text_or_numbers_add_up_to_the_same_bits() -> None:
    # Text is grouped by itself, numbers by a code: two queries, which must not differ in a bit.
    n = 5_000
    codes = [(i * i + i // 7) % 3 for i in range(n)]
    columns = {
        "won": [i % 9 == 0 for i in range(n)],
        "cost": [None if i % 17 == 0 else (i * 7919 % 1000) / 7 for i in range(n)],
        "before": [None if i % 19 == 0 else (i * 104729 % 1000) / 3 for i in range(n)],
    }
    cost = Metric(name="cost", value="cost", columns=("cost", "before"), covariate="before")
    found = [
        read(
            users(user_id=range(n), variant=variant, **columns),
            Design(
                control=control,
                treatment=treatment,
                metrics=(*own_metrics("won"), cost),
                one_row_per_unit=True,
            ),
        )
        for control, treatment, variant in (
            ("a", "b", ["abc"[code] if code < 2 or i % 2 else "d" for i, code in enumerate(codes)]),
            ("0", "1", [code if code < 2 or i % 2 else 3 for i, code in enumerate(codes)]),
        )
    ]
    words, numbers = found
    assert words.samples == numbers.samples
    assert words.arms == numbers.arms
    assert sum(words.elsewhere.values()) == sum(numbers.elsewhere.values()) > 0
    assert list(words.elsewhere) == ["c", "d"]


def test_one_bad_cell_among_true_and_false_is_named_itself(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    cells = ["True", "False", "True", "maybe", "False"]
    arms = ["control", "treatment"] * 3
    rows = [f"u{i},{arms[i]},{cell}" for i, cell in enumerate(cells)]
    path.write_text("\n".join(["user_id,variant,won", *rows]))
    with pytest.raises(InputError, match=r"row 4, won: 5 values .*makes a column text.*'maybe'"):
        read(path, Design(metrics=own_metrics("won")))


@pytest.mark.parametrize(
    ("up", "down", "got"),
    [(1, 0, "0.0"), (5, 1, "5.0"), (True, False, "(True|False)")],
)
@pytest.mark.parametrize("suffix", ["frame", "csv", "parquet"])
def test_feedback_without_a_sign_is_refused_and_not_read_as_thumbs_up(
    tmp_path: Path, suffix: str, up: object, down: object, got: str
) -> None:
    log = Story(users=50).log()
    likes = log["feedback"]
    log["feedback"] = likes.where(likes.notna(), None).map({1: up, -1: down})
    if suffix == "csv":
        log.to_csv(tmp_path / "log.csv", index=False)
    elif suffix == "parquet":
        log.to_parquet(tmp_path / "log.parquet")
    source = log if suffix == "frame" else tmp_path / f"log.{suffix}"
    with pytest.raises(InputError, match=rf"positive feedback: is no feedback; allowed.*{got}\)"):
        read(source, Design())


def test_the_first_row_without_a_sign_is_named() -> None:
    log = Story(users=50).log()
    log.loc[[7, 9], "feedback"] = 2
    with pytest.raises(InputError, match=r"row 8, positive feedback: is no feedback.*got 2"):
        read(log, Design())


def test_a_zero_beside_thumbs_is_no_opinion() -> None:
    log = Story(users=50).log()
    asked = read(log.assign(feedback=log["feedback"].fillna(0)), Design())
    left_empty = read(log, Design())
    assert asked.samples[0].cells == left_empty.samples[0].cells
    assert read(log.assign(feedback=log["feedback"].astype("Int64").astype(str)), Design())

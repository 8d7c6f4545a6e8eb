"""A judge is believed as far as people agree with it, and its scores are corrected by them."""

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlops_lib.errors import InputError
from mlops_lib.evaluation.judges import Judgement, Judgements, Label, calibrate, read_labels
from mlops_lib.evaluation.judges.judgement import digest

HALUEVAL = Path(__file__).parents[2].parent / "shared" / "data" / "halueval" / "general_data.json"


def judged(values: Sequence[float]) -> Judgements:
    items = tuple(
        Judgement(
            judge="rightness",
            fingerprint="f",
            case_id=f"c{i}",
            answer=digest(f"text {i}"),
            grade="right" if value >= 0.5 else "wrong",
            value=float(value),
        )
        for i, value in enumerate(values)
    )
    return Judgements(judge="rightness", fingerprint="f", items=items, sentinels=())


def labels(values: Sequence[float], **fields: Any) -> list[Label]:
    return [
        Label(**{"judge": "rightness", "case_id": f"c{i}", "value": float(value), **fields})
        for i, value in enumerate(values)
    ]


def test_the_table_of_both_gives_what_the_reference_says() -> None:
    # People good 25, bad 25; [[20, 5], [10, 15]] has kappa 0.4, interval .1511 to .6489
    # (statsmodels cohens_kappa); sensitivity 15/25 and specificity 20/25 by hand.
    truth = [0] * 25 + [1] * 25
    called = [0] * 20 + [1] * 5 + [0] * 10 + [1] * 15
    found = calibrate(judged([*called, *[1] * 60, *[0] * 40]), labels(truth))
    assert found.kappa.estimate == pytest.approx(0.4)
    assert found.kappa.interval == pytest.approx((0.1510923, 0.6489077), abs=1e-7)
    assert (found.sensitivity.estimate, found.specificity.estimate) == (0.6, 0.8)
    assert (found.base_rate.estimate, found.agreement.estimate) == (0.5, 0.7)
    # (.6 + .8 - 1) / (.6 + .8 - 1) by hand: the corrected share of the 100 others is 1.
    assert found.rogan_gladen.estimate == pytest.approx(1.0)
    assert found.raw.estimate == pytest.approx(80 / 150)


def test_the_mean_label_agrees_with_ppi_py() -> None:
    # ppi_py 0.2.3 on these ratings (evaluation.md 3.7).
    y, f = [1, 1, 0, 1, 0, 1, 1, 0, 1, 1], [1, 1, 0, 1, 1, 1, 1, 0, 1, 0]
    others = [
        1,
        1,
        1,
        0,
        1,
        1,
        0,
        1,
        1,
        1,
        0,
        1,
        1,
        1,
        1,
        0,
        1,
        1,
        1,
        1,
        1,
        0,
        1,
        1,
        1,
        0,
        1,
        1,
        1,
        1,
    ]
    found = calibrate(judged([*f, *others]), labels(y))
    assert found.ppi.estimate == pytest.approx(0.7461290322580644)
    assert "too few to rely on" in found.finding


def test_a_judge_no_better_than_chance_is_called_so() -> None:
    called = [0, 1] * 50
    found = calibrate(judged(called), labels([0, 0, 1, 1] * 20))
    assert "say nothing" in found.finding
    assert math.isnan(found.rogan_gladen.estimate)
    assert "unknown" in found._repr_html_()


def test_labels_of_another_text_or_another_rubric_do_not_count() -> None:
    items = judged([1] * 40)
    with pytest.raises(InputError, match="no label"):
        calibrate(items, labels([1] * 40, answer="another"))
    with pytest.raises(InputError, match="no label"):
        calibrate(items, labels([1] * 40, judge="tone"))
    assert calibrate(items, labels([1] * 3, answer="")).labelled == 3


def test_good_is_what_the_rubric_calls_good() -> None:
    # "partly" (0.5) stays below the rubric's 0.75: by hand 1 of 4 is good for both.
    items = [
        item.model_copy(update={"threshold": 0.75, "value": value})
        for item, value in zip(judged([1] * 4).items, (1.0, 0.5, 0.5, 0.0), strict=True)
    ]
    strict = Judgements(judge="rightness", fingerprint="f", items=tuple(items), sentinels=())
    found = calibrate(strict, labels([1, 0.5, 0.5, 0]))
    assert (found.threshold, found.base_rate.estimate, found.raw.estimate) == (0.75, 0.25, 0.25)
    assert found.raw_mean == 0.5
    assert calibrate(strict, labels([1, 0.5, 0.5, 0]), threshold=0.5).base_rate.estimate == 0.75


def test_people_who_disagree_are_counted() -> None:
    both = [*labels([1, 1, 0], labeller="a"), *labels([1, 0, 0], labeller="b")]
    assert calibrate(judged([1, 1, 0]), both).disputed == 1


def test_labels_are_read_from_all_files_and_their_faults_told(
    jsonl: Callable[..., Path],
) -> None:
    line = {"judge": "rightness", "case_id": "c0", "value": 1.0, "labeller": "a"}
    path = jsonl("a.jsonl", [line])
    jsonl("b.jsonl", [line | {"labeller": "b"}])
    assert len(read_labels(path.parent)) == 2
    jsonl("b.jsonl", [line, line, line | {"value": 2.0}, "{"])
    with pytest.raises(InputError) as caught:
        read_labels(path.parent)
    assert len(caught.value.problems) == 3
    for nothing in (path.parent / "none.jsonl", jsonl("empty.jsonl", [])):
        with pytest.raises(InputError):
            read_labels(nothing)


@pytest.mark.skipif(not HALUEVAL.exists(), reason="the real data are not here")
def test_on_real_answers_the_correction_finds_the_rate_that_a_poor_judge_misses() -> None:
    # HaluEval general (Li et al. 2023, MIT): 4,507 answers of a model, people found 18 % of them
    # hallucinated. The judge is a word list without sense: long answers with numbers are bad.
    rows = [json.loads(line) for line in HALUEVAL.read_text(encoding="utf-8").splitlines()]
    truth = np.array([row["hallucination"] == "no" for row in rows], dtype=float)
    texts = [row["chatgpt_response"] for row in rows]
    called = np.array([len(t.split()) < 60 or not any(s.isdigit() for s in t) for t in texts])
    assert 1 - truth.mean() == pytest.approx(0.18, abs=0.01)
    items = judged([float(good) for good in called])
    rng, covered, draws = np.random.default_rng(7), 0, 20
    for _ in range(draws):
        chosen = rng.choice(len(rows), 300, replace=False)
        sample = [labels([truth[i]], case_id=f"c{i}")[0] for i in chosen]
        found = calibrate(items, sample)
        covered += not found.ppi.interval.excludes(float(truth.mean()))
    # 20 draws at 95 %: fewer than 16 covering has a chance of 0.3 %.
    assert covered >= 16

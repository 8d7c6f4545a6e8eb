"""Several versions: the winner is named when there is one, and only then."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from mlops_lib import reports
from mlops_lib.errors import InputError
from mlops_lib.evaluation import CaseSet, Run, Variants, compare_variants, read_settings
from mlops_lib.evaluation.settings import Rule
from mlops_lib.evaluation.variants.choose import Rules, choose
from mlops_lib.evaluation.variants.pairs import compare_pairs
from mlops_lib.plots import to_svg
from mlops_lib.stats import holm, paired_by_cluster
from mlops_lib.tracking import is_installed
from mlops_lib.verdict import Outcome, Verdict

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "prompt_variants.ipynb"
RULES = Rules(in_use="a", margin=0.05)
NO_COSTS: dict[str, float | None] = {}


def alone(n: int) -> list[str]:
    return [str(i) for i in range(n)]


def sides(**shares: int) -> dict[str, list[float]]:
    """Yes-or-no scores of 200 cases: the first so many pass."""
    return {name: [1.0] * count + [0.0] * (200 - count) for name, count in shares.items()}


def chosen(scores: dict[str, list[float]], **more: Any) -> Any:
    pairs = compare_pairs(scores, alone(200))
    means = {name: float(np.mean(values)) for name, values in scores.items()}
    for name in more.pop("barred", ()):
        del means[name]
    return choose(pairs, means, more.pop("costs", NO_COSTS), more.pop("rules", RULES))


def test_pairs_are_paired_differences_with_holms_pvalues() -> None:
    scores = sides(a=100, b=112, c=150)
    pairs = compare_pairs(scores, alone(200))
    couples = [("a", "b"), ("a", "c"), ("b", "c")]
    single = [paired_by_cluster(scores[x], scores[y], alone(200)) for x, y in couples]
    assert [(pair.first, pair.second) for pair in pairs] == couples
    assert [pair.pvalue for pair in pairs] == holm([each.pvalue for each in single])
    # Three pairs: each interval at 1 - .05 / 3, hence wider than alone.
    assert all(pair.confidence == pytest.approx(1 - 0.05 / 3) for pair in pairs)
    assert all(
        pair.difference.interval.low < each.interval.low
        for pair, each in zip(pairs, single, strict=True)
    )


def test_turning_a_pair_round_flips_its_gain() -> None:
    pair = compare_pairs(sides(a=100, b=120), alone(200))[0]
    (gain, interval), (loss, mirrored) = pair.gain_of("b"), pair.gain_of("a")
    assert gain == -loss
    assert interval == pytest.approx((-mirrored.high, -mirrored.low))
    with pytest.raises(ValueError, match="neither"):
        pair.gain_of("c")


def test_a_clear_winner_is_named() -> None:
    choice = chosen(sides(a=100, b=120, c=160))
    assert (choice.outcome, choice.use, choice.why, choice.rival) == (
        Outcome.PASS, "c", "winner", "b",
    )  # fmt: skip


def test_what_cannot_be_told_keeps_the_version_in_use_and_says_how_many_cases() -> None:
    rng = np.random.default_rng(1)
    noisy = {name: [float(x) for x in rng.random(200) < 0.6] for name in ("a", "b")}
    choice = chosen(noisy)
    assert (choice.outcome, choice.use) == (Outcome.UNDECIDED, "a")
    assert choice.needed is None or choice.needed > 200


def test_equals_are_shown_not_assumed_and_the_cheapest_is_used() -> None:
    same = sides(a=150, b=150, c=151)
    assert chosen(same, costs={"a": 3.0, "b": 1.0, "c": 2.0}).use == "b"
    assert chosen(same).use == "a"
    equal = chosen(same)
    assert (equal.outcome, equal.why) == (Outcome.PASS, "equals")
    strict = Rules(in_use="a", margin=0.001)
    assert chosen(same, rules=strict).outcome is Outcome.UNDECIDED


def test_a_barred_version_never_wins() -> None:
    assert chosen(sides(a=100, b=120, c=160), barred=("c",)).use == "b"
    assert chosen(sides(a=100, b=120), barred=("b",)).why == "only"
    none = chosen(sides(a=100, b=120), barred=("a", "b"))
    assert (none.outcome, none.use) == (Outcome.FAIL, "")


def test_equal_versions_rarely_have_a_winner() -> None:
    # Four versions, all right in 70 % of 100 cases. A winner must beat the other three, so the
    # rate of any winner is below alpha; band: 99.9 % point of the binomial at .05.
    rng, draws, won = np.random.default_rng(7), 150, 0
    for _ in range(draws):
        scores = {n: [float(x) for x in rng.random(100) < 0.7] for n in "abcd"}
        pairs = compare_pairs(scores, alone(100))
        means = {name: float(np.mean(values)) for name, values in scores.items()}
        won += choose(pairs, means, NO_COSTS, RULES).why == "winner"
    assert won <= stats.binom.ppf(0.999, draws, 0.05)


@pytest.fixture
def variants(
    case_set: Callable[..., CaseSet], run_of: Callable[..., Run]
) -> Callable[..., Variants]:
    """Compare versions by the share of 120 cases in which they say the target."""

    def make(*rights: int, **fields: Any) -> Variants:
        cases = case_set(120, **fields.pop("case", {}))
        said = ["Set the flag release to version 1."]
        runs = [
            run_of(
                cases,
                [said if i < right else ["x y z"] for i in range(120)],
                prompt_name="p",
                prompt_version=version,
                cost_usd=0.001 * version,
                **fields,
            )
            for version, right in enumerate(rights, start=1)
        ]
        metrics = {"similarity": Rule(margin=0.03), "format": Rule(limit=0.5, pass_at=1.0)}
        settings = read_settings().model_copy(update={"metrics": metrics})
        return compare_variants(runs, cases, config=settings)

    return make


def test_the_verdict_names_the_version_and_the_cost(variants: Callable[..., Variants]) -> None:
    result = variants(60, 70, 110)
    verdict = result.verdict()
    assert verdict.outcome is Outcome.PASS
    assert "p v3 answers best: +33.3 points ahead of p v2" in verdict.meaning
    assert "Use p v3" in verdict.advice
    assert "$3.00 for a thousand answers" in result.limits()._repr_html_()
    assert len(result.to_frame()) == 3
    for picture in (result.plot_cost(), result.plot_differences()):
        assert "p v3" in picture.alt
        assert "<svg" in to_svg(picture.figure)


def test_a_winner_that_loses_elsewhere_is_a_warning(variants: Callable[..., Variants]) -> None:
    result = variants(60, 110)  # the second costs twice as much
    metrics = {**result.settings.metrics, "cost": read_settings().metrics["cost"]}
    settings = result.settings.model_copy(update={"metrics": metrics})
    runs = [each.run for each in result.variants.values()]
    again = compare_variants(runs, result.cases, config=settings)
    verdict = again.verdict()
    assert (again.choice.why, again.choice.use) == ("winner", "p v2")
    assert verdict.outcome is Outcome.WARN
    assert "but it loses cost (" in verdict.meaning
    assert verdict.advice == "Look at what p v2 loses before you use it."
    assert verdict.checks[1].name == "change in cost from p v1 to p v2"
    back = compare_variants(runs[::-1], result.cases, config=settings).verdict()
    assert back.outcome is Outcome.PASS  # to stay costs nothing


def test_a_version_that_breaks_a_critical_case_is_out(variants: Callable[..., Variants]) -> None:
    result = variants(120, 120, case={"critical": True})
    assert result.barred == {"p v1": (), "p v2": ()}
    answers = result.variants["p v2"].run.answers
    broken = (answers[0].model_copy(update={"output": ""}), *answers[1:])
    again = compare_variants(
        [result.variants["p v1"].run, Run(name="x", answers=broken)],
        result.cases,
        config=result.settings,
    )
    assert "critical cases broken is 1" in again.barred["p v2"][0]
    assert again.choice.use == "p v1"
    assert again.verdict().outcome is Outcome.PASS
    assert "must not be used" in again.verdict().meaning


def test_missing_scores_cannot_pass(variants: Callable[..., Variants]) -> None:
    result = variants(60, 110)
    answers = result.variants["p v2"].run.answers
    lost = tuple(a.model_copy(update={"output": None, "error": "Timeout"}) for a in answers[:6])
    again = compare_variants(
        [result.variants["p v1"].run, Run(name="x", answers=(*lost, *answers[6:]))],
        result.cases,
        config=result.settings,
    )
    assert again.verdict().outcome is Outcome.UNDECIDED
    assert {check.name: check for check in again.checks()}[
        "coverage of similarity"
    ].estimate == 0.95
    assert again.pairs[0].difference.n == 114


def test_an_unknown_cost_is_said_and_never_0(variants: Callable[..., Variants]) -> None:
    result = variants(60, 110)
    free = tuple(
        a.model_copy(update={"cost_usd": None}) for a in result.variants["p v2"].run.answers
    )
    again = compare_variants(
        [result.variants["p v1"].run, Run(name="x", answers=free)],
        result.cases,
        config=result.settings,
    )
    assert again.costs["p v2"] is None
    assert "cost unknown" in again.plot_cost().alt


def test_the_margin_of_each_metric_is_shown(variants: Callable[..., Variants]) -> None:
    view = variants(60, 110).rules()
    assert "within 3.0 points of similarity are equally good" in view.caption
    assert [row[0] for row in view.rows] == ["similarity", "format"]
    assert view.rows[1][1:] == ("bars a version", "3.0 points", "50.0 %")


def test_logged_runs_are_asked_for_where_mlflow_is(
    own: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if is_installed():
        message = "no such experiment"
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    else:
        message = "MLflow is not installed: pip install"
    with pytest.raises(InputError, match=message):
        run(monkeypatch, **{**own, "runs": "mlflow:none"})


def test_hostile_names_are_text(variants: Callable[..., Variants]) -> None:
    result = variants(60, 110)
    evil = tuple(
        a.model_copy(update={"prompt_name": "<script>$x^2$"})
        for a in result.variants["p v2"].run.answers
    )
    again = compare_variants(
        [result.variants["p v1"].run, Run(name="x", answers=evil)],
        result.cases,
        config=result.settings,
    )
    assert "<script>" not in again._repr_html_() + again.differences()._repr_html_()
    assert "<script>" not in to_svg(again.plot_cost().figure)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"runs": "a.jsonl"}, "from 2 to 8 runs"),
        ({"runs": "a.jsonl,a.jsonl"}, "is given twice"),
        ({"runs": "a.jsonl, none.jsonl"}, "no such file"),
        ({"primary": "beauty"}, "is no metric of the settings"),
        ({"primary": "cost"}, "is no share"),
        ({"primary": "recall"}, "scored by all versions on no case"),
        ({"tags": "nothing"}, "matches no case"),
    ],
)
def test_the_notebook_refuses_bad_parameters(
    own: dict[str, str], monkeypatch: pytest.MonkeyPatch, change: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        run(monkeypatch, **{**own, **change})


def test_the_notebook_judges_own_files(
    own: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict = run(monkeypatch, **own)
    assert verdict.outcome is Outcome.PASS
    assert "Keep a" in verdict.advice


def run(monkeypatch: pytest.MonkeyPatch, **parameters: object) -> Verdict:
    published: list[Verdict] = []
    monkeypatch.setattr(reports, "publish", published.append)
    names: dict[str, Any] = {}
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)  # noqa: S102
        if "parameters" in cell["metadata"].get("tags", []):
            assert set(parameters) <= set(names)
            names.update(parameters)
    (verdict,) = published
    return verdict


@pytest.fixture
def own(
    jsonl: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    ids = [f"q{i}" for i in range(60)]

    def answers(texts: Sequence[str]) -> list[dict[str, str]]:
        return [{"case_id": i, "output": text} for i, text in zip(ids, texts, strict=True)]

    jsonl("c.jsonl", [{"case_id": i, "input": "Q", "target": f"Answer {i}"} for i in ids])
    jsonl("a.jsonl", answers([f"Answer {i}" for i in ids]))
    jsonl("b.jsonl", answers(["No idea"] * 60))
    monkeypatch.chdir(tmp_path)
    return {"cases": "c.jsonl", "runs": "a.jsonl, b.jsonl", "corpus": ""}

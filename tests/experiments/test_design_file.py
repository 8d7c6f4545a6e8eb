from pathlib import Path

import pytest

from mlops_lib.errors import InputError
from mlops_lib.experiments import REQUEST_METRICS, read_design

DEMO = Path(__file__).parents[2] / "eval" / "experiment.yaml"


def written(folder: Path, text: str) -> Path:
    (folder / "exp.yaml").write_text(text)
    return folder / "exp.yaml"


def test_the_demo_s_plan_says_what_the_library_knows_of_the_request_log() -> None:
    design = read_design(DEMO)
    assert design.shares == pytest.approx((0.8, 0.2))
    for mine, known in zip(design.metrics, REQUEST_METRICS, strict=True):
        for name in ("name", "role", "good", "margin", "is_relative", "quantile"):
            assert getattr(mine, name) == getattr(known, name)


def test_a_file_that_says_mean_means_it(tmp_path: Path) -> None:
    text = "hypothesis: h\nminimum_effect: 0.1\nvariants: {a: 0.5, b: 0.5}\nsame: [rubric]\n"
    text += "metrics: [{name: x, role: primary, kind: mean, column: x}]\n"
    design = read_design(written(tmp_path, text))
    assert design.primary.is_mean
    assert design.unchanging == design.alike == ("rubric",)


def test_three_variants_share_the_alpha(tmp_path: Path) -> None:
    text = "hypothesis: h\nminimum_effect: 0.1\nvariants: {a: 0.4, b: 0.3, c: 0.3}\n"
    design = read_design(written(tmp_path, text))
    assert [label for label, _ in design.arms] == ["a", "b", "c"]
    assert design.confidence == pytest.approx(1 - 0.05 / 2)


def test_what_is_wrong_between_fields_is_told_beside_what_is_wrong_in_them(tmp_path: Path) -> None:
    text = """
hypothesis: h
minimum_effect: -1
variants: {a: 0.5, b: 0.6}
metrics:
  - {name: x, kind: mean, column: a, colour: red}
  - {name: x, kind: mean, column: b}
"""
    with pytest.raises(InputError) as caught:
        read_design(written(tmp_path, text))
    said = str(caught.value)
    for words in ("add up to 1.1", "exactly one primary", "names must be unique", "no such field"):
        assert words in said
    assert "minimum_effect" in said


def test_all_problems_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    text = """
variants: {a: 0.7, b: 1.7}
alpha: 5
colour: red
metrics:
  - {name: x, kind: ratio, column: a}
  - {name: "", kind: odd, column: b}
  - {name: y, kind: quantile, value: a + b, margin: much}
"""
    with pytest.raises(InputError) as caught:
        read_design(written(tmp_path, text))
    fields = {problem.field for problem in caught.value.problems}
    assert {"hypothesis", "minimum_effect", "variants.b", "alpha", "colour"} <= fields
    assert {"metrics.0 (x).per", "metrics.1.name", "metrics.1.kind"} <= fields
    assert {"metrics.2 (y).columns", "metrics.2 (y).margin", "metrics.2 (y).quantile"} <= fields
    said = str(caught.value)
    for words in ("`per` belongs to kind ratio", "a value needs the columns", "'15 %'"):
        assert words in said
    assert all(problem.source.endswith("exp.yaml") for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n- b\n", "must be fields with values"),
        ("hypothesis: h\nalpha: [1", "cannot read the design: .* in line 2"),
        ("hypothesis: h\nminimum_effect: 0.1\nvariants: {a: 0.5, b: 0.4}\n", "add up to 0.9"),
        (
            "hypothesis: h\nminimum_effect: 0.1\nvariants: {a: 0.5, b: 0.5}\n"
            "metrics: [{name: x, kind: mean, column: x}]\n",
            "exactly one primary",
        ),
    ],
)
def test_a_file_that_is_no_design_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_design(written(tmp_path, text))


def test_a_file_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match=r"nowhere\.yaml: cannot read the design"):
        read_design("nowhere.yaml")


FIELDS = "hypothesis: h\nminimum_effect: 0.1\nvariants: {a: 0.5, b: 0.5}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (FIELDS + "alpha: 0.05\nalpha: 0.5\n", "the field 'alpha' is written twice, in line 5"),
        (
            FIELDS + "metrics: [{name: x, role: primary, kind: mean, column: a, column: b}]\n",
            "the field 'column' is written twice",
        ),
        (FIELDS + "steady: judge\n", r"steady: must be a list, such as \[one, two\] \(got 'judge'"),
        (FIELDS + "metrics: [won]\n", r"metrics.0: must be fields with values.* \(got 'won'\)"),
    ],
)
def test_a_slip_of_the_pen_is_told(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_design(written(tmp_path, text))


@pytest.mark.parametrize("margin", [".inf", ".nan", "-1", "[1]"])
def test_a_margin_that_everything_meets_is_none(tmp_path: Path, margin: str) -> None:
    text = FIELDS + (
        "metrics:\n  - {name: x, role: primary, kind: mean, column: a}\n"
        f"  - {{name: cost, role: guardrail, kind: mean, column: b, margin: {margin}}}\n"
    )
    with pytest.raises(InputError, match=r"metrics.1 \(cost\).margin: the margin must be"):
        read_design(written(tmp_path, text))


def test_a_margin_that_nothing_would_read_is_refused(tmp_path: Path) -> None:
    text = FIELDS + "metrics: [{name: x, role: primary, kind: mean, column: a, margin: 3 %}]\n"
    with pytest.raises(InputError, match="`margin` belongs to role guardrail"):
        read_design(written(tmp_path, text))


def test_a_wrong_field_does_not_hide_what_is_wrong_with_the_others(tmp_path: Path) -> None:
    text = FIELDS + (
        "metrics:\n  - {name: x, role: primary, kind: mean, column: a}\n"
        "  - {name: cost, role: gard, kind: ratio, column: b, margin: abc}\n"
    )
    with pytest.raises(InputError) as caught:
        read_design(written(tmp_path, text))
    found = {problem.field: problem.value for problem in caught.value.problems}
    assert found["metrics.1 (cost).role"] == "gard"
    assert found["metrics.1 (cost).margin"] == "abc"
    assert "metrics.1 (cost).per" in found

"""Settings and corpus are read strictly too."""

from pathlib import Path

import pytest

from mlops_lib.errors import InputError
from mlops_lib.evaluation import SCORERS, read_sections, read_settings
from mlops_lib.evaluation.read import DEFAULTS

ROOT = Path(__file__).parents[2]


def test_the_defaults_rule_every_scorer_and_leave_relevance_to_a_judge() -> None:
    metrics = read_settings().metrics
    assert set(metrics) == set(SCORERS)
    assert metrics["relevance"].scorer == "judge"


def test_the_seeds_limits_are_the_defaults() -> None:
    # Seed 2: format > 0.95, relevance > 0.80, safety > 0.99; seed 1 and 3: faithfulness >= 0.85,
    # drop of 3 to 5 %.
    metrics = read_settings().metrics
    names = ("format", "relevance", "safety", "faithfulness")
    limits = {name: metrics[name].limit for name in names}
    assert limits == {"format": 0.95, "relevance": 0.8, "safety": 0.99, "faithfulness": 0.85}
    assert all(0.03 <= rule.margin <= 0.05 for rule in metrics.values() if not rule.relative)


def test_the_repository_and_the_package_hold_the_same_settings() -> None:
    assert (ROOT / "eval" / "evaluation.yaml").read_bytes() == DEFAULTS.read_bytes()


def test_one_margin_can_replace_all_that_are_shares() -> None:
    metrics = read_settings(margin=0.1).metrics
    assert {rule.margin for rule in metrics.values() if not rule.relative} == {0.1}
    assert metrics["latency"].margin == read_settings().metrics["latency"].margin


@pytest.mark.parametrize("margin", [-0.01, 1.0, float("nan")])
def test_a_margin_outside_0_to_1_is_refused(margin: float) -> None:
    with pytest.raises(InputError, match="margin"):
        read_settings(margin=margin)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("limit: 0.85", "limit: 85"), "metrics.faithfulness.limit: must be less than or equal"),
        (("coverage: 0.98", "covrage: 0.98"), "gate.covrage: is no known field"),
        (("{gate: block", "{gate: stop"), "metrics.safety.gate: must be"),
        (("faithfulness:", "faithfullness:"), "metrics.faithfullness: is no known metric; there"),
        (("  declines: ", "  declines: [(] #"), "is no regular expression"),
        (("limit: 0.85", "limit: true"), "metrics.faithfulness.limit: must be a valid number"),
        (("gate:\n", "gate: [\n"), "is not YAML"),
    ],
)
def test_a_fault_in_the_settings_is_named(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    text = DEFAULTS.read_text(encoding="utf-8")
    if change[0].startswith("  declines"):
        lines = [line for line in text.splitlines() if not line.startswith("    - ")]
        text = "\n".join(lines)
    path = tmp_path / "e.yaml"
    path.write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_settings(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "metrics: {}"])
def test_settings_without_metrics_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "e.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        read_settings(path)


def test_sections_have_the_ids_that_cases_name(corpus: Path) -> None:
    sections = read_sections(corpus)
    assert sections is not None
    assert list(sections) == [
        "ops/deploy.md",
        "ops/deploy.md#deploy",
        "ops/deploy.md#roll-back",
        "ops/deploy.md#gates",
    ]
    assert "30 seconds" in sections["ops/deploy.md#roll-back"]


def test_headings_inside_code_are_code(corpus: Path) -> None:
    page = "# T\n\n## One\n\n```\n## not a heading\n```\n"
    (corpus / "ops" / "deploy.md").write_text(page, encoding="utf-8")
    assert list(read_sections(corpus) or ()) == [
        "ops/deploy.md",
        "ops/deploy.md#t",
        "ops/deploy.md#one",
    ]


def test_no_corpus_is_no_sections_and_a_wrong_one_an_error(tmp_path: Path) -> None:
    assert read_sections("") is None
    with pytest.raises(InputError, match="Markdown"):
        read_sections(tmp_path / "nowhere")
    with pytest.raises(InputError, match="Markdown"):
        read_sections(tmp_path)

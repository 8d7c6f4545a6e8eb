"""Scorers that are told what to look for, and the user's own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlops_lib.errors import InputError
from mlops_lib.evaluation import Answer, Case, CaseSet, Run, Score, compare, read_settings
from mlops_lib.evaluation.scorers import FACTORIES, Evidence, choose_scorers
from mlops_lib.evaluation.scorers.language import language_of
from mlops_lib.evaluation.settings import Rule
from mlops_lib.verdict import Outcome

EVIDENCE = Evidence(sections=None, scoring=read_settings().scoring)
SCHEMA = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
OPTIONS: dict[str, dict[str, Any]] = {
    "regex": {"pattern": r"\bversion \d+"},
    "json_schema": {"schema": SCHEMA},
    "words": {"least": 2, "most": 3},
    "bullets": {"least": 2},
    "language": {"language": "en"},
    "latency_limit": {"limit_ms": 500.0},
    "cost_limit": {"limit_usd": 0.001},
}


def score(scorer: str, output: str, options: dict[str, Any] | None = None, **run: Any) -> Score:
    told = OPTIONS.get(scorer, {}) | (options or {})
    made = choose_scorers({"m": Rule(scorer=scorer, options=told)})["m"]
    case = Case(case_id="a", input="?", target="Five percent.", tags=("t",))
    assert made.applies(case)
    return made.score(case, Answer(case_id="a", output=output, **run), EVIDENCE)


@pytest.mark.parametrize(
    ("scorer", "output", "value"),
    [
        ("exact", "five  PERCENT.\n", 1.0),
        ("exact", "Five percent", 0.0),
        ("contains", "It is five percent. Yes.", 1.0),
        ("contains", "It is 5 %.", 0.0),
        ("regex", "Roll back to version 3.", 1.0),
        ("regex", "Roll back.", 0.0),
        ("json_schema", '{"n": 3}', 1.0),
        ("json_schema", '{"n": 3.5}', 0.0),
        ("json_schema", '```json\n{"n": 3}\n```', 0.0),
        ("json_schema", '{"n": 3, "n": 4}', 0.0),
        ("json_schema", "NaN", 0.0),
        ("json_schema", "[" * 100_000, 0.0),
        ("words", "two words", 1.0),
        ("words", "one", 0.0),
        ("words", "no more than three words", 0.0),
        ("bullets", "- a\n2. b", 1.0),
        ("bullets", "- a\n-b", 0.0),
        ("language", "The gate compares the candidate with the baseline on each case.", 1.0),
        ("language", "Das Tor vergleicht den Kandidaten mit der Basis in jedem Fall.", 0.0),
    ],
)
def test_the_value_is_the_one_that_a_reader_would_give(
    scorer: str, output: str, value: float
) -> None:
    given = score(scorer, output)
    assert given.value == value
    assert given.explanation


def test_every_scorer_with_options_has_a_test_above() -> None:
    # The judge is tested with the judges.
    assert set(FACTORIES) == {"exact", "contains", "judge", *OPTIONS}


def test_capitals_count_when_asked() -> None:
    assert score("exact", "five percent.", {"case_sensitive": True}).value == 0.0


def test_each_of_several_texts_counts() -> None:
    assert score("contains", "red and blue", {"texts": ["red", "blue", "green"]}).value == (
        pytest.approx(2 / 3)
    )


def test_a_pattern_may_be_forbidden() -> None:
    assert score("regex", "version 3", {"absent": True}).value == 0.0
    assert score("regex", "none", {"absent": True}).value == 1.0


def test_limits_hold_answer_by_answer_and_an_unknown_is_unscored() -> None:
    assert score("latency_limit", "x", latency_ms=500.0).value == 1.0
    assert score("latency_limit", "x", latency_ms=501.0).value == 0.0
    assert score("cost_limit", "x", cost_usd=0.002).value == 0.0
    for scorer in ("latency_limit", "cost_limit"):
        assert score(scorer, "x").value is None
        assert score(scorer, "x").applies


# The opening of the Universal Declaration of Human Rights (UN, public domain), article 1.
ARTICLE_1 = {
    "de": "Alle Menschen sind frei und gleich an Würde und Rechten geboren.",
    "en": "All human beings are born free and equal in dignity and rights.",
    "es": "Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como "
    "están de razón y conciencia, deben comportarse los unos con los otros.",
    "fr": "Tous les êtres humains naissent libres et égaux en dignité et en droits.",
    "it": "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti. Essi sono dotati "
    "di ragione e di coscienza.",
    "nl": "Alle mensen worden vrij en gelijk in waardigheid en rechten geboren. Zij zijn begiftigd "
    "met verstand en geweten, en behoren zich jegens elkander in een geest van broederschap.",
    "pt": "Todos os seres humanos nascem livres e iguais em dignidade e em direitos. Dotados de "
    "razão e de consciência, devem agir uns para com os outros em espírito de fraternidade.",
}


@pytest.mark.parametrize("code", ARTICLE_1)
def test_seven_languages_are_known(code: str) -> None:
    assert language_of(ARTICLE_1[code]) == code


def test_a_few_words_have_no_language_and_digits_cannot_be_told() -> None:
    assert not score("language", "Five percent.").applies
    unknown = score("language", "kwyjibo " * 12)
    assert (unknown.value, unknown.applies) == (None, True)


def test_an_answer_too_long_to_search_is_unscored() -> None:
    assert score("regex", "x" * 20_001).value is None


def test_a_schema_never_fetches_a_reference() -> None:
    elsewhere = {"$ref": "http://127.0.0.1:9/schema.json"}
    made = choose_scorers({"m": Rule(scorer="json_schema", options={"schema": elsewhere})})["m"]
    with pytest.raises(Exception, match="Unresolvable"):
        made.score(Case(case_id="a", input="?"), Answer(case_id="a", output="1"), EVIDENCE)


def test_a_metric_may_ask_tagged_cases_only() -> None:
    made = choose_scorers({"m": Rule(scorer="exact", options={"tags": ["x"]})})["m"]
    assert not made.applies(Case(case_id="a", input="?", target="t"))
    assert made.applies(Case(case_id="a", input="?", target="t", tags=("x",)))


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (Rule(scorer="words"), "needs `least` or `most`"),
        (Rule(scorer="words", options={"least": 5, "most": 2}), "no number is at least 5"),
        (Rule(scorer="words", options={"mots": 5}), r"metrics.m.options.mots: is no known field"),
        (Rule(scorer="regex"), "metrics.m.options.pattern: is missing"),
        (Rule(scorer="regex", options={"pattern": "("}), "no regular expression"),
        (Rule(scorer="json_schema", options={"schema": {"type": "thing"}}), "is no JSON schema"),
        (Rule(scorer="language", options={"language": "tlh"}), "must be"),
        (Rule(scorer="format", options={"most": 3}), "has no options"),
        (Rule(scorer="wrods"), "there are safety, .*words"),
        (Rule(scorer="no.such.module:score"), "cannot be imported: ModuleNotFoundError"),
        (Rule(scorer="math:pi"), "neither a function nor a Scorer"),
        (Rule(), "is no known metric"),
    ],
)
def test_wrong_settings_are_refused_by_place(rule: Rule, message: str) -> None:
    with pytest.raises(InputError, match=message):
        choose_scorers({"m": rule})


def test_all_wrong_settings_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        choose_scorers({"a": Rule(scorer="words"), "b": Rule(scorer="wrods")})
    assert len(caught.value.problems) == 2


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Write a module of the user's into the working directory."""

    def write(name: str, body: str) -> None:
        (tmp_path / f"{name}.py").write_text(body, encoding="utf-8")

    monkeypatch.chdir(tmp_path)
    return write


def test_an_own_scorer_is_a_module_and_a_function(own: Callable[..., None]) -> None:
    own(
        "tone_a", 'def polite(case, answer, evidence):\n    """Polite."""\n    return "x" in answer'
    )
    own("tone_b", "def polite(case, answer, evidence):\n    return 'please' in answer.text\n")
    made = choose_scorers({"tone": Rule(scorer="tone_b:polite")})["tone"]
    case = Case(case_id="a", input="?")
    assert made.score(case, Answer(case_id="a", output="please"), EVIDENCE).value == 1.0
    assert choose_scorers({"t": Rule(scorer="tone_a:polite")})["t"].meaning == "Polite"


@pytest.mark.parametrize("returned", ["float('nan')", "1.5", "-0.1", "'good'", "None", "1 / 0"])
def test_what_is_no_score_is_unscored_and_cannot_pass(
    returned: str,
    own: Callable[..., None],
    case_set: Callable[..., CaseSet],
    run_of: Callable[..., Run],
) -> None:
    name = f"broken_{''.join(filter(str.isalnum, returned))}"
    body = f"def judge(case, answer, evidence):\n    return {returned}\n"
    own(name, body.replace("return", "if answer.text == 'good':\n        return 1.0\n    return"))
    settings = read_settings()
    metrics = {"own": Rule(scorer=f"{name}:judge"), "format": settings.metrics["format"]}
    cases = case_set(100)
    run = run_of(cases, [["good"]] * 97 + [["bad"]] * 3)
    comparison = compare(run, run, cases, config=settings.model_copy(update={"metrics": metrics}))
    check = {check.name: check for check in comparison.checks()}["change in own"]
    assert check.outcome is Outcome.UNDECIDED
    assert "97.0 %" in check.explanation
    assert sum(comparison.candidate.metrics["own"].unscored.values()) == 3
    assert "own" in comparison.unscored()._repr_html_()

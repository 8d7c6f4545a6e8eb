import json
from dataclasses import replace

import pytest

from mlops_lib.experiments import Action, Decision, decide
from mlops_lib.stats import Interval
from mlops_lib.verdict import Check, Outcome

P, W, F, U = Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.UNDECIDED


def check(name: str, outcome: Outcome, needed: int | None = None) -> Check:
    return Check(
        name=name,
        estimate=0.0,
        interval=Interval(-1.0, 1.0),
        limit=0.0,
        n=10,
        method="by hand",
        outcome=outcome,
        explanation="",
        needed=needed,
    )


def decided(trust: Outcome, primary: Outcome, *guardrails: Outcome) -> Decision:
    return decide(
        experiment="e",
        trust=[check("trust", trust)],
        primary=check("primary", primary, 100),
        guardrails=[check(f"g{i}", each, 200 + i) for i, each in enumerate(guardrails)],
    )


@pytest.mark.parametrize(
    ("trust", "primary", "guardrails", "action"),
    [
        (P, P, [P, P], Action.PROMOTE),
        (W, P, [P], Action.PROMOTE),
        (P, P, [], Action.PROMOTE),
        (P, P, [P, F], Action.ITERATE),
        (P, U, [F], Action.ITERATE),
        (P, F, [P], Action.DISCARD),
        (P, F, [F], Action.DISCARD),
        (P, F, [U], Action.DISCARD),
        (P, P, [U], Action.UNDECIDED),
        (P, U, [P], Action.UNDECIDED),
        (F, P, [P], Action.INVALID),
        (F, F, [F], Action.INVALID),
    ],
)
def test_the_rule(
    trust: Outcome, primary: Outcome, guardrails: list[Outcome], action: Action
) -> None:
    # corpus/experiments/guardrails-and-decisions.md, "Four possible decisions".
    assert decided(trust, primary, *guardrails).action is action


def test_an_invalid_experiment_says_that_its_numbers_must_not_be_read() -> None:
    decision = decided(F, P, P)
    assert "must not be read" in decision.reason
    assert decision.blocking == ("trust",)
    assert decision.needed is None


def test_an_open_decision_names_what_is_missing_and_how_much_would_do() -> None:
    decision = decided(P, U, P, U)
    assert decision.blocking == ("primary", "g1")
    assert decision.needed == 201
    assert decision.reason == (
        "The data cannot tell yet whether the primary is an improvement or chance and whether "
        "the g1 is at least 0; about 201 units would tell."
    )


def test_one_unknown_size_leaves_the_whole_unknown() -> None:
    primary = replace(check("primary", U), needed=None)
    decision = decide(
        experiment="e", trust=[], primary=primary, guardrails=[check("g", U, needed=5)]
    )
    assert decision.needed is None


def test_the_record_survives_json_in_a_stable_order() -> None:
    record = decided(P, U).to_dict()
    assert json.loads(json.dumps(record)) == record
    names = ["experiment", "action", "treatment", "reason", "blocking", "needed", "others"]
    assert list(record) == names
    assert record["action"] == "undecided"


def test_what_is_needed_counts_units_of_all_variants() -> None:
    # By hand: a check of 10 units that needs 100 asks for ten times as many; of 25 units, 250.
    decision = decide(
        experiment="e", trust=[], primary=check("primary", U, 100), guardrails=[], units=25
    )
    assert decision.needed == 250


def test_too_few_units_are_named_as_the_reason() -> None:
    primary = replace(check("primary", U, 60), explanation="Only 29 units have a value.")
    decision = decide(experiment="e", trust=[], primary=primary, guardrails=[], too_few=["primary"])
    assert decision.reason == (
        "The data cannot tell yet whether the primary is an improvement or chance "
        "(only 29 units have a value); about 60 units would tell."
    )

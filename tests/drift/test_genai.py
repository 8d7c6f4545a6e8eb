"""Scores, tokens, cost and refusals: whose doing their change is, version by version."""

import json
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from mlops_lib import drift
from mlops_lib.drift.count import Counts
from mlops_lib.drift.groups import balance
from mlops_lib.drift.roles import Role

ROWS = 3000
ROLES: dict[str, Role] = {
    "topic": "users",
    "prompt_version": "ours",
    "judge_version": "judge",
    "judge_score": "output",
    "output_tokens": "output",
    "outcome": "output",
    "cost_usd": "service",
}


def _requests(
    seed: int,
    *,
    new_prompt: float = 0.3,
    hard: float = 0.2,
    provider: float = 0,
    judge: float = 0,
    judge_version: str = "j1",
) -> pd.DataFrame:
    """Hard questions and the new prompt give shorter, worse answers; the rest is one window's."""
    rng = np.random.default_rng(seed)
    topic = np.where(rng.random(ROWS) < hard, "hard", "easy")
    version = np.where(rng.random(ROWS) < new_prompt, 2, 1)
    harm = 1.5 * (topic == "hard") + 1.5 * (version == 2) + provider
    tokens = np.round(rng.normal(200 - 40 * harm, 30, ROWS))
    refused = rng.random(ROWS) < 0.02 + 0.1 * harm
    return pd.DataFrame(
        {
            "topic": topic,
            "prompt_version": version,
            "judge_version": judge_version,
            "judge_score": rng.normal(0.8 - 0.1 * harm - judge, 0.1, ROWS),
            "output_tokens": tokens,
            "outcome": np.where(refused, "refused", "answered"),
            "cost_usd": tokens * 1e-5,
        }
    )


def _found(**current: float | str) -> drift.Attribution:
    return drift.attribute(_requests(1), _requests(2, **current), roles=ROLES)  # type: ignore[arg-type]


def _answers(found: drift.Attribution) -> dict[str, str]:
    return {each.role: each.answer for each in found.findings}


def test_a_new_mix_of_versions_is_our_doing_although_both_windows_hold_both_versions() -> None:
    found = _found(new_prompt=0.9)
    assert (found.output, found.held) == ("yes", "no")
    assert _answers(found)["provider"] == "unlikely"
    assert found.sentence.startswith("We changed (prompt_version); what comes out changed")
    assert "our own versions explain" in found.sentence


def test_harder_questions_explain_what_comes_out() -> None:
    found = _found(hard=0.8)
    assert (found.held, found.alike) == ("yes", "no")
    assert _answers(found) == {
        "users": "yes", "ours": "no", "provider": "unlikely", "judge": "no",
    }  # fmt: skip
    assert "among requests alike in topic it did not" in found.sentence


def test_a_provider_that_changed_is_named_even_while_our_prompt_changes() -> None:
    found = _found(new_prompt=0.6, provider=2)
    assert _answers(found)["provider"] == "likely"
    assert "the provider of the model likely changed" in found.sentence


def test_a_provider_is_not_told_from_users_who_changed_as_well() -> None:
    found = _found(hard=0.8, provider=2)
    assert (found.alike, _answers(found)["provider"]) == ("yes", "cannot tell")


def test_scores_that_moved_alone_may_be_the_answers_or_the_judge() -> None:
    found = _found(judge=0.1)
    assert _answers(found)["judge"] == "cannot tell"
    assert "let it score stored answers" in found.findings[3].evidence
    assert "in nothing but the judge's scores" in found.sentence


@pytest.mark.parametrize(("shift", "answer"), [(0.1, "yes"), (0.0, "no")])
def test_stored_answers_scored_again_tell_the_judge_from_the_answers(
    shift: float, answer: str
) -> None:
    before, after = _requests(1), _requests(2, judge=0.1)
    before["rejudged_score"] = before["judge_score"] - shift
    found = drift.attribute(before, after, roles=ROLES)
    assert _answers(found)["judge"] == answer
    told = "answers themselves did not change" if shift else "the judge did not change"
    assert told in found.sentence


def test_scores_of_a_new_judge_are_not_compared_and_other_columns_still_are() -> None:
    found = _found(judge_version="j2", judge=0.3, provider=2)
    assert _answers(found)["judge"] == "yes"
    assert found.held == "yes"
    assert "judge_score" not in found.sentence


def test_nobody_is_accused_where_nothing_changed() -> None:
    for seed in range(6):
        found = drift.attribute(
            _requests(100 + seed), _requests(200 + seed, new_prompt=0.9), roles=ROLES
        )
        assert (found.held, _answers(found)["provider"]) == ("no", "unlikely")


# by hand: weights 90/10 = 9 and 10/90 = 1/9; Kish: 100^2 / (90^2/10 + 10^2/90) = 12.33
def test_the_weighted_reference_has_the_current_mix_and_knows_what_it_is_worth() -> None:
    def of(rows: int, cells: tuple[int, int]) -> Counts:
        return Counts(rows=rows, cells={"x": cells}, profile="")

    found = balance(
        {"v1": of(90, (90, 0)), "v2": of(10, (0, 10))},
        {"v1": of(10, (10, 0)), "v2": of(90, (0, 90))},
    )
    assert found is not None
    assert found.rows == (12, 100)
    assert found.reference["x"] == (1, 11)
    assert found.current["x"] == (10, 90)


def test_the_versions_show_scores_tokens_refusals_and_cost_before_and_now() -> None:
    before, after = _requests(1), _requests(2, provider=2)
    found = drift.attribute(before, after, roles=ROLES).versions
    assert found is not None
    view = found.table()
    assert view.columns[:2] == ("prompt_version", "requests")
    assert {"judge_score", "output_tokens", "cost_usd", "outcome: refused"} <= set(view.columns)
    first = dict(zip(view.columns, view.rows[0], strict=True))
    v1 = [each[each["prompt_version"] == 1] for each in (before, after)]
    assert first["prompt_version"] == "1"
    assert first["requests"] == " → ".join(f"{len(each):,}" for each in v1)
    refusals = [value.heading for value in found.shown].index("outcome: refused")
    shares = [(each["outcome"] == "refused").mean() for each in v1]
    assert found.rows[0].values[refusals] == pytest.approx(tuple(shares))
    assert "output_tokens" in found.rows[0].drifted


def test_every_engine_names_the_same_party() -> None:
    before, after = _requests(1), _requests(2, new_prompt=0.9)
    relations = [duckdb.connect().from_df(each).select("*") for each in (before, after)]
    expected = drift.attribute(before, after, roles=ROLES)
    for sides in ([pl.from_pandas(each).lazy() for each in (before, after)], relations):
        found = drift.attribute(*sides, roles=ROLES)
        assert found.findings == expected.findings
        assert found.sentence == expected.sentence


def test_a_frozen_profile_tells_what_is_seen_directly() -> None:
    frozen = drift.profile(_requests(1), roles=ROLES)
    found = drift.attribute(frozen, _requests(2, hard=0.8), roles=ROLES)
    assert (_answers(found)["users"], found.held) == ("yes", "cannot tell")
    assert "a frozen profile holds no rows" in found.sentence


def _run(path: Path, *, tokens: float, score: float, seed: int, judge: str = "f1") -> None:
    rng = np.random.default_rng(seed)
    cases = [(f"case-{at}", repeat) for at in range(100) for repeat in range(3)]
    answers = [
        {
            "case_id": case, "repeat": repeat, "output": "text", "prompt_version": 1, "model": "m",
            "output_tokens": int(rng.normal(tokens, 20)),
        }
        for case, repeat in cases
    ]  # fmt: skip
    grades = [
        {
            "judge": "tone", "fingerprint": judge, "case_id": case, "answer": "x", "grade": "good",
            "value": float(np.clip(rng.normal(score, 0.1), 0, 1)),
            **({"repeat": repeat} if repeat else {}),
        }
        for case, repeat in cases
    ]  # fmt: skip
    known = {**grades[0], "case_id": "known", "sentinel": "good", "held": True}
    path.write_text("".join(json.dumps(each) + "\n" for each in answers))
    beside = path.with_name(f"{path.stem}.judgements.jsonl")
    beside.write_text("".join(json.dumps(each) + "\n" for each in [known, *grades]))


def test_two_evaluation_runs_of_one_version_show_the_provider(tmp_path: Path) -> None:
    _run(tmp_path / "before.jsonl", tokens=200, score=0.8, seed=1)
    _run(tmp_path / "after.jsonl", tokens=120, score=0.5, seed=2)
    windows = drift.read(
        reference=str(tmp_path / "before.jsonl"), current=str(tmp_path / "after.jsonl")
    )
    found = windows.attribution()
    assert {"judge_score", "judge_version", "output_tokens"} <= set(windows.columns)
    assert (windows.reference.rows, found.output) == (300, "yes")
    assert _answers(found) == {
        "users": "no", "ours": "no", "provider": "likely", "judge": "no",
    }  # fmt: skip
    assert windows.current.source is not None


def test_the_answer_leads_the_verdict() -> None:
    found = _found(hard=0.8)
    compared = drift.compare(_requests(1), _requests(2, hard=0.8), roles=ROLES)
    assert compared.verdict(who=found.sentence).meaning.startswith("Users changed (topic)")

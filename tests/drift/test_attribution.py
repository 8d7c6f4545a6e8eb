"""Who changed: users, we, the provider or the judge; each told from the others."""

import numpy as np
import pandas as pd
import pytest

from mlops_lib import drift
from mlops_lib.drift.roles import Role
from mlops_lib.errors import InputError

ROLES: dict[str, Role] = {
    "query_words": "users",
    "prompt_version": "ours",
    "judge_version": "judge",
    "answer_words": "output",
}
ROWS = 1500


def _window(
    seed: int, *, users: float = 0, prompt: float = 0, provider: float = 0, judge: str = "j1"
) -> pd.DataFrame:
    """Each cause is a share or a shift; answers follow users, prompt version and provider."""
    rng = np.random.default_rng(seed)
    query = rng.normal(users, 1, ROWS)
    version = np.where(rng.random(ROWS) < prompt, 2, 1)
    answer = rng.normal(provider + users + 3 * (version - 1), 1, ROWS)
    return pd.DataFrame(
        {
            "query_words": query,
            "prompt_version": version,
            "judge_version": judge,
            "answer_words": answer,
        }
    )


def _answers(current: pd.DataFrame) -> dict[str, str]:
    found = drift.attribute(_window(1), current, roles=ROLES)
    return {"output": found.output, **{each.role: each.answer for each in found.findings}}


def test_nobody_changed() -> None:
    assert _answers(_window(2)) == {
        "output": "no",
        "users": "no",
        "ours": "no",
        "provider": "unlikely",
        "judge": "no",
    }


def test_users_changed() -> None:
    found = _answers(_window(2, users=1.5))
    assert (found["users"], found["ours"], found["provider"]) == ("yes", "no", "cannot tell")


def test_we_changed_and_it_explains_what_comes_out() -> None:
    found = _answers(_window(2, prompt=0.6))
    assert (found["output"], found["ours"], found["provider"]) == ("yes", "yes", "unlikely")


def test_the_provider_changed_behind_the_same_versions() -> None:
    found = _answers(_window(2, provider=1.5))
    assert (found["output"], found["users"], found["ours"]) == ("yes", "no", "no")
    assert found["provider"] == "likely"


def test_the_judge_changed() -> None:
    assert _answers(_window(2, judge="j2"))["judge"] == "yes"


def test_a_recorded_fingerprint_beats_elimination() -> None:
    roles: dict[str, Role] = {**ROLES, "system_fingerprint": "provider"}
    before, after = (
        _window(seed).assign(system_fingerprint=mark) for seed, mark in ((1, "fp1"), (2, "fp2"))
    )
    found = drift.attribute(before, after, roles=roles)
    assert {each.role: each.answer for each in found.findings}["provider"] == "yes"


def test_few_rows_cannot_tell() -> None:
    found = _answers(_window(2).head(40))
    assert set(found.values()) == {"cannot tell"}


def test_hostile_names_are_escaped_and_no_roles_are_refused() -> None:
    frame = _window(1).rename(columns={"query_words": "<script>"})
    html = drift.attribute(frame, frame, roles={"<script>": "users"})._repr_html_()
    assert "<script>" not in html
    with pytest.raises(InputError, match="has a role"):
        drift.attribute(frame, frame, roles={})


def test_where_no_column_has_a_role_a_sentence_says_so_without_an_empty_table() -> None:
    shown = drift.Attribution()._repr_html_()
    assert "nobody can be named" in shown
    assert "<table" not in shown

"""Evaluation runs as windows: the same cases asked twice, so users cannot have changed.

What then differs between two runs of one prompt, model and index is the provider's doing or the
judge's; the grades of `mlops eval judge` lie beside the run and become columns of scores.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlops_lib.drift.roles import JUDGE_VERSION, RUN_ROLES, SCORE, Role, is_judged

if TYPE_CHECKING:
    import pandas as pd

RUN_COLUMNS = frozenset({"case_id", "repeat", "output", "prompt_version", "model"})
"""What an evaluation run has and a request log has not."""

JUDGEMENTS = ".judgements.jsonl"
"""Ending of the file of grades beside a run."""

_KEY = ["case_id", "repeat"]


def is_run(columns: Sequence[str]) -> bool:
    """Whether a table is an evaluation run."""
    return set(columns) >= RUN_COLUMNS


def with_scores(run: "pd.DataFrame", judgements: "pd.DataFrame") -> "pd.DataFrame":
    """A run with a column of scores and one of the judge's version for each judge.

    Args:
        run: one row per case and repeat.
        judgements: one row per judge and answer; known answers that tested the judge are left out.

    Example:
        >>> import pandas as pd
        >>> run = pd.DataFrame({"case_id": ["a", "b"], "repeat": [0, 0]})
        >>> grades = pd.DataFrame(
        ...     {"case_id": ["a"], "judge": ["tone"], "fingerprint": ["f1"], "value": [0.5]}
        ... )
        >>> with_scores(run, grades)["judge_score"].tolist()
        [0.5, nan]
    """
    grades = judgements.reindex(columns=[*_KEY, "judge", "fingerprint", "value", "sentinel"])
    asked = grades[grades["sentinel"].isna()].fillna({"repeat": 0})  # unwritten where it is 0
    judges = sorted(asked["judge"].unique())
    for judge in judges:
        suffix = f"_{judge}" if len(judges) > 1 else ""
        names = {"value": SCORE + suffix, "fingerprint": JUDGE_VERSION + suffix}
        mine = asked.loc[asked["judge"] == judge, [*_KEY, *names]]
        mine = mine.drop_duplicates(_KEY).rename(columns=names)
        run = run.merge(mine, on=_KEY, how="left")
    return run


def run_roles(columns: Sequence[str]) -> dict[str, Role]:
    """Whose doing a change of each column of a run would be.

    Example:
        >>> run_roles(["case_id", "judge_score_tone", "output"])
        {'case_id': 'users', 'judge_score_tone': 'output'}
    """
    roles: dict[str, Role] = {}
    for name in columns:
        if name in RUN_ROLES:
            roles[name] = RUN_ROLES[name]
        elif is_judged(name):
            roles[name] = "output"
        elif name.startswith(JUDGE_VERSION):
            roles[name] = "judge"
    return roles

"""Whose doing a change of a column would be."""

from collections.abc import Mapping
from typing import Literal, get_args

from mlops_lib.errors import InputError, Problem

Role = Literal["users", "ours", "provider", "judge", "output", "label", "service", "column"]
"""Whose doing a change of the column would be; "column" where nobody said."""

ROLES: tuple[Role, ...] = get_args(Role)

QUESTIONS: Mapping[Role, str] = {
    "users": "Did users change?",
    "ours": "Did we change?",
    "provider": "Did the provider change?",
    "judge": "Did the judge change?",
    "output": "Is the output changing?",
    "label": "Is the truth changing?",
    "service": "Is the service changing?",
    "column": "Did the data change?",
}
"""What each role answers, in the order in which an answer helps."""

SUBJECTS: Mapping[Role, str] = {
    "users": "what users ask",
    "ours": "what we run",
    "provider": "what the provider serves",
    "judge": "who or what judges",
    "output": "what the application puts out",
    "label": "what is right",
    "service": "cost or speed",
    "column": "the data",
}

EXPLAINING: frozenset[Role] = frozenset({"ours", "judge"})
"""Roles whose change we made ourselves: never more than a warning, it explains other changes."""

LOG_ROLES: Mapping[str, Role] = {
    "input_tokens": "users",
    "top_score": "users",
    "model": "ours",
    "prompt_version": "ours",
    "index_id": "ours",
    "embedder": "ours",
    "variant": "ours",
    "release": "ours",
    "model_version": "provider",
    "system_fingerprint": "provider",
    "judge": "judge",
    "judge_model": "judge",
    "judge_version": "judge",
    "outcome": "output",
    "guardrail": "output",
    "output_tokens": "output",
    "judge_score": "output",
    "feedback": "label",
    "cost_usd": "service",
    "latency_ms": "service",
    "ttft_ms": "service",
}
"""The compared columns of the request log, and whose doing a change of each would be; those that
only some logs have (scores of a judge, what the provider says of itself) count where present."""

RUN_ROLES: Mapping[str, Role] = {
    "case_id": "users",
    "prompt_version": "ours",
    "model": "ours",
    "index_id": "ours",
    "judge_version": "judge",
    "output_tokens": "output",
    "judge_score": "output",
    "error": "output",
    "input_tokens": "service",
    "cost_usd": "service",
    "latency_ms": "service",
}
"""The same for evaluation runs: their cases stand for the users, who then cannot have changed."""

DEPENDS_ON: Mapping[str, frozenset[str]] = {
    "input_tokens": frozenset({"prompt_version", "model", "index_id", "release", "variant"}),
    "top_score": frozenset({"embedder", "index_id", "release"}),
}
"""Columns of users that our own versions move as well: where one of those changed, only requests
of the same versions tell whether users did."""

FOLLOWS_OUTPUT = frozenset({"input_tokens"})
"""Columns of users that the outcome decides as well (no model asked, no tokens read): requests are
not called alike for having them in common."""

VERSIONS = (
    "embedder",
    "index_id",
    "model",
    "model_version",
    "system_fingerprint",
    "prompt_version",
    "judge",
    "judge_model",
    "judge_version",
)
"""Columns that name what produced the others: a profile keeps their values."""

MOST_VERSIONS = 20
"""With more values than this a column names no version."""

SCORE, JUDGE_VERSION = "judge_score", "judge_version"
"""Columns of a judge's scores and of the judge's version; of several judges both end alike, as in
`judge_score_relevance` and `judge_version_relevance`."""


def is_judged(name: str) -> bool:
    """Whether a column holds a judge's scores."""
    return name.startswith(SCORE)


def needed_by(name: str) -> str:
    """The column under one version of which alone a column means the same; "" for most.

    Scores of two embedders, and of two judges, do not compare.

    Example:
        >>> needed_by("judge_score_relevance"), needed_by("outcome")
        ('judge_version_relevance', '')
    """
    if is_judged(name):
        return JUDGE_VERSION + name.removeprefix(SCORE)
    return "embedder" if name == "top_score" else ""


def parse_roles(text: str, *, source: str = "roles") -> dict[str, Role]:
    """Roles of columns from YAML, one `column: role` a line, or from "column=role, column=role".

    Args:
        text: as given.
        source: how messages speak of it.

    Raises:
        InputError: for text that is no mapping, or for unknown roles, all at once.

    Example:
        >>> parse_roles("plan=users, clicks=output")
        {'plan': 'users', 'clicks': 'output'}
    """
    given = _inline(text) if "=" in text else _yaml(text, source)
    problems = [
        Problem(
            source=source,
            field=str(column),
            value=role,
            message=f"must be one of {', '.join(ROLES)}",
        )
        for column, role in given.items()
        if role not in ROLES
    ]
    if problems:
        raise InputError(problems)
    return {str(column): role for column, role in given.items() if role in ROLES}


def _inline(text: str) -> dict[object, object]:
    pairs = (part.partition("=") for part in text.split(",") if part.strip())
    return {column.strip(): role.strip() for column, _, role in pairs}


def _yaml(text: str, source: str) -> dict[object, object]:
    import yaml

    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError.of(f"is no YAML: {str(error).splitlines()[0]}", source=source) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise InputError.of("must hold one `column: role` a line", source=source)
    return content

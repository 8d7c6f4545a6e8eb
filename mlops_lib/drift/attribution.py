"""Did users change, did we change, did the provider change, or did the judge change?

What comes out can change for four reasons. Two are seen directly: columns of the role "users" and
"ours". The other two are seen by holding the first fixed: among rows of the versions that both
windows share, our own changes cannot explain a change of what comes out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, Literal

from mlops_lib import tables
from mlops_lib.display import TableView
from mlops_lib.drift.checks import listed
from mlops_lib.drift.columns import ColumnDrift
from mlops_lib.drift.compare import compare_usual
from mlops_lib.drift.policy import Policy, decide_column
from mlops_lib.drift.roles import QUESTIONS, Role
from mlops_lib.errors import InputError
from mlops_lib.verdict import Outcome

Answer = Literal["yes", "no", "cannot tell", "not recorded", "likely", "unlikely"]

PARTIES: tuple[Role, ...] = ("users", "ours", "provider", "judge")
MOST_VERSIONS_HELD = 200
"""More combinations of versions than this are not releases: nothing is held fixed then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One party: whether it changed, by which evidence."""

    role: Role
    answer: Answer
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Who changed, and what came out of it."""

    output: Answer
    held: Answer
    held_rows: tuple[int, int]
    findings: tuple[Finding, ...]

    def table(self) -> TableView:
        """One row a party; the caption says whether what comes out changed at all."""
        held = {
            "yes": "also where versions are held fixed",
            "no": "not where versions are held fixed: our own release explains it",
        }.get(self.held, "too few rows share a version to hold it fixed")
        caption = {
            "yes": f"What comes out changed, {held}.",
            "no": "What comes out did not change beyond the limits.",
        }.get(self.output, "The data do not tell whether what comes out changed.")
        return TableView(
            caption=caption,
            columns=("question", "answer", "evidence"),
            rows=tuple(
                (QUESTIONS[each.role], each.answer, each.evidence) for each in self.findings
            ),
        )

    def _repr_html_(self) -> str:
        """The table."""
        return self.table()._repr_html_()


def attribute(
    reference: Any,  # noqa: ANN401
    current: Any,  # noqa: ANN401
    *,
    roles: Mapping[str, Role],
    policy: Policy | None = None,
) -> Attribution:
    """Say who changed.

    Args:
        reference: any frame, path or `Table`.
        current: the same.
        roles: whose doing a change of each column would be; only these are compared.
        policy: the limits.

    Raises:
        InputError: if no column has a role.

    Example:
        >>> import pandas as pd
        >>> def window(prompt: int, words: int) -> pd.DataFrame:
        ...     return pd.DataFrame({"prompt": [prompt] * 300, "words": [words] * 300})
        >>> found = attribute(
        ...     window(1, 80), window(2, 20), roles={"prompt": "ours", "words": "output"}
        ... )
        >>> [(each.role, each.answer) for each in found.findings][:2]
        [('users', 'not recorded'), ('ours', 'yes')]
    """
    limits = policy or Policy()
    old, new = tables.read(reference, name="reference"), tables.read(current, name="current")
    known = {name: role for name, role in roles.items() if name in old.columns}
    if not known:
        raise InputError.of("no column of the reference has a role", source=old.name)
    result = compare_usual(old, new, columns=tuple(known), roles=known)
    answers = {role: _answer(result.columns, role, limits) for role in QUESTIONS}
    held, rows = _held_fixed(old, new, known, limits)
    direct = [
        Finding(role=role, answer=answers[role][0], evidence=answers[role][1]) for role in PARTIES
    ]
    output = answers["output"][0]
    findings = [
        _by_elimination(each, output=output, held=held, answers=answers)
        if each.role == "provider" and each.answer == "not recorded"
        else each
        for each in direct
    ]
    return Attribution(output=output, held=held, held_rows=rows, findings=tuple(findings))


def _answer(columns: tuple[ColumnDrift, ...], role: Role, policy: Policy) -> tuple[Answer, str]:
    mine = [column for column in columns if column.role == role]
    if not mine:
        return "not recorded", "no column of this role"
    found = {column.name: decide_column(column, policy) for column in mine}
    changed = [name for name, outcome in found.items() if outcome in {Outcome.FAIL, Outcome.WARN}]
    if changed:
        return "yes", f"changed: {listed(changed)}"
    unclear = [name for name, outcome in found.items() if outcome is Outcome.UNDECIDED]
    if unclear:
        return "cannot tell", f"undecided: {listed(unclear)}"
    return "no", f"unchanged: {listed(list(found))}"


def _held_fixed(
    old: tables.Table, new: tables.Table, roles: Mapping[str, Role], policy: Policy
) -> tuple[Answer, tuple[int, int]]:
    """Whether what comes out changed among rows of the versions that both windows share."""
    ours = [name for name, role in roles.items() if role in {"ours", "judge"}]
    output = {name: role for name, role in roles.items() if role == "output"}
    if not ours or not output or any(name not in new.columns for name in (*ours, *output)):
        return "not recorded", (0, 0)
    frames = [table.to_pandas([*ours, *output]) for table in (old, new)]
    keys = [reduce(_joined, (frame[name].astype(str) for name in ours)) for frame in frames]
    shared = set(keys[0]) & set(keys[1])
    kept = [frame[key.isin(shared)] for frame, key in zip(frames, keys, strict=True)]
    rows = len(kept[0]), len(kept[1])
    if min(rows) < policy.fewest or len(shared) > MOST_VERSIONS_HELD:
        return "cannot tell", rows
    result = compare_usual(kept[0], kept[1], columns=tuple(output), roles=output)
    return _answer(result.columns, "output", policy)[0], rows


def _by_elimination(
    finding: Finding,
    *,
    output: Answer,
    held: Answer,
    answers: Mapping[Role, tuple[Answer, str]],
) -> Finding:
    """Nobody recorded the provider: what is left when users and our own versions are held."""
    if output == "no" or held == "no":
        answer: Answer = "unlikely"
        why = "what comes out did not change where our versions stayed the same"
    elif held == "yes" and answers["users"][0] == "no" and answers["judge"][0] in _QUIET:
        answer, why = "likely", "what comes out changed although users and our versions did not"
    else:
        answer, why = "cannot tell", "users changed too, or too few rows share a version"
    return Finding(role=finding.role, answer=answer, evidence=f"by elimination: {why}")


def _joined(first: Any, second: Any) -> Any:  # noqa: ANN401
    return first + "\0" + second


_QUIET = {"no", "not recorded"}

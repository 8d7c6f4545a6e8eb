"""Did users change, did we change, did the provider change, or did the judge change?

What comes out can change for four reasons. Two are seen directly: columns of the role "users" and
"ours". The others are told by holding something fixed: among requests of the same versions our own
releases explain nothing, among requests that are alike users explain nothing, and the same answers
scored twice show the judge.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from mlops_lib import tables
from mlops_lib.display import TableView
from mlops_lib.drift.attribution_words import sentence_of
from mlops_lib.drift.compare import compare_usual
from mlops_lib.drift.evidence import Answer, Evidence, Finding, gather
from mlops_lib.drift.frozen import Profile
from mlops_lib.drift.parties import judge_finding, provider_finding, users_finding
from mlops_lib.drift.policy import Policy
from mlops_lib.drift.roles import QUESTIONS, Role
from mlops_lib.drift.versions import VersionTable, version_table
from mlops_lib.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Who changed, and what came out of it.

    Attributes:
        output: whether what comes out changed.
        held: whether it changed among requests of the same versions.
        alike: whether it changed among requests that are alike in what users changed.
        held_rows: what the reference is worth where versions are held, and the current rows there.
        findings: one a party.
        sentence: the answer, or that it cannot be told and why; empty where nothing was asked.
        versions: what each version did, before and now; None where no rows are at hand.
    """

    output: Answer = "not recorded"
    held: Answer = "not recorded"
    alike: Answer = "not recorded"
    held_rows: tuple[int, int] = (0, 0)
    findings: tuple[Finding, ...] = ()
    sentence: str = ""
    versions: VersionTable | None = None

    def table(self) -> TableView:
        """One row a party; the caption is the answer."""
        return TableView(
            caption=self.sentence or "No column carries a role, so nobody can be named.",
            columns=("question", "answer", "evidence"),
            rows=tuple(
                (QUESTIONS[each.role], each.answer, each.evidence) for each in self.findings
            ),
        )

    def _repr_html_(self) -> str:
        """The answers, and below them what each version did; one sentence where none has a role."""
        if not self.findings:
            return f"<p>{escape(self.table().caption)}</p>"
        below = "" if self.versions is None else self.versions.table()._repr_html_()
        return self.table()._repr_html_() + below


def attribute(
    reference: Any,  # noqa: ANN401
    current: Any,  # noqa: ANN401
    *,
    roles: Mapping[str, Role],
    policy: Policy | None = None,
) -> Attribution:
    """Say who changed.

    Args:
        reference: any frame, path or `Table`; of a frozen `Profile` only what is seen directly can
            be told, for it holds no rows.
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
    new = tables.read(current, name="current")
    if isinstance(reference, Profile):
        compared = compare_usual(reference, new, roles=roles)
        return _conclude(Evidence(compared=compared, policy=limits))
    old = tables.read(reference, name="reference")
    known = {name: role for name, role in roles.items() if name in old.columns}
    if not known:
        raise InputError.of("no column of the reference has a role", source=old.name)
    evidence = gather(old, new, roles=known, policy=limits)
    return _conclude(evidence, versions=version_table(old, new, evidence))


def _conclude(evidence: Evidence, *, versions: VersionTable | None = None) -> Attribution:
    findings = {
        "users": users_finding(evidence),
        "ours": evidence.direct("ours"),
        "judge": judge_finding(evidence),
    }
    findings["provider"] = provider_finding(evidence, findings["users"], findings["judge"])
    return Attribution(
        output=evidence.output.answer,
        held=evidence.held_answer.answer,
        alike=evidence.alike_answer.answer,
        held_rows=evidence.held.rows,
        findings=tuple(findings[role] for role in PARTIES),
        sentence=sentence_of(evidence, findings),
        versions=versions,
    )


PARTIES: tuple[Literal["users", "ours", "provider", "judge"], ...] = (
    "users",
    "ours",
    "provider",
    "judge",
)
"""Who can change, in the order of the question."""

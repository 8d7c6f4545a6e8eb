"""What is compared to find who changed: everything, the same versions, requests that are alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mlops_lib import tables
from mlops_lib.drift.checks import listed
from mlops_lib.drift.columns import ColumnDrift
from mlops_lib.drift.compare import compare_usual
from mlops_lib.drift.comparison import Comparison
from mlops_lib.drift.frozen import ColumnProfile
from mlops_lib.drift.held import Held, hold_fixed
from mlops_lib.drift.policy import Policy, decide_column
from mlops_lib.drift.profile import profile
from mlops_lib.drift.rejudge import Rejudged, rejudged
from mlops_lib.drift.roles import FOLLOWS_OUTPUT, Role, is_judged
from mlops_lib.drift.schema import Settled, settle
from mlops_lib.verdict import Outcome

Answer = Literal["yes", "no", "cannot tell", "not recorded", "likely", "unlikely"]

MOST_ALIKE = 2
"""Columns by which requests are called alike; with more, hardly two requests are."""

MOST_LEFT = 0.5
"""Where more of a change than this is left, what was held fixed does not explain it, even if what
is left lies below the limits."""

_NOTHING_HELD = Held(why="a frozen profile holds no rows")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One party: whether it changed, by which evidence."""

    role: Role
    answer: Answer
    evidence: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that was compared.

    Attributes:
        compared: both windows, all rows.
        policy: the limits.
        held: the same columns among requests of the same versions.
        alike: what comes out, among requests that are alike in what users changed as well.
        alike_in: those columns of users.
        scored_again: stored answers that today's judge scored again.
    """

    compared: Comparison
    policy: Policy
    held: Held = _NOTHING_HELD
    alike: Held = _NOTHING_HELD
    alike_in: tuple[str, ...] = field(default=())
    scored_again: Rejudged | None = None

    def direct(self, role: Role) -> Finding:
        """What the windows as a whole say about a role."""
        return finding_of(self.compared.columns, role, self.policy)

    @property
    def output(self) -> Finding:
        """Whether what comes out changed."""
        return self.direct("output")

    @property
    def held_answer(self) -> Finding:
        """Whether it changed among requests of the same versions."""
        return self._output_of(self.held)

    @property
    def alike_answer(self) -> Finding:
        """Whether it changed among requests that are alike as well."""
        return self._output_of(self.alike)

    def _output_of(self, held: Held) -> Finding:
        """A change that keeps most of its size is not explained by what was held."""
        if held.why:
            return Finding(role="output", answer="cannot tell", evidence=held.why)
        found = finding_of(held.columns, "output", self.policy)
        if found.answer != "no":
            return found
        size = {each.name: each.psi_excess for each in self.compared.columns}
        left = tuple(
            each.name
            for each in held.columns
            if each.name in self.output.columns
            if each.adjusted_pvalue < self.policy.alpha
            if each.psi_excess > MOST_LEFT * size[each.name]
        )
        evidence = f"most of the change is left in {listed(left)}"
        return (
            Finding(role="output", answer="yes", evidence=evidence, columns=left) if left else found
        )


@tables.reading()
def gather(
    reference: tables.Table,
    current: tables.Table,
    *,
    roles: Mapping[str, Role],
    policy: Policy,
) -> Evidence:
    """Compare everything, then what is left where versions and users are held fixed.

    Args:
        reference: rows that were normal.
        current: rows that are asked about.
        roles: of the reference's columns.
        policy: the limits.
    """
    compared = compare_usual(reference, current, columns=tuple(roles), roles=roles)
    sides = settle(reference), settle(current)
    cells = {each.name: each for each in profile(reference, columns=tuple(roles)).columns}
    held = _held(sides, cells, roles, policy)
    users = _moved_users(compared, policy)
    return Evidence(
        compared=compared,
        policy=policy,
        held=held,
        alike=_held(sides, cells, roles, policy, alike=users) if users else Held(why="no user"),
        alike_in=users,
        scored_again=rejudged(reference, current),
    )


def finding_of(columns: Sequence[ColumnDrift], role: Role, policy: Policy) -> Finding:
    """Whether any column of a role changed.

    Args:
        columns: the comparisons.
        role: whose columns.
        policy: the limits.
    """
    mine = [column for column in columns if column.role == role]
    if not mine:
        return Finding(role=role, answer="not recorded", evidence="no column of this role")
    found = {column.name: decide_column(column, policy) for column in mine}
    changed = tuple(n for n, outcome in found.items() if outcome in {Outcome.FAIL, Outcome.WARN})
    if changed:
        return Finding(
            role=role, answer="yes", evidence=f"changed: {listed(changed)}", columns=changed
        )
    unclear = tuple(name for name, outcome in found.items() if outcome is Outcome.UNDECIDED)
    if unclear:
        evidence = f"undecided: {listed(unclear)}"
        return Finding(role=role, answer="cannot tell", evidence=evidence, columns=unclear)
    return Finding(role=role, answer="no", evidence=f"unchanged: {listed(list(found))}")


def _held(
    sides: tuple[Settled, Settled],
    cells: Mapping[str, ColumnProfile],
    roles: Mapping[str, Role],
    policy: Policy,
    *,
    alike: tuple[str, ...] = (),
) -> Held:
    """Scores of a judge are held by the judge's version as well, other columns need not be."""
    ours = [name for name, role in roles.items() if role == "ours"]
    judges = [name for name, role in roles.items() if role == "judge"]
    wanted: set[Role] = {"output"} if alike else {"output", "users"}
    parts = []
    for judged, by in ((False, ours), (True, [*ours, *judges])):
        compared = [
            (cells[name], role)
            for name, role in roles.items()
            if role in wanted and name in cells and is_judged(name) is judged
            if all(name in side.families for side in sides)
        ]
        if compared:
            known = [cells[name] for name in alike]
            parts.append(hold_fixed(sides, compared, by=by, policy=policy, alike=known))
    held = [part for part in parts if not part.why]
    if not held:
        return parts[0] if parts else Held(why="nothing that comes out is recorded")
    columns = tuple(column for part in held for column in part.columns)
    return Held(columns=columns, rows=held[0].rows)


def _moved_users(compared: Comparison, policy: Policy) -> tuple[str, ...]:
    moved = [
        column.name
        for column in compared.columns
        if column.role == "users"
        and column.kind != "empty"
        and column.name not in FOLLOWS_OUTPUT
        and decide_column(column, policy) in {Outcome.FAIL, Outcome.WARN}
    ]
    return tuple(moved[:MOST_ALIKE])

"""The five drifts, a line each: upstream, data, prediction, label, concept."""

from collections.abc import Sequence
from dataclasses import dataclass

from mlops_lib.display import TableView
from mlops_lib.drift.checks import check_column, check_schema, listed
from mlops_lib.drift.columns import ColumnDrift
from mlops_lib.drift.comparison import Comparison
from mlops_lib.drift.policy import Policy, by_outcome
from mlops_lib.drift.roles import Role
from mlops_lib.drift.upstream import Promises
from mlops_lib.verdict import Check, Outcome, worst

_ROLES: dict[str, frozenset[Role]] = {
    "data": frozenset({"users", "column"}),
    "prediction": frozenset({"output"}),
    "label": frozenset({"label"}),
}

_QUESTIONS = {
    "upstream": "Does the source deliver what it did?",
    "data": "Did what comes in change?",
    "prediction": "Did what comes out change?",
    "label": "Did what is true change?",
    "concept": "Are answers still right?",
}

_ABSENT = {
    "data": "no compared column is an input",
    "prediction": "no column has the role output",
    "label": "no column has the role label; name one with `label`",
    "concept": "no performance was asked for; name prediction and label, or score",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One of the five.

    Attributes:
        name: of the drift.
        outcome: None where nothing was there to judge.
        finding: in a sentence.
    """

    name: str
    outcome: Outcome | None
    finding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FiveDrifts:
    """The five drifts in the order in which data flow."""

    drifts: tuple[Drift, ...]

    def of(self, name: str) -> Drift:
        """The drift of that name."""
        return next(each for each in self.drifts if each.name == name)

    def table(self) -> TableView:
        """One row a drift."""
        return TableView(
            caption=self._caption(),
            columns=("drift", "question", "outcome", "finding"),
            rows=tuple(
                (
                    each.name,
                    _QUESTIONS[each.name],
                    "not judged" if each.outcome is None else each.outcome.upper(),
                    each.finding,
                )
                for each in self.drifts
            ),
        )

    def _caption(self) -> str:
        named = {
            outcome: " and ".join(each.name for each in self.drifts if each.outcome is outcome)
            for outcome in (Outcome.FAIL, Outcome.WARN, Outcome.UNDECIDED, None)
        }
        moved = " and ".join(filter(None, (named[Outcome.FAIL], named[Outcome.WARN])))
        text = f"Of the five drifts, {moved} moved" if moved else "None of the five drifts moved"
        if named[Outcome.UNDECIDED]:
            text += f"; undecided: {named[Outcome.UNDECIDED]}"
        return f"{text}; not judged: {named[None]}." if named[None] else f"{text}."

    def _repr_html_(self) -> str:
        """The table."""
        return self.table()._repr_html_()


def five_drifts(
    result: Comparison,
    *,
    policy: Policy | None = None,
    promises: Promises | None = None,
    performance: Sequence[Check] = (),
) -> FiveDrifts:
    """Sort what was found into the five drifts.

    Args:
        result: the comparison.
        policy: the limits.
        promises: of the data source, checked.
        performance: checks against delayed labels.

    Example:
        >>> import pandas as pd
        >>> from mlops_lib.drift.compare import compare
        >>> week = pd.DataFrame({"outcome": ["answered", "refused"] * 200})
        >>> found = five_drifts(compare(week, week, roles={"outcome": "output"}))
        >>> [str(each.outcome) for each in found.drifts]
        ['pass', 'None', 'pass', 'None', 'None']
    """
    limits = policy or Policy()
    columns = {
        name: [column for column in result.columns if column.role in roles]
        for name, roles in _ROLES.items()
    }
    return FiveDrifts(
        drifts=(
            _upstream(result, promises or Promises()),
            *(_of_columns(name, mine, limits) for name, mine in columns.items()),
            _concept(performance),
        )
    )


def _upstream(result: Comparison, promises: Promises) -> Drift:
    checks = (check_schema(result), *promises.checks)
    strange = [column.name for column in result.columns if _has_new_values(column)]
    parts = [each.explanation.strip() for each in checks if each.outcome is not Outcome.PASS]
    text = " ".join(parts) or checks[0].explanation
    if strange:
        text += f" Values never seen before in {listed(strange)}."
    return Drift(name="upstream", outcome=worst(each.outcome for each in checks), finding=text)


def _has_new_values(column: ColumnDrift) -> bool:
    return column.kind == "category" and column.unseen.successes > 0


def _of_columns(name: str, columns: Sequence[ColumnDrift], policy: Policy) -> Drift:
    if not columns:
        return Drift(name=name, outcome=None, finding=_ABSENT[name])
    found = by_outcome(columns, policy)
    outcome = worst(each for each, members in found.items() if members)
    if name == "label":
        finding = " ".join(check_column(column, policy).explanation for column in columns)
    elif outcome is Outcome.PASS:
        finding = f"none of {len(columns)} columns moved beyond the limits"
    else:
        some = [f"{each.name} (PSI {each.psi_excess:.2f})" for each in found[outcome]]
        finding = f"{listed(some)}, of {len(columns)} columns"
    return Drift(name=name, outcome=outcome, finding=finding)


def _concept(checks: Sequence[Check]) -> Drift:
    if not checks:
        return Drift(name="concept", outcome=None, finding=_ABSENT["concept"])
    return Drift(
        name="concept",
        outcome=worst(each.outcome for each in checks),
        finding=" ".join(f"{each.name}: {each.explanation}" for each in checks),
    )

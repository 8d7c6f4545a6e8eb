"""Two windows to compare, and every question that needs their rows and not only their counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlops_lib.display import TableView
from mlops_lib.drift.attribution import Attribution, attribute
from mlops_lib.drift.compare import compare, compare_usual
from mlops_lib.drift.concept import concept
from mlops_lib.drift.concept_view import ConceptView
from mlops_lib.drift.contract import Contract
from mlops_lib.drift.frozen import Profile
from mlops_lib.drift.policy import Policy
from mlops_lib.drift.result import DriftResult
from mlops_lib.drift.roles import Role
from mlops_lib.drift.schema import names_of
from mlops_lib.drift.second import ask_evidently, opinion_view
from mlops_lib.drift.upstream import Promises, check_promises
from mlops_lib.errors import InputError
from mlops_lib.tables import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Two tables to compare.

    Attributes:
        reference: what was normal; a profile, if it was frozen before.
        current: what is asked about.
        time: column of both by which days can be shown; "" for none.
        columns: compared unless others are asked for; empty for all.
        roles: whose doing a change of a column would be.
        contract: what the data source promises, if it does.
        score: column of scores whose mean is told, though not judged, where nobody names one.
    """

    reference: Table | Profile
    current: Table
    time: str = ""
    columns: tuple[str, ...] = ()
    roles: Mapping[str, Role] = field(default_factory=dict)
    contract: Contract | None = None
    score: str = ""

    def compare(self, *, columns: str = "", exclude: str = "", label: str = "") -> DriftResult:
        """Compare the two, column by column.

        Args:
            columns: separated by commas; "" for the usual ones.
            exclude: separated by commas: left out.
            label: column of what turned out to be true: only labelled rows of it are compared.

        Raises:
            InputError: for an unknown column, or if none is left.
        """
        named = names_of(columns)
        return (compare if named else compare_usual)(
            self.reference,
            self.current,
            columns=named or self.columns,
            exclude=names_of(exclude),
            roles={**self.roles, **({label: "label"} if label else {})},
            time=self.time,
        )

    def attribution(self, policy: Policy | None = None) -> Attribution:
        """Did users change, did we, did the provider, or did the judge?"""
        old = self.reference
        roles = {**old.roles, **self.roles} if isinstance(old, Profile) else self.roles
        names = [c.name for c in old.columns] if isinstance(old, Profile) else old.columns
        if not any(name in names for name in roles):
            return Attribution()
        return attribute(old, self.current, roles=roles, policy=policy)

    def concept(self, *, prediction: str = "", label: str = "", score: str = "") -> ConceptView:
        """Performance against delayed labels, where its columns are named.

        Args:
            prediction: column of what was said.
            label: column of what turned out to be true.
            score: instead of both, a column of scores where higher is better.

        Raises:
            InputError: for absent columns, or a prediction without a label.
        """
        if not (prediction or score):  # a label alone asks for its distribution only
            return self._told()
        if isinstance(self.reference, Profile):
            raise InputError.of("performance needs the reference's rows", field="reference")
        return ConceptView(
            found=concept(
                self.reference, self.current, prediction=prediction, label=label, score=score
            )
        )

    def _told(self) -> ConceptView:
        if not self.score or isinstance(self.reference, Profile):
            return ConceptView()
        found = concept(self.reference, self.current, score=self.score)
        return ConceptView(found=found, is_asked=False)

    def promises(self) -> Promises:
        """What the data source promised, checked on the current window."""
        if self.contract is None:
            return Promises()
        return check_promises(self.current, self.contract)

    def second_opinion(self, result: DriftResult, policy: Policy | None = None) -> TableView | None:
        """Evidently's numbers beside ours; None where it is not installed or there are no rows."""
        if isinstance(self.reference, Profile):
            return None
        opinion = ask_evidently(self.reference, self.current, result)
        return None if opinion is None else opinion_view(opinion, result, policy or Policy())

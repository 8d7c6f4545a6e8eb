"""What a run has to ask: every case its repeats, in the order of the cases."""

from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lib.errors import InputError, Problem
from mlops_lib.evaluation.cases import Case, CaseSet

REPEATS = 2
"""Two repeats are the least that tell the noise of an answer from a change."""

CRITICAL_REPEATS = 3
"""A critical case is decided by the majority of its repeats, so their number is odd."""

Key = tuple[str, int]
"""Case id and repeat: what an answer belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One repeat of one case."""

    case: Case
    repeat: int

    @property
    def key(self) -> Key:
        """What its answer is filed under."""
        return self.case.case_id, self.repeat


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """How often each case is asked.

    Attributes:
        usual: of a case.
        critical: of a critical case; never fewer than usual.

    Raises:
        InputError: if a number is below 1.
    """

    usual: int = REPEATS
    critical: int = CRITICAL_REPEATS

    def __post_init__(self) -> None:
        """Refuse to ask nothing."""
        problems = [
            Problem(message="must be at least 1", field=name, value=value)
            for name, value in (("repeats", self.usual), ("critical repeats", self.critical))
            if value < 1
        ]
        if problems:
            raise InputError(problems)

    def of(self, case: Case) -> int:
        """How often this case is asked.

        Example:
            >>> Repeats(usual=2, critical=3).of(Case(case_id="a", input="?", critical=True))
            3
        """
        return max(self.usual, self.critical) if case.critical else self.usual

    def asks(self, cases: CaseSet) -> Iterator[Ask]:
        """Everything that a run has to ask, one by one."""
        for case in cases.cases:
            for repeat in range(self.of(case)):
                yield Ask(case=case, repeat=repeat)

    def total(self, cases: CaseSet) -> int:
        """How many asks that makes."""
        return sum(self.of(case) for case in cases.cases)

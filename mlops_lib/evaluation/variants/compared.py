"""What is known of several versions, and what follows for the choice."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.checks import CHANGE
from mlops_lib.evaluation.comparison import Comparison
from mlops_lib.evaluation.floors import check_limits
from mlops_lib.evaluation.scoring import ScoredRun
from mlops_lib.evaluation.settings import Settings
from mlops_lib.evaluation.variants.choose import Choice, Rules, choose
from mlops_lib.evaluation.variants.pairs import Pair
from mlops_lib.verdict import Check, Outcome, Source, describe


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Several versions on the same cases; the first is the one in use.

    Attributes:
        cases: what was asked.
        primary: the metric to choose by.
        settings: rules of the gate.
        variants: answers and scores of each version, by name.
        pairs: all of them, on the primary metric.
        comparisons: each version but the first against the first, by the gate's rules.
        sources: fingerprints of everything that was read.
    """

    cases: CaseSet
    primary: str
    settings: Settings
    variants: Mapping[str, ScoredRun]
    pairs: tuple[Pair, ...]
    comparisons: Mapping[str, Comparison]
    sources: tuple[Source, ...]

    @property
    def in_use(self) -> str:
        """Name of the version in use."""
        return next(iter(self.variants))

    @cached_property
    def barred(self) -> Mapping[str, tuple[str, ...]]:
        """Why each version must not be used, in sentences; empty for those that may."""
        found = {name: _failed(each.checks()) for name, each in self.comparisons.items()}
        own = check_limits(
            self.variants[self.in_use], self.cases, self.settings.metrics, self.settings.gate
        )
        return {self.in_use: _failed(tuple(own)), **found}

    @cached_property
    def choice(self) -> Choice:
        """Which version to use."""
        rules = Rules(
            in_use=self.in_use,
            margin=self.settings.metrics[self.primary].margin,
            alpha=self.settings.gate.alpha,
            power=self.settings.gate.power,
        )
        allowed = {name: mean for name, mean in self.means.items() if not self.barred[name]}
        return choose(self.pairs, allowed, self.costs, rules)

    @property
    def losses(self) -> tuple[Check, ...]:
        """What the version to use measurably loses against the one in use, and may."""
        comparison = self.comparisons.get(self.choice.use)
        return tuple(
            check
            for check in (comparison.checks() if comparison else ())
            if check.outcome is Outcome.WARN
            and check.name.startswith(CHANGE)
            and check.interval.excludes(0)
        )

    @cached_property
    def means(self) -> Mapping[str, float]:
        """Mean of each version's primary metric, over the cases that all have scored."""
        sides = {name: each.metrics[self.primary].means() for name, each in self.variants.items()}
        ids = sorted(set.intersection(*(set(side) for side in sides.values())))
        return {name: sum(side[i] for i in ids) / len(ids) for name, side in sides.items()}

    @cached_property
    def costs(self) -> Mapping[str, float | None]:
        """Mean cost of an answer in US dollars; None where one answer's is unknown."""
        return {name: mean_cost(each) for name, each in self.variants.items()}


def mean_cost(side: ScoredRun) -> float | None:
    """Mean cost of an answer in US dollars, each case counted once; None if one is unknown."""
    by_case = [
        [answer.cost_usd for answer in answers if answer.error is None]
        for answers in side.run.by_case.values()
    ]
    given = [costs for costs in by_case if costs]
    known = [[cost for cost in costs if cost is not None] for costs in given]
    if not given or [len(costs) for costs in given] != [len(costs) for costs in known]:
        return None
    return sum(sum(costs) / len(costs) for costs in known) / len(known)


def _failed(found: tuple[Check, ...]) -> tuple[str, ...]:
    return tuple(describe(check) for check in found if check.outcome is Outcome.FAIL)

"""Several versions side by side, as they show themselves, and their verdict."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_lib.evaluation.variants import checks, plots, views, wording
from mlops_lib.evaluation.variants.compared import Compared
from mlops_lib.verdict import Check, Metric, Verdict

if TYPE_CHECKING:
    import pandas as pd

    from mlops_lib.display import TableView
    from mlops_lib.plots import Picture


@dataclass(frozen=True, kw_only=True)
class Variants(Compared):
    """Several versions on the same cases, with checks, verdict, tables and figures."""

    def checks(self) -> tuple[Check, ...]:
        """Can one be chosen, may each be used, and is enough of it scored?"""
        return checks.all_checks(self)

    def verdict(self) -> Verdict:
        """The outcome with what it means and what to do."""
        return Verdict(
            subject="prompt variants",
            checks=self.checks(),
            meaning=wording.meaning(self),
            advice=wording.advice(self, self.checks()),
            metrics=tuple(self._tiles()),
            sources=self.sources,
        )

    def table(self) -> "TableView":
        """Each metric of each version with its interval, cost and latency among them."""
        return views.scores_view(self)

    def differences(self) -> "TableView":
        """Every pair on the primary metric, adjusted for looking at all of them."""
        return views.pairs_view(self)

    def limits(self) -> "TableView":
        """Which version may be used, and what bars the others."""
        return views.barred_view(self)

    def rules(self) -> "TableView":
        """What each metric asks, and which difference does not matter."""
        return views.rules_view(self)

    def plot_cost(self) -> "Picture":
        """Quality against cost."""
        return plots.plot_cost(self)

    def plot_differences(self) -> "Picture":
        """Forest of the pairs."""
        return plots.plot_pairs(self)

    def to_frame(self) -> "pd.DataFrame":
        """One row per pair: difference with interval and adjusted p-value."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "first": pair.first,
                    "second": pair.second,
                    "n": pair.difference.n,
                    "estimate": pair.difference.estimate,
                    "low": pair.difference.interval.low,
                    "high": pair.difference.interval.high,
                    "pvalue": pair.pvalue,
                }
                for pair in self.pairs
            ]
        )

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()

    def _tiles(self) -> list[Metric]:
        return [
            Metric(
                name=f"{self.primary} of {name}",
                value=mean,
                unit="share",
                note=views.cost_text(self.costs[name]),
            )
            for name, mean in self.means.items()
        ]

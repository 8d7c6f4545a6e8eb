"""The comparison of two windows with the ways in which it shows itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlops_lib.display import TableView
from mlops_lib.drift.checks import check_all
from mlops_lib.drift.comparison import Comparison
from mlops_lib.drift.five import FiveDrifts, five_drifts
from mlops_lib.drift.judge import verdict_of
from mlops_lib.drift.plots import plot_bars, plot_columns, plot_heatmap
from mlops_lib.drift.policy import Policy, sentence, worst_columns
from mlops_lib.drift.selftest import SelfTest, split_halves
from mlops_lib.drift.upstream import Promises
from mlops_lib.drift.views import (
    answers_view,
    columns_view,
    distances_view,
    frame_of,
    overview_view,
)
from mlops_lib.errors import InputError
from mlops_lib.plots import Picture
from mlops_lib.verdict import Check, Verdict

if TYPE_CHECKING:
    import pandas as pd

FEWEST_WINDOWS = 4
"""With fewer days or months there is no course to draw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftResult(Comparison):
    """Two windows compared, column by column, the largest PSI first; shows itself in Jupyter."""

    def checks(self, policy: Policy | None = None) -> tuple[Check, ...]:
        """One check per column and one of the schema, worst first."""
        return check_all(self, policy or Policy())

    def verdict(
        self,
        policy: Policy | None = None,
        *,
        promises: Promises | None = None,
        further: Sequence[Check] = (),
        who: str = "",
    ) -> Verdict:
        """The checks with what they mean and what to do.

        Args:
            policy: the limits.
            promises: of the data source; those that broke count.
            further: checks that count as well, such as that of the performance.
            who: the sentence of an `Attribution`; it leads.
        """
        found = verdict_of(self, policy or Policy(), promises or Promises(), who=who)
        return replace(found, checks=(*further, *found.checks)) if further else found

    def self_test(self, policy: Policy | None = None) -> SelfTest:
        """What this policy alarms on the reference split in half, where nothing changed."""
        return split_halves(self, policy or Policy())

    def table(self, policy: Policy | None = None) -> TableView:
        """All columns with what was judged, worst first."""
        return columns_view(self, policy or Policy())

    def distances(self, policy: Policy | None = None) -> TableView:
        """The same columns in other units; nothing of it is judged."""
        return distances_view(self, policy or Policy())

    def drifts(
        self,
        policy: Policy | None = None,
        *,
        promises: Promises | None = None,
        performance: Sequence[Check] = (),
    ) -> FiveDrifts:
        """Upstream, data, prediction, label and concept drift, a line each.

        Args:
            policy: the limits.
            promises: of the data source, checked.
            performance: checks against delayed labels.
        """
        return five_drifts(self, policy=policy, promises=promises, performance=performance)

    def answers(self, policy: Policy | None = None) -> TableView:
        """Did users change, did we change, is the output changing?"""
        return answers_view(self, policy or Policy())

    def overview(self) -> TableView:
        """What was compared, and what was not and why."""
        return overview_view(self)

    def plot_heatmap(self, policy: Policy | None = None) -> Picture:
        """Columns by time, where there is a time; else one bar per column."""
        draw = plot_heatmap if len(self.windows) >= FEWEST_WINDOWS else plot_bars
        return draw(self, policy or Policy())

    def plot_column(self, name: str) -> Picture:
        """One column's shares, reference against current.

        Raises:
            InputError: if it was not compared.
        """
        return plot_columns([self.column(name)])

    def plot_worst(self, policy: Policy | None = None, *, most: int = 3) -> Picture:
        """The shares of the worst columns, what users and outputs did before our own changes.

        Raises:
            InputError: if no column could be compared.
        """
        if not self.columns:
            raise InputError.of("no column could be compared", source=self.current)
        limits = policy or Policy()
        chosen = worst_columns(self.columns, limits)[: max(1, most)]
        return plot_columns(chosen, title=sentence(self.columns, limits))

    def to_frame(self) -> "pd.DataFrame":
        """One row per column, one column per number."""
        return frame_of(self)

    def _repr_html_(self) -> str:
        """The table, worst first."""
        return self.table()._repr_html_()

"""A comparison: candidate beside baseline, with checks, verdict, tables and figures."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_lib.errors import InputError
from mlops_lib.evaluation import case_views, cost_views, judge_views, plots, views, wording
from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.changes import CaseChange, case_changes, moving_names
from mlops_lib.evaluation.checks import CHANGE, check_differences, clear_gain
from mlops_lib.evaluation.completeness import check_complete
from mlops_lib.evaluation.critical import CriticalCase
from mlops_lib.evaluation.differences import PairedMetric
from mlops_lib.evaluation.floors import check_coverage, check_critical, check_limits
from mlops_lib.evaluation.judges.labels import labels_if_any
from mlops_lib.evaluation.measured import check_measured
from mlops_lib.evaluation.scoring import ScoredRun
from mlops_lib.evaluation.settings import Gate, Settings
from mlops_lib.evaluation.slices import Slice, slice_metrics
from mlops_lib.quantities import format_quantity
from mlops_lib.verdict import Check, Metric, Outcome, Source, Verdict

if TYPE_CHECKING:
    import pandas as pd

    from mlops_lib.display import TableView
    from mlops_lib.plots import Picture

_TILES = ("similarity", "faithfulness", "recall", "cost", "latency")
"""Metrics that a stakeholder asks for first, of those measured."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A candidate beside its baseline on the same cases.

    Attributes:
        cases: what was asked.
        baseline: its answers and scores.
        candidate: its answers and scores.
        settings: rules of the gate.
        metrics: paired estimates of what both sides measure, in the order of the settings.
        unmeasured: metrics that could not be compared, with the reason.
        critical: critical cases with their repeats.
        sources: fingerprints of everything that was read.
    """

    cases: CaseSet
    baseline: ScoredRun
    candidate: ScoredRun
    settings: Settings
    metrics: tuple[PairedMetric, ...]
    unmeasured: dict[str, str]
    critical: tuple[CriticalCase, ...]
    sources: tuple[Source, ...]

    def checks(self) -> tuple[Check, ...]:
        """All checks of the gate, weightiest first.

        What stops everything (critical cases, coverage) comes first when it is not met; then
        the metrics that may block, the largest loss for its margin first; then the limits, and
        what may only warn.
        """
        rules, decision = self.settings.metrics, self.settings.gate
        by_loss = sorted(self.metrics, key=lambda metric: -self._loss(metric))
        changes = check_differences(by_loss, rules, decision)
        blocks = [c for c in changes if rules[_metric_of(c)].gate is Gate.BLOCK]
        limits = list(check_limits(self.candidate, self.cases, rules, decision))
        whole = [
            check_complete(self._sides),
            check_critical(self.critical),
            check_coverage(self._sides, decision),
            *check_measured(self.unmeasured, self._sides, rules, decision),
        ]
        present = [check for check in whole if check is not None]
        urgent = [c for c in present if c.outcome in {Outcome.FAIL, Outcome.UNDECIDED}]
        rest = [check for check in present if check not in urgent]
        warns = [check for check in changes if check not in blocks]
        return (*urgent, *blocks, *limits, *rest, *warns)

    def verdict(self) -> Verdict:
        """The outcome with what it means and what to do."""
        checks = self.checks()
        return Verdict(
            subject="evaluation",
            checks=checks,
            meaning=wording.meaning(checks, self._better, len(self.cases.cases)),
            advice=wording.advice(checks),
            metrics=tuple(self._tiles()),
            sources=self.sources,
        )

    def table(self) -> "TableView":
        """Each metric on both sides, its difference with interval, and the outcome."""
        return views.metrics_view(self.metrics, self._by_name, self.settings.gate.alpha)

    def slices(self) -> "TableView":
        """The change of each metric by kind and tag."""
        moved = tuple(
            metric.name
            for metric in self.metrics
            if metric.unit == "share" and not metric.identical
        )
        return views.slices_view(self._slices, moved)

    def improved(self) -> "TableView":
        """The cases that got better, both answers side by side."""
        return case_views.changes_view(self._changes, improved=True)

    def degraded(self) -> "TableView":
        """The cases that got worse, both answers side by side."""
        return case_views.changes_view(self._changes, improved=False)

    def critical_cases(self) -> "TableView":
        """The critical cases that do not pass each time."""
        return case_views.critical_view(self.critical)

    def versions(self) -> "TableView":
        """What was under test, and what differs between the sides."""
        return views.versions_view(self.baseline, self.candidate)

    def unscored(self) -> "TableView":
        """What could not be scored or measured, and why."""
        names = [metric.name for metric in self.metrics]
        return views.unscored_view(self.unmeasured, self._sides, names)

    def judges(self) -> "TableView":
        """Which judges graded the answers, what they could not grade, and what they cost."""
        return judge_views.judges_view(self._sides)

    def costs(self) -> "TableView":
        """What the answers cost, and what judging them did."""
        return cost_views.costs_view(self._sides)

    def calibration(self, labels: str | Path = "") -> "TableView":
        """How far people agree with the judges.

        Args:
            labels: folder or file of labels; empty for none. The default folder need not exist.

        Raises:
            InputError: with every label that cannot be read.
        """
        return judge_views.calibration_view(self._sides, labels_if_any(labels))

    def plot_differences(self) -> "Picture":
        """Forest of the changes with their margins."""
        shares = [metric for metric in self.metrics if metric.unit == "share"]
        return plots.plot_differences(shares, self._by_name)

    def plot_slices(self, metric: str = "") -> "Picture":
        """Forest of one metric over the slices.

        Args:
            metric: its name; empty for the one whose loss comes nearest to its margin.

        Raises:
            InputError: if the metric was not compared.
        """
        names = self._share_names
        if metric and metric not in names:
            message = f"was not compared; there are {', '.join(names)}"
            raise InputError.of(message, field="metric", value=metric)
        return plots.plot_slices(self._slices, metric or self._most_moved)

    def to_frame(self) -> "pd.DataFrame":
        """One row per metric: both means, the difference with interval and p-value, and n."""
        import pandas as pd

        fields = (
            "name",
            "n",
            "clusters",
            "baseline",
            "candidate",
            "estimate",
            "pvalue",
            "coverage",
        )
        return pd.DataFrame(
            [
                {field: getattr(metric, field) for field in fields}
                | {"low": metric.interval.low, "high": metric.interval.high}
                for metric in self.metrics
            ]
        )

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()

    @property
    def _sides(self) -> dict[str, ScoredRun]:
        return {"baseline": self.baseline, "candidate": self.candidate}

    @cached_property
    def _by_name(self) -> dict[str, Check]:
        return {check.name: check for check in self.checks()}

    @property
    def _better(self) -> list[PairedMetric]:
        """Shares whose gain is more than chance explains."""
        alpha, checks = self.settings.gate.alpha, self._by_name
        return [
            metric
            for metric in self.metrics
            if metric.unit == "share"
            and clear_gain(metric, checks.get(f"{CHANGE}{metric.name}"), alpha) > 0
        ]

    @property
    def _share_names(self) -> tuple[str, ...]:
        return tuple(metric.name for metric in self.metrics if metric.unit == "share")

    @property
    def _most_moved(self) -> str:
        shares = [metric for metric in self.metrics if metric.unit == "share"]
        return max(shares, key=lambda m: (not m.identical, self._loss(m), m.n)).name

    @cached_property
    def _slices(self) -> tuple[Slice, ...]:
        return slice_metrics(self.baseline, self.candidate, self.cases, self._share_names)

    @cached_property
    def _changes(self) -> tuple[CaseChange, ...]:
        names = moving_names(self._share_names, self.settings.metrics)
        return case_changes(self.baseline, self.candidate, self.cases, names)

    def _loss(self, metric: PairedMetric) -> float:
        """Loss in units of the margin; negative for a gain."""
        rule = self.settings.metrics[metric.name]
        margin = rule.margin * (abs(metric.baseline) or 1.0) if rule.relative else rule.margin
        return (-1.0 if metric.good == "high" else 1.0) * metric.estimate / margin

    def _tiles(self) -> list[Metric]:
        measured = {metric.name: metric for metric in self.metrics}
        lost = [name for name in measured if self._loss(measured[name]) >= 1]
        worst = sorted(lost, key=lambda name: -self._loss(measured[name]))[:1]
        # What was lost most is never left out.
        shown = [*dict.fromkeys((*worst, *_TILES))][: len(_TILES)]
        tiles = [
            Metric(
                name=f"{metric.name} of the candidate",
                value=metric.candidate,
                unit=metric.unit,
                note=f"{metric.meaning}; baseline {format_quantity(metric.baseline, metric.unit)}",
            )
            for metric in (measured[name] for name in shown if name in measured)
        ]
        judging = cost_views.judging_tile(self._sides)
        return tiles if judging is None else [*tiles, judging]


def _metric_of(change: Check) -> str:
    return change.name.removeprefix(CHANGE)

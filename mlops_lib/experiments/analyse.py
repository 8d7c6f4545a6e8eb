"""The analysis of an experiment from first row to decision."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mlops_lib.experiments import plots, record, summary
from mlops_lib.experiments.checks import check_metric
from mlops_lib.experiments.decide import decide
from mlops_lib.experiments.design import Design
from mlops_lib.experiments.estimates import estimate_all
from mlops_lib.experiments.evidence import Evidence
from mlops_lib.experiments.findings import Findings
from mlops_lib.experiments.path import looks
from mlops_lib.experiments.read import read
from mlops_lib.experiments.segment_views import segment_table
from mlops_lib.experiments.segments import segment_effects
from mlops_lib.experiments.trust import check_trust

if TYPE_CHECKING:
    import pandas as pd

    from mlops_lib.display import TableView
    from mlops_lib.plots import Picture
    from mlops_lib.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis(Findings):
    """Findings that show themselves: as verdict, tables, figures and a frame."""

    def verdict(self) -> "Verdict":
        """The verdict, ready to publish."""
        return summary.verdict(self)

    def table(self) -> "TableView":
        """The metrics, one per row; for an invalid experiment only the units."""
        return summary.table(self)

    def trust_table(self) -> "TableView":
        """The checks of the experiment itself."""
        return summary.trust_table(self)

    def segment_table(self) -> "TableView":
        """The primary metric by segment."""
        return segment_table(self)

    def record(self) -> str:
        """The decision with everything it stands on, as JSON that `replay` repeats."""
        return record.write_record(self)

    def plot_effect(self) -> "Picture":
        """Every metric's difference with its interval and margin."""
        return plots.plot_effect(self)

    def plot_path(self) -> "Picture":
        """The primary difference day by day with the always-valid interval."""
        return plots.plot_path(self)

    def plot_ratio(self) -> "Picture":
        """The share of units in treatment day by day against the plan."""
        return plots.plot_ratio(self)

    def to_frame(self) -> "pd.DataFrame":
        """One row per metric; empty of effects where the experiment is invalid."""
        return summary.to_frame(self)

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def analyse(data: Any, design: Design | None = None) -> Analysis:  # noqa: ANN401
    """Analyse an experiment: may it be read, what is the difference, what to do.

    Args:
        data: `Evidence` from `read`, or whatever `read` takes.
        design: the plan; the request log's metrics and 20 % treatment when absent. Evidence
            brings its own.

    Raises:
        InputError: as `read`.

    Example:
        >>> import pandas as pd
        >>> from mlops_lib.experiments import Design, own_metrics
        >>> users = pd.DataFrame(
        ...     {
        ...         "user_id": range(2000),
        ...         "variant": ["control", "treatment"] * 1000,
        ...         "won": [i % 10 < 4 + 2 * (i % 2) for i in range(2000)],
        ...     }
        ... )
        >>> design = Design(treatment_share=0.5, metrics=own_metrics("won"))
        >>> analyse(users, design).decision.action
        <Action.PROMOTE: 'promote'>
    """
    evidence = data if isinstance(data, Evidence) else read(data, design or Design())
    trust = check_trust(evidence)
    estimates = estimate_all(evidence)
    settled = _settled(evidence)
    judged = tuple(check_metric(estimate, settled) for estimate in estimates)
    primary = next(each for each in estimates if each.metric.role == "primary")
    pairs = list(zip(estimates, judged, strict=True))
    return Analysis(
        evidence=evidence,
        design=settled,
        units=evidence.units,
        rows=evidence.rows,
        trust=trust,
        estimates=estimates,
        judged=judged,
        decision=decide(
            experiment=settled.experiment or evidence.name,
            trust=trust,
            primary=next(check for each, check in pairs if each.metric.role == "primary"),
            guardrails=[check for each, check in pairs if each.metric.role == "guardrail"],
        ),
        path=looks(evidence, primary),
        segments=segment_effects(evidence),
        sources=evidence.sources,
    )


def _settled(evidence: Evidence) -> Design:
    """The design with the units of its metrics as the data showed them."""
    return replace(evidence.design, metrics=tuple(each.metric for each in evidence.samples))

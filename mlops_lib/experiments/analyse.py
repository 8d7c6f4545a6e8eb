"""The analysis of an experiment from first row to decision."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mlops_lib.experiments import metric_views, plots, record, summary
from mlops_lib.experiments.arms import Arm, comparisons
from mlops_lib.experiments.checks import check_metric, is_small
from mlops_lib.experiments.choose import choose
from mlops_lib.experiments.decide import decide
from mlops_lib.experiments.design import Design
from mlops_lib.experiments.estimates import Estimate, estimate_arms
from mlops_lib.experiments.evidence import Evidence
from mlops_lib.experiments.findings import Findings, units_of
from mlops_lib.experiments.path import looks
from mlops_lib.experiments.read import read
from mlops_lib.experiments.segment_views import segment_table
from mlops_lib.experiments.segments import SegmentEffect, segment_effects
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
        return metric_views.table(self)

    def trust_table(self) -> "TableView":
        """The checks of the experiment itself."""
        return metric_views.trust_table(self)

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
        return metric_views.to_frame(self)

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
    compared = judge_arms(evidence)
    lead, decision = choose(evidence, trust, compared)
    return Analysis(
        evidence=evidence,
        design=lead.design,
        units=lead.units,
        rows=evidence.rows,
        trust=trust,
        estimates=lead.estimates,
        judged=lead.judged,
        decision=replace(decision, treatment=lead.label),
        path=lead.path,
        segments=lead.segments,
        sources=evidence.sources,
        arms=(lead, *(arm for arm in compared if arm is not lead)),
    )


def judge_arms(evidence: Evidence) -> tuple[Arm, ...]:
    """Every treatment against the control: estimates adjusted together, each judged alone."""
    each_alone, all_units = comparisons(evidence), units_of(evidence)
    estimated, segmented = estimate_arms(each_alone), segment_effects(each_alone)
    return tuple(
        _arm(alone, estimates, segments, all_units)
        for alone, estimates, segments in zip(each_alone, estimated, segmented, strict=True)
    )


def _arm(
    evidence: Evidence,
    estimates: tuple[Estimate, ...],
    segments: tuple[SegmentEffect, ...],
    all_units: int,
) -> Arm:
    design = _settled(evidence)
    judged = tuple(check_metric(each, design) for each in estimates)
    pairs = list(zip(estimates, judged, strict=True))
    primary, check = next(pair for pair in pairs if pair[0].metric.role == "primary")
    return Arm(
        design=design,
        units=evidence.units,
        estimates=estimates,
        judged=judged,
        decision=decide(
            experiment=design.experiment or evidence.name,
            trust=(),
            primary=check,
            guardrails=[check for each, check in pairs if each.metric.role == "guardrail"],
            units=all_units,
            too_few={check.name for each, check in pairs if is_small(each)},
        ),
        path=looks(evidence, primary),
        segments=segments,
    )


def _settled(evidence: Evidence) -> Design:
    """The design with the units of its metrics as the data showed them."""
    return replace(evidence.design, metrics=tuple(each.metric for each in evidence.samples))

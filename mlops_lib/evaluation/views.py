"""Tables of a comparison: captions carry the finding, cells are text that is escaped later."""

from collections.abc import Callable, Mapping, Sequence

from mlops_lib.display import TableView
from mlops_lib.evaluation.case_views import shortened
from mlops_lib.evaluation.checks import CHANGE, clear_gain, unit_of_change
from mlops_lib.evaluation.differences import PairedMetric
from mlops_lib.evaluation.scoring import ScoredRun
from mlops_lib.evaluation.slices import Slice
from mlops_lib.quantities import format_quantity
from mlops_lib.stats import Interval
from mlops_lib.verdict import Check


def metrics_view(
    metrics: Sequence[PairedMetric], checks: Mapping[str, Check], alpha: float
) -> TableView:
    """Each metric on both sides with its difference and what the gate says.

    Args:
        metrics: the paired estimates.
        checks: of the gate, by name.
        alpha: of the adjusted tests, which the caption follows.
    """
    gains = {
        metric.name: clear_gain(metric, checks.get(f"{CHANGE}{metric.name}"), alpha)
        for metric in metrics
    }
    return TableView(
        caption=_summary(gains),
        columns=("Metric", "Cases", "Baseline", "Candidate", "Change", "95 % interval", "Outcome"),
        rows=tuple(_metric_row(metric, checks) for metric in metrics),
        numeric=("Cases", "Baseline", "Candidate", "Change", "95 % interval"),
    )


def _summary(gains: Mapping[str, float]) -> str:
    better = [name for name, gain in gains.items() if gain > 0]
    worse = [name for name, gain in gains.items() if gain < 0]
    told = [
        f"{word} on {', '.join(names)}"
        for word, names in (("better", better), ("worse", worse))
        if names
    ]
    if not told:
        return f"On none of {len(gains)} metrics is the change more than chance explains."
    return (
        f"The candidate is measurably {' and '.join(told)}, of {len(gains)} metrics in all; the "
        "tests allow for looking at so many."
    )


def _metric_row(metric: PairedMetric, checks: Mapping[str, Check]) -> tuple[str, ...]:
    check = checks.get(f"{CHANGE}{metric.name}")
    unit = unit_of_change(metric)
    return (
        f"{metric.name}: {metric.meaning}",
        f"{metric.n:,}",
        format_quantity(metric.baseline, metric.unit),
        format_quantity(metric.candidate, metric.unit),
        format_quantity(metric.estimate, unit),
        interval_text(metric.interval, unit),
        check.outcome.upper() if check else "shown only",
    )


def interval_text(interval: Interval, unit: str) -> str:
    """An interval as people read it.

    Example:
        >>> interval_text(Interval(-0.02, 0.01), "points")
        '-2.0 points to +1.0 points'
    """
    if not interval.is_known:
        return "unknown"
    return " to ".join(format_quantity(bound, unit) for bound in interval)


def slices_view(slices: Sequence[Slice], names: Sequence[str]) -> TableView:
    """The change of each metric in each slice; a star marks intervals without 0.

    Args:
        slices: largest first.
        names: of the metrics that have a column.
    """
    cells = [part.metrics[name] for part in slices for name in names if name in part.metrics]
    marked = sum(metric.interval.excludes(0) for metric in cells)
    return TableView(
        caption=(
            f"Change per slice, in points: {marked} of "
            f"{len(cells)} intervals leave out 0 (marked *), and by "
            "luck alone about one in twenty would."
        ),
        columns=("Slice", "Cases", *names),
        rows=tuple(
            (part.label, part.cases, *(_slice_cell(part, name) for name in names))
            for part in slices
        ),
        numeric=("Cases", *names),
    )


def _slice_cell(part: Slice, name: str) -> str:
    metric = part.metrics.get(name)
    if metric is None:
        return "–"
    star = " *" if metric.interval.excludes(0) else ""
    return f"{100 * metric.estimate:+.1f}{star}"


def versions_view(baseline: ScoredRun, candidate: ScoredRun) -> TableView:
    """What was under test on both sides, how much of it there is, and what differs."""
    sides = (baseline, candidate)
    version = [
        (field, *(side.run.version[field] or "not recorded" for side in sides))
        for field in baseline.run.version
    ]
    differs = [row[0] for row in version if row[1] != row[2]]
    told = f"differ in {', '.join(differs)}" if differs else "record the same version"
    amounts: tuple[tuple[str, Callable[[ScoredRun], str]], ...] = (
        ("answers", lambda side: f"{side.given_answers:,}"),
        ("answers lacking", lambda side: f"{side.expected_answers - side.given_answers:,}"),
        ("tokens", _tokens),
        ("cost in all", _cost),
    )
    return TableView(
        caption=f"Baseline and candidate {told}.",
        columns=("What", "Baseline", "Candidate"),
        rows=(*version, *((name, *(say(side) for side in sides)) for name, say in amounts)),
    )


def _tokens(side: ScoredRun) -> str:
    counts = [
        None
        if a.input_tokens is None or a.output_tokens is None
        else a.input_tokens + a.output_tokens
        for a in side.run.answers
    ]
    return _total(counts, lambda total: f"{total:,.0f}")


def _cost(side: ScoredRun) -> str:
    costs = [answer.cost_usd for answer in side.run.answers]
    return _total(costs, lambda total: format_quantity(total, "usd"))


def _total(values: Sequence[float | None], say: Callable[[float], str]) -> str:
    """The sum of what is known, and how much is not."""
    known = [value for value in values if value is not None]
    lacks = len(values) - len(known)
    if not known:
        return "unknown"
    return say(sum(known)) + (f" ({lacks} answers unknown)" if lacks else "")


def _without(name: str, sides: Mapping[str, ScoredRun]) -> str:
    """The side that has no score of a metric."""
    lacking = [side for side, scored in sides.items() if not scored.metrics[name].scored]
    return lacking[0] if len(lacking) == 1 else "both"


def unscored_view(
    unmeasured: Mapping[str, str], sides: Mapping[str, ScoredRun], names: Sequence[str]
) -> TableView:
    """What could not be scored, and why: none of it enters an average.

    Args:
        unmeasured: metrics that one side or both have not, with the reason.
        sides: the scored runs by name.
        names: of the metrics that were compared.
    """
    rows: list[tuple[str, str, str, str]] = [
        (name, _without(name, sides), "all", shortened(reason))
        for name, reason in unmeasured.items()
    ]
    for name in names:
        for side, scored in sides.items():
            rows.extend(
                (name, side, f"{count:,}", shortened(reason))
                for reason, count in scored.metrics[name].unscored.items()
            )
    total = len(unmeasured) + len(names)
    caption = (
        f"{len(unmeasured)} of {total} metrics were not measured: what the settings need then "
        "leaves the verdict undecided, the rest is left out."
        if unmeasured
        else f"All {total} metrics were measured; what lacks a score is listed."
    )
    return TableView(
        caption=caption,
        columns=("Metric", "Side", "Answers", "Why there is no score"),
        rows=tuple(rows) or (("none", "–", "0", "every answer has every score that applies"),),
        numeric=("Answers",),
    )

"""Tables of the versions: captions carry the finding."""

from mlops_lib.display import TableView
from mlops_lib.evaluation.case_views import shortened
from mlops_lib.evaluation.levels import level_of
from mlops_lib.evaluation.settings import Gate, Rule
from mlops_lib.evaluation.variants.compared import Compared
from mlops_lib.evaluation.views import interval_text
from mlops_lib.quantities import format_quantity
from mlops_lib.stats import Interval

_SMALLEST_PVALUE = 0.001


def cost_text(cost: float | None) -> str:
    """A cost per thousand answers, in words."""
    if cost is None:
        return "cost unknown"
    return f"{format_quantity(1000 * cost, 'usd')} for a thousand answers"


def estimate_of(result: Compared, name: str, metric: str) -> tuple[float, Interval]:
    """Mean of a version's metric over its cases, with its interval."""
    scores = result.variants[name].metrics[metric]
    return level_of(scores, result.cases, confidence=1 - result.settings.gate.alpha)


def scores_view(result: Compared) -> TableView:
    """Each metric of each version with its interval."""
    best = max(result.means, key=lambda name: result.means[name])
    names = tuple(result.variants)
    return TableView(
        caption=(
            f"{best} has the highest {result.primary}, "
            f"{format_quantity(result.means[best], 'share')}; in brackets 95 % intervals of each "
            "version alone, which say less than the paired differences below."
        ),
        columns=("Metric", *names),
        rows=tuple(
            (
                f"{metric}: {_meaning(result, metric)}",
                *(_cell(result, name, metric) for name in names),
            )
            for metric in result.settings.metrics
        ),
        numeric=names,
    )


def _meaning(result: Compared, metric: str) -> str:
    return result.variants[result.in_use].metrics[metric].scorer.meaning


def _cell(result: Compared, name: str, metric: str) -> str:
    unit = result.variants[name].metrics[metric].scorer.unit
    estimate, interval = estimate_of(result, name, metric)
    if not interval.is_known:
        return format_quantity(estimate, unit)
    low, high = (format_quantity(bound, unit).removesuffix(" %") for bound in interval)
    return f"{format_quantity(estimate, unit)} ({low} to {high})"


def pairs_view(result: Compared) -> TableView:
    """Every pair on the primary metric."""
    apart = [pair for pair in result.pairs if pair.pvalue <= result.settings.gate.alpha]
    return TableView(
        caption=(
            f"{len(apart)} of {len(result.pairs)} pairs differ in {result.primary} beyond chance; "
            f"p-values are Holm's, and the intervals hold together at "
            f"{100 * (1 - result.settings.gate.alpha):g} %."
        ),
        columns=("Pair", "Cases", "Difference", "Interval", "Adjusted p-value"),
        rows=tuple(
            (
                f"{pair.second} minus {pair.first}",
                f"{pair.difference.n:,}",
                format_quantity(pair.difference.estimate, "points"),
                interval_text(pair.difference.interval, "points"),
                pvalue_text(pair.pvalue),
            )
            for pair in result.pairs
        ),
        numeric=("Cases", "Difference", "Interval", "Adjusted p-value"),
    )


def pvalue_text(pvalue: float) -> str:
    """A p-value as people read it.

    Example:
        >>> pvalue_text(0.00002), pvalue_text(0.0312)
        ('< 0.001', '0.031')
    """
    return "< 0.001" if pvalue < _SMALLEST_PVALUE else f"{pvalue:.3f}"


def barred_view(result: Compared) -> TableView:
    """Which version may be used, what it costs, and what bars the others."""
    barred = [name for name, reasons in result.barred.items() if reasons]
    return TableView(
        caption=(
            f"{len(barred)} of {len(result.variants)} versions break a barring limit and are out."
            if barred
            else f"All {len(result.variants)} versions may be used."
        ),
        columns=("Version", "May be used", "Cost", "What bars it"),
        rows=tuple(
            (
                f"{name} (in use)" if name == result.in_use else name,
                "no" if reasons else "yes",
                cost_text(result.costs[name]),
                " ".join(map(shortened, reasons)) or "nothing",
            )
            for name, reasons in result.barred.items()
        ),
    )


_GATES = {Gate.BLOCK: "bars a version", Gate.WARN: "warns", Gate.SHOW: "is shown"}


def rules_view(result: Compared) -> TableView:
    """What each metric asks of a version, and which difference does not matter."""
    rules = result.settings.metrics
    margin = format_quantity(rules[result.primary].margin, "points").removeprefix("+")
    return TableView(
        caption=(
            f"Versions within {margin} of {result.primary} are equally good; each other metric "
            "has a margin of its own."
        ),
        columns=("Metric", "When it gets worse", "Margin", "Must reach"),
        rows=tuple(
            (name, _GATES[rule.gate], _margin(rule), format_limit(rule.limit))
            for name, rule in rules.items()
        ),
        numeric=("Margin", "Must reach"),
    )


def _margin(rule: Rule) -> str:
    if rule.relative:
        return f"{format_quantity(rule.margin, 'share')} of the version in use"
    return format_quantity(rule.margin, "points").removeprefix("+")


def format_limit(limit: float | None) -> str:
    """A fixed limit of a metric; a dash where it has none.

    Example:
        >>> format_limit(0.95), format_limit(None)
        ('95.0 %', '–')
    """
    return "–" if limit is None else format_quantity(limit, "share")

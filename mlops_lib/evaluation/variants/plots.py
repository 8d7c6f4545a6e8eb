"""Figures of the versions: titles state the finding; nothing is computed here."""

from mlops_lib.evaluation.variants.compared import Compared
from mlops_lib.evaluation.variants.views import cost_text, estimate_of
from mlops_lib.plots import CURRENT, GRID, INK, MUTED, REFERENCE, Picture, headline, new_figure
from mlops_lib.quantities import format_quantity

_LONGEST_NAME = 30


def plot_cost(result: Compared) -> Picture:
    """Quality against cost, one mark a version; without costs the versions stand side by side."""
    names = list(result.variants)
    known = all(result.costs[name] is not None for name in names)
    figure, axes = new_figure(height=3.4)
    told = []
    for position, name in enumerate(names):
        x = 1000 * (result.costs[name] or 0.0) if known else float(position)
        _, interval = estimate_of(result, name, result.primary)
        mean = result.means[name]
        colour = CURRENT if name == result.choice.use else INK
        if interval.is_known:
            axes.plot([x, x], [100 * bound for bound in interval], color=colour, linewidth=2)
        axes.plot(x, 100 * mean, "o", color=colour, markersize=7)
        axes.annotate(
            name[:_LONGEST_NAME],
            (x, 100 * mean),
            xytext=(8, 4),
            textcoords="offset points",
            color=colour,
            parse_math=False,
        )
        share = format_quantity(mean, "share")
        told.append(f"{name} {share}, {cost_text(result.costs[name])}")
    axes.margins(x=0.25, y=0.15)
    axes.set_ylabel(f"{result.primary}, %", color=MUTED)
    axes.set_xlabel("US dollars for a thousand answers" if known else "cost unknown")
    if not known:
        axes.set_xticks([])
    headline(axes, _cost_title(result, known=known))
    return Picture(
        figure=figure,
        caption=(
            f"Mean {result.primary} of {result.pairs[0].difference.n} cases with 95 % intervals "
            "against the mean cost; the version to use is in blue. Up and to the left is better."
        ),
        alt=f"{result.primary} against cost: {'; '.join(told)}.",
    )


def _cost_title(result: Compared, *, known: bool) -> str:
    use = result.choice.use[:_LONGEST_NAME]
    if not use:
        return "No version may be used"
    if result.choice.why == "undecided":
        return "Which version answers best cannot be told yet"
    costs = {name: cost for name, cost in result.costs.items() if cost is not None}
    if known and use == min(costs, key=lambda name: costs[name]):
        return f"{use} is the best choice, and the cheapest"
    return f"{use} is the best choice"


def plot_pairs(result: Compared) -> Picture:
    """Forest of the pairs with intervals that hold together."""
    figure, axes = new_figure(height=1.4 + 0.4 * len(result.pairs))
    axes.axvline(0, color=REFERENCE, linewidth=1)
    axes.grid(visible=False, axis="y")
    told = []
    for row, pair in enumerate(result.pairs):
        estimate, interval = pair.difference.estimate, pair.difference.interval
        colour = CURRENT if interval.excludes(0) else INK
        if interval.is_known:
            axes.plot([100 * b for b in interval], [row, row], color=colour, linewidth=2)
        axes.plot(100 * estimate, row, "o", color=colour, markersize=6)
        told.append(f"{pair.second} minus {pair.first} {format_quantity(estimate, 'points')}")
    labels = [
        f"{pair.second[:_LONGEST_NAME]} − {pair.first[:_LONGEST_NAME]}" for pair in result.pairs
    ]
    axes.set_yticks(range(len(labels)), labels, parse_math=False)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_color(GRID)
    axes.set_xlabel(f"difference in {result.primary}, points")
    apart = sum(pair.pvalue <= result.settings.gate.alpha for pair in result.pairs)
    headline(axes, f"{apart} of {len(result.pairs)} pairs differ beyond chance")
    return Picture(
        figure=figure,
        caption=(
            "Paired differences with intervals that hold for all pairs together; blue where 0 is "
            "left out."
        ),
        alt=f"Differences in {result.primary}: {'; '.join(told)}.",
    )

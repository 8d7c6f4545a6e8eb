"""Pictures of a comparison; nothing is computed here."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from mlops_lib import plots
from mlops_lib.drift.columns import UNSEEN, ColumnDrift
from mlops_lib.drift.comparison import Comparison
from mlops_lib.drift.policy import Policy, decide_column, sentence, worst_columns
from mlops_lib.quantities import format_quantity

MOST_COLUMNS = 25
"""Rows of a chart that can still be read; the worst are drawn."""

MOST_CELLS = 14
"""Cells of one column that can still be read; the rest are drawn together."""

_ROW_HEIGHT = 0.24
_LONGEST_LABEL = 20
_LONGEST_TITLE = 68
_MOST_TICKS = 8


def plot_heatmap(result: Comparison, policy: Policy) -> plots.Picture:
    """Columns by day or month: where and since when a column left the reference's shape."""
    columns = worst_columns(result.columns, policy)[:MOST_COLUMNS]
    figure, axes = plots.new_figure(height=1.3 + _ROW_HEIGHT * len(columns))
    for row, column in enumerate(columns):
        values = [window.excess.get(column.name, 0.0) for window in result.windows]
        _draw_runs(axes, row, values, (policy.warn, policy.limit_of(column)))
    first = next((at for at, window in enumerate(result.windows) if window.side == "current"), None)
    if first is not None:
        axes.axvline(first - 0.5, color=plots.INK, linewidth=1)
        axes.text(first - 0.4, -0.75, "current", color=plots.INK, fontsize=9)
        axes.text(first - 0.6, -0.75, "reference", color=plots.MUTED, fontsize=9, ha="right")
    step = max(1, -(-len(result.windows) // _MOST_TICKS))
    ticks = range(0, len(result.windows), step)
    axes.set_xticks(list(ticks), [_short_day(result.windows[at].label) for at in ticks])
    axes.set_xlim(-0.5, len(result.windows) - 0.5)
    _name_rows(axes, columns)
    axes.set_ylim(len(columns) - 0.4, -1.1)
    plots.headline(axes, _title(result, policy))
    _legend(axes, policy)
    return plots.Picture(
        figure=figure,
        caption=(
            f"Each row a column, each step a {_step_word(result)} against the whole reference; "
            f"blank where PSI stays below {policy.warn:g}.{_cut_note(result)}"
        ),
        alt=f"{_title(result, policy)}. {_numbers(columns)}",
    )


def plot_bars(result: Comparison, policy: Policy) -> plots.Picture:
    """One bar per column: PSI with its interval, and the limits."""
    columns = worst_columns(result.columns, policy)[:MOST_COLUMNS]
    figure, axes = plots.new_figure(height=1.3 + _ROW_HEIGHT * max(2, len(columns)))
    for row, column in enumerate(columns):
        colour = plots.OUTCOME_COLOURS[decide_column(column, policy)]
        axes.barh(row, column.psi_excess, height=0.62, color=colour)
        if column.interval.is_known:
            axes.plot(list(column.interval), [row, row], color=plots.INK, linewidth=1)
    for limit in (policy.warn, policy.fail):
        axes.axvline(limit, color=plots.MUTED, linewidth=1, linestyle=(0, (4, 3)))
    _name_rows(axes, columns)
    axes.set_ylim(max(2, len(columns)) - 0.4, -0.6)
    axes.set_xlabel("PSI, with 95 % interval")
    plots.headline(axes, _title(result, policy))
    return plots.Picture(
        figure=figure,
        caption=(
            f"{result.reference_rows:,} reference rows against {result.current_rows:,}; "
            f"the dashed lines are the limits {policy.warn:g} and {policy.fail:g}."
            f"{_cut_note(result)}"
        ),
        alt=f"{_title(result, policy)}. {_numbers(columns)}",
    )


def plot_columns(columns: Sequence[ColumnDrift], *, title: str = "") -> plots.Picture:
    """Shares of the cells of one or a few columns, reference against current, side by side.

    Args:
        columns: the drawn ones.
        title: the finding of the whole comparison; "" for the largest move of the first column.
    """
    figure, panels = plots.new_figure(height=3.2, columns=max(1, len(columns)))
    plots.headline(figure, title or _headline_of(columns[0]))
    each_panel = list(panels) if len(columns) > 1 else [panels]
    for axes, column in zip(each_panel, columns, strict=True):
        _draw_shares(axes, column)
    handles, labels = each_panel[0].get_legend_handles_labels()
    plots.legend(
        figure, handles=handles, labels=labels, loc="outside lower center", ncols=2, fontsize=8
    )
    return plots.Picture(
        figure=figure,
        caption=(
            "Share of rows per cell, reference against current: "
            f"{', '.join(column.name for column in columns)}."
        ),
        alt=" ".join(_move(column) for column in columns),
    )


def _draw_runs(axes: Any, row: int, values: list[float], limits: tuple[float, float]) -> None:  # noqa: ANN401
    """Neighbouring windows of one band are one rectangle: small pages, the same picture."""
    start = 0
    for band, members in groupby(sum(value > limit for limit in limits) for value in values):
        length = len(list(members))
        if band:
            colour = plots.CAUTION if band == 1 else plots.BAD
            height = 0.4 if band == 1 else 0.8
            axes.broken_barh([(start - 0.5, length)], (row - height / 2, height), facecolors=colour)
        start += length


def _draw_shares(axes: Any, column: ColumnDrift) -> None:  # noqa: ANN401
    cells = _cells(column)
    places = range(len(cells))
    before, after = ([cell[at] for cell in cells] for at in (1, 2))
    axes.barh([at - 0.2 for at in places], before, 0.38, color=plots.REFERENCE, label="reference")
    axes.barh([at + 0.2 for at in places], after, 0.38, color=plots.CURRENT, label="current")
    axes.set_yticks(list(places), [_plain(_short(cell[0])) for cell in cells], fontsize=8)
    axes.set_ylim(len(cells) - 0.4, -0.6)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    axes.grid(visible=False, axis="y")
    axes.set_title(
        f"{_plain(_short(column.name))}\nPSI {column.psi_excess:.2f}", fontsize=9, loc="left"
    )


def _cells(column: ColumnDrift) -> list[tuple[str, float, float]]:
    """Cells with any row; of many, those that moved most, in their order, and the rest as one."""
    cells = [
        (label, before / max(1, column.reference_rows), after / max(1, column.current_rows))
        for label, before, after in zip(
            column.labels, column.reference_counts, column.current_counts, strict=True
        )
        if before or after
    ]
    if len(cells) <= MOST_CELLS:
        return cells
    movers = sorted(cells, key=lambda cell: -abs(cell[2] - cell[1]))[: MOST_CELLS - 1]
    rest = [cell for cell in cells if cell not in movers]
    kept = [cell for cell in cells if cell in movers]
    name = f"{len(rest)} others"
    return [*kept, (name, sum(cell[1] for cell in rest), sum(cell[2] for cell in rest))]


def _name_rows(axes: Any, columns: Sequence[ColumnDrift]) -> None:  # noqa: ANN401
    axes.set_yticks(
        range(len(columns)), [_plain(_short(column.name)) for column in columns], fontsize=9
    )
    axes.grid(visible=False, axis="y")
    axes.tick_params(length=0)


def _legend(axes: Any, policy: Policy) -> None:  # noqa: ANN401
    from matplotlib.patches import Patch

    plots.legend(
        axes,
        handles=[
            Patch(color=plots.CAUTION, label=f"above {policy.warn:g} (thin)"),
            Patch(color=plots.BAD, label="above the limit (thick)"),
        ],
        loc="upper center",
        bbox_to_anchor=(0.5, -0.09),
        ncols=2,
        fontsize=8,
    )


def _title(result: Comparison, policy: Policy) -> str:
    if not result.columns:
        return "No column could be compared"
    first = worst_columns(result.columns, policy)[0]
    title = f"{sentence(result.columns, policy)}; worst: {_short(first.name)}"
    return title if len(title) <= _LONGEST_TITLE else sentence(result.columns, policy)


def _headline_of(column: ColumnDrift) -> str:
    label, before, after = column.largest_move
    shares = f"{format_quantity(before, 'share')} to {format_quantity(after, 'share')}"
    return f"{_short(column.name)}: {_short(label)} went from {shares}"


def _move(column: ColumnDrift) -> str:
    label, before, after = column.largest_move
    where = label if label != UNSEEN else "values not seen before"
    return (
        f"{column.name}: {where} went from {format_quantity(before, 'share')} "
        f"to {format_quantity(after, 'share')}."
    )


def _numbers(columns: Sequence[ColumnDrift]) -> str:
    return ", ".join(f"{column.name} {column.psi_excess:.2f}" for column in columns) + "."


def _cut_note(result: Comparison) -> str:
    more = len(result.columns) - MOST_COLUMNS
    return f" The {more} mildest columns are not drawn." if more > 0 else ""


def _step_word(result: Comparison) -> str:
    return "day" if len(result.windows[0].label) > len("2026-06") else "month"


def _short_day(label: str) -> str:
    return label[5:] if len(label) > len("2026-06") else label


def _short(text: str) -> str:
    """Beginning and end: long names of columns mostly differ at their end."""
    if len(text) <= _LONGEST_LABEL:
        return text
    half = _LONGEST_LABEL // 2
    return f"{text[:half]}…{text[-half:]}"


def _plain(text: str) -> str:
    """Text in which matplotlib finds no formula."""
    return text.replace("$", r"\$")

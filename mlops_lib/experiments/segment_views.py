"""Segments as a table."""

from collections import Counter

from mlops_lib.display import TableView
from mlops_lib.experiments.findings import Findings
from mlops_lib.experiments.wording import difference_words, interval_words, percent, pvalue_words


def segment_table(found: Findings) -> TableView:
    """The primary metric by segment; nothing of an invalid experiment."""
    if not found.is_valid or not found.segments:
        caption = f"No segments: {_why_none(found)}."
        return TableView(caption=caption, columns=(), rows=())
    effects = [(arm.label, each) for arm in found.arms for each in arm.segments]
    told = [
        f"{each.name} ({label})" if found.others else each.name
        for label, each in effects
        if each.adjusted_pvalue < found.design.alpha
    ]
    variant = ("Variant",) if found.others else ()
    return TableView(
        caption=f"{len(effects)} segments; beyond chance after correction for their "
        f"number (Benjamini-Hochberg): {', '.join(told) or 'none of them'}. "
        f"A segment does not decide.{_left_out(found)}",
        columns=(
            "Segment", *variant, "Units", "Difference", f"{percent(found.design)} interval", "p",
        ),
        rows=tuple(
            (
                each.name,
                *((label,) if variant else ()),
                f"{sum(each.estimate.units):,}",
                difference_words(each.estimate),
                interval_words(each.estimate.interval, each.estimate),
                pvalue_words(each.estimate),
            )
            for label, each in effects
        ),
        numeric=("Units", "Difference", "p"),
    )  # fmt: skip


def _left_out(found: Findings) -> str:
    """Values that are too many to be shown."""
    shown = Counter(each.column for each in found.evidence.segments)
    of = {each.column: each.of for each in found.evidence.segments}
    return "".join(
        f" Of {of[column]:,} values of {column}, the {count:,} with most units are shown."
        for column, count in shown.items()
        if of[column] > count
    )


def _why_none(found: Findings) -> str:
    if not found.is_valid:
        return found.decision.reason.removesuffix(".")
    if not found.design.segments:
        return "the design names none"
    if found.design.primary.quantile is not None:
        return "a quantile is not analysed by segment; keep one segment with `where` instead"
    return f"no row has a value of {', '.join(found.design.segments)}"

"""Segments as a table."""

from mlops_lib.display import TableView
from mlops_lib.experiments.findings import Findings
from mlops_lib.experiments.wording import difference_words, interval_words, percent, pvalue_words


def segment_table(found: Findings) -> TableView:
    """The primary metric by segment; nothing of an invalid experiment."""
    if not found.is_valid or not found.segments:
        caption = f"No segments: {_why_none(found)}."
        return TableView(caption=caption, columns=("Segment",), rows=())
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
        "A segment does not decide.",
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


def _why_none(found: Findings) -> str:
    if not found.is_valid:
        return found.decision.reason.removesuffix(".")
    if not found.design.segments:
        return "the design names none"
    if found.design.primary.quantile is not None:
        return "a quantile is not analysed by segment; keep one segment with `where` instead"
    return f"no row has a value of {', '.join(found.design.segments)}"

"""Segments as a table."""

from mlops_lib.display import TableView
from mlops_lib.experiments.findings import Findings
from mlops_lib.experiments.summary import difference_words, interval_words, percent, pvalue_words


def segment_table(found: Findings) -> TableView:
    """The primary metric by segment; nothing of an invalid experiment."""
    if not found.is_valid or not found.segments:
        reason = "the design names none" if found.is_valid else found.decision.reason
        return TableView(caption=f"No segments: {reason}.", columns=("Segment",), rows=())
    told = [each for each in found.segments if each.adjusted_pvalue < found.design.alpha]
    finding = ", ".join(each.name for each in told) or "none of them"
    return TableView(
        caption=f"{len(found.segments)} segments; beyond chance after correction for their "
        f"number (Benjamini-Hochberg): {finding}. A segment does not decide.",
        columns=("Segment", "Units", "Difference", f"{percent(found)} interval", "p"),
        rows=tuple(
            (
                each.name,
                f"{sum(each.estimate.units):,}",
                difference_words(each.estimate),
                interval_words(each.estimate.interval, each.estimate),
                pvalue_words(each.estimate),
            )
            for each in found.segments
        ),
        numeric=("Units", "Difference", "p"),
    )

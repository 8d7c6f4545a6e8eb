"""Tables of the judges: what they graded, what they could not, and what they cost."""

from collections.abc import Mapping, Sequence

from mlops_lib.display import TableView
from mlops_lib.evaluation.judges.calibrate import calibrate, is_about
from mlops_lib.evaluation.judges.judgement import Judgements
from mlops_lib.evaluation.judges.labels import Label
from mlops_lib.evaluation.scoring import ScoredRun
from mlops_lib.evaluation.views import interval_text
from mlops_lib.verdict import format_quantity

_NAMED = 5
"""Flagged cases that a cell lists before it only counts."""


def judges_view(sides: Mapping[str, ScoredRun]) -> TableView:
    """Each judge of each side; without judges one line that says so.

    Args:
        sides: the scored runs by name.
    """
    rows = [
        (judged.judge, side, *_row(judged))
        for side, scored in sides.items()
        for judged in scored.judgements
    ]
    flagged = sum(len(j.flagged) for scored in sides.values() for j in scored.judgements)
    if not rows:
        caption = "No judge was asked: every score comes from a rule or a count."
    elif flagged:
        caption = f"{flagged} answers speak to their judge: read them before trusting their grades."
    else:
        caption = "The judges passed their known answers, and no answer speaks to its judge."
    return TableView(
        caption=caption,
        columns=(
            "Judge",
            "Side",
            "Model",
            "Graded",
            "Not graded",
            "Known answers",
            "Cost",
            "Flagged",
        ),
        rows=tuple(rows) or (("none", "–", "–", "0", "0", "0", "–", "none"),),
        numeric=("Graded", "Not graded", "Cost"),
    )


def calibration_view(sides: Mapping[str, ScoredRun], labels: Sequence[Label]) -> TableView:
    """How far people agree with each judge, and what its score is once they are heard.

    Args:
        sides: the scored runs by name.
        labels: of people; a judge without labels has a line that says so.
    """
    rows = [
        (judged.judge, side, *_calibrated(judged, labels))
        for side, scored in sides.items()
        for judged in scored.judgements
    ]
    trusted = sum(row[2] != "0" for row in rows)
    return TableView(
        caption=(
            f"{trusted} of {len(rows)} judged runs have labels of people; without them a judge's "
            "level is its own opinion, and only differences between versions should be read."
            if rows
            else "No judge was asked, so there is none to set beside people."
        ),
        columns=("Judge", "Side", "Labels", "Agree", "Good", "Kappa", "Judge alone", "Corrected"),
        rows=tuple(rows) or (("none", "–", "0", "–", "–", "–", "–", "–"),),
        numeric=("Labels", "Agree", "Good", "Kappa"),
    )


def _calibrated(judged: Judgements, labels: Sequence[Label]) -> tuple[str, ...]:
    if not any(is_about(label, judged) for label in labels):
        return "0", "–", "–", "–", "–", "–"
    found = calibrate(judged, labels)
    return (
        f"{found.labelled:,}",
        format_quantity(found.agreement.estimate, "share"),
        format_quantity(found.base_rate.estimate, "share"),
        f"{format_quantity(found.kappa.estimate)} ({interval_text(found.kappa.interval, '')})",
        f"{format_quantity(found.raw.estimate, 'share')} good",
        f"{format_quantity(found.ppi.estimate, 'share')} "
        f"({interval_text(found.ppi.interval, 'share')})",
    )


def _row(judged: Judgements) -> tuple[str, ...]:
    asked = judged.asked
    errors = sum(item.error is not None for item in asked)  # what was not asked included
    held = sum(bool(item.held) for item in judged.sentinels)
    names = list(dict.fromkeys(item.case_id for item in judged.flagged))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return (
        judged.sentinels[0].model,
        f"{len(asked) - errors:,}",
        f"{errors:,}",
        f"{held} of {len(judged.sentinels)} held",
        _cost(judged),
        (", ".join(names[:_NAMED]) + more) or "none",
    )


def _cost(judged: Judgements) -> str:
    """The sum of what is known, and whether a paid call's price is unknown."""
    spent = judged.spending
    if spent.unknown == spent.calls:
        return "unknown"
    note = f" ({spent.unknown} calls unknown)" if spent.unknown else ""
    return format_quantity(spent.known_usd, "usd") + note

"""Tables of the judges: what they graded, what they could not, and what they cost."""

from collections.abc import Mapping, Sequence

from mlops_lib.display import TableView
from mlops_lib.evaluation.judges.judgement import Judgement, Judgements
from mlops_lib.evaluation.scoring import ScoredRun
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


def _row(judged: Judgements) -> tuple[str, ...]:
    asked = judged.asked
    errors = sum(item.error is not None for item in asked)
    held = sum(bool(item.held) for item in judged.sentinels)
    names = list(dict.fromkeys(item.case_id for item in judged.flagged))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return (
        judged.sentinels[0].model,
        f"{len(asked) - errors:,}",
        f"{errors:,}",
        f"{held} of {len(judged.sentinels)} held",
        _cost([*judged.sentinels, *asked]),
        (", ".join(names[:_NAMED]) + more) or "none",
    )


def _cost(items: Sequence[Judgement]) -> str:
    """The sum of what is known, and whether a paid call's price is unknown."""
    calls = [item for item in items if item.input_tokens is not None]
    costs = [item.cost_usd for item in calls]
    known = [cost for cost in costs if cost is not None]
    if not known:
        return "unknown"
    lacks = len(costs) - len(known)
    note = f" ({lacks} calls unknown)" if lacks else ""
    return format_quantity(sum(known), "usd") + note

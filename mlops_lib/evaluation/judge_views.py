"""Tables of the judges: what they graded, what they could not, and what they cost."""

from collections.abc import Collection, Mapping, Sequence

from mlops_lib.display import TableView
from mlops_lib.evaluation.judges.calibrate import calibrate, is_about
from mlops_lib.evaluation.judges.judgement import Judgements
from mlops_lib.evaluation.judges.labels import Label
from mlops_lib.evaluation.scoring import ScoredRun
from mlops_lib.evaluation.views import interval_text
from mlops_lib.quantities import format_quantity
from mlops_lib.stats import Interval

_NO_JUDGE = "No judge was asked: every score comes from a rule or a count."

_NAMED = 5
"""Flagged cases that a cell lists before it only counts."""


def judges_view(sides: Mapping[str, ScoredRun]) -> TableView:
    """Each judge of each side; without judges one line that says so.

    Args:
        sides: the scored runs by name.
    """
    rows = [
        (judged.judge, side, *_row(judged, scored.quoting))
        for side, scored in sides.items()
        for judged in scored.judgements
    ]
    return TableView(
        caption=_caption(sides) if rows else _NO_JUDGE,
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


def _caption(sides: Mapping[str, ScoredRun]) -> str:
    """What to read before the grades are trusted; answers of both sides count, each once."""
    flagged = {
        (side, item.case_id, item.repeat): (item.case_id, item.repeat) in scored.quoting
        for side, scored in sides.items()
        for judged in scored.judgements
        for item in judged.flagged
    }
    quoting = sum(flagged.values())
    speaking = len(flagged) - quoting
    if speaking:
        verb = "answer speaks" if speaking == 1 else "answers speak"
        return f"{speaking} {verb} to the judge: read before trusting the grades."
    passed = "The judges passed their known answers, and no answer speaks to its judge"
    if not quoting:
        return f"{passed}."
    verb = "answer that looks so repeats" if quoting == 1 else "answers that look so repeat"
    return f"{passed}: {quoting} {verb} a page that was retrieved, word for word."


def calibration_view(sides: Mapping[str, ScoredRun], labels: Sequence[Label]) -> TableView:
    """How far people agree with each judge, and what its score is once they are heard.

    Args:
        sides: the scored runs by name.
        labels: of people; a judge without labels has a column that says so.
    """
    judged = {
        f"{each.judge}, {side}": each
        for side, scored in sides.items()
        for each in scored.judgements
    }
    columns = {name: _calibrated(each, labels) for name, each in judged.items()}
    trusted = sum(cells[0] != "0" for cells in columns.values())
    caption = (
        f"{trusted} of {len(columns)} judged runs have labels of people; without them a judge's "
        "level is its own opinion, and only differences between versions should be read."
    )
    if not columns:
        return TableView(
            caption="No judge was asked, so there is none to set beside people.",
            columns=("What", "Judge"),
            rows=(("answers that people labelled", "0"),),
            numeric=("Judge",),
        )
    return TableView(
        caption=caption,
        columns=("What", *columns),
        rows=tuple(zip(_CALIBRATED, *columns.values(), strict=True)),
        numeric=tuple(columns),
    )


_CALIBRATED = (
    "answers that people labelled",
    "good: a grade of at least",
    "good by people (base rate)",
    "good by the judge, same answers",
    "agreement",
    "kappa: agreement beyond chance",
    "sensitivity: called good, of the good",
    "specificity: called bad, of the bad",
    "good by the judge alone, all answers",
    "good, corrected by Rogan-Gladen",
    "mean grade by the judge alone, all answers",
    "mean grade, corrected by PPI++",
)


def _calibrated(judged: Judgements, labels: Sequence[Label]) -> tuple[str, ...]:
    """The cells of one judge, in the order of the rows."""
    if not any(is_about(label, judged) for label in labels):
        return ("0", *("–" for _ in _CALIBRATED[1:]))
    found = calibrate(judged, labels)
    shares = (found.base_rate, found.called_good, found.agreement)
    rates = (found.sensitivity, found.specificity, found.raw)
    disputed = f" ({found.disputed} disputed)" if found.disputed else ""
    return (
        f"{found.labelled:,}{disputed}",
        format_quantity(found.threshold),
        *(_cell(each.estimate, each.interval) for each in shares),
        _cell(found.kappa.estimate, found.kappa.interval, ""),
        *(_cell(each.estimate, each.interval) for each in rates),
        _cell(found.rogan_gladen.estimate, found.rogan_gladen.interval),
        format_quantity(found.raw_mean, "share"),
        _cell(found.ppi.estimate, found.ppi.interval),
    )


def _cell(estimate: float, interval: Interval, unit: str = "share") -> str:
    return f"{format_quantity(estimate, unit)} ({interval_text(interval, unit)})"


def _row(judged: Judgements, quoting: Collection[tuple[str, int]]) -> tuple[str, ...]:
    asked = judged.asked
    errors = sum(item.error is not None for item in asked)  # what was not asked included
    held = sum(bool(item.held) for item in judged.sentinels)
    return (
        judged.sentinels[0].model,
        f"{len(asked) - errors:,}",
        f"{errors:,}",
        f"{held} of {len(judged.sentinels)} held",
        _cost(judged),
        _flagged(judged, quoting),
    )


def _flagged(judged: Judgements, quoting: Collection[tuple[str, int]]) -> str:
    """Cases with an answer that speaks to the judge, and those that only quote a page."""
    speaking = [
        item.case_id for item in judged.flagged if (item.case_id, item.repeat) not in quoting
    ]
    parts = (
        _named(speaking),
        _named([i.case_id for i in judged.flagged if i.case_id not in speaking]),
    )
    told = (parts[0], parts[1] and f"quoted from a page: {parts[1]}")
    return "; ".join(part for part in told if part) or "none"


def _named(case_ids: Sequence[str]) -> str:
    names = list(dict.fromkeys(case_ids))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _cost(judged: Judgements) -> str:
    """The sum of what is known, and whether a paid call's price is unknown."""
    spent = judged.spending
    if spent.unknown == spent.calls:
        return "unknown"
    note = f" ({spent.unknown} calls unknown)" if spent.unknown else ""
    return format_quantity(spent.known_usd, "usd") + note

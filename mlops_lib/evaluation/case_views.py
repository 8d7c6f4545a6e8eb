"""Tables of single cases: what changed, what is critical, both answers side by side."""

from collections.abc import Sequence

from mlops_lib.display import TableView
from mlops_lib.evaluation.changes import CaseChange
from mlops_lib.evaluation.counting import counted
from mlops_lib.evaluation.critical import CriticalCase
from mlops_lib.evaluation.runs import Answer
from mlops_lib.evaluation.scorers.leaks import leaked
from mlops_lib.quantities import format_quantity

LONGEST_TEXT = 280
"""Characters of an input or an output in a table."""

MOST_CASES_SHOWN = 10


def changes_view(changes: Sequence[CaseChange], *, improved: bool) -> TableView:
    """The cases that got better, or worse, with both answers side by side.

    An answer in which a secret or personal data is found is withheld.

    Args:
        changes: all of them, the largest loss first.
        improved: whether to show gains; else losses.
    """
    chosen = [change for change in changes if (change.gain > 0) is improved]
    shown = (chosen[::-1] if improved else chosen)[:MOST_CASES_SHOWN]
    return TableView(
        caption=_changes_caption(len(chosen), len(shown), improved=improved),
        columns=("Case", "Baseline said", "Candidate said", "What moved"),
        rows=tuple(_change_row(change) for change in shown),
    )


def _changes_caption(found: int, shown: int, *, improved: bool) -> str:
    word = "better" if improved else "worse"
    if not found:
        return f"No case got {word} by 5 points or more on average over its metrics."
    if found == 1:
        return (
            f"1 case got {word} by 5 points or more on average over its metrics, shown with the "
            "repeat that shows it most."
        )
    which = "all are shown" if shown == found else f"the {shown} with the largest change are shown"
    return (
        f"{found} cases got {word} by 5 points or more on average over their metrics; {which}, "
        "each with the repeat that shows it most."
    )


def _change_row(change: CaseChange) -> tuple[str, ...]:
    name = f"{change.case.case_id} (critical)" if change.case.critical else change.case.case_id
    return (
        f"{name}: {shortened(change.case.input)}",
        _said(change.baseline),
        _said(change.candidate),
        f"{format_quantity(change.gain, 'points')} on average; most {change.metric}, "
        f"{format_quantity(change.metric_gain, 'points')}: {shortened(change.reason)}",
    )


def _said(answer: Answer) -> str:
    """The text with what it cost and how long it took, where that was recorded."""
    amounts = ((answer.cost_usd, "usd"), (answer.latency_ms, "ms"))
    told = [format_quantity(value, unit) for value, unit in amounts if value is not None]
    return f"{shortened(answer.text)} ({', '.join(told)})" if told else shortened(answer.text)


def shortened(text: str) -> str:
    """A text on one line, cut, and withheld when it holds a secret or personal data.

    Example:
        >>> shortened("Write to jo@acme.org")
        '[withheld: holds an e-mail address]'
    """
    what = leaked(text)
    if what:
        return f"[withheld: holds {what}]"
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TEXT else f"{line[:LONGEST_TEXT]}…"


def _critical_caption(cases: int, broken: int, shaky: int) -> str:
    if not cases:
        return "No case is marked as critical, so there is none to list."
    if not shaky:
        told = "The critical case passes" if cases == 1 else f"All {cases} critical cases pass"
        return f"{told} each time with the candidate, so there is none to list."
    do = "does" if shaky == 1 else "do"
    return (
        f"Of {counted(cases, 'critical case')} {broken} broke, and {shaky} {do} not pass each "
        "time with the candidate."
    )


def critical_view(cases: Sequence[CriticalCase]) -> TableView:
    """The critical cases that do not pass each time, the broken ones first.

    Args:
        cases: all critical ones.
    """
    shaky = [case for case in cases if not case.is_measured or not all(case.candidate)]
    shaky.sort(key=lambda case: (not case.is_broken, case.is_measured, case.case.case_id))
    broken = sum(case.is_broken for case in cases)
    return TableView(
        caption=_critical_caption(len(cases), broken, len(shaky)),
        columns=("Case", "Asked", "Baseline passed", "Candidate passed", "Why it fails"),
        rows=tuple(
            (
                case.case.case_id,
                shortened(case.case.input),
                f"{sum(case.baseline)} of {len(case.baseline)}",
                f"{sum(case.candidate)} of {len(case.candidate)}",
                shortened(case.reason),
            )
            for case in shaky
        ),
    )

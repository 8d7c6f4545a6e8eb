"""A candidate corpus judged and shown: the comment on a documentation pull request."""

from collections.abc import Sequence

from mlops_lib.display import TableView
from mlops_lib.quantities import format_quantity
from mlops_lib.stats import Proportion
from mlops_lib.stats.interval import UNKNOWN
from mlops_lib.topics.candidate import CandidateComparison
from mlops_lib.topics.candidate_fates import Fate, GapFate
from mlops_lib.topics.conclude import quoted
from mlops_lib.topics.reach import Reach
from mlops_lib.verdict import Check, Metric, Outcome, Source, Verdict

MOST_WORSENED = 0.02
"""Share of the well served questions that a candidate may lose: pages get reworded, and one
question in fifty is then found elsewhere."""

MOST_NAMED = 3
_NONE = "–"


def candidate_view(comparison: CandidateComparison | None) -> TableView:
    """One row per gap: how many of its questions find a good match, before and after.

    Args:
        comparison: None where no candidate was given; the caption says so.
    """
    columns = ("Gap", "Most typical question", "Covered now", "With the candidate", "So it is",
               "Where", "What it says there")  # fmt: skip
    if comparison is None:
        return TableView(
            caption="No candidate corpus was given (parameter candidate_corpus).",
            columns=columns[:1],
            rows=(),
        )
    return TableView(
        caption=f"{_sentence(comparison)} A match is no answer: read what it says there.",
        columns=columns,
        rows=tuple(
            (
                each.name,
                each.question,
                format_quantity(each.before.estimate, "share"),
                _with_interval(each.after),
                each.fate.value,
                each.page or _NONE,
                each.passage or _NONE,
            )
            for each in comparison.fates
        ),
        numeric=("Covered now", "With the candidate"),
    )


def check_candidate(comparison: CandidateComparison) -> tuple[Check, ...]:
    """What must not happen first: questions made worse, gaps opened; then what should: closed."""
    worsened = comparison.worsened
    outcome = Outcome.UNDECIDED
    if worsened.interval.high <= MOST_WORSENED:
        outcome = Outcome.PASS
    elif worsened.interval.low > MOST_WORSENED:
        outcome = Outcome.FAIL
    losing = Check(
        name="well served questions made worse",
        estimate=worsened.estimate,
        interval=worsened.interval,
        limit=MOST_WORSENED,
        good="low",
        unit="share",
        n=worsened.n,
        method=f"best match by {comparison.embedder} on both corpora; {worsened.method}",
        outcome=outcome,
        explanation=(
            f"{worsened.successes:,} of {worsened.n:,} well served questions have a good match "
            "in the corpus and none in the candidate."
        ),
    )
    opened, closed = comparison.count(Fate.OPENED), comparison.count(Fate.CLOSED)
    shown = len(comparison.fates) - opened
    found = Outcome.WARN if shown else Outcome.UNDECIDED
    return (
        losing,
        _counted("newly opened gaps", opened, limit=0, good="low", n=shown,
                 outcome=Outcome.FAIL if opened else Outcome.PASS,
                 explanation=f"{opened} topics of well served questions lose their match."),
        _counted("gaps closed", closed, limit=1, good="high", n=shown,
                 outcome=Outcome.PASS if closed else found,
                 explanation=_closed(comparison, shown)),
    )  # fmt: skip


def conclude_candidate(
    comparison: CandidateComparison, *, reach: Reach, sources: Sequence[Source] = ()
) -> Verdict:
    """The verdict on the candidate alone: what the traffic does is not its fault.

    Args:
        comparison: of corpus and candidate.
        reach: how many of the badly served requests the gaps hold that it was held against.
        sources: fingerprints of the input.
    """
    return Verdict(
        subject="topics",
        checks=check_candidate(comparison),
        meaning=f"{_sentence(comparison)} {reach.rest}".strip(),
        advice=f"{_advice(comparison, reach)} {reach.hint}".strip(),
        metrics=tuple(
            Metric(name=name, value=float(comparison.count(fate)), unit="count")
            for name, fate in (
                ("gaps closed", Fate.CLOSED),
                ("gaps closing", Fate.CLOSING),
                ("gaps covered already", Fate.COVERED),
                ("gaps still open", Fate.OPEN),
                ("gaps opened", Fate.OPENED),
            )
        ),
        sources=sources,
    )


def _counted(  # noqa: PLR0913 - one check, by keyword
    name: str, count: int, *, limit: int, good: str, n: int, outcome: Outcome, explanation: str
) -> Check:
    return Check(
        name=name,
        estimate=float(count),
        interval=UNKNOWN,
        limit=float(limit),
        good="low" if good == "low" else "high",
        unit="count",
        n=n,
        method="share of a topic's questions with a good match",
        outcome=outcome,
        explanation=explanation,
    )


def _closed(comparison: CandidateComparison, shown: int) -> str:
    covered, hidden = comparison.count(Fate.COVERED), comparison.withheld
    if shown:
        already = f"; {covered} did so already" if covered else ""
        return (
            f"{comparison.count(Fate.CLOSED)} of {shown} gaps find a good match for half of their "
            f"questions or more in the candidate, and did not before{already}."
        )
    return "No gap is shown, so none can be seen to close" + (
        f"; {hidden} small clusters are withheld for privacy." if hidden else "."
    )


def _with_interval(share: Proportion) -> str:
    low, high = (format_quantity(bound, "share") for bound in share.interval)
    return f"{format_quantity(share.estimate, 'share')} ({low} to {high})"


def _sentence(comparison: CandidateComparison) -> str:
    """What happens to the gaps, the closed ones by question and page."""
    before, after = comparison.sections
    share = format_quantity(comparison.worsened.estimate, "share")
    lost = f"{share} of the well served questions lose their good match."
    candidate = f"the candidate ({after} sections, {before} now)"
    if comparison.same:
        return f"Nothing changes: {candidate} says what the corpus says."
    if not comparison.fates:
        return f"No gap is shown that {candidate} could close; {lost}"
    parts = [
        words.format(comparison.count(fate))
        for words, fate in (
            ("closes {}", Fate.CLOSED),
            ("brings {} closer", Fate.CLOSING),
            ("leaves {} open", Fate.OPEN),
            ("finds {} covered already", Fate.COVERED),
            ("opens {}", Fate.OPENED),
        )
        if comparison.count(fate) or fate is Fate.CLOSED
    ]
    closed = _listed([_page(each) for each in comparison.fates if each.fate is Fate.CLOSED])
    parts[0] += f" ({closed})" if closed else ""
    listed = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
    shown = len(comparison.fates) - comparison.count(Fate.OPENED)
    return f"Of the {shown} {'gap' if shown == 1 else 'gaps'} shown {candidate} {listed}; {lost}"


def _page(closed: GapFate) -> str:
    return f"{quoted(closed.question)} in {closed.page}"


def _advice(comparison: CandidateComparison, reach: Reach) -> str:
    opened = _names(comparison, Fate.OPENED)
    if opened:
        return f"Before merging, bring back what answers: {opened}."
    if not comparison.fates:
        return "Judge the pages by hand: there is no gap shown to judge them by."
    closing, still = _names(comparison, Fate.CLOSING), _names(comparison, Fate.OPEN)
    covered = _names(comparison, Fate.COVERED)
    steps = [
        _merge(comparison),
        f"Say more on {closing}." if closing else "",
        f"Write for {still}." if still else "",
        f"For {covered} write nothing yet: a section matches already; if it answers, retrieval or "
        "the answer is at fault."
        if covered
        else "",
        "" if closing or still or covered else _rest(reach),
    ]
    return " ".join(step for step in steps if step)


def _merge(comparison: CandidateComparison) -> str:
    if comparison.same:
        return "There is nothing to merge; look whether candidate_corpus is the version you meant."
    if comparison.count(Fate.CLOSED) or comparison.count(Fate.CLOSING):
        return "Merge if the pages answer: a section that only repeats a question matches it too."
    return "Merge if the pages are right; they close no gap."


def _rest(reach: Reach) -> str:
    rest = reach.hidden + reach.outside
    if not rest:
        return ""
    return f"The {rest:,} badly served requests outside the gaps shown were not looked at."


def _names(comparison: CandidateComparison, fate: Fate) -> str:
    return _listed([_said(each) for each in comparison.fates if each.fate is fate])


def _said(each: GapFate) -> str:
    """The gap's number, which a newly opened one has not, and its most typical question."""
    question = quoted(each.question)
    return question if each.fate is Fate.OPENED else f"{each.name.split(':')[0]} ({question})"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return "; ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")

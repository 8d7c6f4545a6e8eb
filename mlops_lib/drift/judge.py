"""The verdict on drift: the checks, and what they mean in a sentence."""

from mlops_lib.drift.checks import check_all, check_missing, listed
from mlops_lib.drift.columns import ColumnDrift
from mlops_lib.drift.comparison import Comparison
from mlops_lib.drift.policy import Policy, by_outcome
from mlops_lib.drift.profile import TOO_RARE
from mlops_lib.drift.roles import EXPLAINING, SUBJECTS
from mlops_lib.drift.selftest import POWER, split_halves, volume_to_decide
from mlops_lib.drift.upstream import Promises
from mlops_lib.verdict import Check, Metric, Outcome, Verdict, worst

_ADVICE: dict[Outcome, str] = {
    Outcome.PASS: "Nothing to do; keep the reference.",
    Outcome.WARN: "Look at the columns named and watch the next window.",
    Outcome.UNDECIDED: "Wait for more rows, or widen the current window, before acting.",
    Outcome.FAIL: (
        "Find the cause, starting with the first column, and run the evaluation on recent "
        "requests before the next release."
    ),
}


def verdict_of(result: Comparison, policy: Policy, promises: Promises, *, who: str = "") -> Verdict:
    """Judge a comparison.

    Args:
        result: the comparison.
        policy: the limits.
        promises: of the data source; the broken ones come first.
        who: a sentence that says who changed; it leads.
    """
    checks = (*promises.broken, *check_all(result, policy))
    return Verdict(
        subject="drift",
        checks=checks,
        meaning=" ".join(
            filter(None, (who, _broken(promises), _meaning(result, policy, is_told=bool(who))))
        ),
        advice=_advice(result, checks, promises, policy),
        metrics=_metrics(result, policy),
        sources=result.sources,
    )


def _meaning(result: Comparison, policy: Policy, *, is_told: bool) -> str:
    """What was found; who changed, if that `is_told` before, has named what merely moved."""
    found = by_outcome(result.columns, policy)
    drifted, moved, open_ = (
        found[outcome] for outcome in (Outcome.FAIL, Outcome.WARN, Outcome.UNDECIDED)
    )
    total = f"{len(result.columns)} compared columns"
    broken = len(result.missing) + len(result.retyped)
    parts = [f"the data source lost or changed {broken} columns"] if broken else []
    if drifted:
        roles = dict.fromkeys(SUBJECTS[column.role] for column in drifted)
        parts.append(
            f"{len(drifted)} of {total} drifted ({_names(drifted)}): {' and '.join(roles)} changed"
        )
    for theirs, words in (
        (True, f"of {total} moved enough to be watched"),
        (False, "changed because we did"),
    ):
        if some := [column for column in moved if (column.role not in EXPLAINING) is theirs]:
            parts.append(f"{len(some)} {words}" + ("" if is_told else f" ({_names(some)})"))
    if open_:
        parts.append(f"for {len(open_)} the data cannot tell ({_names(open_)})")
    if result.incomparable:
        parts.append(f"not comparable: {listed(list(result.incomparable))}")
    parts += _gaps(result, policy)
    added = f"; new columns: {listed(result.added)}" if result.added else ""
    if rare := [each.name for each in result.skipped if each.reason.endswith(TOO_RARE)]:
        added += f"; not compared, too many rare values: {listed(rare)}"
    if not parts:
        alone = len(result.columns) == 1
        none = "The one compared column has not" if alone else f"None of the {total}"
        return f"{none} moved beyond the limits{added}."
    text = "; ".join(parts) + added
    return f"{text[0].upper()}{text[1:]}."


def _gaps(result: Comparison, policy: Policy) -> list[str]:
    emptied = [column.name for column in result.columns if column.is_emptied]
    gaps = [column.name for column in result.columns if check_missing(column, policy)]
    parts = [f"{listed(emptied)} {'is' if len(emptied) == 1 else 'are'} empty now"] * bool(emptied)
    return parts + [f"missing values became more frequent in {listed(gaps)}"] * bool(gaps)


def _names(columns: list[ColumnDrift]) -> str:
    return listed([column.name for column in columns])


def _broken(promises: Promises) -> str:
    count = len(promises.broken)
    return f"The data source breaks {count} of {len(promises.checks)} promises." if count else ""


def _advice(
    result: Comparison, checks: tuple[Check, ...], promises: Promises, policy: Policy
) -> str:
    if result.missing or result.retyped or promises.broken:
        return "Mend the data source first: what it lost or changed makes the rest unreliable."
    outcome = worst(check.outcome for check in checks)
    advice = _ADVICE[outcome]
    more = _volume(result, policy) if outcome is Outcome.UNDECIDED else ""
    return f"{advice} {more}".strip()


def _volume(result: Comparison, policy: Policy) -> str:
    """What volume would decide; nothing where there is enough and something else is unclear."""
    before, now = volume_to_decide(result, policy)
    if result.reference_rows >= before and result.current_rows >= now:
        return ""
    which = "in each window" if before > result.reference_rows else "in the current window"
    return (
        f"With some {now:,} rows {which}, columns that did not change are told to be so in "
        f"{POWER:.0%} of comparisons."
    )


def _first_tile(result: Comparison, policy: Policy) -> Metric:
    """The count that the outcome rests on, never a reassuring 0 beside a warning."""
    ours = sum(column.role in EXPLAINING for column in _watched(result, policy))
    found = by_outcome(result.columns, policy)
    counts = {
        "Columns lost or of another type": len(result.missing) + len(result.retyped),
        "Columns that drifted": len(found[Outcome.FAIL]),
        "Columns undecided": len(found[Outcome.UNDECIDED]) + len(result.incomparable),
        "Columns to watch": len(_watched(result, policy)) - ours,
        "Columns that we changed": ours,
        "New columns": len(result.added),
    }
    name = next((name for name, count in counts.items() if count), "Columns that drifted")
    more = f"; {ours} changed because we did" if ours and name != "Columns that we changed" else ""
    note = f"of {len(result.columns)} compared{more}"
    return Metric(name=name, value=float(counts[name]), unit="count", note=note)


def _watched(result: Comparison, policy: Policy) -> list[ColumnDrift]:
    watched = by_outcome(result.columns, policy)[Outcome.WARN]
    gaps = [column for column in result.columns if check_missing(column, policy)]
    return [*watched, *(column for column in gaps if column not in watched)]


def _metrics(result: Comparison, policy: Policy) -> tuple[Metric, ...]:
    tiles = [_first_tile(result, policy)]
    if result.columns:
        worst_column = min(result.columns, key=lambda column: column.role in EXPLAINING)
        tiles.append(
            Metric(
                name="Largest PSI not of our doing"
                if worst_column.role not in EXPLAINING
                else "Largest PSI",
                value=worst_column.psi_excess,
                note=worst_column.name,
            )
        )
    test = split_halves(result, policy) if result.columns else None
    if test is not None and test.runs:
        tiles.append(
            Metric(
                name="False alarms of this policy",
                value=test.alarmed.estimate,
                unit="share",
                note=f"of {test.runs} halvings of the reference",
            )
        )
    tiles += [
        Metric(name="Reference rows", value=float(result.reference_rows), unit="count"),
        Metric(name="Current rows", value=float(result.current_rows), unit="count"),
    ]
    return tuple(tiles)

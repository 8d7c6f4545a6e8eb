"""What an evaluation cost: the application and each judge apart, the unknown told."""

from collections.abc import Iterator, Mapping

from mlops_lib.display import TableView
from mlops_lib.evaluation.scoring import ScoredRun
from mlops_lib.evaluation.spending import Spending, spending_of
from mlops_lib.quantities import format_quantity
from mlops_lib.verdict import Metric

JUDGING = "cost of the judges"
"""Name of the tile."""

APPLICATION = "the application"


def costs_view(sides: Mapping[str, ScoredRun]) -> TableView:
    """Calls, tokens and money of each side, by whoever was called.

    Args:
        sides: the scored runs by name.
    """
    rows = [
        (who, side, model, *_cells(spent))
        for side, scored in sides.items()
        for who, model, spent in _callers(scored)
    ]
    return TableView(
        caption=_caption(sides),
        columns=("Who", "Side", "Model", "Calls", "In batches", "Read", "Written", "Cost"),
        rows=tuple(rows),
        numeric=("Calls", "In batches", "Read", "Written", "Cost"),
    )


def judging_tile(sides: Mapping[str, ScoredRun]) -> Metric | None:
    """What the judges of all sides cost; None without a judge that is known to cost something."""
    spent = [judged.spending for scored in sides.values() for judged in scored.judgements]
    calls = sum(each.calls for each in spent)
    unknown = sum(each.unknown for each in spent)
    known = sum(each.known_usd for each in spent)
    if not known:
        return None
    note = f"{calls:,} calls, apart from the application's own cost"
    lacks = f"; {unknown:,} of unknown cost are not in it" if unknown else ""
    return Metric(name=JUDGING, value=known, unit="usd", note=f"{note}{lacks}")


def _callers(scored: ScoredRun) -> Iterator[tuple[str, str, Spending]]:
    asked = [answer for answer in scored.run.answers if not answer.is_unasked]
    yield APPLICATION, scored.run.version["model"] or "not recorded", spending_of(asked)
    for judged in scored.judgements:
        yield f"judge {judged.judge}", judged.sentinels[0].model, judged.spending


def _caption(sides: Mapping[str, ScoredRun]) -> str:
    found = [caller for scored in sides.values() for caller in _callers(scored)]
    own = [spent for who, _, spent in found if who == APPLICATION]
    judges = [spent for who, _, spent in found if who != APPLICATION]
    told = f"The answers of both sides cost {_money(own)}"
    if judges:
        return f"{told}, and judging them {_money(judges)}."
    return f"{told}; no judge was paid."


def _money(spent: list[Spending]) -> str:
    unknown = sum(each.unknown for each in spent)
    if unknown and unknown == sum(each.calls for each in spent):
        return "an unknown amount"
    more = f" and {unknown:,} calls of unknown price" if unknown else ""
    return format_quantity(sum(each.known_usd for each in spent), "usd") + more


def _cells(spent: Spending) -> tuple[str, str, str, str, str]:
    is_known = spent.uncounted < spent.calls or not spent.calls
    return (
        f"{spent.calls:,}",
        f"{spent.batched:,}",
        f"{spent.input_tokens:,}" if is_known else "unknown",
        f"{spent.output_tokens:,}" if is_known else "unknown",
        _money([spent]),
    )

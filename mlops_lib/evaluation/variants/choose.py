"""Which version to use: the clear winner, the cheapest of equals, or none yet."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlops_lib.evaluation.variants.pairs import Pair
from mlops_lib.stats import Interval, units_needed
from mlops_lib.stats.interval import UNKNOWN
from mlops_lib.verdict import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What to use, and how sure that is.

    Attributes:
        outcome: PASS when the data decide, UNDECIDED when they cannot, FAIL when no version may
            be used.
        use: name of the version to use now; empty when none may be.
        why: "winner", "equals", "only", "undecided" or "none".
        equals: versions that cannot be told apart from the best, the best first.
        rival: the version that comes nearest to the best; empty without one.
        gain: of the best over the rival.
        interval: of the gain.
        pvalue: of the gain, adjusted; 1 without a rival.
        needed: cases that would tell them apart, if the gain stays as measured.
    """

    outcome: Outcome
    use: str
    why: str
    equals: tuple[str, ...] = ()
    rival: str = ""
    gain: float = math.nan
    interval: Interval = UNKNOWN
    pvalue: float = 1.0
    needed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """By what is chosen.

    Attributes:
        in_use: the version in use, which stays while nothing better is shown.
        margin: a difference that does not matter.
        alpha: error of all pairs together.
        power: at which the needed cases are told.
    """

    in_use: str
    margin: float
    alpha: float = 0.05
    power: float = 0.8


def choose(
    pairs: Sequence[Pair],
    means: Mapping[str, float],
    costs: Mapping[str, float | None],
    rules: Rules,
) -> Choice:
    """Choose among the versions that may be used.

    A version wins when it is better than each other one beyond chance, all pairs counted. Where
    the best and its rivals differ by less than the margin for sure, they are equals, and the
    cheapest is used. Otherwise the data cannot tell, and the version in use stays if it is among
    those that may be best.

    Args:
        pairs: of all versions.
        means: of the versions that may be used; none may be empty-handed.
        costs: mean cost of each; None where unknown.
        rules: version in use, margin, alpha, power.
    """
    if not means:
        return Choice(outcome=Outcome.FAIL, use="", why="none")
    best = max(means, key=lambda name: (means[name], name == rules.in_use))
    allowed = [pair for pair in pairs if pair.first in means and pair.second in means]
    duels = [pair for pair in allowed if best in (pair.first, pair.second)]
    if not duels:
        return Choice(outcome=Outcome.PASS, use=best, why="only", equals=(best,))
    open_duels = [pair for pair in duels if not _is_won(pair, best, rules)]
    nearest = min(open_duels or duels, key=lambda pair: pair.gain_of(best)[1].low)
    gain, interval = nearest.gain_of(best)
    equals = (best, *(_other(pair, best) for pair in open_duels))
    why = _why(open_duels, best, rules)
    return Choice(
        outcome=Outcome.UNDECIDED if why == "undecided" else Outcome.PASS,
        use=_use(why, equals, costs, rules),
        why=why,
        equals=equals,
        rival=_other(nearest, best),
        gain=gain,
        interval=interval,
        pvalue=nearest.pvalue,
        needed=units_needed(
            nearest.difference.n,
            nearest.difference.standard_error,
            gain,
            alpha=1 - nearest.confidence,
            power=rules.power,
        )
        if why == "undecided"
        else None,
    )


def _why(open_duels: Sequence[Pair], best: str, rules: Rules) -> str:
    if not open_duels:
        return "winner"
    gains = [pair.gain_of(best)[1] for pair in open_duels]
    small = all(-rules.margin < low and high < rules.margin for low, high in gains)
    return "equals" if small else "undecided"


def _use(why: str, equals: Sequence[str], costs: Mapping[str, float | None], rules: Rules) -> str:
    best = equals[0]
    if why == "winner":
        return best
    known = {name: cost for name in equals if (cost := costs.get(name)) is not None}
    if why == "equals" and len(known) == len(equals):
        return min(equals, key=lambda name: (known[name], name != rules.in_use))
    return rules.in_use if rules.in_use in equals else best


def _is_won(pair: Pair, best: str, rules: Rules) -> bool:
    return pair.pvalue <= rules.alpha and pair.gain_of(best)[1].low > 0


def _other(pair: Pair, name: str) -> str:
    return pair.first if name == pair.second else pair.second

"""How many cases a paired evaluation needs, and what it can see, before any of it is run."""

import math

from mlops_lib.stats.power import POWER, reach

_FEWEST_CASES = 2


def connor_cases(
    lost: float, won: float, *, alpha: float = 0.05, power: float = POWER
) -> int | None:
    """Cases in which McNemar's test sees that more pass-or-fail cases are lost than won.

    Connor (1987), Biometrics 43:207.

    Args:
        lost: share of cases that pass before and fail after.
        won: share of cases that fail before and pass after.
        alpha: of the two-sided test.
        power: chance of seeing it.

    Returns:
        None where as many are won as lost: there is nothing to see.

    Raises:
        ValueError: if the shares are negative or exceed 1 together.

    Example:
        >>> connor_cases(0.10, 0.05)
        469
    """
    changed, effect = lost + won, abs(lost - won)
    if min(lost, won) < 0 or changed > 1:
        message = f"shares must not be negative nor exceed 1 together: {lost}, {won}"
        raise ValueError(message)
    if effect == 0:
        return None
    z_alpha, z_power = reach(alpha, power)
    root = z_alpha * math.sqrt(changed) + z_power * math.sqrt(changed - effect**2)
    return math.ceil(root**2 / effect**2)


def miller_cases(
    effect: float,
    between: float,
    within: float = 0.0,
    *,
    repeats: int = 1,
    alpha: float = 0.05,
    power: float = POWER,
) -> int:
    """Cases in which a paired comparison sees an effect; both sides are asked alike often.

    Miller (2024), "Adding Error Bars to Evals", section 5.

    Args:
        effect: the true difference of means.
        between: variance over cases of the true difference.
        within: variance over repeats of one case, of each side.
        repeats: of each case on each side.
        alpha: of the two-sided test.
        power: chance of seeing it.

    Raises:
        ValueError: if the effect is 0, a variance negative, or there are no repeats.

    Example:
        >>> miller_cases(0.03, 1 / 9)
        969
    """
    if effect == 0:
        message = "no number of cases shows an effect of 0"
        raise ValueError(message)
    variance = _variance(between, within, repeats)
    return math.ceil(sum(reach(alpha, power)) ** 2 * variance / effect**2)


def miller_effect(
    cases: int,
    between: float,
    within: float = 0.0,
    *,
    repeats: int = 1,
    alpha: float = 0.05,
    power: float = POWER,
) -> float:
    """The smallest difference of means that so many cases see; the inverse of `miller_cases`.

    Args:
        cases: at least two.
        between: variance over cases of the true difference.
        within: variance over repeats of one case, of each side.
        repeats: of each case on each side.
        alpha: of the two-sided test.
        power: chance of seeing it.

    Raises:
        ValueError: if there are fewer than two cases, a variance is negative, or no repeats.

    Example:
        >>> round(miller_effect(198, 1 / 9, 1 / 6, repeats=10), 4)
        0.0757
    """
    if cases < _FEWEST_CASES:
        message = f"needs at least {_FEWEST_CASES} cases, not {cases}"
        raise ValueError(message)
    return sum(reach(alpha, power)) * math.sqrt(_variance(between, within, repeats) / cases)


def _variance(between: float, within: float, repeats: int) -> float:
    if min(between, within) < 0 or repeats < 1:
        message = f"needs variances from 0 and repeats from 1: {between}, {within}, {repeats}"
        raise ValueError(message)
    return between + 2 * within / repeats

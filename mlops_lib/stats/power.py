"""What an analysis could have found, and how much more data would decide."""

import math
from statistics import NormalDist

POWER = 0.8
"""Chance of finding an effect of the minimum detectable size; the field's custom."""


def minimum_detectable_effect(
    standard_error: float, *, alpha: float = 0.05, power: float = POWER
) -> float:
    """The smallest true difference that a two-sided test finds with the given power.

    Args:
        standard_error: of the difference, for the data collected or planned.
        alpha: of the two-sided test.
        power: chance of a significant result at that difference.

    Raises:
        ValueError: if alpha or power is not inside (0, 1).

    Example:
        >>> round(minimum_detectable_effect(0.01), 5)
        0.02802
    """
    return sum(reach(alpha, power)) * standard_error


def units_needed(
    n: int, standard_error: float, effect: float, *, alpha: float = 0.05, power: float = POWER
) -> int | None:
    """How many units would detect an effect, given the standard error that n of them gave.

    The error falls with the square root of n, and the split between groups stays as it is.

    Args:
        n: units behind the standard error.
        standard_error: of the difference.
        effect: the true difference to detect; its sign does not matter.
        alpha: of the two-sided test.
        power: chance of detecting it.

    Returns:
        Units in all groups together; None where the effect is zero or the error unknown.

    Raises:
        ValueError: if alpha or power is not inside (0, 1).

    Example:
        >>> units_needed(1000, 0.01, 0.02802)
        1000
    """
    both = sum(reach(alpha, power))
    if effect == 0 or not standard_error > 0 or math.isnan(effect):
        return None
    return math.ceil(n * (both * standard_error / effect) ** 2)


def reach(alpha: float, power: float) -> tuple[float, float]:
    """The normal quantiles of a two-sided test and of its power; their sum is its reach.

    Raises:
        ValueError: if alpha or power is not inside (0, 1).

    Example:
        >>> [round(z, 3) for z in reach(0.05, 0.8)]
        [1.96, 0.842]
    """
    for name, value in (("alpha", alpha), ("power", power)):
        if not 0 < value < 1:
            message = f"{name} must lie between 0 and 1, not {value}"
            raise ValueError(message)
    normal = NormalDist()
    return normal.inv_cdf(1 - alpha / 2), normal.inv_cdf(power)


def planned_units(  # noqa: PLR0913 - the design of one comparison
    variances: tuple[float, float],
    effect: float,
    *,
    shares: tuple[float, float] = (0.5, 0.5),
    correlation: float | None = None,
    spread_is_estimated: bool = False,
    alpha: float = 0.05,
    power: float = POWER,
) -> int | None:
    """How many units a two-sided comparison of means needs, by the normal approximation.

    For shares, the variance of each side is p (1 - p) at its own p (unpooled). Where the data will
    have to tell the spread too, a t test pays for it with z^2 / 2 further units in two equal
    groups, or pairs (Guenther 1981), and with more where the groups are uneven (Welch).

    Args:
        variances: of one unit's value in each group.
        effect: the true difference to detect; its sign does not matter.
        shares: of all units that each group receives; without meaning for pairs.
        correlation: between both values of a pair; None for independent groups.
        spread_is_estimated: whether a t test will be used, as for means.
        alpha: of the two-sided test.
        power: chance of detecting the effect.

    Returns:
        Units in both groups together, or pairs; None for no effect.

    Raises:
        ValueError: if alpha or power is not inside (0, 1).

    Example:
        >>> planned_units((0.1 * 0.9, 0.12 * 0.88), 0.02)
        7677
        >>> planned_units((1.0, 1.0), 0.5, spread_is_estimated=True)  # R: 2 * 63.77
        128
    """
    z_alpha, z_power = reach(alpha, power)
    if effect == 0 or math.isnan(effect):
        return None
    first, second = variances
    if correlation is None:
        one, other = first / shares[0], second / shares[1]
        spread = one + other
        freedom = (one**2 / shares[0] + other**2 / shares[1]) / (spread**2 or 1.0)
    else:
        spread = first + second - 2 * correlation * math.sqrt(first * second)
        freedom = 1.0
    further = freedom * z_alpha**2 / 2 if spread_is_estimated else 0.0
    return math.ceil((z_alpha + z_power) ** 2 * spread / effect**2 + further)

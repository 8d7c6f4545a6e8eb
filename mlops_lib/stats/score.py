"""The score interval of a difference of two shares: for small groups and shares near 0 or 1."""

import math

from mlops_lib.stats.counts import require_counts
from mlops_lib.stats.interval import CONFIDENCE, UNKNOWN, Interval, z_of

_TOLERANCE = 1e-12


def score_interval(
    successes_a: int, n_a: int, successes_b: int, n_b: int, *, confidence: float = CONFIDENCE
) -> Interval:
    """Interval of the difference b - a of two independent proportions (Miettinen, Nurminen 1985).

    All differences that a score test would not reject, with the variance at the likeliest pair
    of shares that differ by just so much. Beside Newcombe's it holds its level better where a
    group is small or a share is extreme.

    Args:
        successes_a: successes of the first group.
        n_a: size of the first group.
        successes_b: successes of the second group.
        n_b: size of the second group.
        confidence: of the two-sided interval.

    Raises:
        ValueError: if counts are negative or successes exceed n.

    Example:
        >>> [round(bound, 4) for bound in score_interval(0, 20, 0, 20)]
        [-0.1646, 0.1646]
    """
    require_counts(successes_a, n_a)
    require_counts(successes_b, n_b)
    if n_a == 0 or n_b == 0:
        return UNKNOWN
    a, b = (successes_a / n_a, n_a), (successes_b / n_b, n_b)
    return score_of_shares(a, b, confidence=confidence)


def score_of_shares(
    a: tuple[float, float], b: tuple[float, float], *, confidence: float = CONFIDENCE
) -> Interval:
    """The same from shares and sizes, which may be what clustered events are worth.

    Args:
        a: share and size of the first group; the size is positive, maybe not whole.
        b: share and size of the second group.
        confidence: of the two-sided interval.

    Example:
        >>> [round(bound, 4) for bound in score_of_shares((0.0, 20.0), (0.0, 20.0))]
        [-0.1646, 0.1646]
    """
    z, estimate = z_of(confidence), b[0] - a[0]
    first, second = ((share * n, n) for share, n in (a, b))
    return Interval(
        _bound(first, second, z, inside=estimate, outside=-1.0),
        _bound(first, second, z, inside=estimate, outside=1.0),
    )


_Group = tuple[float, float]
"""Successes and size."""


def _bound(a: _Group, b: _Group, z: float, *, inside: float, outside: float) -> float:
    """Bisection between a difference that is kept and the end of the range."""
    while abs(outside - inside) > _TOLERANCE:
        middle = (inside + outside) / 2
        if abs(_statistic(a, b, middle)) <= z:
            inside = middle
        else:
            outside = middle
    return inside if abs(abs(inside) - 1) > 2 * _TOLERANCE else math.copysign(1.0, inside)


def _statistic(a: _Group, b: _Group, difference: float) -> float:
    (successes_a, n_a), (successes_b, n_b) = a, b
    n = n_a + n_b
    share_a = _likeliest(a, b, difference)
    share_b = min(1.0, max(0.0, share_a + difference))
    variance = share_a * (1 - share_a) / n_a + share_b * (1 - share_b) / n_b
    distance = successes_b / n_b - successes_a / n_a - difference
    if variance <= 0:
        return 0.0 if distance == 0 else math.copysign(math.inf, distance)
    return distance / math.sqrt(variance * n / (n - 1))


def _likeliest(a: _Group, b: _Group, difference: float) -> float:
    """The likeliest share of the first group: the middle root of the likelihood's cubic."""
    (successes_a, n_a), (successes_b, n_b), d = a, b, difference
    n, successes = n_a + n_b, successes_a + successes_b
    square = ((n_b + 2 * n_a) * d - n - successes) / n
    linear = ((n_a * d - n - 2 * successes_a) * d + successes) / n
    constant = successes_a * d * (1 - d) / n
    q = (square / 3) ** 3 - square * linear / 6 + constant / 2
    p = math.copysign(math.sqrt(max(0.0, (square / 3) ** 2 - linear / 3)), q)
    cosine = min(1.0, max(-1.0, q / p**3)) if p else 0.0
    root = 2 * p * math.cos((math.pi + math.acos(cosine)) / 3) - square / 3
    return min(1.0, max(0.0, root))

"""Always-valid inference: intervals and p-values that may be read at every look.

The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas
(arXiv 2103.06476, equation 9). At n observations it is the fixed interval made wider by a factor
that depends on n alone, so it inherits the shape of whatever interval it widens.
"""

import math

from mlops_lib.stats.interval import CONFIDENCE, Interval, z_of

TUNED_FOR = 5000
"""Observations at which the sequence is narrowest, unless the plan says otherwise."""


def always_valid(
    estimate: float,
    interval: Interval,
    n: float,
    *,
    confidence: float = CONFIDENCE,
    tuned_for: float = TUNED_FOR,
) -> Interval:
    """Widen a fixed interval so that it covers at all looks together.

    Args:
        estimate: inside the interval.
        interval: at one look, two-sided, at `confidence`.
        n: observations seen so far, both groups; more than 0.
        confidence: of the sequence over all looks.
        tuned_for: the n at which it should be narrowest; chosen before the data.

    Example:
        >>> [round(bound, 3) for bound in always_valid(0.03, Interval(0.021, 0.039), 20_000)]
        [0.016, 0.044]
    """
    factor = critical_value(n, confidence=confidence, tuned_for=tuned_for) / z_of(confidence)
    return Interval(
        estimate - factor * (estimate - interval.low),
        estimate + factor * (interval.high - estimate),
    )


def critical_value(
    n: float, *, confidence: float = CONFIDENCE, tuned_for: float = TUNED_FOR
) -> float:
    """How many standard errors the sequence reaches at n: the always-valid 1.96.

    Example:
        >>> round(critical_value(5000), 2)
        3.04
    """
    alpha = 1 - confidence
    spread = n * rho(confidence=confidence, tuned_for=tuned_for) ** 2
    return math.sqrt(2 * (spread + 1) / spread * math.log(math.sqrt(spread + 1) / alpha))


def always_valid_pvalue(
    statistic: float, n: float, *, confidence: float = CONFIDENCE, tuned_for: float = TUNED_FOR
) -> float:
    """The smallest alpha whose sequence excludes no difference, computed in logarithms.

    Args:
        statistic: estimate over standard error at this look.
        n: observations seen so far; more than 0.
        confidence: for which the sequence was tuned.
        tuned_for: the n at which it is narrowest.

    Example:
        >>> always_valid_pvalue(0.5, 5000)
        1.0
    """
    spread = n * rho(confidence=confidence, tuned_for=tuned_for) ** 2
    exponent = 0.5 * math.log1p(spread) - statistic**2 * spread / (2 * (spread + 1))
    return math.exp(min(0.0, exponent))


def rho(*, confidence: float = CONFIDENCE, tuned_for: float = TUNED_FOR) -> float:
    """The sequence's tuning constant; 0.0398 for alpha .05 at 5,000.

    Example:
        >>> round(rho(), 6)
        0.03984
    """
    alpha = 1 - confidence
    return math.sqrt((-2 * math.log(alpha) + math.log1p(-2 * math.log(alpha))) / tuned_for)

"""Sample ratio mismatch: did the variants receive the shares that were planned?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRatio:
    """Chi-square test of counts against planned shares.

    Attributes:
        statistic: chi-square over the variants with a positive share.
        degrees_of_freedom: one less than their number.
        pvalue: of the statistic.
        expected: count per variant under the plan; 0 for a share of 0.
        leaked: units found in variants whose planned share is 0.
    """

    statistic: float
    degrees_of_freedom: int
    pvalue: float
    expected: tuple[float, ...]
    leaked: int


def sample_ratio(counts: Sequence[int], shares: Sequence[float]) -> SampleRatio:
    """Test counts of units against planned shares (Fabijan et al. 2019).

    Only variants with a positive share are tested and counted as degrees of freedom; a unit in
    a variant with no share is a leak, and told apart.

    Args:
        counts: units per variant; at least one in a variant with a share.
        shares: planned shares, or weights in the same proportion.

    Raises:
        ValueError: for different lengths, negative numbers, fewer than two positive shares, or
            no units.

    Example:
        >>> round(sample_ratio([5150, 4850, 0], [0.5, 0.5, 0.0]).pvalue, 4)
        0.0027
    """
    from scipy import stats

    planned = [(n, share) for n, share in zip(counts, shares, strict=True) if share > 0]
    total, weight = sum(n for n, _ in planned), sum(share for _, share in planned)
    if min([*counts, *shares]) < 0 or len(planned) < 2 or total == 0:  # noqa: PLR2004
        message = f"need counts of at least two variants with shares, not {counts} of {shares}"
        raise ValueError(message)
    expected = tuple(total * share / weight for share in shares)
    statistic = sum((n - e) ** 2 / e for n, e in zip(counts, expected, strict=True) if e > 0)
    freedom = len(planned) - 1
    return SampleRatio(
        statistic=statistic,
        degrees_of_freedom=freedom,
        pvalue=float(stats.chi2.sf(statistic, freedom)),
        expected=expected,
        leaked=sum(counts) - total,
    )


def sequential_sample_ratio(
    counts: Sequence[int], shares: Sequence[float], *, strength: float = 100.0
) -> float:
    """An always-valid p-value of the sample ratio: it may be read at every look.

    The Bayes factor of a Dirichlet prior around the plan against the plan itself is a
    non-negative martingale under the plan, so that it passes 1 / alpha at any time with
    probability alpha at most (Lindon and Malek 2022, arXiv 2011.03567).

    Args:
        counts: units per variant so far.
        shares: planned shares, or weights in the same proportion; variants with none are left out.
        strength: of the prior, in units: how near the plan a broken split is looked for.

    Raises:
        ValueError: for different lengths, negative numbers, or fewer than two positive shares.

    Example:
        >>> f"{sequential_sample_ratio([5300, 4700], [1, 1]):.3g}"
        '1.81e-07'
    """
    planned = [(n, share) for n, share in zip(counts, shares, strict=True) if share > 0]
    if min([*counts, *shares]) < 0 or len(planned) < 2:  # noqa: PLR2004
        message = f"need counts of at least two variants with shares, not {counts} of {shares}"
        raise ValueError(message)
    weight = sum(share for _, share in planned)
    total = sum(n for n, _ in planned)
    log_odds = math.lgamma(strength) - math.lgamma(strength + total)
    for n, share in planned:
        prior = strength * share / weight
        log_odds += math.lgamma(prior + n) - math.lgamma(prior) - n * math.log(share / weight)
    return math.exp(min(0.0, -log_odds))

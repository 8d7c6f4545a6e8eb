"""Sample ratio mismatch: did the variants receive the shares that were planned?"""

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

"""Two-sided p-values of normal and t statistics, and their logarithms beyond underflow."""

import math

_SMALLEST_TRUSTED = 1e-290
"""Below this a float p-value is close to the smallest normal number, 2.2e-308, and loses digits."""


def two_sided_pvalue(statistic: float, degrees_of_freedom: float = math.inf) -> float:
    """Two-sided p-value from the survival function, which keeps its digits in the tail.

    `2 * (1 - cdf(z))` is exactly 0 from z = 8.3; this is good to z = 37.

    Args:
        statistic: of a test whose null distribution is Student's t.
        degrees_of_freedom: infinite for the normal distribution.

    Example:
        >>> f"{two_sided_pvalue(10.0):.4g}"
        '1.524e-23'
    """
    from scipy import stats

    return float(2 * stats.t.sf(abs(statistic), degrees_of_freedom))


def log10_two_sided_pvalue(statistic: float, degrees_of_freedom: float = math.inf) -> float:
    """Base-10 logarithm of the two-sided p-value, finite where the p-value itself underflows.

    Far out the tail is its density times the integral of how the density falls from there,
    which is of the order of 1 and integrates without loss.

    Args:
        statistic: of a test whose null distribution is Student's t.
        degrees_of_freedom: infinite for the normal distribution.

    Example:
        >>> round(log10_two_sided_pvalue(38.0), 4)
        -315.2388
    """
    from scipy import integrate, stats

    size = abs(statistic)
    pvalue = two_sided_pvalue(size, degrees_of_freedom)
    if math.isnan(pvalue) or pvalue > _SMALLEST_TRUSTED:
        return math.log10(pvalue)
    if math.isinf(degrees_of_freedom):
        return float((math.log(2) + stats.norm.logsf(size)) / math.log(10))
    here = float(stats.t.logpdf(size, degrees_of_freedom))
    scale = (degrees_of_freedom + size**2) / ((degrees_of_freedom + 1) * size)

    def fall(step: float) -> float:
        return math.exp(float(stats.t.logpdf(size + step * scale, degrees_of_freedom)) - here)

    area, _ = integrate.quad(fall, 0, math.inf)
    return (math.log(2) + here + math.log(scale * area)) / math.log(10)

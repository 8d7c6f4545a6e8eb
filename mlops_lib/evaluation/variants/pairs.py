"""Every version against every other on the same cases, with the error of all pairs held at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from mlops_lib.evaluation.unchanged import with_unseen
from mlops_lib.stats import ClusteredDifference, Interval, holm, paired_by_cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two versions on the same cases.

    Attributes:
        first: name of the one.
        second: name of the other.
        difference: second minus first; its interval holds for all pairs together.
        pvalue: after Holm's adjustment over all pairs.
        confidence: of the single interval; of all together it is 1 - alpha.
    """

    first: str
    second: str
    difference: ClusteredDifference
    pvalue: float
    confidence: float

    def gain_of(self, name: str) -> tuple[float, Interval]:
        """How much better one of the two is than the other, with the interval.

        Raises:
            ValueError: if it is neither of them.
        """
        low, high = self.difference.interval
        if name == self.second:
            return self.difference.estimate, self.difference.interval
        if name == self.first:
            return -self.difference.estimate, Interval(-high, -low)
        message = f"{name} is neither {self.first} nor {self.second}"
        raise ValueError(message)


def compare_pairs(
    scores: Mapping[str, Sequence[float]], clusters: Sequence[str], *, alpha: float = 0.05
) -> tuple[Pair, ...]:
    """Compare all versions, two by two.

    Intervals are Bonferroni's (each at 1 - alpha / pairs), so that with probability 1 - alpha all
    of them hold; p-values are Holm's.

    Args:
        scores: by version, shape (n,): the mean of each case over its repeats, in one order.
        clusters: shape (n,), the cluster of each case.
        alpha: error of all pairs together.

    Raises:
        ValueError: if there are fewer than two versions.

    Example:
        >>> sides = {"v1": [0.0] * 9, "v2": [1.0] * 9, "v3": [1.0] * 9}
        >>> [round(pair.pvalue, 4) for pair in compare_pairs(sides, list("abcdefghi"))]
        [0.0059, 0.0059, 1.0]
    """
    couples = list(combinations(scores, 2))
    if not couples:
        message = "needs at least two versions"
        raise ValueError(message)
    confidence = 1 - alpha / len(couples)
    found = [
        with_unseen(
            paired_by_cluster(scores[first], scores[second], clusters, confidence=confidence),
            pass_or_fail={*scores[first], *scores[second]} <= {0, 1},
            confidence=confidence,
        )
        for first, second in couples
    ]
    adjusted = holm([difference.pvalue for difference in found])
    return tuple(
        Pair(
            first=first, second=second, difference=difference, pvalue=pvalue, confidence=confidence
        )
        for (first, second), difference, pvalue in zip(couples, found, adjusted, strict=True)
    )

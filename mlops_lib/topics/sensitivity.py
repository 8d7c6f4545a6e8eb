"""What hangs on the cut: the same tree, cut a little lower and a little higher."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlops_lib.topics.cluster import Clusters, Rules, cut_tree
from mlops_lib.topics.linkage import Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlops_lib.topics.gaps import Gap

CUT_STEP = 0.1
"""How far the cut is moved to show what hangs on it."""

SAME = 0.5
"""Overlap (Jaccard) of their texts from which two clusters count as one topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutResult:
    """The clusters at one cut.

    Attributes:
        cut: average cosine distance.
        clusters: how many.
        inside: share of all askers whose text lies in a cluster.
        kept: numbers of the gaps that are still there, half of their texts or more.
    """

    cut: float
    clusters: int
    inside: float
    kept: tuple[int, ...]


def cut_sensitivity(
    tree: Tree,
    gaps: "Sequence[Gap]",
    rules: Rules,
    *,
    served: "NDArray[np.float32] | None" = None,
) -> tuple[CutResult, ...]:
    """Cut the tree a step tighter than the rules' cut, there, and a step looser.

    Args:
        tree: from `link`.
        gaps: the gaps to look for again.
        rules: of the analysis; the tree is cut also where they use another method.
        served: as in `cut_tree`.
    """
    cuts = [round(rules.scale.cut + step, 6) for step in (-CUT_STEP, 0.0, CUT_STEP)]
    return tuple(
        _result(tree, cut_tree(tree, _moved(rules, each), served=served), gaps)
        for each in cuts
        if 0 < each < 1
    )


def _moved(rules: Rules, cut: float) -> Rules:
    return replace(rules, scale=replace(rules.scale, cut=cut), method="linkage")


def _result(tree: Tree, clusters: Clusters, gaps: "Sequence[Gap]") -> CutResult:
    total = int(tree.weights.sum())
    inside = int(tree.weights[clusters.labels >= 0].sum())
    members = [set(clusters.members(number).tolist()) for number in range(clusters.count)]
    return CutResult(
        cut=clusters.cut,
        clusters=clusters.count,
        inside=inside / total if total else 0.0,
        kept=tuple(
            gap.number
            for gap in gaps
            if any(_overlap(set(gap.texts), each) >= SAME for each in members)
        ),
    )


def _overlap(a: set[int], b: set[int]) -> float:
    return len(a & b) / len(a | b)

"""The missing pages: which gaps belong on one page, and the sections that users ask for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from mlops_lib.topics.gaps import Gap
from mlops_lib.topics.label import medoid_order
from mlops_lib.topics.linkage import Tree, cosine_distances

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlops_lib.topics.scale import Scale

MOST_SECTIONS = 6
"""Sections of a page; more belong onto a second page."""

MOST_LINKS = 3
"""Sections of the corpus from which to link."""

FINER = 0.6
"""A section is a part of the gap that holds together at this share of the gaps' own cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A draft of a page that the corpus lacks; all its words are users' words, untrusted.

    Attributes:
        gaps: numbers of the gaps that it would close.
        title: their terms.
        sections: a typical question for each section, that of most askers first.
        links: sections of the corpus from which to link to it.
    """

    gaps: tuple[int, ...]
    title: str
    sections: tuple[str, ...]
    links: tuple[str, ...]


def add_outlines(
    gaps: Sequence[Gap],
    tree: Tree,
    spellings: Sequence[str],
    scale: "Scale",
    *,
    served: "NDArray[np.float32] | None" = None,
) -> tuple[Gap, ...]:
    """Give each gap the questions that its sections should answer, and the gaps next to it.

    Gaps lie beside each other by what sets them off from the common run of questions: seen from
    the centre of all well served ones, not from zero.

    Args:
        gaps: from `find_gaps`.
        tree: vectors and weights of the texts.
        spellings: the texts as users spell them.
        scale: what is near for the embedder.
        served: vectors of well served texts, shape (s, d); without any, the centre is that of the
            badly served ones.
    """
    import numpy as np

    usual = served if served is not None and len(served) else tree.vectors
    common = usual.mean(axis=0, dtype=np.float64) if len(usual) else 0.0
    centres = [_centre(tree, gap, common) for gap in gaps]
    similar = np.round(np.array(centres) @ np.array(centres).T, 6) if gaps else np.eye(0)
    return tuple(
        replace(
            gap,
            sections=_sections(gap, tree, spellings, FINER * scale.cut),
            beside=tuple(
                other.number
                for other, near in zip(gaps, row, strict=True)
                if other is not gap and near >= scale.page
            ),
        )
        for gap, row in zip(gaps, similar, strict=True)
    )


def outline_pages(gaps: Sequence[Gap]) -> tuple[Outline, ...]:
    """One outline for each group of gaps that lie beside each other, in the gaps' order."""
    pages: list[list[Gap]] = []
    for gap in gaps:
        home = next((page for page in pages if gap.number in page[0].beside), None)
        if home is None:
            pages.append([gap])
        else:
            home.append(gap)
    return tuple(_outline(page) for page in pages)


def _outline(page: Sequence[Gap]) -> Outline:
    sections = _in_turn([gap.sections for gap in page])
    links = _in_turn([tuple(name for name, _ in gap.nearest) for gap in page])
    return Outline(
        gaps=tuple(gap.number for gap in page),
        title="; ".join(gap.label.text for gap in page),
        sections=sections[:MOST_SECTIONS],
        links=links[:MOST_LINKS],
    )


def _in_turn(lists: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The first of each, then the second of each, and so on, each once."""
    rounds = zip_longest(*lists)
    return tuple(dict.fromkeys(each for one in rounds for each in one if each is not None))


def _centre(tree: Tree, gap: Gap, common: "NDArray[np.float64] | float") -> "NDArray[np.float64]":
    import numpy as np

    members = list(gap.texts)
    weights = tree.weights[members]
    centre = weights @ tree.vectors[members].astype(np.float64) / weights.sum() - common
    return np.asarray(centre / (np.linalg.norm(centre) or 1.0))


def _sections(gap: Gap, tree: Tree, spellings: Sequence[str], cut: float) -> tuple[str, ...]:
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage

    members = np.array(gap.texts)
    labels = np.ones(1, dtype=int)
    if len(members) > 1:
        distances = cosine_distances(tree.vectors[members])
        labels = fcluster(linkage(distances, "average"), cut, criterion="distance")
    parts = [members[labels == label] for label in np.unique(labels)]
    parts.sort(key=lambda part: (-int(tree.weights[part].sum()), int(part[0])))
    return tuple(
        spellings[part[medoid_order(tree.vectors[part], tree.weights[part])[0]]]
        for part in parts[:MOST_SECTIONS]
    )

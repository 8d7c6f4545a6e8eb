"""Coverage gaps: clusters of badly served queries with their size, growth, cost and neighbours."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlops_lib.embeddings import content_key
from mlops_lib.stats import Proportion, holm, proportion
from mlops_lib.topics.cluster import FEWEST_USERS, Clusters
from mlops_lib.topics.label import Label, distinctive_terms, make_label
from mlops_lib.topics.linkage import Tree
from mlops_lib.topics.texts import distinct_users
from mlops_lib.topics.windows import WindowDifference, difference_of_means

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from mlops_lib.topics.log import QueryLog
    from mlops_lib.topics.texts import UniqueTexts

KEY_DIGITS = 16
"""Of a content key; enough to tell some thousand questions apart."""

NEAREST = 3
"""Documents named beside a gap: where a new section would link from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A topic that users ask about and that is served badly.

    Attributes:
        number: 1 for the gap of most users in the current window.
        label: its terms, medoid and examples; untrusted text.
        texts: indices of its unique texts.
        keys: content keys of these texts, to know the gap again without keeping its questions.
        users: distinct users in the current window.
        requests: badly served requests in the current window.
        requests_before: badly served requests in the reference window.
        traffic: share of all requests, current against reference, by user.
        pvalue: of "its share of the traffic has grown", adjusted over all gaps (Holm); 1 where
            the data give none.
        thumbs_down: share of thumbs down among its rated requests of the current window.
        no_answer: share of its requests of the current window without an answer.
        mean_score: mean retrieval score of its requests in the current window; NaN unknown.
        nearest: (section id, cosine similarity) of the nearest documents, best first.
        sections: a typical question for each section of the missing page.
        beside: numbers of the gaps that belong onto the same page.
    """

    number: int
    label: Label
    texts: tuple[int, ...]
    keys: tuple[str, ...]
    users: int
    requests: int
    requests_before: int
    traffic: WindowDifference
    pvalue: float
    thumbs_down: Proportion
    no_answer: Proportion
    mean_score: float
    nearest: tuple[tuple[str, float], ...] = ()
    sections: tuple[str, ...] = ()
    beside: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundGaps:
    """The gaps that may be shown, and the count of clusters that may not.

    Attributes:
        gaps: in order of their number.
        withheld: clusters of fewer distinct users than may be shown.
        withheld_requests: badly served requests of the current window in them.
    """

    gaps: tuple[Gap, ...]
    withheld: int
    withheld_requests: int


def find_gaps(
    log: "QueryLog",
    texts: "UniqueTexts",
    tree: Tree,
    clusters: Clusters,
    *,
    fewest_users: int = FEWEST_USERS,
) -> FoundGaps:
    """Describe the clusters of badly served queries.

    Queries of both windows are clustered together, so that a cluster is not chosen for being
    dense in the current window; the test of its growth would otherwise be too optimistic.

    Args:
        log: the windows.
        texts: badly served queries of both windows.
        tree: their vectors and weights.
        clusters: which text belongs where.
        fewest_users: distinct users that a cluster needs to be shown.
    """
    import numpy as np
    import pandas as pd

    users, _ = pd.factorize(log.frame["user"])
    cluster_of_row = np.full(len(log.frame), -1, dtype=np.int64)
    cluster_of_row[texts.rows] = clusters.labels[texts.text_of_row]
    shown = [
        number
        for number in range(clusters.count)
        if distinct_users(log.frame, cluster_of_row == number) >= fewest_users
    ]
    labels = _labels(log, texts, tree, [clusters.members(number) for number in shown])
    gaps = [
        _gap(log.frame, users, cluster_of_row == number, label, _members(texts, clusters, number))
        for number, label in zip(shown, labels, strict=True)
    ]
    unseen = (cluster_of_row >= 0) & ~np.isin(cluster_of_row, shown)
    return FoundGaps(
        gaps=_numbered(_adjusted(gaps)),
        withheld=clusters.count - len(shown),
        withheld_requests=int(np.count_nonzero(unseen & log.current)),
    )


def question_key(text: str) -> str:
    """What a question is known by without being kept.

    Args:
        text: normalised.

    Example:
        >>> question_key("abc")
        'ba7816bf8f01cfea'
    """
    return content_key(text)[:KEY_DIGITS]


def add_nearest(
    gaps: Sequence[Gap],
    tree: Tree,
    section_ids: Sequence[str],
    sections: "NDArray[np.float32]",
    *,
    least: float = 0.0,
) -> tuple[Gap, ...]:
    """Name the documents nearest to each gap's weighted centre.

    Args:
        gaps: from `find_gaps`.
        tree: vectors and weights of the texts.
        section_ids: shape (s,).
        sections: vectors of the sections by the same embedder, shape (s, d).
        least: similarity that a document needs to be named.
    """
    import numpy as np

    found = []
    for gap in gaps:
        members = list(gap.texts)
        centre = tree.weights[members] @ tree.vectors[members].astype(np.float64)
        length = float(np.linalg.norm(centre))
        similarity = np.round(sections @ centre / (length or 1.0), 6)
        order = np.argsort(-similarity, kind="stable")[:NEAREST]
        nearest = tuple(
            (section_ids[i], float(similarity[i])) for i in order if similarity[i] >= least
        )
        found.append(replace(gap, nearest=nearest))
    return tuple(found)


def _labels(
    log: "QueryLog",
    texts: "UniqueTexts",
    tree: Tree,
    members: "Sequence[NDArray[np.int64]]",
) -> list[Label]:
    from mlops_lib.topics.texts import normalise

    inside = {texts.texts[i] for each in members for i in each}
    everything = {normalise(query) for query in log.frame["query"].unique()}
    rest = sorted(everything - inside)
    terms = distinctive_terms([[texts.texts[i] for i in each] for each in members], rest)
    return [
        make_label(own, [texts.spellings[i] for i in each], tree.vectors[each], tree.weights[each])
        for own, each in zip(terms, members, strict=True)
    ]


def _members(texts: "UniqueTexts", clusters: Clusters, number: int) -> dict[int, str]:
    """Its texts' indices, each with its key."""
    return {int(i): question_key(texts.texts[i]) for i in clusters.members(number)}


def _gap(
    frame: "pd.DataFrame",
    users: "NDArray[np.int64]",
    rows: "NDArray[np.bool_]",
    label: Label,
    members: "dict[int, str]",
) -> Gap:
    import numpy as np

    current = frame["current"].to_numpy(dtype=bool)
    now = rows & current
    ratings = frame["feedback"].to_numpy(dtype=float)[now]
    ratings = ratings[~np.isnan(ratings)]
    scores = frame["score"].to_numpy(dtype=float)[now]
    scores = scores[~np.isnan(scores)]
    traffic = difference_of_means(rows.astype(float), current, users)
    return Gap(
        number=0,
        label=label,
        texts=tuple(members),
        keys=tuple(sorted(members.values())),
        users=distinct_users(frame, now),
        requests=int(now.sum()),
        requests_before=int((rows & ~current).sum()),
        traffic=traffic,
        pvalue=1.0 if math.isnan(traffic.pvalue_rise) else traffic.pvalue_rise,
        thumbs_down=proportion(int((ratings < 0).sum()), int(ratings.size)),
        no_answer=proportion(
            int(frame["no_answer"].to_numpy(dtype=bool)[now].sum()), int(now.sum())
        ),
        mean_score=float(scores.mean()) if scores.size else math.nan,
    )


def _adjusted(gaps: Sequence[Gap]) -> list[Gap]:
    adjusted = holm([gap.pvalue for gap in gaps])
    return [replace(gap, pvalue=pvalue) for gap, pvalue in zip(gaps, adjusted, strict=True)]


def _numbered(gaps: Sequence[Gap]) -> tuple[Gap, ...]:
    ranked = sorted(
        gaps, key=lambda gap: (-gap.users, -gap.requests, gap.label.text, gap.label.medoid)
    )
    return tuple(replace(gap, number=number) for number, gap in enumerate(ranked, start=1))

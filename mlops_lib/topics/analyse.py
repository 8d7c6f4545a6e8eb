"""The analysis from the log to the gaps."""

import math
from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral, Real
from typing import TYPE_CHECKING

from mlops_lib.embeddings import Embed, Embedder
from mlops_lib.errors import InputError, Problem
from mlops_lib.topics.candidate import compare_corpora
from mlops_lib.topics.cluster import Clusters, Rules, cut_tree
from mlops_lib.topics.embed import (
    common_part,
    history_embedder,
    named_embedder,
    section_text,
    seen_from,
    vectors_of,
)
from mlops_lib.topics.gaps import Gap, add_nearest, find_gaps, question_key
from mlops_lib.topics.layout import MOST_POINTS, query_map, spread
from mlops_lib.topics.linkage import OUTSIDE, Tree, link
from mlops_lib.topics.log import QueryLog
from mlops_lib.topics.outline import add_outlines
from mlops_lib.topics.partition import METHODS
from mlops_lib.topics.result import Settings, TopicsResult
from mlops_lib.topics.scale import scale_of
from mlops_lib.topics.scores import score_drift
from mlops_lib.topics.sensitivity import cut_sensitivity
from mlops_lib.topics.texts import UniqueTexts, badly_served, normalise, unique_texts, well_served
from mlops_lib.topics.windows import difference_of_means

MOST_SERVED = 1_000
"""Well served queries that a cluster is held against."""

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from mlops_lib.topics.markdown import Section
    from mlops_lib.verdict import Source


def analyse(
    log: QueryLog,
    sections: "Sequence[Section]" = (),
    *,
    settings: Settings | None = None,
    embedder: Embedder | Embed | str | None = None,
    sources: "Sequence[Source]" = (),
    candidate: "Sequence[Section] | None" = None,
) -> TopicsResult:
    """Find what users ask that the corpus does not cover.

    Args:
        log: from `read`.
        sections: of the corpus, from `read_corpus`; may be none.
        settings: how to look; the defaults suit a broad domain.
        embedder: for the clusters, itself, a function or a name ("minilm"); by default the
            offline one, fitted on the log's own queries and the sections. It need not be the one
            that made the scores.
        sources: fingerprints of what was read beside the log, from `corpus_sources`.
        candidate: sections of another corpus; the verdict is then about whether it closes the
            gaps. None for none; a candidate without a section is refused.

    Raises:
        InputError: if a setting is outside its range, or the candidate or the corpus that it is
            compared with holds no section.

    Example:
        >>> import pandas as pd
        >>> from mlops_lib.topics.read import read
        >>> frame = pd.DataFrame(
        ...     {
        ...         "query": ["merge a lora adapter"] * 6 + ["what is psi"] * 6,
        ...         "top_score": [0.1] * 6 + [0.9] * 6,
        ...         "time": ["2026-06-30"] * 9 + ["2026-06-10"] * 3,
        ...         "user_id": [f"u{i}" for i in range(12)],
        ...     }
        ... )
        >>> queries = read(frame, embedder="", outcome="", feedback="")
        >>> result = analyse(queries, settings=Settings(low_score=0.5))
        >>> [(gap.users, gap.label.medoid) for gap in result.gaps()]
        [(6, 'merge a lora adapter')]
    """
    import numpy as np

    chosen = settings or Settings()
    _require_valid(chosen)
    given = named_embedder(embedder)
    drift = score_drift(log, low_score=chosen.low_score)
    bad = badly_served(log, drift.low_score)
    texts = unique_texts(log.frame, bad)
    model = given or _fitted(texts, _other_texts(log.frame["query"], texts), sections)
    good = _other_texts(log.frame["query"][well_served(log, drift.low_score)], texts)
    rules = _rules(chosen, model)
    vectors, served = vectors_of(model, texts.texts), vectors_of(model, _some(good, MOST_SERVED))
    common = common_part(served, rules.scale)
    served = seen_from(served, common)
    tree = link(seen_from(vectors, common), texts.askers, texts=texts.texts)
    clusters = cut_tree(tree, rules, served=served)
    fewest_users = chosen.fewest_users if log.has_users else 1
    found = find_gaps(log, texts, tree, clusters, fewest_users=fewest_users)
    gaps = add_outlines(found.gaps, tree, texts.spellings, rules.scale, served=served)
    gaps = _with_nearest(gaps, replace(tree, vectors=vectors), sections, model, rules.scale.near)
    result = TopicsResult(
        name=log.name,
        end=f"{log.frame['time'].max():%Y-%m-%d}",
        settings=chosen,
        has_users=log.has_users,
        anonymous=log.anonymous,
        drift=drift,
        badly_served=difference_of_means(bad.astype(float), log.current, log.frame["user"]),
        all_gaps=gaps,
        badly_served_now=int((bad & log.current).sum()),
        outside=_outside(log, texts, clusters),
        left_out=log.left_out,
        skipped=log.skipped,
        withheld=found.withheld,
        withheld_requests=found.withheld_requests,
        loudest=_loudest(log, bad),
        unreadable=int((~tree.vectors.any(axis=1)).sum()),
        sensitivity=cut_sensitivity(tree, gaps, rules, served=served),
        points=query_map(tree.vectors, served[spread(np.arange(len(served)), MOST_POINTS)], gaps),
        embedder=model.id if model else "none",
        scale=rules.scale,
        badly_asked=_badly_asked(log, texts),
        sources=(*log.sources, *sources),
    )
    if candidate is None:
        return result
    compared = compare_corpora(
        log,
        result.gaps(),
        (sections, candidate),
        low_score=drift.low_score,
        fewest_users=fewest_users,
        embedder=given,
    )
    return replace(result, candidate=replace(compared, withheld=found.withheld))


def _outside(log: QueryLog, texts: UniqueTexts, clusters: Clusters) -> int:
    """Badly served requests of the current window whose text is in no cluster."""
    import numpy as np

    rows = texts.rows[clusters.labels[texts.text_of_row] == OUTSIDE]
    return int(np.count_nonzero(log.current[rows]))


def _loudest(log: QueryLog, bad: "NDArray[np.bool_]") -> int:
    """Badly served requests of the current window by the named user who made most; 0 for none."""
    users = log.frame.loc[bad & log.current & log.frame["named"].to_numpy(dtype=bool), "user"]
    return int(users.value_counts().max()) if len(users) and log.has_users else 0


def _badly_asked(log: QueryLog, texts: UniqueTexts) -> dict[str, float]:
    """Share of the current window's requests of each badly served text that is asked in it."""
    import numpy as np

    rows = texts.text_of_row[log.current[texts.rows]]
    requests = np.bincount(rows, minlength=len(texts)) / max(log.size(current=True), 1)
    return {
        question_key(text): float(share)
        for text, share in zip(texts.texts, requests, strict=True)
        if share
    }


def _rules(settings: Settings, model: Embedder | None) -> Rules:
    return Rules(
        scale=scale_of(model, cut=settings.cut),
        smallest=settings.smallest_cluster,
        method=settings.method,
        k=settings.k,
    )


def _require_valid(settings: Settings) -> None:
    _require_numbers(settings)
    ranges = {
        "cut": (
            settings.cut is None or 0 < settings.cut < 1,
            settings.cut,
            "must lie between 0 and 1",
        ),
        "method": (
            settings.method in METHODS,
            settings.method,
            f"must be one of {', '.join(METHODS)}",
        ),
        "k": (settings.k >= 0, settings.k, "must not be negative"),
        "smallest_cluster": (
            settings.smallest_cluster >= 0,
            settings.smallest_cluster,
            "must not be negative",
        ),
        "fewest_users": (settings.fewest_users >= 1, settings.fewest_users, "must be at least 1"),
        "gaps": (settings.gaps >= 1, settings.gaps, "must be at least 1"),
    }
    problems = [
        Problem(field=name, value=value, message=message)
        for name, (is_good, value, message) in ranges.items()
        if not is_good
    ]
    if problems:
        raise InputError(problems)


def _require_numbers(settings: Settings) -> None:
    """Refuse what would only fail, or be taken for something else, in the middle of the work."""
    problems = [
        Problem(field=name, value=getattr(settings, name), message=f"must be {words}")
        for names, kind, words in (
            (("low_score", "cut"), Real, "a finite number, or None"),
            (("k", "smallest_cluster", "fewest_users", "gaps"), Integral, "a whole number"),
        )
        for name in names
        if not _is_number(getattr(settings, name), kind, or_none=kind is Real)
    ]
    if problems:
        raise InputError(problems)


def _is_number(value: object, kind: type, *, or_none: bool) -> bool:
    if value is None:
        return or_none
    return isinstance(value, kind) and not isinstance(value, bool) and math.isfinite(value)  # type: ignore[arg-type]


def _other_texts(queries: "pd.Series", texts: UniqueTexts) -> list[str]:
    asked = {normalise(query) for query in queries.unique()}
    return sorted(asked.difference(texts.texts))


def _fitted(
    texts: UniqueTexts, others: Sequence[str], sections: "Sequence[Section]"
) -> Embedder | None:
    return history_embedder(texts.texts, others, sections) if len(texts) else None


def _with_nearest(
    gaps: tuple[Gap, ...],
    tree: Tree,
    sections: "Sequence[Section]",
    model: Embedder | None,
    near: float,
) -> tuple[Gap, ...]:
    if not gaps or not sections:
        return gaps
    vectors = vectors_of(model, [section_text(section) for section in sections])
    return add_nearest(
        gaps, tree, [section.section_id for section in sections], vectors, least=near
    )


def _some(others: Sequence[str], most: int) -> list[str]:
    import numpy as np

    return [others[i] for i in spread(np.arange(len(others)), most)]

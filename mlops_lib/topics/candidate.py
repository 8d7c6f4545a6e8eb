"""Would this corpus close the gaps? The same questions, scored on two corpora by one embedder."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlops_lib.embeddings import Embedder, fit_lsa
from mlops_lib.errors import InputError, Problem
from mlops_lib.stats import Proportion, proportion
from mlops_lib.topics.candidate_fates import Fate, GapFate, fate_of
from mlops_lib.topics.cluster import Rules, cut_tree
from mlops_lib.topics.embed import common_part, seen_from, vectors_of
from mlops_lib.topics.label import distinctive_terms, make_label
from mlops_lib.topics.linkage import link
from mlops_lib.topics.matches import (
    FEWEST_WORDS,
    Matcher,
    Questions,
    cut_pieces,
    make_matcher,
)
from mlops_lib.topics.scale import scale_of
from mlops_lib.topics.scores import FEWEST_TO_CALIBRATE, LOW_QUANTILE
from mlops_lib.topics.texts import badly_served, unique_texts, users_of, well_served

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlops_lib.topics.gaps import Gap
    from mlops_lib.topics.log import QueryLog
    from mlops_lib.topics.markdown import Section
    from mlops_lib.topics.matches import Piece
    from mlops_lib.topics.texts import UniqueTexts

MISSED_QUANTILE = 0.9
"""A match that nine in ten of the badly served questions find today is not good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateComparison:
    """A corpus and its candidate in the light of what users ask.

    Attributes:
        fates: the gaps of the report, then the newly opened ones.
        worsened: share of the well served questions that lose their good match.
        low_score: similarity below which a match is no good.
        sections: of the corpus and of the candidate.
        embedder: name of what scored both.
        same: whether both say the same, whatever their sections are called.
        withheld: clusters of too few users to be shown, and so to be judged.
    """

    fates: tuple[GapFate, ...]
    worsened: Proportion
    low_score: float
    sections: tuple[int, int]
    embedder: str
    same: bool = False
    withheld: int = 0

    def count(self, fate: Fate) -> int:
        """How many gaps have this fate."""
        return sum(each.fate is fate for each in self.fates)


def compare_corpora(
    log: "QueryLog",
    gaps: "Sequence[Gap]",
    corpora: "tuple[Sequence[Section], Sequence[Section]]",
    *,
    low_score: float,
    fewest_users: int,
    embedder: Embedder | None = None,
) -> CandidateComparison:
    """Score gaps and well served questions on both corpora.

    Scores in the log come from another embedder and do not compare, so both corpora are scored
    anew, and what is a good match is calibrated anew: better than nine in ten of the badly served
    questions find today, and than one in twenty of the well served. A match is no answer: a section
    that refuses in the words of the question matches it.

    Args:
        log: what the gaps were found in.
        gaps: to look at.
        corpora: what is served now, and what would be.
        low_score: of the log, below which a question is badly served.
        fewest_users: distinct users before a newly opened topic is shown.
        embedder: scores both; by default the offline one, fitted on both.

    Raises:
        InputError: if no section of a corpus says enough to answer, or too few questions are well
            served to calibrate.
    """
    pieces = [
        [piece for piece in cut_pieces(sections) if piece.says_enough] for sections in corpora
    ]
    _require_pieces(corpus=pieces[0], candidate_corpus=pieces[1])
    missed, served = (
        unique_texts(log.frame, rows)
        for rows in (badly_served(log, low_score), well_served(log, low_score))
    )
    covered = _without(served, missed, log.name)
    model = embedder or fit_lsa(sorted({piece.text for each in pieces for piece in each}))
    old, new = (make_matcher(model, each) for each in pieces)
    before, after = (matcher.best(covered.texts) for matcher in (old, new))
    limit = _good_match(old.best(missed.texts) if len(missed) else before[:0], before)
    lost = (before >= limit) & (after < limit)
    fates = [_fate(_questions(gap, missed), (old, new), limit) for gap in gaps]
    fates += [
        replace(_fate(questions, (old, new), limit), fate=Fate.OPENED, page="", passage="")
        for questions in _lost_topics(model, covered, lost)
        if users_of(log.frame, served, questions.texts) >= fewest_users
    ]
    return CandidateComparison(
        fates=tuple(fates),
        worsened=proportion(int(covered.askers[lost].sum()), int(covered.askers.sum())),
        low_score=limit,
        sections=(len(corpora[0]), len(corpora[1])),
        embedder=model.name,
        same=_says(corpora[0]) == _says(corpora[1]),
    )


def _says(sections: "Sequence[Section]") -> list[str]:
    return sorted(" ".join(section.text.split()) for section in sections)


def _require_pieces(**corpora: "Sequence[Piece]") -> None:
    problems = [
        Problem(
            field=name,
            message=f"holds no section of {FEWEST_WORDS} words, hence nothing to compare",
        )
        for name, pieces in corpora.items()
        if not pieces
    ]
    if problems:
        raise InputError(problems)


def _without(served: "UniqueTexts", missed: "UniqueTexts", source: str) -> Questions:
    """The well served questions that nobody was badly served with."""
    import numpy as np

    never = set(missed.texts)
    kept = np.array([i for i, text in enumerate(served.texts) if text not in never], dtype=int)
    if len(kept) < FEWEST_TO_CALIBRATE:
        raise InputError.of(
            f"{len(kept)} different questions are served well; it takes {FEWEST_TO_CALIBRATE} to "
            "say what a good match is",
            source=source,
        )
    texts = tuple(served.texts[i] for i in kept)
    return Questions(name="well served", typical="", texts=texts, askers=served.askers[kept])


def _good_match(missed: "NDArray[np.float64]", covered: "NDArray[np.float64]") -> float:
    import numpy as np

    floor = float(np.quantile(covered, LOW_QUANTILE))
    return max(floor, float(np.quantile(missed, MISSED_QUANTILE))) if missed.size else floor


def _questions(gap: "Gap", missed: "UniqueTexts") -> Questions:
    members = list(gap.texts)
    return Questions(
        name=f"gap {gap.number}: {gap.label.text}",
        typical=gap.label.medoid,
        texts=tuple(missed.texts[i] for i in members),
        askers=missed.askers[members],
    )


def _fate(questions: Questions, matchers: tuple[Matcher, Matcher], limit: float) -> GapFate:
    total = int(questions.askers.sum())
    before, after = (
        proportion(int(questions.askers[matcher.best(questions.texts) >= limit].sum()), total)
        for matcher in matchers
    )
    fate = fate_of(before, after)
    found = None if fate is Fate.OPEN else matchers[1].answer(questions.texts, questions.askers)
    return GapFate(
        name=questions.name,
        question=questions.typical,
        fate=fate,
        before=before,
        after=after,
        page=found.section if found else "",
        passage=found.passage if found else "",
    )


def _lost_topics(model: Embedder, covered: Questions, lost: "NDArray[np.bool_]") -> list[Questions]:
    """Topics among the questions that lose their match, each of enough askers."""
    import numpy as np

    places = np.flatnonzero(lost)
    texts = [covered.texts[i] for i in places]
    scale, vectors = scale_of(model), vectors_of(model, covered.texts)
    known = seen_from(vectors, common_part(vectors, scale))[places]
    tree = link(known, covered.askers[places], texts=texts)
    clusters = cut_tree(tree, Rules(scale=scale))
    members = [clusters.members(number) for number in range(clusters.count)]
    gone = set(texts)
    rest = [text for text in covered.texts if text not in gone]
    topics = []
    terms = distinctive_terms([[texts[i] for i in each] for each in members], rest)
    for own, each in zip(terms, members, strict=True):
        own_texts = tuple(texts[i] for i in each)
        label = make_label(own, own_texts, tree.vectors[each], tree.weights[each])
        topics.append(
            Questions(
                name=label.text, typical=label.medoid, texts=own_texts, askers=tree.weights[each]
            )
        )
    return topics

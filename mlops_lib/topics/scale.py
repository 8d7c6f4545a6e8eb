"""What is near depends on the embedder: the distances of one mean nothing to another."""

from dataclasses import dataclass, replace

from mlops_lib.embeddings import Embedder


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Distances that make a topic, for one kind of embedder.

    Attributes:
        cut: average cosine distance up to which texts belong together.
        tight: mean cosine between askers' queries that the smallest cluster needs.
        apart: or else how much more alike those of the smallest must be than the nearest well
            served queries are to them.
        common: mean cosine that the smallest cluster needs whose queries share but words that go
            with any topic ("best"); it counts for nothing that these stand apart.
        related: cosine of their centres from which two clusters are parts of one topic.
        centred: whether vectors are first seen from what all questions have in common.
        near: cosine of a document to a topic's centre from which it is worth naming.
        page: cosine of their centres, seen from that of well served queries, from which two topics
            belong onto one page: parts of one CLINC150 intent do in 70 to 90 of 100 pairs, intents
            of two domains in 3 to 4.
    """

    cut: float
    tight: float
    apart: float
    common: float
    related: float
    page: float
    near: float
    centred: bool = False


LSA = Scale(cut=0.6, tight=0.62, apart=0.295, common=0.66, related=0.25, page=0.08, near=0.3)
"""Letters: wording splits a topic ("fine-tuning", "lora", "gpu memory") into parts that are joined
again; a shared turn of phrase ("how much does it cost") is neither tight nor apart. Chosen on
CLINC150 and the written fixture: on fresh draws 10 of 2,000 logs of 100 unrelated queries have a
topic, of six or seven queries, half of these about one subject by chance ("movie")."""

SENTENCES = Scale(
    cut=0.7, tight=0.48, apart=0.28, common=0.51, related=0.55, page=0.25, near=0.35, centred=True
)
"""Meaning, by MiniLM on the same logs: a topic in 7 of 2,000 fresh ones.
Different topics of one domain point more alike than with letters: they are seen from their mean,
and only near twins are joined."""


def scale_of(embedder: Embedder | None, *, cut: float | None = None) -> Scale:
    """The distances for an embedder, with the cut as given.

    Args:
        embedder: of the vectors; None where there was nothing to embed.
        cut: average cosine distance; None takes the one measured for this kind of embedder.

    Example:
        >>> scale_of(None, cut=0.5).cut
        0.5
    """
    scale = LSA if embedder is None or embedder.name.startswith("lsa") else SENTENCES
    return scale if cut is None else replace(scale, cut=cut)

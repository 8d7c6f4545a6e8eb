"""Texts to unit vectors: one protocol, an offline default, MiniLM without torch, or your own.

The default learns from the texts at hand and needs no download and no key. Vectors and scores of
two embedders never compare: the fingerprint says which one made them, `require_same` refuses.
"""

from mlops_lib.embeddings.cache import CachedEmbedder, cached, content_key
from mlops_lib.embeddings.choose import EMBEDDERS, choose
from mlops_lib.embeddings.lsa import DIMENSIONS, EXACT_UP_TO, NGRAMS, LsaEmbedder, fit_lsa
from mlops_lib.embeddings.own import CallableEmbedder, Embed, as_embedder
from mlops_lib.embeddings.protocol import Embedder, embedder_id, require_same

__all__ = [
    "DIMENSIONS",
    "EMBEDDERS",
    "EXACT_UP_TO",
    "NGRAMS",
    "CachedEmbedder",
    "CallableEmbedder",
    "Embed",
    "Embedder",
    "LsaEmbedder",
    "as_embedder",
    "cached",
    "choose",
    "content_key",
    "embedder_id",
    "fit_lsa",
    "require_same",
]

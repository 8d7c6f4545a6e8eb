"""An embedder by its name, as a parameter of a notebook or a setting gives it."""

from collections.abc import Sequence

from mlops_lib.embeddings.cache import cached
from mlops_lib.embeddings.lsa import fit_lsa
from mlops_lib.embeddings.own import installed, own_embedder
from mlops_lib.embeddings.protocol import Embedder
from mlops_lib.errors import InputError

EMBEDDERS = ("lsa", "minilm")
"""Names that are always known; "minilm" wants the extra `embeddings` and its weights."""


def choose(name: str, *, texts: Sequence[str] = ()) -> Embedder:
    """Load an embedder; all but the default keep their vectors in the cache.

    Args:
        name: one of `EMBEDDERS`, an installed entry point, or "package.module:function".
        texts: what "lsa" learns from; the others know their language already.

    Raises:
        InputError: for a name that means nothing, missing weights, or a missing extra.

    Example:
        >>> choose("lsa", texts=["merge a lora adapter", "what is psi"]).name
        'lsa-char-2'
    """
    if name == "lsa":
        return fit_lsa(texts)
    if name == "minilm":
        from mlops_lib.embeddings.minilm import load_minilm

        return cached(load_minilm())
    own = own_embedder(name)
    if own is None:
        known = ", ".join((*EMBEDDERS, *installed()))
        raise InputError.of(
            f'no such embedder; allowed: {known}, or "package.module:function"',
            field="embedder",
            value=name,
        )
    return cached(own)

"""The embedder of a version: chosen for a build, and brought back for its readers."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_lib import embeddings
from mlops_lib.embeddings import Embedder
from mlops_lib.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DEFAULT_EMBEDDER = "lsa"
"""Fitted on the corpus: another corpus makes another embedder, unless the live one is kept."""

FITTED_ON = "fitted_on.json"
"""The texts that an embedder learned from, in a version whose sections are others."""

SAMPLE = 16
"""Stored vectors that a reader makes again, to see that its embedder is the one that made them."""

FURTHEST = 1e-3
"""Between two vectors of length 1 of one text: a hundred times what machines differ by."""


def choose(name: str, texts: Sequence[str]) -> Embedder:
    """The embedder of a name; `texts` are what one that learns is fitted on.

    Raises:
        InputError: for a name that means nothing.
    """
    return embeddings.choose(name, texts=texts)


def write_texts(folder: Path, texts: Sequence[str]) -> None:
    """Keep what a kept embedder was fitted on: an embedder is its texts."""
    (folder / FITTED_ON).write_text(json.dumps(list(texts), ensure_ascii=False), encoding="utf-8")


def read_texts(folder: Path) -> list[str] | None:
    """What the embedder of a version was fitted on; None for its own sections."""
    try:
        texts: list[str] = json.loads((folder / FITTED_ON).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return texts


def require_same_vectors(
    embedder: Embedder, texts: Sequence[str], vectors: "NDArray[np.float32]", *, source: str
) -> None:
    """Refuse an embedder that does not make the stored vectors, whatever its id says.

    Raises:
        InputError: if one of the first texts is embedded elsewhere than it was.
    """
    import numpy as np

    made = embedder.embed(list(texts[:SAMPLE]))
    kept = vectors[:SAMPLE]
    if made.shape != kept.shape or float(np.abs(made - kept).max(initial=0.0)) > FURTHEST:
        raise InputError.of(
            "the embedder gives other vectors than those that are stored; build the index again, "
            "without --keep-embedder",
            source=source,
            field="embedder",
            value=embedder.id,
        )

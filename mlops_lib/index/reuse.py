"""Embed only what is new: a vector depends on its embedder and its text, and on nothing else."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_lib.embeddings import Embedder
from mlops_lib.errors import InputError
from mlops_lib.index.embedder import require_same_vectors
from mlops_lib.index.manifest import whole_manifest
from mlops_lib.index.store import Store
from mlops_lib.index.stored import read_sections, read_vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Known = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """Vectors of texts, and how many of them had to be made.

    Attributes:
        vectors: (texts, dimensions).
        new: different texts that were embedded.
        reused: texts whose vector was there already.
    """

    vectors: "NDArray[np.float32]"
    new: int
    reused: int


def content_key(embedder: str, text: str) -> str:
    """Key of a vector.

    Args:
        embedder: its id; the separator keeps two splits of one string apart.
        text: as the embedder sees it.
    """
    return hashlib.sha256(f"{embedder}\0{text}".encode()).hexdigest()


def embed(embedder: Embedder, texts: Sequence[str], known: "Known") -> Embedded:
    """Embed texts, taking what is known.

    Args:
        embedder: of the vectors.
        texts: at least one.
        known: vectors by content, from `known_vectors`.
    """
    import numpy as np

    keys = [content_key(embedder.id, text) for text in texts]
    new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    found = dict(known)
    if new:
        found |= dict(zip(new, embedder.embed(list(new.values())), strict=True))
    return Embedded(
        vectors=np.stack([found[key] for key in keys]).astype(np.float32),
        new=len(new),
        reused=sum(key in known for key in keys),
    )


def known_vectors(store: Store, embedder: Embedder) -> "Known":
    """Vectors of every version that an embedder made, by content.

    Args:
        store: that holds the versions.
        embedder: what another made is of no use, nor what this one makes no more.
    """
    known: Known = {}
    for version in store.versions():
        known |= _made_by(embedder, store.folder(version)) or {}
    return known


def is_made_by(embedder: Embedder, folder: Path) -> bool:
    """Whether a folder holds a whole version whose vectors this embedder makes today."""
    return _made_by(embedder, folder) is not None


def _made_by(embedder: Embedder, folder: Path) -> "Known | None":
    """Vectors by content; None for a version that is damaged, gone, or of another embedder."""
    try:
        if whole_manifest(folder).embedder != embedder.id:
            return None
        texts = [section.embedded for section in read_sections(folder)]
        vectors = read_vectors(folder)
        require_same_vectors(embedder, texts, vectors, source=folder.name)
    except InputError:
        return None
    return dict(zip((content_key(embedder.id, text) for text in texts), vectors, strict=True))

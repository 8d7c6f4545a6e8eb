"""A stored version: written by a build, read back as an index."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_lib.embeddings import Embedder
from mlops_lib.errors import InputError
from mlops_lib.index.chunks import Section
from mlops_lib.index.embedder import choose, read_texts, require_same_vectors
from mlops_lib.index.lexical import index_words
from mlops_lib.index.manifest import Manifest, whole_manifest
from mlops_lib.index.search import DENSE_WEIGHT, Index

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SECTIONS, VECTORS, PAGES = "sections.jsonl", "vectors.npy", "pages.json"


def write_sections(folder: Path, sections: Sequence[Section]) -> None:
    """One JSON line a section, in the order of the vectors."""
    lines = (json.dumps(asdict(section), ensure_ascii=False) for section in sections)
    (folder / SECTIONS).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def read_sections(folder: Path) -> tuple[Section, ...]:
    """The sections of a version.

    Raises:
        InputError: if they cannot be read.
    """
    path = folder / SECTIONS
    try:
        with path.open(encoding="utf-8") as lines:
            return tuple(Section(**json.loads(line)) for line in lines)
    except (OSError, ValueError, TypeError) as error:
        raise InputError.of(f"holds no sections: {error}", source=str(path)) from error


def write_vectors(folder: Path, vectors: "NDArray[np.float32]") -> None:
    """The vectors, one row a section."""
    import numpy as np

    np.save(folder / VECTORS, vectors.astype("<f4"), allow_pickle=False)


def read_vectors(folder: Path) -> "NDArray[np.float32]":
    """The vectors of a version.

    Raises:
        InputError: if they cannot be read.
    """
    import numpy as np

    try:
        vectors: NDArray[np.float32] = np.load(folder / VECTORS, allow_pickle=False)
    except (OSError, ValueError) as error:
        message = f"holds no vectors: {error}"
        raise InputError.of(message, source=str(folder / VECTORS)) from error
    return vectors


def read_pages(folder: Path) -> dict[str, str]:
    """Name and SHA-256 of the pages that a version was built from."""
    pages: dict[str, str] = json.loads((folder / PAGES).read_text(encoding="utf-8"))
    return pages


def read_embedder(
    folder: Path,
    manifest: Manifest,
    sections: Sequence[Section],
    *,
    at_hand: Embedder | None = None,
) -> Embedder:
    """Bring back the embedder of a version; one that is at hand already is taken as it is.

    Raises:
        InputError: if what is installed under its name is another one now.
    """
    if at_hand is not None and at_hand.id == manifest.embedder:
        return at_hand
    texts = read_texts(folder) or [section.embedded for section in sections]
    embedder = choose(manifest.embedder_name, texts)
    if embedder.id != manifest.embedder:
        raise InputError.of(
            f"was built with the embedder {manifest.embedder!r}, and here {embedder.id!r} would "
            "embed the questions; their vectors do not compare. Build the index again, without "
            "--keep-embedder",
            source=str(folder),
        )
    return embedder


def open_version(
    folder: str | Path, *, dense_weight: float = DENSE_WEIGHT, at_hand: Embedder | None = None
) -> Index:
    """Read a version into memory, after checking that it is whole and its embedder is at hand.

    Args:
        folder: of the version.
        dense_weight: share of the vectors in a score.
        at_hand: an embedder that is loaded already; used if it is the version's.

    Raises:
        InputError: if it is none, is damaged, or its embedder cannot be brought back.
    """
    place = Path(folder)
    manifest = whole_manifest(place)
    sections, vectors = read_sections(place), read_vectors(place)
    embedder = read_embedder(place, manifest, sections, at_hand=at_hand)
    texts = [section.embedded for section in sections]
    require_same_vectors(embedder, texts, vectors, source=str(place))
    return Index(
        version=manifest.version,
        sections=sections,
        embedder=embedder,
        words=index_words(sections),
        vectors=vectors,
        dense_weight=dense_weight,
    )

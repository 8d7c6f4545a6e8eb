"""What an embedder is, and what tells two of them apart."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from mlops_lib.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHORTEST_LENGTH = 1e-9
"""A row shorter than this has no direction."""

_ID_DIGITS = 12


class Embedder(Protocol):
    """Anything that turns texts into unit vectors."""

    @property
    def name(self) -> str:
        """What it is, for people: "lsa-char-256", "minilm-l6-v2"."""
        ...

    @property
    def version(self) -> str:
        """Of the code or of the model behind it; another version may give other vectors."""
        ...

    @property
    def fingerprint(self) -> str:
        """Hash of all that its vectors depend on; equal fingerprints give equal vectors."""
        ...

    @property
    def id(self) -> str:
        """Name and the start of the fingerprint, for logs and manifests."""
        ...

    def embed(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """One row per text, of length 1; all zeros where nothing of the text is known."""
        ...


def embedder_id(name: str, fingerprint: str) -> str:
    """Name an embedder in a log.

    Example:
        >>> embedder_id("lsa-char-256", "0123456789abcdef")
        'lsa-char-256-0123456789ab'
    """
    return f"{name}-{fingerprint[:_ID_DIGITS]}"


def require_same(known: str, given: str, *, known_as: str, given_as: str) -> None:
    """Refuse to compare what two embedders made.

    Args:
        known: id of the embedder behind what is there: an index, a calibrated limit.
        given: id of the embedder that is about to be used on it.
        known_as: how the message speaks of the first.
        given_as: how it speaks of the second.

    Raises:
        InputError: if the ids differ; says how to recalibrate.

    Example:
        >>> require_same("a-1", "b-2", known_as="the index", given_as="the queries")
        Traceback (most recent call last):
        mlops_lib.errors.InputError: embedder: the queries were embedded by 'b-2', the index by \
'a-1'; their scores do not compare. Recalibrate: embed both with one embedder, and take limits \
such as the 5th percentile anew from scores that it made
    """
    if known != given:
        raise InputError.of(
            f"{given_as} were embedded by {given!r}, {known_as} by {known!r}; their scores do not "
            "compare. Recalibrate: embed both with one embedder, and take limits such as the 5th "
            "percentile anew from scores that it made",
            field="embedder",
        )


def unit_rows(rows: "NDArray[np.floating]") -> "NDArray[np.float64]":
    """Each row over its length; rows without a length stay zero."""
    import numpy as np

    wide = np.asarray(rows, dtype=np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    unit: NDArray[np.float64] = np.zeros_like(wide)
    np.divide(wide, lengths, out=unit, where=lengths > SHORTEST_LENGTH)
    return unit


def digest_of(texts: Sequence[str]) -> str:
    """SHA-256 of texts and of the cuts between them, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for text in texts:
        content = text.encode("utf-8", errors="surrogatepass")
        digest.update(len(content).to_bytes(8, "big"))
        digest.update(content)
    return digest.hexdigest()

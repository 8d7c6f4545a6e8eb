"""Vectors by content: the same text is embedded once per embedder, also across runs."""

import hashlib
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_lib.embeddings.protocol import Embedder
from mlops_lib.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLDER_VARIABLE = "MLOPS_CACHE"
"""Environment variable that names another folder for what can always be made again."""

FILE = "embeddings.db"

_WAIT_SECONDS = 30.0
_AT_ONCE = 500
_TABLE = (
    "CREATE TABLE IF NOT EXISTS vectors (embedder TEXT NOT NULL, content BLOB NOT NULL, "
    "vector BLOB NOT NULL, PRIMARY KEY (embedder, content)) WITHOUT ROWID"
)


def cache_folder() -> Path:
    """Where caches lie: `MLOPS_CACHE`, or `mlops_lib` below the user's cache folder."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "mlops_lib"


def content_key(text: str) -> str:
    """SHA-256 of a text: equal texts have equal keys, on every machine.

    Example:
        >>> content_key("abc")[:16]
        'ba7816bf8f01cfea'
    """
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedEmbedder:
    """An embedder that looks its vectors up first. Made by `cached`.

    A vector is found again by the embedder's fingerprint and the hash of the text, so a changed
    embedder or a changed text is embedded anew. Several processes may share the file.

    Attributes:
        inner: makes the vectors that are not known yet.
        path: SQLite file.
    """

    inner: Embedder
    path: Path

    @property
    def name(self) -> str:
        """Of the embedder within."""
        return self.inner.name

    @property
    def version(self) -> str:
        """Of the embedder within."""
        return self.inner.version

    @property
    def fingerprint(self) -> str:
        """Of the embedder within: a cache changes no vector."""
        return self.inner.fingerprint

    @property
    def id(self) -> str:
        """Of the embedder within."""
        return self.inner.id

    def missing(self, texts: Sequence[str]) -> tuple[str, ...]:
        """The unique texts whose vectors are not known yet, in their order."""
        found = self._known(texts)
        return tuple(text for text in dict.fromkeys(texts) if content_key(text) not in found)

    def embed(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """One row per text; only unknown texts are embedded.

        Raises:
            InputError: if the file is no cache of vectors.
        """
        import numpy as np

        if not texts:
            return self.inner.embed([])
        found = self._known(texts)
        new = [text for text in dict.fromkeys(texts) if content_key(text) not in found]
        if new:
            made = self.inner.embed(new).astype("<f4")
            fresh = {content_key(text): row.tobytes() for text, row in zip(new, made, strict=True)}
            self._remember(fresh)
            found |= fresh
        rows = [np.frombuffer(found[content_key(text)], dtype="<f4") for text in texts]
        return np.stack(rows).astype(np.float32)

    def _known(self, texts: Sequence[str]) -> dict[str, bytes]:
        keys = [bytes.fromhex(key) for key in {content_key(text) for text in texts}]
        found: dict[str, bytes] = {}
        try:
            with closing(self._open()) as store:
                for start in range(0, len(keys), _AT_ONCE):
                    some = keys[start : start + _AT_ONCE]
                    marks = ", ".join("?" * len(some))
                    rows = store.execute(
                        "SELECT content, vector FROM vectors "  # noqa: S608 - question marks only
                        f"WHERE embedder = ? AND content IN ({marks})",
                        [self.fingerprint, *some],
                    )
                    found |= {content.hex(): vector for content, vector in rows}
        except sqlite3.DatabaseError as error:
            raise self._broken(error) from error
        return found

    def _remember(self, vectors: dict[str, bytes]) -> None:
        rows = [(self.fingerprint, bytes.fromhex(key), row) for key, row in vectors.items()]
        try:
            with closing(self._open()) as store, store:
                store.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)", rows)
        except sqlite3.DatabaseError as error:
            raise self._broken(error) from error

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        store = sqlite3.connect(self.path, timeout=_WAIT_SECONDS)
        store.execute(_TABLE)
        return store

    def _broken(self, error: sqlite3.DatabaseError) -> InputError:
        return InputError.of(
            f"is no usable cache of vectors ({error}); delete it, or name another folder in "
            f"{FOLDER_VARIABLE}",
            source=str(self.path),
        )


def cached(embedder: Embedder, path: str | Path | None = None) -> CachedEmbedder:
    """Put a cache before an embedder that is slow or costs money.

    Args:
        embedder: makes the vectors.
        path: SQLite file; by default `embeddings.db` in the cache folder.
    """
    chosen = cache_folder() / FILE if path is None else Path(path)
    return CachedEmbedder(inner=embedder, path=chosen)

"""Serve what is live: each request takes one index, and a swap shows at the next request."""

from pathlib import Path
from threading import Lock
from typing import Self

from mlops_lib.embeddings import Embedder
from mlops_lib.errors import InputError, MlopsError
from mlops_lib.index.disk import hold, release
from mlops_lib.index.manifest import MANIFEST
from mlops_lib.index.pointer import live_version
from mlops_lib.index.search import DENSE_WEIGHT, Index
from mlops_lib.index.store import LEASE, Store
from mlops_lib.index.stored import open_version

_TRIES = 5
"""A version can be cleaned away between pointer and lease only after two swaps in that moment."""


class LiveIndex:
    """The index that the pointer names, reloaded when the pointer moves.

    A request calls `current` once and works with that value to its end. The version in use is
    leased, so that cleaning leaves it alone. Threads may share one.

    Attributes:
        problem: why the last reload failed; the index before then goes on serving. "" if it did
            not.
    """

    def __init__(
        self,
        root: str | Path,
        *,
        dense_weight: float = DENSE_WEIGHT,
        at_hand: Embedder | None = None,
    ) -> None:
        """Open what is live.

        Args:
            root: folder of the versions and of the pointer.
            dense_weight: share of the vectors in a score.
            at_hand: an embedder that is loaded already; used if it is the live version's.

        Raises:
            InputError: if nothing is live, or it cannot be opened.
        """
        self._store = Store(root=Path(root))
        self._weight = dense_weight
        self._lease: int | None = None
        self._lock = Lock()
        self._seen = self._pointer()
        self._index = self._open(at_hand)
        self.problem = ""

    def current(self) -> Index:
        """The live index: a look at the pointer, and a reload when it has moved.

        The request that sees the move first waits for the reload; others go on with the index
        before until it is there.
        """
        if self._pointer() != self._seen and self._lock.acquire(blocking=False):
            try:
                self._reload()
            finally:
                self._lock.release()
        return self._index

    def _reload(self) -> None:
        seen = self._pointer()
        if seen == self._seen:  # another thread was faster
            return
        try:
            self._index = self._open(self._index.embedder)
            self.problem = ""
        except MlopsError as error:
            self.problem = str(error)
        self._seen = seen

    def close(self) -> None:
        """Give the lease back."""
        release(self._lease)
        self._lease = None

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def _pointer(self) -> bytes:
        # Its bytes, which no two moves share; its date and inode may come again within a tick.
        try:
            return self._store.pointer.read_bytes()
        except OSError:
            return b""

    def _open(self, at_hand: Embedder | None) -> Index:
        version, lease = lease_live(self._store)
        try:
            index = open_version(
                self._store.folder(version),
                dense_weight=self._weight,
                at_hand=at_hand,
            )
        except BaseException:
            release(lease)
            raise
        release(self._lease)
        self._lease = lease
        return index


def lease_live(store: Store) -> tuple[str, int]:
    """Name of the live version, and a lease that keeps it from being cleaned away.

    Raises:
        InputError: if nothing is live, or the live version is gone.
    """
    version = None
    for _ in range(_TRIES):
        version = live_version(store)
        if version is None:
            raise InputError.of(
                "no index is live here; build one: mlops index build", source=str(store.root)
            )
        lease = hold(store.folder(version) / LEASE, shared=True)
        if lease is not None:
            return version, lease
    raise InputError.of(f"the live version {version} is gone", source=str(store.root))


def open_index(
    path: str | Path, *, dense_weight: float = DENSE_WEIGHT, at_hand: Embedder | None = None
) -> Index:
    """Read an index from a store (what is live there) or from the folder of one version.

    Raises:
        InputError: if it is neither, or cannot be opened.
    """
    if (Path(path) / MANIFEST).is_file():
        return open_version(path, dense_weight=dense_weight, at_hand=at_hand)
    with LiveIndex(path, dense_weight=dense_weight, at_hand=at_hand) as live:
        return live.current()


def is_built(root: str | Path) -> bool:
    """Whether an index was ever made live here."""
    return Store(root=Path(root)).pointer.exists()

"""Remove versions that nobody needs: never the live one, the one before, or one in use."""

from mlops_lib.errors import InputError
from mlops_lib.index.disk import hold, release
from mlops_lib.index.history import Event, once_live, pointer_gone, read_history, record
from mlops_lib.index.pointer import actor, now, read_pointer
from mlops_lib.index.store import LEASE, Store, discard, remove_abandoned

KEEP = 1
"""Versions kept beside live and previous: the newest that were built."""


def clean(store: Store, *, keep: int = KEEP) -> tuple[str, ...]:
    """Remove old versions, and what killed builds left behind.

    A version goes by one rename, so that no reader sees half of it; one that a reader has leased
    stays. The newest builds stay as well: they may be about to be swapped in.

    Args:
        store: to clean.
        keep: how many of the newest versions stay beside live and previous.

    Returns:
        Names of what was removed.

    Raises:
        InputError: if `keep` is negative, or nothing tells which version is live although one may
            be.
    """
    if keep < 0:
        raise InputError.of("must not be negative", field="keep", value=keep)
    removed = []
    store.staging.mkdir(parents=True, exist_ok=True)
    with store.locked():
        remove_abandoned(store)
        needed = _needed(store, keep)
        for version in store.versions():
            if version not in needed and _removed(store, version):
                removed.append(version)
                record(store, Event(
                    event="clean", version=version, at=now(), by=actor(), why="no longer needed",
                ))  # fmt: skip
    return tuple(removed)


def _needed(store: Store, keep: int) -> set[str]:
    move = read_pointer(store)
    present = set(store.versions())
    built = [event.version for event in read_history(store) if event.event == "build"]
    if move is None and (once_live(store) or present - set(built)):
        raise pointer_gone(store)
    needed = set() if move is None else {move.version, move.previous or move.version}
    newest = [version for version in dict.fromkeys(reversed(built)) if version in present - needed]
    return needed | set(newest[:keep])


def _removed(store: Store, version: str) -> bool:
    folder = store.folder(version)
    lease = hold(folder / LEASE, shared=False)
    if lease is None:
        return False
    try:
        discard(store, version)
    finally:
        release(lease)
    return True

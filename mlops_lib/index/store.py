"""Where versions lie: a folder of immutable versions, a staging place, and one pointer.

CURRENT          which version is live; replaced by one rename
history.jsonl    every build and every move of the pointer
versions/idx-…/  written once, never changed
staging/         what is being built; nobody reads it
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from mlops_lib.errors import InputError
from mlops_lib.index.disk import flush, hold, locked, release
from mlops_lib.index.manifest import MANIFEST, VERSION, Manifest, read_manifest

LEASE = ".lease"
"""File of a version, or of a build, whose lock says "in use"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The folder that holds the versions of one index.

    Attributes:
        root: the folder; made by the first build.
    """

    root: Path

    @property
    def pointer(self) -> Path:
        """The file that names the live version."""
        return self.root / "CURRENT"

    @property
    def history(self) -> Path:
        """The file of all events."""
        return self.root / "history.jsonl"

    @property
    def staging(self) -> Path:
        """The folder of what is being built or removed."""
        return self.root / "staging"

    def folder(self, version: str) -> Path:
        """Folder of a version, whether it exists or not.

        Raises:
            InputError: if the name is none that a version can have.
        """
        if not VERSION.fullmatch(version):
            raise InputError.of(
                "is no name of a version; they look like idx-0123456789ab",
                source=str(self.root),
                value=version,
            )
        return self.root / "versions" / version

    def versions(self) -> tuple[str, ...]:
        """Names of the complete versions, sorted."""
        found = (self.root / "versions").glob(f"idx-*/{MANIFEST}")
        return tuple(sorted(p.parent.name for p in found if VERSION.fullmatch(p.parent.name)))

    def manifest(self, version: str) -> Manifest:
        """The manifest of a version of this store.

        Raises:
            InputError: if there is no such version; names those that there are.
        """
        folder = self.folder(version)
        if not (folder / MANIFEST).is_file():
            known = self.versions()
            near = get_close_matches(version, known, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise InputError.of(
                f"no such version; {hint}there are {', '.join(known) or 'none yet'}",
                source=str(self.root),
                value=version,
            )
        manifest = read_manifest(folder)
        if manifest.version != version:
            raise InputError.of(
                "its manifest names another version", source=str(folder), value=manifest.version
            )
        return manifest

    def locked(self) -> AbstractContextManager[None]:
        """Hold the store's lock for the few writes that must not mix."""
        return locked(self.root / ".lock")


@contextmanager
def staged(store: Store, version: str) -> Iterator[Path]:
    """Give a folder to build in, and make it the version when the block ends well.

    A block that raises leaves nothing. One that is killed leaves a folder in `staging` that nobody
    reads, and that the next build removes.

    Args:
        store: where the version goes.
        version: its name; if another build finished it first, that one stays.
    """
    (store.root / "versions").mkdir(parents=True, exist_ok=True)
    store.staging.mkdir(exist_ok=True)
    with store.locked():
        remove_abandoned(store)
        folder = Path(tempfile.mkdtemp(prefix=f"{version}.", dir=store.staging))
        (folder / LEASE).touch()
        lease = hold(folder / LEASE, shared=False)
    try:
        yield folder
        folder.chmod(0o755)
        flush_all(folder)
        if not store.folder(version).exists():
            os.rename(folder, store.folder(version))
            flush(store.root / "versions")
    finally:
        release(lease)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def staged_outside(out: Path) -> Iterator[Path]:
    """Give a folder to build in, and put it at `out`, in the place of an older version there.

    Raises:
        InputError: if `out` is something else than a version.
    """
    if out.exists() and not (out / MANIFEST).is_file():
        raise InputError.of("exists, and is no version of an index", source=str(out))
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        (folder / LEASE).touch()
        yield folder
        folder.chmod(0o755)
        flush_all(folder)
        shutil.rmtree(out, ignore_errors=True)
        folder.replace(out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def flush_all(folder: Path) -> None:
    """Flush every file of a folder, then the folder."""
    for path in sorted(folder.iterdir()):
        flush(path)
    flush(folder)


def discard(store: Store, version: str) -> None:
    """Take a version away by one rename, then remove it; the caller holds the store's lock."""
    store.staging.mkdir(parents=True, exist_ok=True)
    away = Path(tempfile.mkdtemp(prefix=f"{version}.", dir=store.staging))
    store.folder(version).replace(away / "removed")
    shutil.rmtree(away, ignore_errors=True)


def remove_abandoned(store: Store) -> int:
    """Remove what killed builds left behind; the caller holds the store's lock.

    Returns:
        How many there were.
    """
    removed = 0
    for folder in sorted(store.staging.glob("*")):
        lease = hold(folder / LEASE, shared=False)
        if lease is not None or not (folder / LEASE).exists():
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
        release(lease)
    return removed

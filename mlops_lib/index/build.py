"""Build a version beside the live one: cut, embed what is new, write, and only then name it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_lib.index.disk import to_json
from mlops_lib.index.draft import Draft, Recipe, draft
from mlops_lib.index.embedder import write_texts
from mlops_lib.index.history import Event, record
from mlops_lib.index.manifest import MANIFEST, Manifest, file_hash, write_manifest
from mlops_lib.index.pointer import actor, now
from mlops_lib.index.reuse import embed, is_made_by, known_vectors
from mlops_lib.index.stale import compare
from mlops_lib.index.store import LEASE, Store, discard, staged, staged_outside
from mlops_lib.index.stored import PAGES, write_sections, write_vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LIBRARIES = ("mlops-lib", "numpy", "scikit-learn", "scipy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """A version that was built, or was there already.

    Attributes:
        folder: where it lies.
        manifest: what it is made of.
        is_new: false where equal inputs had built it before.
        embedded: texts that were embedded now.
        reused: sections whose vectors an older version gave.
        reason: why that many were embedded, for people.
    """

    folder: Path
    manifest: Manifest
    is_new: bool
    embedded: int
    reused: int
    reason: str


def build(
    store: Store,
    recipe: Recipe,
    *,
    out: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Build:
    """Build a version in staging, and put it among the others when it is whole.

    What is live goes on serving; a build that fails or is killed leaves nothing that is read.

    Args:
        store: where versions lie; also the one that vectors are reused from.
        recipe: corpus, chunker and embedder.
        out: write the version to this folder instead, outside of the store.
        progress: is told what happens.

    Raises:
        InputError: if corpus, chunker or embedder are bad, or `out` exists and is no version.
    """
    made = draft(store, recipe)
    if out is None and _is_there(store, made):
        return Build(
            folder=store.folder(made.version),
            manifest=store.manifest(made.version),
            is_new=False,
            embedded=0,
            reused=len(made.texts),
            reason="equal inputs built this version before",
        )
    progress(f"{len(made.corpus.pages)} pages, {len(made.texts)} sections")
    reason = compare(store, made).sentence
    embedded = embed(made.embedder, made.texts, known_vectors(store, made.embedder))
    progress(f"{embedded.new} texts embedded, the vectors of {embedded.reused} sections reused")
    with _place(store, made.version, out) as folder:
        manifest = _write(folder, made, embedded.vectors)
    result = Build(
        folder=out or store.folder(made.version),
        manifest=manifest,
        is_new=True,
        embedded=embedded.new,
        reused=embedded.reused,
        reason=reason,
    )
    if out is None:
        _remember(store, result)
    return result


def _is_there(store: Store, made: Draft) -> bool:
    """Whether a version is there, and can be read; else it is taken away, to be built again."""
    folder = store.folder(made.version)
    if is_made_by(made.embedder, folder):
        return True
    with store.locked():
        if folder.exists() and not is_made_by(made.embedder, folder):
            discard(store, made.version)
        return folder.exists()


def _remember(store: Store, result: Build) -> None:
    done = Event(
        event="build", version=result.manifest.version, at=now(), by=actor(), why=result.reason
    )
    with store.locked():
        record(store, done)


def _place(store: Store, version: str, out: Path | None) -> AbstractContextManager[Path]:
    return staged(store, version) if out is None else staged_outside(out)


def _write(folder: Path, made: Draft, vectors: "NDArray[np.float32]") -> Manifest:
    write_sections(folder, made.corpus.sections)
    write_vectors(folder, vectors)
    (folder / PAGES).write_text(to_json(made.corpus.pages), encoding="utf-8")
    if made.fitted_on is not None:
        write_texts(folder, made.fitted_on)
    names = sorted(path.name for path in folder.iterdir() if path.name not in {LEASE, MANIFEST})
    manifest = Manifest(
        version=made.version,
        corpus=made.corpus.hash,
        pages=len(made.corpus.pages),
        sections=len(made.corpus.sections),
        chunker=made.corpus.chunker,
        embedder=made.embedder.id,
        embedder_name=made.embedder_name,
        dimensions=int(vectors.shape[1]),
        libraries={name: installed_version(name) for name in _LIBRARIES},
        files={name: file_hash(folder / name) for name in names},
    )
    return write_manifest(folder, manifest)

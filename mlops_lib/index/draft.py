"""What an index is to be built from, before anything is written."""

from dataclasses import dataclass
from pathlib import Path

from mlops_lib.embeddings import Embedder
from mlops_lib.errors import InputError
from mlops_lib.index.corpus import DEFAULT_CHUNKER, Corpus, read_corpus
from mlops_lib.index.embedder import DEFAULT_EMBEDDER, choose, read_texts
from mlops_lib.index.manifest import Manifest, whole_manifest
from mlops_lib.index.pointer import live_version
from mlops_lib.index.search import version_id
from mlops_lib.index.store import Store
from mlops_lib.index.stored import read_embedder, read_sections


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What an index is built from.

    Attributes:
        corpus: directories of Markdown pages; a later one replaces pages of the same name.
        chunker: "sections", or "package.module:function".
        embedder: its name: "lsa", "minilm", an entry point, or "package.module:function".
        keep_embedder: go on with the live version's embedder instead of fitting one anew, so that
            only new text is embedded and scores before and after compare.
    """

    corpus: tuple[str, ...]
    chunker: str = DEFAULT_CHUNKER
    embedder: str = DEFAULT_EMBEDDER
    keep_embedder: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A corpus that was cut, and the embedder that it is to be embedded by.

    Attributes:
        corpus: pages and sections.
        embedder: of the vectors.
        embedder_name: how to get it again.
        fitted_on: texts that it was fitted on, where those are not the sections.
    """

    corpus: Corpus
    embedder: Embedder
    embedder_name: str
    fitted_on: list[str] | None = None

    @property
    def version(self) -> str:
        """Name of the version that it becomes."""
        return version_id(
            self.corpus.sections, chunker=self.corpus.chunker, embedder=self.embedder.id
        )

    @property
    def texts(self) -> list[str]:
        """What is embedded, in the order of the sections."""
        return [section.embedded for section in self.corpus.sections]


def draft(store: Store, recipe: Recipe) -> Draft:
    """Read and cut the corpus, and choose the embedder; writes nothing.

    Raises:
        InputError: if corpus, chunker or embedder are bad, or there is no live embedder to keep.
    """
    corpus = read_corpus(recipe.corpus, chunker=recipe.chunker)
    if recipe.keep_embedder:
        return _with_live_embedder(store, corpus)
    texts = [section.embedded for section in corpus.sections]
    return Draft(
        corpus=corpus,
        embedder=choose(recipe.embedder, texts),
        embedder_name=recipe.embedder,
    )


def _with_live_embedder(store: Store, corpus: Corpus) -> Draft:
    version = live_version(store)
    if version is None:
        raise InputError.of("nothing is live whose embedder could be kept", source=str(store.root))
    folder = store.folder(version)
    manifest = _undamaged(folder)
    sections = read_sections(folder)
    learned = manifest.embedder_name == DEFAULT_EMBEDDER
    texts = read_texts(folder) or [section.embedded for section in sections]
    return Draft(
        corpus=corpus,
        embedder=read_embedder(folder, manifest, sections),
        embedder_name=manifest.embedder_name,
        fitted_on=texts if learned else None,
    )


def _undamaged(folder: Path) -> Manifest:
    try:
        return whole_manifest(folder)
    except InputError as error:
        raise InputError.of(
            f"the embedder of what is live cannot be kept ({error}): `mlops index rollback` to a "
            "version that is whole, or build without --keep-embedder",
            source=folder.name,
        ) from error

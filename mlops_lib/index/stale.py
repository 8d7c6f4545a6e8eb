"""What an index would be built from now, against what is live."""

from dataclasses import dataclass

from mlops_lib.index.draft import Draft
from mlops_lib.index.manifest import is_whole
from mlops_lib.index.pointer import live_version
from mlops_lib.index.reuse import content_key, known_vectors
from mlops_lib.index.store import Store
from mlops_lib.index.stored import read_pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Staleness:
    """How what is on disk differs from what is live.

    Attributes:
        live: the live version; None where there is none, or it is damaged.
        version: what a build would make now.
        added: pages that the live version does not know.
        changed: pages whose bytes differ.
        removed: pages that are gone.
        chunkers: name and version of the chunker, live and now.
        embedders: id of the embedder, live and now.
        to_embed: texts that a build would embed.
        sections: of the corpus now.
    """

    live: str | None
    version: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    chunkers: tuple[str, str]
    embedders: tuple[str, str]
    to_embed: int
    sections: int

    @property
    def is_stale(self) -> bool:
        """Whether a build would make another version than the live one."""
        return self.live != self.version

    @property
    def is_full(self) -> bool:
        """Whether the embedder changed, so that no vector of the live version is of use."""
        return self.live is not None and self.embedders[0] != self.embedders[1]

    @property
    def sentence(self) -> str:
        """What differs and what it costs, for people and CI."""
        if self.live is None:
            return f"nothing whole is live yet; {self.to_embed} texts to embed"
        if not self.is_stale:
            return f"{self.live} is up to date"
        parts = [
            f"{len(pages)} {what} {'page' if len(pages) == 1 else 'pages'}"
            for what, pages in (
                ("new", self.added),
                ("changed", self.changed),
                ("removed", self.removed),
            )
            if pages
        ]
        if self.chunkers[0] != self.chunkers[1]:
            parts.append(f"the chunker changed from {self.chunkers[0]} to {self.chunkers[1]}")
        if self.is_full:
            parts.append(
                f"the embedder changed from {self.embedders[0]} to {self.embedders[1]}: every text "
                "is embedded anew, and scores before and after do not compare"
            )
        return f"{'; '.join(parts)}; {self.to_embed} of {self.sections} texts to embed"


def compare(store: Store, made: Draft) -> Staleness:
    """Compare a draft with the live version.

    Args:
        store: that holds the live version.
        made: from `draft`.
    """
    live = live_version(store)
    if live is not None and not is_whole(store.folder(live)):
        live = None
    pages = {} if live is None else read_pages(store.folder(live))
    manifest = None if live is None else store.manifest(live)
    now, embedder = made.corpus.pages, made.embedder.id
    known = known_vectors(store, made.embedder)
    return Staleness(
        live=live,
        version=made.version,
        added=tuple(page for page in now if page not in pages),
        changed=tuple(page for page in now if page in pages and pages[page] != now[page]),
        removed=tuple(page for page in pages if page not in now),
        chunkers=("" if manifest is None else manifest.chunker, made.corpus.chunker),
        embedders=("" if manifest is None else manifest.embedder, embedder),
        to_embed=len({content_key(embedder, text) for text in made.texts} - set(known)),
        sections=len(made.texts),
    )

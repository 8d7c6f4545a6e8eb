"""Where the assistant's index comes from: what is live, one stored version, or a corpus."""

from collections.abc import Callable
from pathlib import Path

from mlops_lib.index import MANIFEST, Index, LiveIndex, build_index, is_built, open_index

INDEX = Path("data/index")
"""The store that is served from, once something was swapped in there."""


def serving(store: str | Path, corpus: str | Path) -> Callable[[], Index]:
    """What gives each request its index.

    Args:
        store: versions and pointer of `mlops index`; what is live there is served, and a swap
            shows at the next request.
        corpus: indexed in memory where nothing was ever swapped in.

    Raises:
        InputError: if what is live cannot be opened, or the corpus is missing or bad.
    """
    if is_built(store):
        return LiveIndex(store).current
    index = build_index(corpus)
    return lambda: index


def load_index(source: str | Path) -> Index:
    """The index of a simulation or an evaluation, which must not change on the way.

    Args:
        source: a folder of pages, the folder of one stored version, or a store.

    Raises:
        InputError: if it is none of these, or cannot be read.
    """
    if (Path(source) / MANIFEST).is_file() or is_built(source):
        return open_index(source)
    return build_index(source)

"""Open a version and the live one, ask the probes of both, and judge."""

from dataclasses import replace
from pathlib import Path

from mlops_lib.index.checks import Limits, judge
from mlops_lib.index.health import Health, measure
from mlops_lib.index.live import open_index
from mlops_lib.index.manifest import file_hash
from mlops_lib.index.pointer import live_version
from mlops_lib.index.probes import read_probes
from mlops_lib.index.store import Store
from mlops_lib.index.stored import open_version
from mlops_lib.verdict import Source, Verdict


def check_health(
    store: Store, folder: Path, *, probes: str | Path | None, limits: Limits | None = None
) -> Verdict:
    """The verdict on a version: `swap` asks for it.

    Args:
        store: whose live version it is compared with.
        folder: of the version.
        probes: file of probes; None for none, which leaves the verdict undecided.
        limits: what it must meet.

    Raises:
        InputError: if the version is damaged, its embedder is not at hand, or the probes are bad.
    """
    return judge(_measured(store, folder, probes), limits)


def _measured(store: Store, folder: Path, probes: str | Path | None) -> Health:
    asked = () if probes is None else read_probes(probes)
    index = open_version(folder)
    live = live_version(store)
    serving = index if live == index.version else None
    if live is not None and serving is None:
        serving = open_index(store.root, at_hand=index.embedder)
    health = measure(index, folder, asked, live=serving)
    if probes is None:
        return health
    source = Source(path=str(probes), rows=len(asked), sha256=file_hash(Path(probes)))
    return replace(health, probes_source=source)

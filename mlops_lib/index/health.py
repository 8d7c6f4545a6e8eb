"""Measure a built version before it may go live: what is in it, and what it finds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlops_lib.index.probes import Probe, found, unknown_targets
from mlops_lib.index.search import Index
from mlops_lib.verdict import Source

FIRST = 5
"""Sections that a probe may look through: what a prompt gets to see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What was measured on one version.

    Attributes:
        version: its name.
        source: its folder, with the hash of its manifest.
        sections: how many it holds.
        without_vector: sections whose vector is all zeros or no number.
        asked: probes.
        found: of them, with an expected section among the first.
        lost: questions that find their page in the live index and no more in this one.
        gained: the other way round.
        unknown: expected pages and sections that this version does not hold.
        live: name of the live version; None where there is none.
        live_sections: how many that one holds.
        live_found: probes that it answers.
        same_embedder: whether live and this were embedded alike; true where nothing is live.
        probes_source: fingerprint of the probes.
    """

    version: str
    source: Source
    sections: int
    without_vector: int
    asked: int
    found: int
    lost: tuple[str, ...] = field(repr=False)
    gained: tuple[str, ...] = field(repr=False)
    unknown: tuple[str, ...] = field(repr=False)
    live: str | None
    live_sections: int
    live_found: int
    same_embedder: bool
    probes_source: Source | None = None


def measure(
    index: Index, folder: Path, probes: Sequence[Probe], *, live: Index | None = None
) -> Health:
    """Ask the probes of a version, and of the live one beside it.

    Args:
        index: the version, opened: that it is whole and its embedder at hand is known by then.
        folder: where it lies.
        probes: may be none; then nothing is known of what it finds.
        live: what serves now.
    """
    import numpy as np

    from mlops_lib.index.manifest import MANIFEST, file_hash

    now = found(probes, index, FIRST) if probes else ()
    before = found(probes, live, FIRST) if probes and live is not None else ()
    pairs = list(zip(probes, now, before, strict=True)) if before else []
    vectors = index.vectors
    return Health(
        version=index.version,
        source=Source(
            path=folder.as_posix(), rows=len(index.sections), sha256=file_hash(folder / MANIFEST)
        ),
        sections=len(index.sections),
        without_vector=int((~np.isfinite(vectors).all(axis=1) | ~vectors.any(axis=1)).sum()),
        asked=len(probes),
        found=sum(now),
        lost=tuple(probe.query for probe, after, earlier in pairs if earlier and not after),
        gained=tuple(probe.query for probe, after, earlier in pairs if after and not earlier),
        unknown=unknown_targets(probes, index),
        live=None if live is None else live.version,
        live_sections=0 if live is None else len(live.sections),
        live_found=sum(before),
        same_embedder=live is None or live.embedder.id == index.embedder.id,
    )

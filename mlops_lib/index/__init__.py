"""Versions of a search index: built beside the live one, checked, swapped, rolled back.

A version is an immutable folder named by its content; one pointer says which is live. `build`,
`check_health`, `swap`; `LiveIndex` serves what is live and follows the pointer; `build_index` makes
an index in memory, where nothing was built.
"""

from mlops_lib.index.build import Build, build
from mlops_lib.index.check import check_health
from mlops_lib.index.checks import Limits, judge
from mlops_lib.index.chunks import Section, page_sections
from mlops_lib.index.clean import clean
from mlops_lib.index.corpus import Corpus, read_corpus
from mlops_lib.index.draft import Draft, Recipe, draft
from mlops_lib.index.health import Health, measure
from mlops_lib.index.history import Event, once_live, pointer_gone, read_history
from mlops_lib.index.live import LiveIndex, is_built, open_index
from mlops_lib.index.manifest import MANIFEST, Manifest, read_manifest
from mlops_lib.index.pointer import Move, live_version, read_pointer
from mlops_lib.index.probes import Probe, read_probes
from mlops_lib.index.search import Hit, Index, build_index
from mlops_lib.index.stale import Staleness, compare
from mlops_lib.index.state import State, damaged, look
from mlops_lib.index.store import Store
from mlops_lib.index.swap import Signature, rollback, swap

__all__ = [
    "MANIFEST",
    "Build",
    "Corpus",
    "Draft",
    "Event",
    "Health",
    "Hit",
    "Index",
    "Limits",
    "LiveIndex",
    "Manifest",
    "Move",
    "Probe",
    "Recipe",
    "Section",
    "Signature",
    "Staleness",
    "State",
    "Store",
    "build",
    "build_index",
    "check_health",
    "clean",
    "compare",
    "damaged",
    "draft",
    "is_built",
    "judge",
    "live_version",
    "look",
    "measure",
    "once_live",
    "open_index",
    "page_sections",
    "pointer_gone",
    "read_corpus",
    "read_history",
    "read_manifest",
    "read_pointer",
    "read_probes",
    "rollback",
    "swap",
]

"""Read while somebody swaps: `python readers.py ROOT STOP NUMBER`, until the file STOP exists.

Pointer, manifest, files and sections must be of one version, always; now and then a whole index is
loaded, as an application would.
"""

import json
import sys
import time
from pathlib import Path

from mlops_lib.index import LiveIndex, Store, read_pointer
from mlops_lib.index.manifest import broken_files
from mlops_lib.index.stored import read_sections

PAUSE_SECONDS = 0.003
"""Leaves the machine to the writer; each read still falls anywhere within a swap."""

LOADS_EVERY = 20
"""A load fits an embedder, which is most of what this costs."""


def seen_version(store: Store) -> tuple[str, str]:
    """What is live, and what is wrong with it: nothing."""
    pointer = read_pointer(store)
    assert pointer is not None
    folder, manifest = store.folder(pointer.version), store.manifest(pointer.version)
    # The corpus of each version says its own number on every page.
    numbers = {section.text.rsplit(" ", 1)[-1] for section in read_sections(folder)}
    broken = broken_files(folder, manifest)
    return pointer.version, f"{numbers} {broken}" if broken or len(numbers) != 1 else ""


def main() -> None:
    root, stop = Path(sys.argv[1]), Path(sys.argv[2])
    store, reads, seen, torn = Store(root=root), 0, set[str](), list[str]()
    with LiveIndex(root) as live:
        Path(f"{stop}.ready.{sys.argv[3]}").touch()
        while not stop.exists():
            version, problem = seen_version(store)
            if reads % LOADS_EVERY == 0:
                index = live.current()
                numbers = {section.text.rsplit(" ", 1)[-1] for section in index.sections}
                whole = len(numbers) == 1 and len(index.vectors) == len(index.sections)
                problem += live.problem + ("" if whole else f"{index.version} {numbers}")
            seen.add(version)
            torn += [problem] if problem else []
            reads += 1
            time.sleep(PAUSE_SECONDS)
    print(json.dumps({"reads": reads, "seen": sorted(seen), "torn": torn}))  # noqa: T201


if __name__ == "__main__":
    main()

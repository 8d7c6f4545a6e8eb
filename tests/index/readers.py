"""Read as fast as possible while somebody swaps; run as `python readers.py ROOT SECONDS_FILE`.

Loads each version whole and tells what it saw: pointer, manifest, sections and vectors must be of
one version, always.
"""

import json
import sys
import time
from pathlib import Path

from mlops_lib.index import LiveIndex, Store, read_pointer

PAUSE_SECONDS = 0.005
"""Leaves the machine to the writer; each read still falls anywhere within a swap."""


def main() -> None:
    root, stop = Path(sys.argv[1]), Path(sys.argv[2])
    store, reads, seen, torn = Store(root=root), 0, set[str](), list[str]()
    with LiveIndex(root) as live:
        Path(f"{stop}.ready.{sys.argv[3]}").touch()
        while not stop.exists():
            pointer = read_pointer(store)
            manifest = None if pointer is None else store.manifest(pointer.version)
            if pointer is None or manifest is None or manifest.version != pointer.version:
                torn.append(f"pointer {pointer}")
            index = live.current()
            # The corpus of each version says its own number on every page.
            numbers = {section.text.rsplit(" ", 1)[-1] for section in index.sections}
            if len(numbers) != 1 or len(index.vectors) != len(index.sections) or live.problem:
                torn.append(f"{index.version} {numbers} {live.problem}")
            seen.add(index.version)
            reads += 1
            time.sleep(PAUSE_SECONDS)
    print(json.dumps({"reads": reads, "seen": sorted(seen), "torn": torn}))  # noqa: T201


if __name__ == "__main__":
    main()

"""Kill a build and a swap at every touch of the disk, and look at what readers would see.

Run as a program, because it forks: `python kills.py ROOT CORPUS PROBES`. The audit hook kills the
child just before its n-th touch of the disk, for n = 1, 2, 3… until a child comes through.
"""

import os
import shutil
import signal
import sys
from pathlib import Path

from mlops_lib import index
from mlops_lib.index import Recipe, Signature, Store

TOUCHES = {
    "open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "os.utime",
    "shutil.rmtree", "fcntl.flock", "tempfile.mkdtemp", "os.listdir", "os.scandir",
}  # fmt: skip
WHY = Signature(why="a kill", by="tester")


def touch_and_die(limit: int) -> None:
    seen = 0

    def count(event: str, _: object) -> None:
        nonlocal seen
        if event in TOUCHES:
            seen += 1
            if seen == limit:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


def work(store: Store, corpora: list[str], probes: str) -> None:
    built = index.build(store, Recipe(corpus=tuple(corpora)))
    verdict = index.check_health(store, built.folder, probes=probes)
    index.swap(store, built.manifest.version, verdict, WHY)
    index.rollback(store, WHY)
    index.clean(store, keep=0)


def require_sound(store: Store, allowed: set[str]) -> None:
    """What every reader relies on, whatever happened to the writer."""
    live = index.open_index(store.root)
    assert live.version in allowed, live.version
    assert live.search("how do refunds work", 1)[0].section.page == "guide/refunds.md"
    for version in store.versions():
        index.open_index(store.folder(version))
    moves = [event.number for event in index.read_history(store) if event.number]
    assert moves == list(range(1, len(moves) + 1)), moves
    pointer = index.read_pointer(store)
    assert pointer is not None
    assert pointer.number == len(moves)


def main() -> None:
    root, first, more, probes = sys.argv[1:5]
    base = Store(root=Path(root))
    kept = index.build(base, Recipe(corpus=(first,)))
    verdict = index.check_health(base, kept.folder, probes=probes)
    index.swap(base, kept.manifest.version, verdict, WHY)
    target = index.draft(base, Recipe(corpus=(first, more))).version
    allowed = {kept.manifest.version, target}
    limit = step = int(sys.argv[5])
    while killed(base, limit, ([first, more], probes), allowed):
        limit += step
    print(limit)  # noqa: T201


def killed(base: Store, limit: int, inputs: tuple[list[str], str], allowed: set[str]) -> bool:
    """Whether the child was killed, rather than done, at its so many-th touch of the disk."""
    store = Store(root=Path(f"{base.root}-{limit}"))
    shutil.copytree(base.root, store.root)
    child = os.fork()
    if child == 0:
        touch_and_die(limit)
        work(store, *inputs)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in {0, -signal.SIGKILL}, status
    require_sound(store, allowed)
    work(store, *inputs)  # the next one mends what the killed one left
    require_sound(store, allowed)
    assert list(store.staging.iterdir()) == []
    shutil.rmtree(store.root)
    return status != 0


if __name__ == "__main__":
    main()

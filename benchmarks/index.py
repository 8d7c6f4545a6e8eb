"""`python -m benchmarks.index`: what a version costs to build, to swap in and to open."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from mlops_lib import index
from mlops_lib.index import LiveIndex, Recipe, Signature, Store
from mlops_lib.stats.interval import UNKNOWN
from mlops_lib.verdict import Check, Outcome, Source, Verdict

Result = TypeVar("Result")

PAGES = 1_000
WORDS = [
    "index",
    "vector",
    "page",
    "answer",
    "prompt",
    "canary",
    "metric",
    "drift",
    "chunk",
    "corpus",
    "gate",
    "case",
    "judge",
]
SWAPS = 200


def main() -> None:
    """Print CPU and wall time of each step on a thousand pages of four sections."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = write_corpus(Path(folder) / "corpus")
        store = Store(root=Path(folder) / "index")
        print(f"{PAGES:,} pages, default embedder\n\n{'step':<52}{'CPU s':>9}{'wall s':>9}")
        first = timed("build everything", lambda: index.build(store, Recipe(corpus=(corpus,))))
        index.swap(store, first.manifest.version, passing(first.folder), Signature(why="first"))
        (Path(corpus) / "a" / "new.md").write_text("# New\n\nA page on webhooks.\n")
        kept = Recipe(corpus=(corpus,), keep_embedder=True)
        second = timed("build with one new page, embedder kept", lambda: index.build(store, kept))
        print(f"{'':<4}{second.embedded} texts embedded, {second.reused:,} vectors reused")
        versions = [(each.manifest.version, passing(each.folder)) for each in (second, first)]
        timed(f"{SWAPS} swaps", lambda: swap_often(store, versions))
        live = timed("open what is live", lambda: LiveIndex(store.root))
        index.swap(store, *versions[0], Signature(why="again"))
        timed("reload after a swap, embedder kept", live.current)
        timed("look at the pointer 10,000 times", lambda: [live.current() for _ in range(10_000)])
        live.close()


def write_corpus(folder: Path) -> str:
    """Pages of repeated words, each with words of its own."""
    (folder / "a").mkdir(parents=True)
    for number in range(PAGES):
        parts = [
            f"## Part {part}\n\n" + " ".join(
                f"{WORDS[(number * 7 + part + place) % len(WORDS)]} w{number * 31 + place}"
                for place in range(30)
            )
            for part in range(3)
        ]  # fmt: skip
        text = f"# Page {number}\n\nOn number {number}.\n\n" + "\n\n".join(parts)
        (folder / "a" / f"p{number}.md").write_text(text, encoding="utf-8")
    return str(folder)


def passing(folder: Path) -> Verdict:
    """A verdict that lets a version pass, so that only the swap is timed."""
    check = Check(
        name="none", estimate=1, interval=UNKNOWN, limit=1, n=1, method="",
        outcome=Outcome.PASS, explanation="",
    )  # fmt: skip
    source = Source(path=folder.as_posix(), rows=1, sha256="")
    return Verdict(subject="index", checks=[check], meaning="", advice="", sources=[source])


def swap_often(store: Store, versions: list[tuple[str, Verdict]]) -> None:
    """Back and forth."""
    for count in range(SWAPS):
        version, verdict = versions[count % 2]
        index.swap(store, version, verdict, Signature(why="again"))


def timed(step: str, do: Callable[[], Result]) -> Result:
    """Do it, and print what it took."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = do()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"{step:<52}{cpu:>9.2f}{wall:>9.2f}")
    return result


if __name__ == "__main__":
    main()

"""Topics at size: badly served questions to gaps, and the gap finder's recall on labelled ones.

`python -m benchmarks.topics [CLINC150.json]`; every timing runs in a process of its own, so that
memory is its own, with one thread, as reports run. The questions are put together from word lists
by a seeded draw; with a path to CLINC150's `data_full.json`, recall and false gaps are measured as
well (50 logs of each kind).
"""

import os
import subprocess
import sys
from importlib.util import find_spec

from mlops_lib.reports.worker import ONE_THREAD

LOGS = 50
_MEASURE = """
import resource, sys, time
import numpy as np
from benchmarks.topics import make_log
"""
_REPORT = """
start, cpu = time.perf_counter(), time.process_time()
found = work()
used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
took = time.perf_counter() - start, time.process_time() - cpu
print(f"{took[0]:8.2f} {took[1]:8.2f} {used:9.0f}   {found}")
"""
_ANALYSE = """
from mlops_lib import topics
frame = make_log(bad={bad}, good={good}, repeats={repeats})
def work():
    result = topics.analyse(topics.read(frame), settings=topics.Settings(low_score=0.5))
    result.verdict(), result.table(), result.plot_map(), result.plot_scores(), result.plot_gaps()
    return f"{{len(result.all_gaps)}} gaps"
"""
SUBJECTS = {
    "500 bad questions of 5,500, letters": (_ANALYSE.format(bad=500, good=5_000, repeats=1), 2),
    "10,000 bad of 60,000, letters": (_ANALYSE.format(bad=10_000, good=50_000, repeats=1), 15),
    "1M requests, 50,000 of them bad, letters": (
        _ANALYSE.format(bad=10_000, good=30_000, repeats=(5, 32)), 60),
    "1M vectors to clusters, mini-batch k-means": ("""
from mlops_lib.topics.partition import partition
rng = np.random.default_rng(0)
centres = rng.normal(size=(100, 256)).astype(np.float32)
rows = centres[rng.integers(0, 100, 1_000_000)]
for start in range(0, len(rows), 10_000):
    rows[start : start + 10_000] += rng.normal(size=(10_000, 256)).astype(np.float32)
rows /= np.linalg.norm(rows, axis=1, keepdims=True)
work = lambda: f"{len(set(partition(rows, 'kmeans', k=100).tolist()))} clusters"
""", 60),
}  # fmt: skip
MINILM = """
from mlops_lib.embeddings.minilm import load_minilm
texts = make_log(bad=1_000, good=0, repeats=1)["query"].tolist()
embedder = load_minilm()
def work():
    start = time.process_time()
    embedder.embed(texts)
    return f"{len(texts) / (time.process_time() - start):.0f} texts per CPU-second"
"""


def main() -> None:
    """Print wall seconds, CPU seconds and peak memory of each, then recall."""
    subjects: dict[str, tuple[str, float]] = dict(SUBJECTS)
    if find_spec("onnxruntime") is not None:
        subjects["1,000 questions by MiniLM, 300 a second"] = (MINILM, 1_000 / 300)
    print(f"{'':46}{'wall s':>8} {'CPU s':>8} {'MB':>9}")
    for name, (code, limit) in subjects.items():
        done = subprocess.run(
            [sys.executable, "-c", _MEASURE + code + _REPORT],
            capture_output=True, text=True, check=False,
            env=os.environ | ONE_THREAD,
        )  # fmt: skip
        print(f"{name:46}{done.stdout.rstrip() or done.stderr[-300:]}   limit {limit:.1f}")
    if len(sys.argv) > 1:
        from benchmarks.topics_recall import print_recall

        print_recall(sys.argv[1], logs=LOGS)


SUBJECTS_OF = ("invoice", "battery", "helmet", "contract", "password", "delivery", "printer",
               "visa", "garden", "oven", "router", "ticket", "loan", "camera", "piano", "boat",
               "chapter", "salad", "engine", "server", "tooth", "museum", "tax", "dog")  # fmt: skip
FORMS = ("how do I {0} my {1} {2}", "the {1} does not {0} {2}", "{0} a {1} {2}",
         "why would the {1} {0} {2}", "can somebody {0} this {1} {2}", "{1} {0} {2} please",
         "is it possible to {0} the {1} {2}", "my {1} will not {0} {2}")  # fmt: skip
DEEDS = ("replace", "cancel", "renew", "repair", "open", "send", "compare", "move", "rent",
         "clean", "sell", "share", "store", "measure", "update", "charge")  # fmt: skip
PLACES = ("at home", "abroad", "twice", "before Monday", "without an account", "on the phone",
          "for a friend", "again", "in winter", "by mail", "at night", "in two steps",
          "after a month", "with a discount", "from the app", "under guarantee")  # fmt: skip


def make_log(*, bad: int, good: int, repeats: "int | tuple[int, int]" = 1) -> "object":
    """A log of different badly and well served questions, each asked as often as told."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    times = repeats if isinstance(repeats, tuple) else (repeats, repeats)
    texts: dict[str, None] = {}
    while len(texts) < bad + good:
        words = [rng.choice(each) for each in (DEEDS, SUBJECTS_OF, PLACES)]
        texts[f"{rng.choice(FORMS).format(*words)} {rng.integers(0, 400)}"] = None
    unique = np.array(list(texts), dtype=object)
    rows = np.repeat(np.arange(len(unique)), np.where(np.arange(len(unique)) < bad, *times))
    rows = rng.permutation(rows)
    low = rows < bad
    end = np.datetime64("2026-06-30T00:00:00")
    return pd.DataFrame(
        {
            "query": unique[rows],
            "top_score": np.where(low, 0.2, 0.8) + 0.1 * rng.random(len(rows)),
            "time": end - rng.integers(0, 36 * 86_400, len(rows)).astype("timedelta64[s]"),
            "user_id": rng.integers(0, max(len(rows) // 5, 2), len(rows)).astype(str),
        }
    )


if __name__ == "__main__":
    main()

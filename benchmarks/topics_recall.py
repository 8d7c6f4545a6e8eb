"""Recall of the gap finder on CLINC150 (Larson et al. 2019), and gaps that it finds in noise."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HIDDEN = 3
SERVED = 1_500

RECALL_SEED, NOISE_SEED = 5_000, 200_000
"""First draws that no distance of `mlops_lib.topics.scale` and no common word was chosen on."""


def print_recall(path: str, *, logs: int) -> None:
    """Three hidden intents x 20 queries, 60 out of scope, 20 covered; and 100 out of scope alone.

    Args:
        path: of `data_full.json`.
        logs: of each kind.
    """
    from mlops_lib.embeddings import choose
    from mlops_lib.stats import proportion

    data = json.loads(Path(path).read_text())
    names = ["lsa", "minilm"] if find_spec("onnxruntime") is not None else ["lsa"]
    print(f"\nCLINC150, {logs} logs{'':24}{'recall':>8} {'logs with a false gap':>30}")
    for name in names:
        embedder = None if name == "lsa" else choose(name)
        shares = [_recall(data, seed, embedder) for seed in range(RECALL_SEED, RECALL_SEED + logs)]
        noise = [_noise(data, seed, embedder) > 0 for seed in range(NOISE_SEED, NOISE_SEED + logs)]
        false = proportion(sum(noise), logs)
        chance = f"{false.estimate:.3f} ({false.interval.low:.3f} to {false.interval.high:.3f})"
        print(f"{name:40}{sum(shares) / logs:8.3f} {chance:>30}")


def _recall(data: dict[str, Any], seed: int, embedder: Any) -> float:  # noqa: ANN401
    import numpy as np

    from mlops_lib.topics.texts import normalise

    rng = np.random.default_rng(seed)
    by_intent = defaultdict(list)
    for query, intent in data["test"] + data["val"]:
        by_intent[intent].append(query)
    hidden = [str(each) for each in rng.choice(sorted(by_intent), HIDDEN, replace=False)]
    bad = {q: i for i in hidden for q in rng.choice(by_intent[i], 20, replace=False)}
    bad |= dict.fromkeys(rng.choice([q for q, _ in data["oos_test"]], 60, replace=False), "oos")
    others = [each for each in sorted(by_intent) if each not in hidden]
    bad |= {
        str(rng.choice(by_intent[i])): i for i in map(str, rng.choice(others, 20, replace=False))
    }
    step = len(data["train"]) // SERVED
    served = [query for query, intent in data["train"][::step] if intent not in hidden]
    texts = sorted({normalise(query) for query in bad})
    intent_of = {normalise(query): intent for query, intent in bad.items()}
    found = set()
    for gap in _gaps(list(bad), served, embedder)[:HIDDEN]:
        owner, size = Counter(intent_of[texts[i]] for i in gap.texts).most_common(1)[0]
        if 2 * size >= len(gap.texts):
            found.add(owner)
    return len(found & set(hidden)) / HIDDEN


def _noise(data: dict[str, Any], seed: int, embedder: Any) -> int:  # noqa: ANN401
    import numpy as np

    rng = np.random.default_rng(seed)
    bad = rng.choice([query for query, _ in data["oos_test"]], 100, replace=False)
    served = rng.choice([query for query, _ in data["train"]], 400, replace=False)
    return len(_gaps(list(bad), list(served), embedder))


def _gaps(bad: Sequence[str], served: Sequence[str], embedder: Any) -> Any:  # noqa: ANN401
    import pandas as pd

    from mlops_lib import topics

    end = pd.Timestamp("2026-06-30")
    rows = [(q, 0.1, end - pd.Timedelta(days=i % 6), f"b{i}") for i, q in enumerate(bad)]
    rows += [(q, 0.9, end - pd.Timedelta(days=i % 36), f"g{i}") for i, q in enumerate(served)]
    frame = pd.DataFrame(rows, columns=["query", "top_score", "time", "user_id"])
    settings = topics.Settings(low_score=0.5)
    return topics.analyse(topics.read(frame), settings=settings, embedder=embedder).all_gaps

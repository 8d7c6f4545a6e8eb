"""The gap finder against labelled queries: hidden topics are found, noise is not."""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pytest

from mlops_lib import topics
from mlops_lib.embeddings import Embedder, choose, fit_lsa
from mlops_lib.errors import InputError
from mlops_lib.topics.texts import normalise
from tests.topics.logs import DATA, bike_queries, gap_log, read, unrelated_queries

HIDDEN = 3

HISTORY = 1_500
"""Well served queries of a log."""


def recalled(
    bad: Mapping[str, str],
    hidden: Sequence[str],
    good: Sequence[str],
    embedder: Embedder | None = None,
) -> float:
    """Share of the hidden intents that own one of the three gaps, by half of its queries."""
    log = read(gap_log(list(bad), good))
    result = topics.analyse(log, settings=topics.Settings(low_score=0.5), embedder=embedder)
    texts = sorted({normalise(query) for query in bad})
    intent_of = {normalise(query): intent for query, intent in bad.items()}
    found = set()
    for gap in result.all_gaps[:HIDDEN]:
        owner, size = Counter(intent_of[texts[i]] for i in gap.texts).most_common(1)[0]
        if 2 * size >= len(gap.texts):
            found.add(owner)
    return len(found & set(hidden)) / len(hidden)


@pytest.fixture(scope="module", params=["lsa", "minilm"])
def embedder(request: pytest.FixtureRequest) -> Embedder | None:
    """None takes the default, which learns from each log."""
    return None if request.param == "lsa" else embedder_of_meaning()


def embedder_of_meaning() -> Embedder:
    pytest.importorskip("onnxruntime")
    try:
        return choose("minilm")
    except InputError as error:
        pytest.skip(str(error))


def target(embedder: Embedder | None) -> float:
    """Share of hidden topics that must be found."""
    return 0.85 if embedder is None else 0.9


def test_hidden_topics_of_the_written_fixture_are_recovered(embedder: Embedder | None) -> None:
    intents, noise = bike_queries(), unrelated_queries()
    shares = []
    for number, hidden in enumerate(list(combinations(intents, HIDDEN))[::12]):
        rest = [query for intent in intents if intent not in hidden for query in intents[intent]]
        bad = {query: intent for intent in hidden for query in intents[intent]}
        some_noise = (noise * 2)[7 * number :][:60]
        bad |= dict.fromkeys([*some_noise, *rest[number % 7 :: 7]], "noise")
        shares.append(recalled(bad, hidden, rest, embedder))
    assert np.mean(shares) >= target(embedder)


def test_pure_noise_makes_no_gap(embedder: Embedder | None) -> None:
    intents = bike_queries()
    covered = [query for queries in intents.values() for query in queries]
    log = read(gap_log(unrelated_queries(), covered))
    result = topics.analyse(log, settings=topics.Settings(low_score=0.5), embedder=embedder)
    assert result.all_gaps == ()
    assert result.outside == len(unrelated_queries())


def clinc() -> tuple[list[tuple[str, str]], dict[str, list[str]], list[str]]:
    path = DATA / "clinc150" / "data_full.json"
    if not path.exists():
        pytest.skip("CLINC150 (Larson et al. 2019) is not here")
    data = json.loads(path.read_text())
    by_intent = defaultdict(list)
    for query, intent in data["test"] + data["val"]:
        by_intent[intent].append(query)
    history = [(query, intent) for query, intent in data["train"]]
    return history, dict(by_intent), [query for query, _ in data["oos_test"]]


def test_hidden_intents_of_clinc150_are_recovered(embedder: Embedder | None) -> None:
    history, by_intent, oos = clinc()
    intents, shares = sorted(by_intent), []
    for seed in range(6 if embedder is None else 16):
        rng = np.random.default_rng(seed)
        hidden = [str(intent) for intent in rng.choice(intents, HIDDEN, replace=False)]
        bad = {q: i for i in hidden for q in rng.choice(by_intent[i], 20, replace=False)}
        bad |= dict.fromkeys(rng.choice(oos, 60, replace=False), "oos")
        for intent in rng.choice([i for i in intents if i not in hidden], 20, replace=False):
            bad[str(rng.choice(by_intent[intent]))] = str(intent)
        served = [query for query, intent in history[:: len(history) // HISTORY]
                  if intent not in hidden]  # fmt: skip
        shares.append(recalled(bad, hidden, served, embedder))
    assert np.mean(shares) >= target(embedder)


def test_out_of_scope_queries_of_clinc150_make_no_gap(embedder: Embedder | None) -> None:
    history, _, oos = clinc()
    served = [query for query, _ in history]
    for seed in range(100, 120 if embedder is None else 106):
        rng = np.random.default_rng(seed)
        bad, good = rng.choice(oos, 100, replace=False), rng.choice(served, 400, replace=False)
        log = read(gap_log(list(bad), list(good)))
        result = topics.analyse(log, settings=topics.Settings(low_score=0.5), embedder=embedder)
        assert result.all_gaps == ()


def banking() -> dict[str, list[str]]:
    path = DATA / "banking77" / "train.csv"
    if not path.exists():
        pytest.skip("banking77 (Casanueva et al. 2020) is not here")
    by_intent = defaultdict(list)
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            by_intent[row["category"]].append(row["text"])
    return by_intent


def test_meaning_tells_hidden_intents_of_one_bank_apart() -> None:
    by_intent, minilm = banking(), embedder_of_meaning()
    shares = []
    for seed in range(1_000, 1_008):
        rng = np.random.default_rng(seed)
        hidden = [str(intent) for intent in rng.choice(sorted(by_intent), HIDDEN, replace=False)]
        others = [intent for intent in sorted(by_intent) if intent not in hidden]
        bad = {q: i for i in hidden for q in rng.choice(by_intent[i], 20, replace=False)}
        bad |= {str(rng.choice(by_intent[i])): "other" for i in others}
        some = [query for intent in others for query in by_intent[intent][-10:]]
        shares.append(recalled(bad, hidden, some, minilm))
    assert np.mean(shares) >= 0.85


def test_hidden_intents_of_banking77_are_recovered() -> None:
    by_intent = banking()
    intents, shares = sorted(by_intent), []
    embedder = fit_lsa(sorted({normalise(q) for i in intents for q in by_intent[i][:26]}))
    for seed in range(8):
        rng = np.random.default_rng(seed)
        hidden = [str(intent) for intent in rng.choice(intents, HIDDEN, replace=False)]
        others = [intent for intent in intents if intent not in hidden]
        bad = {q: i for i in hidden for q in rng.choice(by_intent[i], 20, replace=False)}
        bad |= {str(rng.choice(by_intent[i])): i for i in others}
        some = [by_intent[intent][-1] for intent in others]
        shares.append(recalled(bad, hidden, some, embedder))
    assert np.mean(shares) >= 0.75  # one domain, single queries of all its other intents as noise

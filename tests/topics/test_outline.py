"""The missing pages: gaps of one subject share one, and what all users say joins nothing."""

import json
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from mlops_lib import topics
from mlops_lib.topics.cluster import Clusters
from mlops_lib.topics.gaps import find_gaps
from mlops_lib.topics.linkage import link
from mlops_lib.topics.outline import add_outlines, outline_pages
from mlops_lib.topics.scale import LSA
from mlops_lib.topics.texts import normalise, unique_texts
from tests.topics.logs import DATA, gap_log, read

GAPS, OF_ONE_DOMAIN = 5, 3


def test_what_all_questions_have_in_common_joins_no_pages() -> None:
    # Three gaps of four questions; directions 1 and 2 are near each other, 3 is not. Direction 0
    # is in every question of the log, served or not: seen from zero all cosines are .5 or more.
    texts = [f"{word} {number}" for word in ("lora", "tuning", "voice") for number in range(4)]
    own = np.array([[1, 1, 0, 0, 0], [1, 0.6, 0.8, 0, 0], [1, 0, 0, 1, 0]])
    vectors = _unit(np.repeat(own, 4, axis=0))
    served = _unit(np.array([[1, 0, 0, 0, 1], [1, 0, 0, 0, -1]]))
    log = read(gap_log(texts, ["served well"]))
    unique = unique_texts(log.frame, (log.frame["score"] < 0.5).to_numpy())
    order = [texts.index(text) for text in unique.texts]
    tree = link(vectors[order], unique.askers)
    labels = np.array([place // 4 for place in order])
    clusters = Clusters(labels=labels, cut=0.5, smallest=4)
    found = find_gaps(log, unique, tree, clusters).gaps
    gaps = add_outlines(found, tree, unique.spellings, LSA, served=served)
    pages = [{gaps[n - 1].label.terms[0] for n in page.gaps} for page in outline_pages(gaps)]
    assert sorted(map(sorted, pages)) == [["lora", "tuning"], ["voice"]]


def test_topics_of_other_domains_seldom_share_a_page() -> None:
    path = DATA / "clinc150"
    if not path.exists():
        pytest.skip("CLINC150 (Larson et al. 2019) is not here")
    data = json.loads((path / "data_full.json").read_text())
    domains = json.loads((path / "domains.json").read_text())
    domain_of = {intent: name for name, intents in domains.items() for intent in intents}
    joined: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    for seed in range(10):
        rng = np.random.default_rng(seed)
        first, *others = rng.choice(sorted(domains), 1 + GAPS - OF_ONE_DOMAIN, replace=False)
        hidden = {*rng.choice(domains[first], OF_ONE_DOMAIN, replace=False)}
        hidden |= {rng.choice(domains[name]) for name in others}
        bad = [(q, i) for q, i in data["test"] if i in hidden]
        served = [q for q, i in data["train"][::30] if i not in hidden]
        log = read(gap_log([q for q, _ in bad], served))
        result = topics.analyse(log, settings=topics.Settings(low_score=0.5))
        domain = [_domain(gap.texts, bad, domain_of) for gap in result.all_gaps]
        for a, b in combinations(range(len(domain)), 2):
            kind = "same" if domain[a] == domain[b] else "other"
            pairs[kind] += 1
            joined[kind] += b + 1 in result.all_gaps[a].beside
    assert pairs["other"] > 60
    assert joined["other"] <= 0.08 * pairs["other"]
    assert joined["same"] / pairs["same"] > 3 * joined["other"] / pairs["other"]


def _domain(texts: tuple[int, ...], bad: list[tuple[str, str]], domain_of: dict[str, str]) -> str:
    intent_of = {normalise(query): intent for query, intent in bad}
    unique = sorted(intent_of)
    return Counter(domain_of[intent_of[unique[i]]] for i in texts).most_common(1)[0][0]


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype("f4")
    return unit

"""Real questions about Claude's documentation (MIT, anthropics/claude-cookbooks), where present.

A full-text retriever plays the baseline; the candidate sees the headings only, which must show.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlops_lib.evaluation import Comparison, compare
from mlops_lib.verdict import Outcome

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "claude_docs_qa"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the real data are not here")


def load(name: str) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return records


def runs_of(texts: list[str]) -> list[dict[str, Any]]:
    """Answer each question with the opening of what TF-IDF over the texts finds."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    chunks, asked = load("anthropic_docs.json"), load("docs_evaluation_dataset.json")
    vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english")
    index = vectorizer.fit_transform(texts)
    scores = (vectorizer.transform([each["question"] for each in asked]) @ index.T).toarray()
    found = []
    for each, row in zip(asked, scores, strict=True):
        best = row.argsort(kind="stable")[::-1][:5]
        found.append(
            {
                "case_id": each["id"],
                "output": " ".join(chunks[best[0]]["text"].split()[:60]),
                "retrieved": [[f"docs/{i}.md", float(row[i])] for i in best],
            }
        )
    return found


@pytest.fixture
def compared(tmp_path: Path, jsonl: Callable[..., Path]) -> Callable[[int], Comparison]:
    chunks, asked = load("anthropic_docs.json"), load("docs_evaluation_dataset.json")
    (tmp_path / "docs").mkdir()
    for i, chunk in enumerate(chunks):
        (tmp_path / "docs" / f"{i}.md").write_text(chunk["text"], encoding="utf-8")
    place = {chunk["chunk_link"]: f"docs/{i}.md" for i, chunk in enumerate(chunks)}
    cases = [
        {
            "case_id": each["id"],
            "input": each["question"],
            "target": each["correct_answer"],
            "context": sorted({place[link] for link in each["correct_chunks"] if link in place}),
        }
        for each in asked
    ]
    path = jsonl("cases.jsonl", cases)
    full = jsonl("full.jsonl", runs_of([f"{c['chunk_heading']} {c['text']}" for c in chunks]))
    headings = jsonl("headings.jsonl", runs_of([c["chunk_heading"] for c in chunks]))
    sides = [full, headings]
    return lambda which: compare(full, sides[which], path, corpus=tmp_path)


def test_searching_headings_only_is_found_out(compared: Callable[[int], Comparison]) -> None:
    comparison = compared(1)
    failed = {c.name for c in comparison.checks() if c.outcome is Outcome.FAIL}
    assert {"change in recall", "change in similarity"} <= failed
    assert comparison.degraded().rows


def test_the_same_retriever_is_not_worse(compared: Callable[[int], Comparison]) -> None:
    changes = [c for c in compared(0).checks() if c.name.startswith("change in")]
    assert {check.outcome for check in changes} <= {Outcome.PASS, Outcome.WARN}
    assert all(check.estimate == 0 for check in changes)

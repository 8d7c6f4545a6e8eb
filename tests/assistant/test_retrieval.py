"""Chunks and index: sections by their ids, found by the questions that real users ask."""

import json
from pathlib import Path

import pytest

from assistant.questions import ATTACK, OFF_TOPIC, read_questions
from assistant.scenario import UNCOVERED
from mlops_lib.errors import InputError
from mlops_lib.index import Index, build_index
from mlops_lib.index.chunks import page_sections
from mlops_lib.index.corpus import read_corpus

REPOSITORY = Path(__file__).parents[2]


def test_sections_carry_topic_page_and_heading(small_corpus: Path) -> None:
    assert [section.id for section in read_corpus(small_corpus).sections] == [
        "drift/psi.md#population-stability-index",
        "drift/psi.md#bands-of-the-index",
        "rollout/stages.md#rollout-stages",
        "rollout/stages.md#five-stages",
        "rollout/stages.md#rolling-back",
    ]


def test_a_heading_inside_code_is_code() -> None:
    page = "# T\n\nIntro.\n\n```\n## no heading\n\nmore\n```\n\n## Yes\n\nText."
    assert [section.heading for section in page_sections(page, "a/b.md")] == ["T", "Yes"]


def test_long_sections_are_split_between_paragraphs_and_lose_nothing() -> None:
    paragraphs = [" ".join([f"p{number}w{word}" for word in range(90)]) for number in range(5)]
    page = "# T\n\n## Long\n\n" + "\n\n".join(paragraphs)
    parts = page_sections(page, "a/b.md")
    assert {part.id for part in parts} == {"a/b.md#long"}
    assert [len(part.text.split()) for part in parts] == [180, 180, 90]
    assert "\n\n".join(part.text for part in parts) == "\n\n".join(paragraphs)


def test_all_bad_pages_are_told_at_once(small_corpus: Path) -> None:
    (small_corpus / "drift" / "empty.md").write_text("", encoding="utf-8")
    (small_corpus / "drift" / "latin.md").write_bytes(b"# Caf\xe9")
    (small_corpus / "drift" / "title.md").write_text("# Only a title\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_corpus(small_corpus)
    assert len(caught.value.problems) == 3


def test_no_pages_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no"):
        build_index(tmp_path)


def test_every_gold_section_of_the_cases_exists(guide: Index) -> None:
    ids = {section.id for section in guide.sections}
    lines = [
        line
        for path in sorted((REPOSITORY / "eval").rglob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    gold = {section for line in lines for section in json.loads(line).get("context", ())}
    assert gold <= ids


def test_the_right_page_is_found_for_most_questions(guide: Index) -> None:
    questions = [q for group in read_questions().values() for q in group if q.page]
    found = guide.search_many([q.query for q in questions], 3)
    pages = [[hit.section.page for hit in hits] for hits in found]
    asked = list(zip(questions, pages, strict=True))
    first = sum(found[0] == question.page for question, found in asked) / len(asked)
    third = sum(question.page in found for question, found in asked) / len(asked)
    # Floors, not targets: 720 questions of eight topics in users' own words.
    assert first > 0.60
    assert third > 0.78


def test_scores_tell_covered_questions_from_uncovered_ones(guide: Index) -> None:
    covered, uncovered = list[float](), list[float]()
    for topic, group in read_questions().items():
        if topic not in {OFF_TOPIC, ATTACK}:
            hits = guide.search_many([question.query for question in group], 1)
            (uncovered if topic in UNCOVERED else covered).extend(hit[0].score for hit in hits)
    pairs = [(a > b) + (a == b) / 2 for a in covered for b in uncovered]
    assert sum(pairs) / len(pairs) > 0.9  # area under the ROC curve


def test_many_searches_are_single_searches(guide: Index) -> None:
    queries = ["what is a canary", "psi bands", ""]
    assert guide.search_many(queries, 4) == [guide.search(query, 4) for query in queries]


def test_hits_are_distinct_best_first_and_between_zero_and_one(guide: Index) -> None:
    hits = guide.search("how do I roll back a prompt version?", 10)
    scores = [hit.score for hit in hits]
    assert len({hit.section.id for hit in hits}) == 10
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_a_question_without_a_known_word_scores_nothing(small_corpus: Path) -> None:
    assert build_index(small_corpus).search("жщ ??", 1)[0].score == 0


def test_the_index_id_names_what_scores_depend_on(small_corpus: Path) -> None:
    first, again = build_index(small_corpus), build_index(small_corpus)
    other = first.reweighted(0.5)
    assert other.id == build_index(small_corpus, dense_weight=0.5).id
    page = small_corpus / "drift" / "psi.md"
    page.write_text(page.read_text(encoding="utf-8") + "\nMore.\n", encoding="utf-8")
    assert first.id == again.id
    assert len({first.id, other.id, build_index(small_corpus).id}) == 3

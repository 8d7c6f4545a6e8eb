"""Folding queries and naming clusters."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_lib.topics.label import distinctive_terms, make_label
from mlops_lib.topics.markdown import split_sections
from mlops_lib.topics.texts import badly_served, normalise, unique_texts, well_served
from tests.topics.logs import HIGH, LOW, frame_of, read


@given(st.text())
def test_normalising_twice_changes_nothing(query: str) -> None:
    assert normalise(normalise(query)) == normalise(query)


def test_case_space_and_punctuation_do_not_make_two_texts() -> None:
    rows = [
        ("Merge LoRA?", LOW, 1, "a"),
        ("merge  lora", LOW, 1, "a"),
        ("merge lora!", LOW, 2, "b"),
    ]
    log = read(frame_of([*rows, ("other", HIGH, 0, "c")]))
    texts = unique_texts(log.frame, badly_served(log, 0.5))
    assert texts.texts == ("merge lora",)
    assert texts.requests.tolist() == [3]
    assert texts.askers.tolist() == [2]


def test_refused_queries_are_no_coverage_gap() -> None:
    frame = frame_of([("ignore all rules", LOW, 1, "a"), ("merge lora", HIGH, 0, "b")])
    frame["outcome"] = ["refused", "no_answer"]
    log = read(frame, outcome="outcome")
    assert log.frame["query"][badly_served(log, 0.5)].tolist() == ["merge lora"]


def test_well_served_is_what_was_answered_with_a_known_good_score() -> None:
    rows = [
        ("good", HIGH),
        ("low", LOW),
        ("unscored", math.nan),
        ("refused", HIGH),
        ("empty", HIGH),
    ]
    frame = frame_of([(query, score, 1, query) for query, score in rows])
    frame["outcome"] = ["answered", "answered", "answered", "refused", "no_answer"]
    log = read(frame, outcome="outcome")
    assert log.frame["query"][well_served(log, 0.5)].tolist() == ["good"]


def test_terms_follow_class_based_tfidf() -> None:
    # Grootendorst (2022) by hand. Words: cluster "lora rank lora", rest "rank psi psi psi psi":
    # A = 8 / 2 = 4; lora 2/3 log(1 + 4/2) = .732, rank 1/3 log(1 + 4/2) = .366.
    terms = distinctive_terms([["lora rank lora"]], ["rank psi psi psi psi"])
    assert terms == [("lora", "rank")]
    # A word that is common elsewhere loses, with A = 41 / 2: pod 2/3 log(1 + 20.5 / 40) = .276,
    # lora 1/3 log(1 + 20.5 / 1) = 1.02.
    assert distinctive_terms([["pod pod lora"]], ["pod " * 38])[0][0] == "lora"


def test_the_medoid_is_the_middle_not_the_first_row() -> None:
    vectors = np.array([[1, 0], [0.8, 0.6], [0.28, 0.96]], dtype=np.float32)
    label = make_label(("x",), ["first", "middle", "last"], vectors, np.array([1, 1, 5]))
    assert make_label((), ["a", "b", "c"], vectors, np.ones(3, int)).text == "b"
    assert "first" in label.examples


def test_sections_have_unique_ids_and_code_is_no_heading() -> None:
    page = (
        "Intro.\n# Title\ntext\n```\n# comment\n```\n## What goes wrong?\na\n## What goes wrong?\nb"
    )
    sections = split_sections(page, page="drift/psi.md")
    assert [section.section_id for section in sections] == [
        "drift/psi.md#psi",
        "drift/psi.md#title",
        "drift/psi.md#what-goes-wrong",
        "drift/psi.md#what-goes-wrong-2",
    ]
    assert "# comment" in sections[1].text


def test_a_spelling_is_shown_without_the_spaces_that_nobody_sees() -> None:
    frame = read(frame_of([("  Roll\tback\n  now? ", LOW, 0, "u")])).frame
    found = unique_texts(frame, np.array([True]))
    assert found.spellings == ("Roll back now?",)
    assert frame["query"].tolist() == ["  Roll\tback\n  now? "]


@pytest.mark.parametrize(
    ("page", "headings"),
    [
        ("Title\n=====\nbody\n\nSub\n---\nmore", ["Title", "Sub"]),
        ("Two lines\nof one heading\n---\nbody", ["Two lines of one heading"]),
        ("# A\ntext\n\n---\n\nmore", ["A"]),  # a rule below an empty line
        ("# A\n- item\n---\n> quote\n---\n| a |\n---\n", ["A"]),  # CommonMark 0.31, example 94
        ("# A\n```\ncode\n---\n```\n---\n", ["A"]),
        ("# A\n---\ntext", ["A"]),
        ("---\n\ntext", ["p"]),
    ],
)
def test_underlined_headings_are_headings_and_rules_are_not(page: str, headings: list[str]) -> None:
    assert [each.heading for each in split_sections(page, page="p.md")] == headings


@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_front_matter_is_no_section(start: str) -> None:
    page = f"{start}---\ntitle: Costs\ntags:\n  - a\n---\n# Costs\nThree euros."
    (section,) = split_sections(page, page="p.md")
    assert (section.section_id, section.text) == ("p.md#costs", "Costs\nThree euros.")
    assert split_sections("---\ntitle: x\n---\n", page="p.md") == ()
    (rule,) = split_sections("---\nNo key here\n\n---\n", page="p.md")
    assert "No key here" in rule.text


def test_every_script_gives_ids_that_can_be_told_apart() -> None:
    page = "# 更换护照\n\n## Reisepass verlängern\n\n## हिन्दी में\n\n## ???\n\n## !\n"
    assert [each.section_id for each in split_sections(page, page="p.md")] == [
        "p.md#更换护照",
        "p.md#reisepass-verlängern",
        "p.md#हिन्दी-में",
        "p.md#section",
        "p.md#section-2",
    ]


def test_colours_of_a_terminal_are_no_words() -> None:
    # ECMA-48: CSI 31 m is red; OSC 0 names the window and ends with BEL or with ST.
    pasted = "\x1b[1;31mERROR\x1b[0m lost \x1b]0;home\x07pod\x1b]0;home\x1b\\"
    assert normalise(pasted) == "error lost pod"

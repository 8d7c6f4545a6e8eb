"""Ids of sections: one rule for what is indexed, analysed and named as gold."""

import re
from pathlib import Path

import pytest

from mlops_lib.evaluation.sections import split_page
from mlops_lib.index.chunks import page_sections, slug
from mlops_lib.topics import split_sections

PAGES = sorted((Path(__file__).parents[2] / "corpus").rglob("*.md"))


def test_index_topics_and_gold_call_a_section_the_same() -> None:
    page = "# Überblick\nText.\n\n## 费用: 3.5 €\nText.\n"
    ids = ["p.md#überblick", "p.md#费用-3-5"]
    assert [each.id for each in page_sections(page, "p.md")] == ids
    assert [each.section_id for each in split_sections(page, page="p.md")] == ids
    assert list(split_page("p.md", page)) == ["p.md", *ids]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_headings_in_english_keep_the_ids_that_cases_name(page: Path) -> None:
    for section in split_sections(page.read_text(encoding="utf-8"), page="p.md"):
        assert slug(section.heading) == re.sub(r"[^a-z0-9]+", "-", section.heading.lower()).strip(
            "-"
        )


def test_an_accent_in_two_code_points_is_one_letter() -> None:
    assert slug("Cafe\u0301") == slug("Caf\u00e9") == "café"


def test_a_page_may_start_with_front_matter() -> None:
    (section,) = page_sections("---\ntitle: x\n---\n\n# Costs\nText.\n", "p.md")
    assert (section.id, section.text) == ("p.md#costs", "Text.")

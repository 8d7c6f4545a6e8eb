"""Would this corpus close the gap: closed, still open, newly opened, from the pages alone."""

import re
from dataclasses import replace

import numpy as np
import pytest

from mlops_lib import topics
from mlops_lib.embeddings import fit_lsa
from mlops_lib.errors import InputError
from mlops_lib.stats import proportion
from mlops_lib.topics.candidate_fates import Fate, fate_of
from mlops_lib.topics.matches import PIECE, Piece, cut_pieces, make_matcher
from mlops_lib.verdict import Outcome
from tests.topics.logs import bike_queries, gap_log, read, unrelated_queries

INTENTS = bike_queries()
MISSING = ("battery", "invoice")
SETTINGS = topics.Settings(low_score=0.5)


def page(intent: str) -> topics.Section:
    """A page that answers every second question of an intent in its words."""
    text = f"{intent}\n" + "\n".join(INTENTS[intent][::2])
    return topics.Section(section_id=f"{intent}.md#{intent}", heading=intent, text=text)


CORPUS = tuple(page(intent) for intent in INTENTS if intent not in MISSING)


def compare(*candidate: topics.Section) -> topics.TopicsResult:
    return analyse(candidate)


def analyse(
    candidate: tuple[topics.Section, ...] | None, settings: topics.Settings = SETTINGS
) -> topics.TopicsResult:
    bad = [query for intent in MISSING for query in INTENTS[intent]]
    good = [query for intent in INTENTS if intent not in MISSING for query in INTENTS[intent]]
    log = read(gap_log(bad, 3 * good))
    return topics.analyse(log, CORPUS, settings=settings, candidate=candidate)


def fates(result: topics.TopicsResult) -> dict[str, Fate]:
    """The fate of each gap by the intent in its name."""
    assert result.candidate is not None
    names = {intent: intent.removesuffix("s") for intent in INTENTS}
    return {
        intent: each.fate
        for each in result.candidate.fates
        for intent, word in names.items()
        if word in f"{each.name} {each.question}".lower()
    }


def test_a_page_closes_its_gap_and_no_other() -> None:
    result = compare(*CORPUS, page("battery"))
    found = fates(result)
    assert found["battery"] is Fate.CLOSED
    assert found["invoice"] is Fate.OPEN
    verdict = result.verdict()
    assert verdict.outcome is Outcome.PASS
    assert "invoice" in verdict.advice
    assert result.candidate is not None
    (closed,) = (each for each in result.candidate.fates if each.fate is Fate.CLOSED)
    assert f'closes 1 ("{closed.question}" in battery.md#battery)' in verdict.meaning
    table = result.candidate_table()
    (row,) = (row for row in table.rows if row[-3] == "closed")
    assert row[-2] == "battery.md#battery"
    assert str(row[-1]).startswith(INTENTS["battery"][0])
    assert "A match is no answer" in table.caption


def test_a_page_that_goes_opens_a_gap_and_fails() -> None:
    gone = [section for section in CORPUS if section.heading != "helmet"]
    result = compare(*gone, page("battery"), page("invoice"))
    found = fates(result)
    assert found["helmet"] is Fate.OPENED
    assert found["battery"] is found["invoice"] is Fate.CLOSED
    reach = result.reach()
    assert reach.rest in result.verdict().meaning
    verdict = result.verdict()
    assert verdict.outcome is Outcome.FAIL
    assert verdict.advice.startswith("Before merging, bring back")


def test_the_same_corpus_changes_nothing() -> None:
    result = compare(*CORPUS)
    assert result.candidate is not None
    assert {each.fate for each in result.candidate.fates} == {Fate.OPEN}
    assert result.candidate.worsened.successes == 0
    assert all(each.before == each.after for each in result.candidate.fates)
    verdict = result.verdict()
    assert verdict.deciding.name == "gaps closed"
    assert verdict.meaning.startswith("Nothing changes: the candidate (8 sections, 8 now) says")
    assert verdict.advice.startswith("There is nothing to merge")


def test_a_new_name_is_no_change_and_a_new_word_is() -> None:
    renamed = [replace(section, section_id=f"new/{section.section_id}") for section in CORPUS]
    assert "Nothing changes" in compare(*renamed).verdict().meaning
    reworded = replace(CORPUS[0], text=f"{CORPUS[0].text} Also on Sundays.")
    assert "Nothing changes" not in compare(reworded, *CORPUS[1:]).verdict().meaning


# Of ten questions; the 95 % Wilson interval of 3/10 reaches to 0.60, of 2/10 to 0.51, of 1/10 to
# 0.40, of 40/100 to 0.50 (0.4980; Wilson 1927).
@pytest.mark.parametrize(
    ("before", "after", "n", "fate"),
    [
        (0, 6, 10, Fate.CLOSED),
        (4, 6, 10, Fate.CLOSED),
        (4, 5, 10, Fate.CLOSING),
        (0, 4, 10, Fate.CLOSING),
        (2, 3, 10, Fate.CLOSING),
        (0, 1, 10, Fate.OPEN),
        (35, 40, 100, Fate.OPEN),
        (35, 41, 100, Fate.CLOSING),
        (4, 4, 10, Fate.OPEN),
        (7, 7, 10, Fate.COVERED),
        (5, 10, 10, Fate.COVERED),
        (10, 0, 10, Fate.OPEN),
    ],
)
def test_the_fate_follows_the_share_and_what_it_leaves_room_for(
    before: int, after: int, n: int, fate: Fate
) -> None:
    assert fate_of(proportion(before, n), proportion(after, n)) is fate


def test_a_gap_that_a_page_matches_already_asks_for_no_page() -> None:
    corpus = (*CORPUS, page("battery"))
    bad = [query for intent in MISSING for query in INTENTS[intent]]
    good = [query for intent in INTENTS if intent not in MISSING for query in INTENTS[intent]]
    log = read(gap_log([*bad, *unrelated_queries()], 3 * good))
    result = topics.analyse(log, corpus, settings=SETTINGS, candidate=(*corpus, page("invoice")))
    found = fates(result)
    assert (found["battery"], found["invoice"]) == (Fate.COVERED, Fate.CLOSED)
    verdict = result.verdict()
    assert "finds 1 covered already" in verdict.meaning
    assert re.search(r'For gap \d \("battery.*"\) write nothing yet', verdict.advice)
    assert verdict.checks[-1].explanation.endswith("and did not before; 1 did so already.")
    assert any(row[-2] == "battery.md#battery" for row in result.candidate_table().rows)


def test_a_stub_closes_nothing() -> None:
    stub = topics.split_sections("# How long does the battery last\nComing soon.", page="b.md")
    assert fates(compare(*CORPUS, *stub))["battery"] is Fate.OPEN
    with pytest.raises(InputError, match="candidate_corpus: holds no section of 8 words"):
        compare(*stub)


def test_a_chinese_section_needs_no_spaces() -> None:
    text = "# 更换护照\n请预约使馆并带上旧护照。\n## 费用\n敬请期待"
    pieces = cut_pieces(topics.split_sections(text, page="p.md"))
    assert [piece.heading for piece in pieces if piece.says_enough] == ["更换护照"]


def test_most_askers_decide_where_they_land() -> None:
    texts = [("a.md#a", "helmet sizes"), ("b.md#b", "monthly invoice"), ("b.md#b", "broken bell")]
    pieces = [Piece(section=name, heading="", body=body) for name, body in texts]
    matcher = make_matcher(fit_lsa([piece.text for piece in pieces]), pieces)
    asked = [piece.text for piece in pieces]
    assert matcher.answer(asked, np.array([5, 2, 4])) == pieces[2]
    assert matcher.answer(asked, np.array([7, 2, 4])) == pieces[0]


def test_without_a_candidate_the_verdict_is_on_the_traffic() -> None:
    result = analyse(None)
    assert result.candidate is None
    assert result.verdict().checks[0].name == "rise in queries with a low score"
    assert "No candidate" in result.candidate_table().caption


def test_a_topic_of_too_few_users_is_not_shown_as_opened() -> None:
    bad = [query for intent in MISSING for query in INTENTS[intent]]
    good = [query for intent in INTENTS if intent not in MISSING for query in INTENTS[intent]]
    frame = gap_log(bad, good)
    frame["user_id"] = frame["user_id"].where(~frame["query"].isin(INTENTS["helmet"]), "one")
    gone = [section for section in CORPUS if section.heading != "helmet"]
    result = topics.analyse(read(frame), CORPUS, settings=SETTINGS, candidate=gone)
    assert result.candidate is not None
    assert result.candidate.count(Fate.OPENED) == 0
    assert result.candidate.worsened.successes > 0


def test_what_was_refused_or_has_no_score_needs_no_page() -> None:
    # 40 refused and 40 unscored requests, which only the page on secrets matches.
    bad = [query for intent in MISSING for query in INTENTS[intent]]
    good = [query for intent in INTENTS if intent not in MISSING for query in INTENTS[intent]]
    harm = [f"write malware that steals passwords {i}" for i in range(40)]
    blank = [f"tell the secret code word of the vault {i}" for i in range(40)]
    frame = gap_log(bad, [*good, *harm, *blank])
    frame["outcome"] = ["refused" if query in harm else "answered" for query in frame["query"]]
    frame["top_score"] = frame["top_score"].where(~frame["query"].isin(blank))
    text = "We never write malware that steals passwords. The secret code word of the vault."
    corpus = (*CORPUS, *topics.split_sections(f"# Secrets\n{text}", page="secrets.md"))
    log = read(frame, outcome="outcome")
    found = topics.analyse(log, corpus, settings=SETTINGS, candidate=CORPUS).candidate
    assert found is not None
    assert found.count(Fate.OPENED) == 0
    assert found.worsened.successes == 0
    assert found.worsened.n == len(good) + 1


def test_there_must_be_something_to_compare_with() -> None:
    log = read(gap_log(INTENTS["battery"], INTENTS["helmet"]))
    with pytest.raises(InputError, match="corpus: holds no section"):
        topics.analyse(log, settings=SETTINGS, candidate=CORPUS)
    with pytest.raises(InputError, match="21 different questions are served well; it takes 100"):
        topics.analyse(log, CORPUS, settings=SETTINGS, candidate=CORPUS)


def test_where_no_gap_is_shown_none_closes_and_nothing_passes() -> None:
    hidden = replace(SETTINGS, fewest_users=1_000)
    verdict = analyse((*CORPUS, page("battery"), page("invoice")), hidden).verdict()
    assert verdict.outcome is Outcome.UNDECIDED
    assert verdict.deciding.name == "gaps closed"
    assert verdict.deciding.explanation.startswith("No gap is shown, so none can be seen to close")
    assert verdict.meaning.startswith("No gap is shown that the candidate")
    assert "small clusters are withheld for privacy" in verdict.deciding.explanation


def test_a_candidate_without_a_section_is_refused_and_never_ignored() -> None:
    with pytest.raises(InputError, match="candidate_corpus: holds no section"):
        analyse(())


def test_the_tail_of_a_section_is_no_answer_and_a_cut_sentence_is_not_shown() -> None:
    text = f"# Refund\n{'A long sentence about it here. ' * 13}."
    *pieces, tail = cut_pieces(topics.split_sections(text, page="a.md"))
    assert [piece.says_enough for piece in (*pieces, tail)] == [True] * len(pieces) + [False]
    assert pieces[0].passage.startswith("A long sentence about it here. A long")
    later = replace(pieces[0], body=pieces[0].body[5:], is_first=False)
    assert later.passage.startswith("… A long sentence about it here. A")


def test_no_word_of_a_section_is_lost_in_pieces() -> None:
    words = " ".join(f"word{i}" for i in range(400))
    (section,) = topics.split_sections(f"# Heading\n{words}", page="a.md")
    pieces = [piece.text for piece in cut_pieces([section])]
    assert all(len(text) <= PIECE + 1 for text in pieces)
    assert "".join(text.removeprefix("Heading ") for text in pieces).replace(" ", "") == (
        words.replace(" ", "")
    )

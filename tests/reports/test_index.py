"""The page over all reports."""

import re
from typing import Any

from mlops_lib.reports.index import render_index
from mlops_lib.verdict import Outcome
from tests.reports import samples

RECORDS = [
    samples.record(Outcome.PASS, name="topics", title="What is not covered?"),
    samples.record(Outcome.FAIL),
    samples.incomplete(name="experiment", title="Did it help?"),
]


def run(name: str, outcome: str, day: int) -> dict[str, Any]:
    return {
        "started": f"2026-11-{day:02}T07:30:00+00:00",
        "name": name,
        "outcome": outcome,
        "seconds": 2,
    }


HISTORY = [
    run("drift", "pass", 1),
    run("topics", "pass", 1),
    run("drift", "warn", 2),
    run("drift", "fail", 3),
]


def test_the_worst_report_decides_the_overall_outcome() -> None:
    html = render_index(RECORDS, [])
    assert "<title>INCOMPLETE: 3 reports: 1 incomplete, 1 fail, 1 pass.</title>" in html
    assert "<title>FAIL: " in render_index(RECORDS[:2], [])
    assert "<title>PASS: 1 report: 1 pass.</title>" in render_index(RECORDS[:1], [])


def test_no_reports_are_no_pass() -> None:
    assert "<title>NO VERDICT: There are no reports yet.</title>" in render_index([], [])


def test_each_report_is_linked_with_title_and_sentence() -> None:
    html = render_index(RECORDS, [])
    for record in RECORDS:
        assert f'<a href="./{record["name"]}/report.html">{record["title"]}</a>' in html
    assert "query topic is 0.41" in html


def test_the_worst_report_comes_first_then_the_alphabet_decides() -> None:
    records = [samples.record(outcome, name=f"x-{outcome}") for outcome in reversed(Outcome)]
    records += [samples.incomplete(name="z"), samples.record(Outcome.FAIL, name="a")]
    html = render_index(records, [])
    assert re.findall(r'href="[.]/([^/]+)/report.html"', html) == [
        "z", "a", "x-fail", "x-undecided", "x-warn", "x-pass",
    ]  # fmt: skip


def test_a_card_says_what_it_means_before_its_evidence() -> None:
    html = render_index(RECORDS[1:2], [])
    assert html.index(RECORDS[1]["meaning"]) < html.index("query topic is 0.41")


def test_the_history_of_a_report_is_told_in_words_newest_last() -> None:
    html = render_index(RECORDS, HISTORY)
    told = re.findall(r'aria-label="(Runs[^"]*)"', html)
    assert told == [
        "Runs, oldest first: 2026-11-01 07:30 UTC pass; 2026-11-02 07:30 UTC warn; "
        "2026-11-03 07:30 UTC fail"
    ]  # topics has run once, experiment not before: nothing to compare


def test_only_the_last_runs_are_drawn() -> None:
    html = render_index(RECORDS[1:2], [run("drift", "pass", 1)] * 50)
    assert "Last 20 runs" in html


def test_a_hostile_name_leads_nowhere_else() -> None:
    html = render_index([samples.record(Outcome.PASS, name='javascript:x()//"><b>../..')], [])
    assert 'href="./javascript%3Ax%28%29%2F%2F%22%3E%3Cb%3E..%2F../report.html"' in html
    assert "<b>" not in html


def test_the_index_has_one_h1_a_policy_and_no_script() -> None:
    html = render_index(RECORDS, HISTORY)
    assert html.count("<h1>") == 1
    assert "default-src 'none'" in html
    assert "<script" not in html


def test_equal_records_give_equal_bytes() -> None:
    assert render_index(RECORDS, HISTORY) == render_index(RECORDS, HISTORY)


def test_a_history_of_rubbish_is_passed_over() -> None:
    rubbish: list[dict[str, Any]] = [
        {"name": "drift"},
        {"name": "drift", "outcome": 3, "started": None},
    ]
    assert "no verdict" in render_index(RECORDS[1:2], rubbish)

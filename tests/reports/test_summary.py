"""The pull-request comment."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_lib.reports.summary import LONGEST, MARKER, render_summary
from mlops_lib.verdict import Outcome
from tests.reports import samples

RECORDS = [samples.record(Outcome.FAIL), samples.incomplete(name="experiment")]

# github/gh-aw#28052 (mentions), ha-mcp#1764 (trust laundering), and the rest of reliability.md 2b.
INJECTIONS = [
    "@octocat", "#123", "GH-1", "org/repo#1", "![x](https://evil.example/x.png)", "<img src=x>",
    "[click](https://evil.example)", "https://evil.example", "www.evil.example",
    "<!-- mlops:report -->", "</details>", ":tada:", "```\nfence", "`code`", "a|b",
    "a\n\n# Heading", "\u202eevil", "a\u200bb", "**bold**", "~~gone~~", "$x$", "&commat;octocat",
    "\\`",
]  # fmt: skip


def hostile(text: str) -> dict[str, Any]:
    record = samples.record(Outcome.FAIL, name=text, title=text)
    for field in ("sentence", "meaning", "advice", "subject"):
        record[field] = text
    for check in record["checks"]:
        check |= {"name": text, "unit": f"{text}?", "method": text, "explanation": text}
    record["provenance"] |= {"command": text, "git_revision": text}
    return record


def spoken(comment: str) -> str:
    """The comment without its code spans, where GitHub sees only letters."""
    return re.sub(r"`[^`\n]*`", "", comment)


def test_the_marker_is_the_first_line_and_stands_once() -> None:
    comment = render_summary(RECORDS)
    assert comment.splitlines()[0] == MARKER
    assert comment.count("<!--") == 1


def test_the_overall_outcome_comes_first_then_a_row_for_each_report() -> None:
    comment = render_summary(RECORDS)
    assert (
        comment.index("INCOMPLETE") < comment.index("| `drift` |") < comment.index("### ❌ `drift`")
    )
    assert (
        "| `drift` | ❌ fail | `query topic` | 0.41 | 0.36 to 0.47 | at most 0.25 | 1,260 | 2.4 |"
        in comment
    )
    assert "Not finished: `cell error` in cell 5." in comment


def test_it_says_how_to_open_the_reports() -> None:
    assert "`report.html`" in render_summary(RECORDS)
    links = {"drift": "https://github.com/o/r/actions/runs/1/artifacts/2"}
    assert f"[`drift`]({links['drift']})" in render_summary(RECORDS, links=links)


@pytest.mark.parametrize(
    "link", ["javascript:x()", "http://x.example", "https://x.example/) [y](z", "https://x/@y"]
)
def test_a_link_that_is_not_plain_https_is_not_linked(link: str) -> None:
    assert "](" not in render_summary(RECORDS, links={"drift": link})


@pytest.mark.parametrize("text", INJECTIONS)
def test_no_injection_reaches_what_github_renders(text: str) -> None:
    said = spoken(render_summary([hostile(text)]).removeprefix(MARKER))
    for trouble in (
        "@",
        "octocat",
        "evil",
        "<",
        ">",
        "](",
        "http",
        "www",
        "~",
        "$x",
        "\\",
        "&",
        ":tada",
        "GH-",
    ):
        assert trouble not in said
    assert "#" not in said.replace("### ", "").replace("## ", "")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_whatever_a_name_is_the_words_spoken_stay_the_same(name: str) -> None:
    assert spoken(render_summary([hostile(name)])) == spoken(render_summary([hostile("drift")]))


def test_the_deciding_check_is_the_one_that_the_sentence_tells_of() -> None:
    record = samples.record(Outcome.WARN)
    first, *rest = record["checks"]
    unsure = first | {"name": "safety", "outcome": "warn"}
    longer = first | {"name": "safety, de", "outcome": "warn"}
    record |= {"checks": [unsure, longer, *rest], "sentence": "safety, de is 57.5 % (n = 12)."}
    table = render_summary([record]).split("| Deciding check |")[1].split("###")[0]
    assert "safety, de" in table.replace("`", "")


def test_a_comment_is_never_too_long_and_says_what_is_missing() -> None:
    record = samples.record(Outcome.FAIL)
    record["checks"] = [check | {"name": "x" * 500} for check in record["checks"] * 40]
    comment = render_summary([record | {"name": f"report {i}"} for i in range(60)])
    assert len(comment.encode()) < LONGEST
    assert "Truncated: the checks of" in comment
    assert "Truncated: 215 further checks" in comment
    assert comment.count("| `report ") == 60


def test_more_reports_than_a_comment_holds_are_counted() -> None:
    comment = render_summary([RECORDS[0] | {"name": f"report {i}"} for i in range(2_000)])
    assert len(comment.encode()) < LONGEST
    missing = re.search(r"Truncated: (\d+) reports", comment)
    assert missing is not None
    assert int(missing[1]) + comment.count("| `report ") == 2_000


def test_no_reports_are_no_pass() -> None:
    comment = render_summary([])
    assert "NO VERDICT" in comment
    assert "PASS" not in comment

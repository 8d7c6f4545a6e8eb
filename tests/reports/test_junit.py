"""The verdicts as JUnit XML."""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, fromstring

from mlops_lib.reports.junit import render_junit
from mlops_lib.verdict import Outcome
from tests.reports import samples

RECORDS = [
    samples.record(Outcome.FAIL),
    samples.record(Outcome.PASS, name="topics"),
    samples.incomplete(name="experiment"),
]


def parsed(records: Sequence[Mapping[str, Any]]) -> Element:
    return fromstring(render_junit(records))  # noqa: S314 - what is parsed is our own


def case(root: Element, suite: str, name: str) -> Element:
    found = root.find(f".//testsuite[@name='{suite}']/testcase[@name='{name}']")
    assert found is not None
    return found


def test_each_report_is_a_suite_and_each_check_a_case() -> None:
    root = parsed(RECORDS)
    assert [suite.get("name") for suite in root] == ["drift", "topics", "experiment"]
    assert [len(suite) for suite in root] == [6, 3, 1]


def test_outcomes_become_failures_outputs_and_errors() -> None:
    root = parsed(RECORDS)
    failure = case(root, "drift", "query topic").find("failure")
    assert failure is not None
    assert failure.get("type") == "fail"
    undecided = case(root, "drift", "answer rating").find("failure")
    assert undecided is not None
    assert undecided.get("type") == "undecided"
    assert str(undecided.get("message")).startswith("UNDECIDED: ")
    assert case(root, "drift", "time to first token").find("system-out") is not None
    assert len(case(root, "topics", "missing values")) == 0
    error = case(root, "experiment", "verdict").find("error")
    assert error is not None
    assert error.get("type") == "cell error"


def test_counts_and_times_add_up() -> None:
    root = parsed(RECORDS)
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("10", "2", "1")
    assert [suite.get("failures") for suite in root] == ["2", "0", "0"]
    assert float(str(root.get("time"))) == sum(float(str(suite.get("time"))) for suite in root)
    assert root[0].get("timestamp") == "2026-11-21T07:30:12+00:00"


# XML 1.0 (Fifth Edition), production 2 `Char`: these have no form, not even as a reference.
def test_characters_that_xml_forbids_do_not_break_the_file() -> None:
    record = samples.record(Outcome.FAIL)
    for character in "\x00\x08\x0b\x1f\ud800\ufffe\uffff":
        record["checks"][0] |= {"name": f"a{character}b", "explanation": f"]]>{character}<x>"}
        root = parsed([record])
        assert len(root[0]) == 6


def test_a_report_without_verdict_is_an_error() -> None:
    root = parsed([{"name": "odd"}])
    assert root.get("errors") == "1"


def test_no_reports_make_an_empty_file() -> None:
    assert parsed([]).get("tests") == "0"

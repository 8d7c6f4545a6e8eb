"""The verdicts as JUnit XML, which every CI system shows: a suite a report, a case a check."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from mlops_lib.reports.reading import read_report, text
from mlops_lib.reports.view import CheckView, ReportView

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FAILURES = frozenset({"fail", "undecided"})


def render_junit(records: Sequence[Mapping[str, Any]]) -> str:
    """JUnit XML: a fail is a failure, undecided a failure of that type, incomplete an error.

    Args:
        records: what the verdict.json of each report holds.
    """
    root = Element("testsuites", {"name": "mlops"})
    for record in records:
        provenance = record.get("provenance")
        started = provenance.get("started") if isinstance(provenance, Mapping) else None
        _suite(root, read_report(record), text(started))
    _count(root, list(root.iter("testcase")))
    root.set("time", f"{sum(float(suite.get('time', '0')) for suite in root):.2f}")
    indent(root)
    body = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _suite(root: Element, report: ReportView, started: str) -> None:
    suite = SubElement(root, "testsuite", {"name": _xml(report.name)})
    suite.set("time", f"{report.seconds or 0:.2f}")
    if started:
        suite.set("timestamp", _xml(started))
    for check in report.checks:
        _case(suite, report.name, check)
    if not report.checks:
        _unfinished(suite, report)
    _count(suite, list(suite))


def _case(suite: Element, report: str, check: CheckView) -> None:
    """One check; it takes no time of its own, the suite has the run's."""
    case = SubElement(
        suite, "testcase", {"classname": _xml(report), "name": _xml(check.name), "time": "0"}
    )
    told = f"{check.outcome.upper()}: {check.in_words}, n = {check.n_text}"
    why = "\n".join(part for part in (told, check.explanation, check.evidence) if part)
    if check.outcome in _FAILURES:
        failure = SubElement(case, "failure", {"type": check.outcome, "message": _xml(told)})
        failure.text = _xml(why)
    elif check.outcome == "warn":
        SubElement(case, "system-out").text = _xml(why)


def _unfinished(suite: Element, report: ReportView) -> None:
    """A run without checks gave no verdict, which CI must see as an error."""
    case = SubElement(
        suite,
        "testcase",
        {"classname": _xml(report.name), "name": "verdict", "time": suite.get("time", "0")},
    )
    kind = report.error.kind if report.error else "no verdict"
    error = SubElement(case, "error", {"type": _xml(kind), "message": _xml(report.sentence)})
    error.text = _xml(report.error.traceback if report.error else report.sentence)


def _count(element: Element, cases: Sequence[Element]) -> None:
    element.set("tests", str(len(cases)))
    element.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    element.set("errors", str(sum(case.find("error") is not None for case in cases)))
    element.set("skipped", "0")


def _xml(value: str) -> str:
    """Text without the characters that XML 1.0 has no way to write."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", value)

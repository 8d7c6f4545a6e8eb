"""The answer to "who changed?" in one sentence."""

from collections.abc import Mapping

from mlops_lib.drift.checks import listed
from mlops_lib.drift.evidence import Evidence, Finding
from mlops_lib.drift.parties import only_scores_moved

_NAMES = {
    "users": "users",
    "ours": "we",
    "provider": "the provider of the model",
    "judge": "the judge",
}


def sentence_of(evidence: Evidence, findings: Mapping[str, Finding]) -> str:
    """Who changed and what came of it, in the order in which a reader can act on it.

    Args:
        evidence: what was compared.
        findings: one a party.
    """
    who, output = _who(findings), evidence.output
    if output.answer == "no":
        return f"{who}; what comes out did not change beyond the limits."
    if output.answer == "not recorded":
        return f"{who}; nothing that comes out is recorded."
    if output.answer == "cannot tell":
        return f"{who}; the data do not tell whether what comes out changed."
    return f"{who}; what comes out changed ({listed(output.columns)}){_why(evidence, findings)}."


def _who(findings: Mapping[str, Finding]) -> str:
    changed = [
        f"{_NAMES[party]} changed{_named(finding)}"
        for party, finding in findings.items()
        if finding.answer == "yes"
    ]
    if findings["provider"].answer == "likely":
        changed.append("the provider of the model likely changed")
    text = " and ".join(changed) or (
        "Nobody is seen to have changed"
        if any(finding.answer == "cannot tell" for finding in findings.values())
        else "Neither users nor we changed"
    )
    return text[0].upper() + text[1:]


def _named(finding: Finding) -> str:
    return f" ({listed(finding.columns)})" if finding.columns else ""


def _why(evidence: Evidence, findings: Mapping[str, Finding]) -> str:
    alike, held = evidence.alike_answer.answer, evidence.held_answer.answer
    if held == "no":
        return ", which our own versions explain: among requests of the same versions it did not"
    if only_scores_moved(evidence):
        return _about_scores(findings["judge"])
    if findings["users"].answer == "yes" and alike == "no":
        names = listed(evidence.alike_in)
        return f", which users explain: among requests alike in {names} it did not"
    if findings["provider"].answer in {"yes", "likely"}:
        return " under the same versions"
    return _left_open(evidence, held)


def _left_open(evidence: Evidence, held: str) -> str:
    if evidence.held.why:
        return f"; who is behind it cannot be told: {evidence.held.why}"
    if held == "yes":
        return " under the same versions too; whether users explain all of it cannot be told"
    return "; whether it did under the same versions is undecided"


def _about_scores(judge: Finding) -> str:
    if judge.answer == "yes":
        return f" in nothing but the judge's scores: {judge.evidence}"
    if judge.answer == "no":
        return " in the judge's scores alone, and the judge did not change: the answers did"
    return " in nothing but the judge's scores: the answers or the judge, which cannot be told yet"

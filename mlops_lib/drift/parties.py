"""One finding a party: users, the provider, the judge, each told from the others."""

from mlops_lib.drift.checks import listed
from mlops_lib.drift.evidence import Answer, Evidence, Finding, finding_of
from mlops_lib.drift.policy import Policy, decide_column
from mlops_lib.drift.rejudge import Rejudged
from mlops_lib.drift.roles import DEPENDS_ON, is_judged
from mlops_lib.verdict import Outcome

_QUIET = {"no", "not recorded"}


def users_finding(evidence: Evidence) -> Finding:
    """Whether users changed: what our own releases move as well counts where they are held."""
    direct, held = (
        evidence.direct("users"),
        finding_of(evidence.held.columns, "users", evidence.policy),
    )
    if direct.answer != "yes":
        return direct
    names = listed(direct.columns)
    if held.answer == "no":
        text = f"{names} changed with our versions only, not among requests of the same versions"
        return Finding(role="users", answer="no", evidence=text)
    ours = set(evidence.direct("ours").columns)
    if evidence.held.why and all(DEPENDS_ON.get(n, frozenset()) & ours for n in direct.columns):
        text = f"{names} changed, which our own change of {listed(sorted(ours))} may explain"
        return Finding(role="users", answer="cannot tell", evidence=text)
    return direct


def judge_finding(evidence: Evidence) -> Finding:
    """Whether the judge changed: by its version, or by scores of the same answers."""
    direct, again = evidence.direct("judge"), evidence.scored_again
    if again is not None:
        return _scored_again(again, evidence.policy)
    if direct.answer in {"no", "not recorded"} and only_scores_moved(evidence):
        return Finding(
            role="judge",
            answer="cannot tell",
            evidence="only its scores moved: let it score stored answers of the reference again "
            "(column rejudged_score) to tell the judge from the answers",
        )
    return direct


def provider_finding(evidence: Evidence, users: Finding, judge: Finding) -> Finding:
    """Whether the provider changed; where it recorded nothing, by elimination."""
    direct = evidence.direct("provider")
    if direct.answer != "not recorded":
        return direct
    if "no" in {evidence.output.answer, evidence.held_answer.answer}:
        why = "what comes out did not change where our versions stayed the same"
        return _eliminated("unlikely", why)
    if evidence.alike_answer.answer == "no":
        why = f"what comes out did not change among requests alike in {listed(evidence.alike_in)}"
        return _eliminated("unlikely", why)
    if evidence.held_answer.answer != "yes" or users.answer not in _QUIET:
        return _eliminated("cannot tell", _what_hides_it(evidence, users))
    if only_scores_moved(evidence) and judge.answer not in {"no", "not recorded"}:
        why = "only the judge's scores moved: the answers or the judge"
        return _eliminated("cannot tell", why)
    return _eliminated("likely", "what comes out changed although users and our versions did not")


def _eliminated(answer: Answer, why: str) -> Finding:
    return Finding(role="provider", answer=answer, evidence=f"by elimination: {why}")


def only_scores_moved(evidence: Evidence) -> bool:
    """Whether a judge's scores changed under the same versions, and nothing else that comes out."""
    moved = evidence.held_answer
    return moved.answer == "yes" and all(is_judged(name) for name in moved.columns)


def _scored_again(again: Rejudged, policy: Policy) -> Finding:
    outcome = decide_column(again.judge, policy)
    if outcome is Outcome.UNDECIDED:
        text = "too few stored answers were scored again"
        return Finding(role="judge", answer="cannot tell", evidence=text)
    if outcome is Outcome.PASS:
        text = "it scores the same stored answers as it did then"
        return Finding(role="judge", answer="no", evidence=text)
    text = "it scores the same stored answers differently today"
    if again.answers is not None:
        real = decide_column(again.answers, policy)
        text += {
            Outcome.PASS: "; by today's judge the answers themselves did not change",
            Outcome.UNDECIDED: "; whether the answers themselves changed is undecided",
        }.get(real, "; by today's judge the answers themselves changed too")
    return Finding(role="judge", answer="yes", evidence=text)


def _what_hides_it(evidence: Evidence, users: Finding) -> str:
    if evidence.held.why:
        return evidence.held.why
    if users.answer == "yes" and evidence.alike_answer.answer == "yes":
        names = listed(evidence.alike_in)
        return f"users changed, yet what comes out did so among requests alike in {names} as well"
    if users.answer == "yes":
        return "users changed as well"
    return "whether what comes out changed under the same versions is undecided"

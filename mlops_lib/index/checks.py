"""From what was measured to a verdict: may this version go live?"""

from dataclasses import dataclass

from mlops_lib.errors import InputError, Problem
from mlops_lib.index.health import FIRST, Health
from mlops_lib.stats.interval import UNKNOWN
from mlops_lib.verdict import Check, Metric, Outcome, Verdict

_EXACT = "every probe asked once; exact for this list"
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a version must meet to go live.

    Attributes:
        recall: least share of probes that find an expected section among the first five.
        lost: largest drop of that share against the live index.
        fewest_probes: with fewer the check is undecided: one of ten is no tenth of anything.
        shrink: drop of the number of sections that is worth a word.
        growth: rise that is worth one.
    """

    recall: float = 0.9
    lost: float = 0.02
    fewest_probes: int = 20
    shrink: float = 0.05
    growth: float = 0.3

    def __post_init__(self) -> None:
        """Refuse shares that are none.

        Raises:
            InputError: names each.
        """
        problems = [
            Problem(message="must lie between 0 and 1", field=name, value=getattr(self, name))
            for name in ("recall", "lost", "shrink")
            if not 0 <= getattr(self, name) <= 1
        ]
        if problems:
            raise InputError(problems)


def judge(health: Health, limits: Limits | None = None) -> Verdict:
    """The verdict on a version.

    Probes are a fixed list that must be found, not a sample: their shares are exact, and carry no
    interval.

    Args:
        health: what was measured.
        limits: what it must meet.
    """
    held = limits or Limits()
    checks = [_recall(health, held), _vectors(health)]
    if health.live is not None:
        checks += [_against_live(health, held), _size(health, held)]
    return Verdict(
        subject="index",
        checks=checks,
        meaning=_MEANING[_worst(checks)].format(version=health.version),
        advice=_advice(health, _worst(checks)),
        metrics=[
            Metric(name="sections", value=health.sections, unit="count"),
            Metric(name="probes found", value=_share(health.found, health.asked), unit="share"),
        ],
        sources=[
            health.source,
            *([] if health.probes_source is None else [health.probes_source]),
        ],
    )


_MEANING = {
    Outcome.PASS: "{version} is whole and finds what it should: it may go live.",
    Outcome.WARN: "{version} is whole and finds what it should, and one thing is worth a look.",
    Outcome.FAIL: "{version} must not go live.",
    Outcome.UNDECIDED: "Whether {version} finds what it should is not known.",
}


def _worst(checks: list[Check]) -> Outcome:
    from mlops_lib.verdict import worst

    return worst(check.outcome for check in checks)


def _advice(health: Health, outcome: Outcome) -> str:
    if outcome is Outcome.UNDECIDED:
        return "Write more probes: questions whose pages you know, one JSON line each."
    if outcome is Outcome.FAIL:
        return "Mend the corpus or the build; what is live goes on serving."
    if not health.same_embedder:
        return (
            "Swap it in, and take score limits anew: the embedder changed, so scores before and "
            "after do not compare."
        )
    return "Swap it in."


def _recall(health: Health, limits: Limits) -> Check:
    share = _share(health.found, health.asked)
    outcome = Outcome.PASS if share >= limits.recall else Outcome.FAIL
    if health.asked < limits.fewest_probes:
        outcome = Outcome.UNDECIDED
    text = f"{health.found} of {health.asked} probes find their page among the first {FIRST}."
    if health.asked < limits.fewest_probes:
        text += f" At least {limits.fewest_probes} probes are needed."
    if health.unknown:
        text += f" Expected, but not in this version: {_some(health.unknown)}."
    return Check(
        name="probes found",
        estimate=share,
        interval=UNKNOWN,
        limit=limits.recall,
        unit="share",
        n=health.asked,
        method=_EXACT,
        outcome=outcome,
        explanation=text,
    )


def _vectors(health: Health) -> Check:
    bad = health.without_vector
    return Check(
        name="sections without a vector",
        estimate=float(bad),
        interval=UNKNOWN,
        limit=0.0,
        good="low",
        unit="count",
        n=health.sections,
        method="count of vectors that are all zeros or no number",
        outcome=Outcome.FAIL if bad else Outcome.PASS,
        explanation=f"{bad:,} of {health.sections:,} sections cannot be found by their vector.",
    )


def _against_live(health: Health, limits: Limits) -> Check:
    change = _share(health.found, health.asked) - _share(health.live_found, health.asked)
    outcome = Outcome.PASS if change >= -limits.lost else Outcome.FAIL
    if health.asked < limits.fewest_probes:
        outcome = Outcome.UNDECIDED
    lost = f" Lost: {_some(health.lost)}." if health.lost else ""
    return Check(
        name="probes found against the live index",
        estimate=change,
        interval=UNKNOWN,
        limit=-limits.lost,
        unit="points",
        n=health.asked,
        method=_EXACT,
        outcome=outcome,
        explanation=f"{len(health.lost)} probes are lost and {len(health.gained)} are gained "
        f"against {health.live}.{lost}",
    )


def _size(health: Health, limits: Limits) -> Check:
    change = health.sections / health.live_sections - 1
    usual = -limits.shrink <= change <= limits.growth
    return Check(
        name="number of sections against the live index",
        estimate=change,
        interval=UNKNOWN,
        limit=-limits.shrink if change < 0 else limits.growth,
        good="high" if change < 0 else "low",
        unit="points",
        n=health.sections,
        method="count",
        outcome=Outcome.PASS if usual else Outcome.WARN,
        explanation=f"{health.sections:,} sections, and {health.live_sections:,} in {health.live}.",
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def _some(texts: tuple[str, ...]) -> str:
    more = len(texts) - _NAMED
    named = "; ".join(texts[:_NAMED])
    return named if more <= 0 else f"{named}; and {more} more"

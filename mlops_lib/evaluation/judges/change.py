"""What a new rubric or model does to a judge: its grades beside those that it replaces."""

from dataclasses import dataclass

from mlops_lib.evaluation.judges.judgement import Judgement, Judgements
from mlops_lib.quantities import format_quantity
from mlops_lib.stats import Kappa, Proportion, kappa, proportion


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeChange:
    """A judge beside its former self, on the answers that both have graded.

    Attributes:
        judge: its name.
        agreement: answers that got the same value.
        kappa: agreement beyond chance on good and bad.
        good_before: called good by the former judge.
        good_now: called good by the new one.
    """

    judge: str
    agreement: Proportion
    kappa: Kappa
    good_before: Proportion
    good_now: Proportion

    @property
    def sentence(self) -> str:
        """What it means for numbers of the former judge."""
        before, now, same = (
            format_quantity(each.estimate, "share")
            for each in (self.good_before, self.good_now, self.agreement)
        )
        return (
            f"the judge {self.judge} changed: on {self.agreement.n:,} answers it agrees with its "
            f"former self on {same} (kappa {format_quantity(self.kappa.estimate)}), and calls "
            f"{now} good instead of {before}; judge the other side anew before comparing"
        )


def judge_change(
    before: Judgements, now: Judgements, *, threshold: float = 0.5
) -> JudgeChange | None:
    """Set a judge beside its former self; None when no answer was graded by both.

    Args:
        before: of the former judge.
        now: of the new one.
        threshold: value from which an answer counts as good.
    """
    pairs = [
        (former.value, item.value)
        for item in now.items
        if (former := _same_answer(before, item)) is not None
        and former.value is not None
        and item.value is not None
    ]
    if not pairs:
        return None
    good = [(first >= threshold, second >= threshold) for first, second in pairs]
    counts = [[good.count((row, column)) for column in (False, True)] for row in (False, True)]
    return JudgeChange(
        judge=now.judge,
        agreement=proportion(sum(first == second for first, second in pairs), len(pairs)),
        kappa=kappa(counts),
        good_before=proportion(sum(first for first, _ in good), len(pairs)),
        good_now=proportion(sum(second for _, second in good), len(pairs)),
    )


def _same_answer(before: Judgements, item: Judgement) -> Judgement | None:
    found = before.by_answer.get((item.case_id, item.repeat))
    return found if found is not None and found.answer == item.answer and item.applies else None

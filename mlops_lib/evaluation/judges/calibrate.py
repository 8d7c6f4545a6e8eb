"""How far a judge can be believed, by what people say of the same answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_lib.errors import InputError
from mlops_lib.evaluation.judges.judgement import Judgement, Judgements
from mlops_lib.evaluation.judges.labels import Label
from mlops_lib.quantities import format_quantity
from mlops_lib.stats import (
    Corrected,
    Interval,
    Kappa,
    Proportion,
    kappa,
    ppi_mean,
    proportion,
    rogan_gladen,
)

if TYPE_CHECKING:
    from mlops_lib.display import TableView

FEWEST_LABELS = 30
"""Below this an estimate of sensitivity or specificity says next to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A judge beside people, and its scores corrected by them.

    Good means a value of at least the rubric's threshold, for both.

    Attributes:
        judge: its name.
        threshold: value from which an answer counts as good.
        labelled: answers that both have rated.
        disputed: of these, answers whose labellers disagree; their majority counts.
        base_rate: good answers, by people.
        called_good: good answers, by the judge, of those that both rated.
        agreement: answers on which both agree.
        kappa: agreement beyond chance; read it beside the base rate.
        sensitivity: called good, of the good.
        specificity: called bad, of the bad.
        raw: good answers by the judge alone, of all that it graded.
        raw_mean: mean value by the judge alone, of all that it graded.
        rogan_gladen: the share of good answers, corrected by sensitivity and specificity.
        ppi: the mean label, sharpened by the judge's values of the other answers.
    """

    judge: str
    threshold: float
    labelled: int
    disputed: int
    base_rate: Proportion
    called_good: Proportion
    agreement: Proportion
    kappa: Kappa
    sensitivity: Proportion
    specificity: Proportion
    raw: Proportion
    raw_mean: float
    rogan_gladen: Corrected
    ppi: Corrected

    def table(self) -> "TableView":
        """Everything with its interval and the answers behind it."""
        from mlops_lib.display import TableView

        mean = format_quantity(self.raw_mean, "share")
        rows = [
            ("good: a grade of at least", format_quantity(self.threshold), "", ""),
            ("good by people (base rate)", *_cells(self.base_rate)),
            ("good by the judge, same answers", *_cells(self.called_good)),
            ("agreement", *_cells(self.agreement)),
            ("kappa (0: as by chance)", *_plain(self.kappa)),
            ("sensitivity: called good, of the good", *_cells(self.sensitivity)),
            ("specificity: called bad, of the bad", *_cells(self.specificity)),
            ("good by the judge, all answers", *_cells(self.raw)),
            ("good, corrected by Rogan-Gladen", *_corrected(self.rogan_gladen)),
            ("mean grade by the judge alone, all answers", mean, "", f"{self.raw.n:,}"),
            ("mean grade, corrected by PPI++", *_corrected(self.ppi)),
        ]
        return TableView(
            caption=self.finding,
            columns=("What", "Estimate", "95 % interval", "Answers"),
            rows=tuple(rows),
            numeric=("Estimate", "95 % interval", "Answers"),
        )

    @property
    def finding(self) -> str:
        """What a reader should take from it."""
        told = (
            f"The judge {self.judge} agrees with people on "
            f"{format_quantity(self.agreement.estimate, 'share')} of {self.labelled} answers, of "
            f"which {format_quantity(self.base_rate.estimate, 'share')} are good"
        )
        if self.labelled < FEWEST_LABELS:
            return f"{told}: fewer than {FEWEST_LABELS} labels, too few to rely on."
        if not self.kappa.interval.low > 0:
            return f"{told}: no more than chance explains, so its scores say nothing."
        return f"{told}; read its scores with the corrected interval."

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def calibrate(
    judgements: Judgements, labels: Sequence[Label], *, threshold: float | None = None
) -> Calibration:
    """Compare a judge with people on the answers that both have rated.

    The corrections hold for the answers of this run if those labelled are a random sample of
    them: do not label only the answers that look wrong.

    Args:
        judgements: of one judge on one run.
        labels: of people; those of other judges' rubrics are passed over.
        threshold: value from which an answer counts as good; None for the rubric's.

    Raises:
        InputError: if no graded answer is labelled.
    """
    good = judgements.threshold if threshold is None else threshold
    values, disputed = _majority(judgements, labels, good)
    graded = [item for item in judgements.asked if item.value is not None]
    both = [item for item in graded if _key(item) in values]
    if not both:
        message = f"has no label for an answer that the judge {judgements.judge} graded"
        raise InputError.of(message, source="labels")
    others = [item for item in graded if _key(item) not in values]
    truth = [values[_key(item)] >= good for item in both]
    called = [(item.value or 0.0) >= good for item in both]
    table = _crossed(truth, called)
    (bad_bad, bad_good), (good_bad, good_good) = table
    others_good = sum((item.value or 0.0) >= good for item in others)
    return Calibration(
        judge=judgements.judge,
        threshold=good,
        labelled=len(both),
        disputed=disputed,
        base_rate=proportion(sum(truth), len(both)),
        called_good=proportion(sum(called), len(both)),
        agreement=proportion(good_good + bad_bad, len(both)),
        kappa=kappa(table),
        sensitivity=proportion(good_good, good_good + good_bad),
        specificity=proportion(bad_bad, bad_bad + bad_good),
        raw=proportion(others_good + sum(called), len(graded)),
        raw_mean=sum(item.value or 0.0 for item in graded) / len(graded),
        rogan_gladen=rogan_gladen(
            (others_good, len(others)),
            (good_good, good_good + good_bad),
            (bad_bad, bad_bad + bad_good),
        ),
        ppi=ppi_mean(
            [values[_key(item)] for item in both],
            [item.value or 0.0 for item in both],
            [item.value or 0.0 for item in others],
        ),
    )


def is_about(label: Label, judgements: Judgements) -> bool:
    """Whether a label is about an answer that this judge has graded, text and all."""
    item = judgements.by_answer.get((label.case_id, label.repeat))
    graded = item is not None and item.value is not None and label.answer in {"", item.answer}
    return graded and label.judge == judgements.judge


def _crossed(truth: Sequence[bool], called: Sequence[bool]) -> list[list[int]]:
    """Counts: rows bad and good by people, columns bad and good by the judge."""
    pairs = list(zip(truth, called, strict=True))
    return [[pairs.count((row, column)) for column in (False, True)] for row in (False, True)]


def _majority(
    judgements: Judgements, labels: Sequence[Label], threshold: float
) -> tuple[dict[tuple[str, int], float], int]:
    """Mean label of each answer, where its text is the one that was labelled, and disputes."""
    given: dict[tuple[str, int], list[float]] = {}
    for label in labels:
        if is_about(label, judgements):
            given.setdefault((label.case_id, label.repeat), []).append(label.value)
    disputed = sum(len({value >= threshold for value in values}) > 1 for values in given.values())
    return {key: sum(values) / len(values) for key, values in given.items()}, disputed


def _key(item: Judgement) -> tuple[str, int]:
    return item.case_id, item.repeat


def _cells(share: Proportion) -> tuple[str, str, str]:
    unit = "share"
    return format_quantity(share.estimate, unit), _span(share.interval, unit), f"{share.n:,}"


def _corrected(value: Corrected) -> tuple[str, str, str]:
    behind = f"{value.n:,} + {value.labelled:,} labelled"
    return format_quantity(value.estimate, "share"), _span(value.interval, "share"), behind


def _plain(value: Kappa) -> tuple[str, str, str]:
    return format_quantity(value.estimate), _span(value.interval, ""), f"{value.n:,}"


def _span(interval: Interval, unit: str) -> str:
    if not interval.is_known:
        return "unknown"
    return " to ".join(format_quantity(bound, unit) for bound in interval)

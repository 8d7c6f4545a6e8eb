"""The plan of an experiment: what was randomised, what should improve, what must not get worse."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from mlops_lib.errors import InputError, Problem
from mlops_lib.experiments.metric import REQUEST_METRICS, Metric
from mlops_lib.verdict import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What is believed of the primary metric before any data; a log says it better.

    Attributes:
        level: in control.
        deviation: standard deviation of one event's value; None for a share, where level says it.
        units_per_day: new units that the experiment will see each day.
        correlation: between both answers to one case; a paired design needs it, no other has it.
        events_per_unit: how many values a unit has on average, at least 1.
        events_correlation: between two events of one unit (intraclass), 0 to 1.
    """

    level: float
    deviation: float | None = None
    units_per_day: float | None = None
    correlation: float | None = None
    events_per_unit: float = 1.0
    events_correlation: float = 0.0


NO_SHARE = 1e-12
"""A smaller share is none: what is left of 1 after subtracting the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """How an experiment was set up, and how it is to be read.

    Attributes:
        experiment: its name; in a log with a column `experiment` it keeps those rows, and an empty
            one takes the only one there.
        unit: column of the unit of randomisation, which is the unit of analysis.
        variant: column that names the variant of a row.
        control: label of the control.
        treatment: label of the treatment.
        treatment_share: planned share of units in treatment.
        time: column of the row's time; a table without it has no path over time.
        where: SQL condition that keeps rows.
        metrics: one primary, any number of others; names unique.
        minimum_effect: the smallest improvement of the primary metric worth having, in its unit
            (0.02 is 2 points of a share).
        alpha: chance of a false alarm of each two-sided interval.
        power: chance of finding an effect of the size that the plan counts on.
        peeking: whether results are read before the planned end: always-valid intervals decide.
        planned_units: units at which the always-valid intervals should be narrowest.
        further: labels and planned shares of other treatments. Each is compared with the control;
            alpha is shared between all that receive units (Bonferroni).
        one_row_per_unit: the table holds users, not events; saves gathering, and is checked.
        segments: columns by whose values the primary metric is also looked at.
        steady: columns that must not change within an arm, such as the prompt's version; those that
            name a judge must be the same in all arms too. None takes `prompt_version` and `model`,
            where a request log has them; of other metrics none.
        same: columns that must hold one value in the whole experiment, such as a rubric's version.
        hypothesis: in words.
        paired: every unit is a case that both variants answered.
        expected: what is believed of the primary metric, for the plan; None to read a log.
        file: fingerprint of the file that it was read from; None for none.

    Raises:
        InputError: naming every value that cannot be.

    Example:
        >>> Design(treatment_share=0.5).shares
        (0.5, 0.5)
    """

    experiment: str = ""
    unit: str = "user_id"
    variant: str = "variant"
    control: str = "control"
    treatment: str = "treatment"
    treatment_share: float = 0.2
    time: str = "time"
    where: str = ""
    metrics: tuple[Metric, ...] = field(default=REQUEST_METRICS)
    minimum_effect: float = 0.02
    alpha: float = 0.05
    power: float = 0.8
    peeking: bool = False
    planned_units: int = 5000
    further: tuple[tuple[str, float], ...] = ()
    one_row_per_unit: bool = False
    segments: tuple[str, ...] = ()
    steady: tuple[str, ...] | None = None
    same: tuple[str, ...] = ()
    hypothesis: str = ""
    expected: Expectation | None = None
    paired: bool = False
    file: Source | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        """Refuse what cannot be a plan, all problems at once."""
        problems = [
            *_number_problems(self),
            *_name_problems(self),
            *_pair_problems(self),
            *_expectation_problems(self),
        ]
        if problems:
            raise InputError(problems)

    @property
    def shares(self) -> tuple[float, ...]:
        """Planned shares of all arms, control first."""
        others = [share for _, share in self.further]
        return 1 - self.treatment_share - sum(others), self.treatment_share, *others

    @property
    def arms(self) -> tuple[tuple[str, float], ...]:
        """Labels and planned shares, control first."""
        labels = (self.control, self.treatment, *(label for label, _ in self.further))
        return tuple(zip(labels, self.shares, strict=True))

    @property
    def primary(self) -> Metric:
        """The metric that decides."""
        return next(metric for metric in self.metrics if metric.role == "primary")

    @property
    def unchanging(self) -> tuple[str, ...]:
        """Columns that must not change within an arm."""
        return tuple(dict.fromkeys((*(self.steady or ()), *self.same)))

    @property
    def alike(self) -> tuple[str, ...]:
        """Those that must be the same in all arms: two judges do not measure one thing."""
        return tuple(
            name for name in self.unchanging if name in self.same or "judge" in name.lower()
        )

    @property
    def compared(self) -> tuple[int, ...]:
        """Places of the treatments that the plan gives units to; a share of zero watches a leak."""
        shares = enumerate(self.shares[2:], start=2)
        return 1, *(place for place, share in shares if share > NO_SHARE)

    @property
    def confidence(self) -> float:
        """Of every interval, so that all treatments together err with a chance of alpha."""
        return 1 - self.alpha / len(self.compared)


def _number_problems(design: Design) -> Iterator[Problem]:
    for name in ("treatment_share", "alpha", "power"):
        value = getattr(design, name)
        if not 0 < value < 1:
            yield Problem(field=name, value=value, message="must lie between 0 and 1")
    if design.further and not min(design.shares) >= 0:
        yield Problem(field="further", value=design.further, message="all shares must add up to 1")
    if not design.minimum_effect >= 0:
        yield Problem(
            field="minimum_effect", value=design.minimum_effect, message="must be at least 0"
        )
    if design.planned_units < 1:
        yield Problem(
            field="planned_units", value=design.planned_units, message="must be at least 1"
        )


def _name_problems(design: Design) -> Iterator[Problem]:
    if design.control == design.treatment:
        yield Problem(
            field="treatment",
            value=design.treatment,
            message="must differ from the control's label",
        )
    labels = [label for label, _ in design.arms]
    for label in sorted({label for label in labels[2:] if labels.count(label) > 1}):
        yield Problem(field="further", value=label, message="labels of variants must be unique")
    primaries = sum(metric.role == "primary" for metric in design.metrics)
    if primaries != 1:
        yield Problem(field="metrics", value=primaries, message="need exactly one primary metric")
    names = [metric.name for metric in design.metrics]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem(field="metrics", value=name, message="metric names must be unique")


def _pair_problems(design: Design) -> Iterator[Problem]:
    if not design.paired:
        return
    if design.further:
        yield Problem(field="paired", value=True, message="pairs have two variants, not more")
    if design.segments:
        message = "segments of pairs are not analysed; keep one with `where` instead"
        yield Problem(field="segments", value=design.segments, message=message)
    for metric in design.metrics:
        if metric.covariate:
            message = "pairs take no covariate: each case is compared with itself"
            yield Problem(field=metric.name, value=metric.covariate, message=message)


def _expectation_problems(design: Design) -> Iterator[Problem]:
    """Beliefs from which this experiment cannot be planned."""
    expected = design.expected
    if expected is None:
        return
    if design.paired and expected.correlation is None:
        message = "is missing: pairs are planned from the correlation between both answers, -1 to 1"
        yield Problem(field="expected.correlation", message=message)
    if expected.correlation is not None and not design.paired:
        message = "belongs to a paired design; two groups have none"
        yield Problem(field="expected.correlation", value=expected.correlation, message=message)
    if any(metric.role == "primary" and metric.quantile is not None for metric in design.metrics):
        message = "tells nothing of a quantile; leave it out, and plan from a log"
        yield Problem(field="expected", message=message)

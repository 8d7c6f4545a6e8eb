"""What a plan found: size, duration, and what could be found by when."""

from collections.abc import Sequence
from dataclasses import dataclass

from mlops_lib.display import TableView
from mlops_lib.experiments.checks import difference_unit
from mlops_lib.experiments.design import Design
from mlops_lib.experiments.metric import Metric
from mlops_lib.quantities import format_quantity

_DAYS_SHOWN = (1, 2, 3, 5, 7, 10, 14, 21, 28, 42, 56, 90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What could be found by the end of a day: the smallest effect, from so many units."""

    day: int
    units: int
    effect: float
    is_forecast: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What one guardrail asks for: so many units show, with the plan's power, that it holds.

    Attributes:
        metric: the guardrail.
        units: in all variants together; None without a margin, where no number is enough.
    """

    metric: Metric
    units: int | None


def margin_of(metric: Metric, level: float) -> float:
    """The largest harm that a guardrail accepts, in its own unit.

    Example:
        >>> cost = Metric(name="cost", value="c", columns=("c",), margin=0.15, is_relative=True)
        >>> round(margin_of(cost, 0.02), 6)
        0.003
    """
    return metric.margin * (abs(level) if metric.is_relative else 1.0)


def most_units(primary: int, needs: Sequence[Need]) -> int:
    """Units that are enough for the primary metric and every guardrail that has a number."""
    return max([primary, *(each.units for each in needs if each.units is not None)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Size and duration of an experiment.

    Attributes:
        design: that is planned.
        level: of the primary metric in control, as the log or the file has it.
        units: needed in all variants together (pairs in a paired design); None for a minimum
            effect of zero.
        days: until so many have come; None where that is unknown or takes longer than a year.
        reach: what could be found by when; empty without traffic.
        basis: where level and spread come from.
        guardrails: what each of them needs; `units` is the largest of all.
    """

    design: Design
    level: float
    units: int | None
    days: int | None
    reach: tuple[Reach, ...]
    basis: str
    guardrails: tuple[Need, ...] = ()

    @property
    def sentence(self) -> str:
        """The hypothesis, where there is one, and the answer in one sentence."""
        stated = self.design.hypothesis.strip().rstrip(".")
        return f"Hypothesis: {stated}. {self._answer()}" if stated else self._answer()

    def _answer(self) -> str:
        unit = difference_unit(self.design.primary.unit)
        effect = format_quantity(self.design.primary.sign * self.design.minimum_effect, unit)
        if self.units is None:
            return (
                "Without a minimum effect no number of units is enough: say what is worth having."
            )
        what = "pairs" if self.design.paired else "units"
        treatments = len(self.design.compared)
        arms = f" in control and {treatments} treatments" if treatments > 1 else ""
        days = "" if self.days is None else f", about {self.days:,} days at this traffic"
        late = " and more than a year" if self.reach and self.days is None else ""
        return (
            f"To find a change of {effect} in {self.design.primary.name} (now "
            f"{format_quantity(self.level, self.design.primary.unit)}) with a power of "
            f"{100 * self.design.power:g} %{self._guarded()} takes {self.units:,} {what}{arms}"
            f"{days}{late}.{self._guardrails(what)}"
        )

    def _guarded(self) -> str:
        return ", and to show that no guardrail is broken," if self.guardrails else ""

    def _guardrails(self, what: str) -> str:
        """What each guardrail needs, or that nobody knows."""
        watched = [each.name for each in self.design.metrics if each.role == "guardrail"]
        if not watched:
            return ""
        if not self.guardrails:
            return f" Only a log tells how many {what} the guardrails need: {', '.join(watched)}."
        parts = [
            f"{each.metric.name} {each.units:,}"
            if each.units
            else f"{each.metric.name} has no margin"
            for each in self.guardrails
        ]
        return f" Guardrails alone: {', '.join(parts)}."

    def table(self) -> TableView:
        """What can be found by when."""
        unit = difference_unit(self.design.primary.unit)
        rows = [each for each in self.reach if each.day in _DAYS_SHOWN or each.day == self.days]
        if not rows:
            rows = list(self.reach[-1:])
        return TableView(
            caption=self.sentence,
            columns=("After day", "Units", "Smallest effect that can be found", "From"),
            rows=tuple(
                (
                    each.day,
                    f"{each.units:,}",
                    format_quantity(self.design.primary.sign * each.effect, unit),
                    "forecast" if each.is_forecast else "log",
                )
                for each in rows
            )
            or (("–", "–", "–", self.basis),),
            numeric=("Units", "Smallest effect that can be found"),
        )

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()

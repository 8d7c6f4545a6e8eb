"""Performance against delayed labels as a table and a check; empty where no label was named."""

from dataclasses import dataclass

from mlops_lib.display import TableView
from mlops_lib.drift.concept import ConceptDrift, Drop, require_limit
from mlops_lib.quantities import format_quantity
from mlops_lib.verdict import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptView:
    """Performance of both windows as a table; empty where no labels were named.

    Attributes:
        found: the performance; None where nothing was named.
        is_asked: whether somebody named it; else it is told and not judged.
    """

    found: ConceptDrift | None = None
    is_asked: bool = True

    def checks(self, *, drop: float, kind: Drop) -> tuple[Check, ...]:
        """Whether the performance fell by more than the limit; nothing unless asked.

        Raises:
            InputError: for a limit that is none, even where it is not used.
        """
        require_limit(drop, kind)
        if self.found is None or not self.is_asked:
            return ()
        return (self.found.check(drop=drop, kind=kind),)

    def _repr_html_(self) -> str:
        """One row a window."""
        if self.found is None:
            return TableView(
                caption="No labels were named: whether answers got worse is not judged here.",
                columns=("window", "performance"),
                rows=(),
            )._repr_html_()
        note = "" if self.is_asked else "; told, and not judged unless the parameter score names it"
        sides = {"reference": self.found.reference, "current": self.found.current}
        return TableView(
            caption=f"The {self.found.measure}, before and now{note}.",
            columns=("window", "performance", "95 % interval", "labelled", "rows"),
            rows=tuple(
                (
                    name,
                    format_quantity(side.estimate, self.found.unit),
                    " to ".join(format_quantity(each, self.found.unit) for each in side.interval),
                    f"{side.labelled:,}",
                    f"{side.rows:,}",
                )
                for name, side in sides.items()
            ),
            numeric=("performance", "labelled", "rows"),
        )._repr_html_()

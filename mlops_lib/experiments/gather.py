"""Rows to units: who was randomised to what, and what each unit contributed to each metric."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mlops_lib.errors import InputError, Problem
from mlops_lib.experiments.design import Design
from mlops_lib.experiments.evidence import Evidence, Sample

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from mlops_lib.verdict import Source


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Assignment:
    """Which units count, in which variant, and which do not."""

    is_kept: "NDArray[np.bool_]"
    is_treated: "NDArray[np.bool_]"
    crossed: int
    elsewhere: dict[str, int]


def gather(
    typed: "pd.DataFrame", design: Design, source: str, *, sources: "tuple[Source, ...]" = ()
) -> Evidence:
    """Settle the variant of each unit and gather the values of each metric.

    Args:
        typed: columns `unit`, `variant`, maybe `day`, and `value<i>`, `per<i>` of metric i.
        design: the plan.
        source: name of the table.
        sources: fingerprints of what was read.

    Raises:
        InputError: if no unit is in the control alone, or none in the treatment alone.
    """
    import numpy as np
    import pandas as pd

    anonymous = typed["unit"].isna() | (typed["unit"].str.strip() == "")
    unassigned = ~anonymous & typed["variant"].isna()
    counted = typed[~anonymous & ~unassigned]
    codes, _ = pd.factorize(counted["unit"], sort=True)
    assignment = _assigned(codes, counted["variant"], design)
    _require_both(assignment, counted["variant"], design, source)
    kept_rows = assignment.is_kept[codes]
    position = np.cumsum(assignment.is_kept) - 1
    rows = counted[kept_rows]
    row_unit = position[codes[kept_rows]]
    row_day = rows["day"].to_numpy(dtype=np.int64) if "day" in rows else np.empty(0, np.int64)
    return Evidence(
        design=design,
        name=source,
        is_treated=assignment.is_treated[assignment.is_kept],
        row_unit=row_unit,
        row_day=row_day,
        samples=tuple(
            _sample(rows, design, which, row_unit, row_day) for which in range(len(design.metrics))
        ),
        crossed=assignment.crossed,
        elsewhere=assignment.elsewhere,
        anonymous=int(anonymous.sum()),
        unassigned=int(unassigned.sum()),
        sources=sources,
    )


def _assigned(codes: "NDArray[np.intp]", labels: "pd.Series[Any]", design: Design) -> _Assignment:
    import numpy as np

    units = int(codes.max()) + 1 if codes.size else 0
    seen = {
        str(label): np.bincount(codes[labels.to_numpy() == label], minlength=units) > 0
        for label in sorted(labels.unique())
    }
    none = np.zeros(units, dtype=bool)
    control, treated = seen.get(design.control, none), seen.get(design.treatment, none)
    several = np.sum(list(seen.values()), axis=0) > 1 if seen else none
    return _Assignment(
        is_kept=(control | treated) & ~several,
        is_treated=treated,
        crossed=int(several.sum()),
        elsewhere={
            label: int((units_seen & ~several).sum())
            for label, units_seen in seen.items()
            if label not in {design.control, design.treatment}
        },
    )


def _require_both(
    assignment: _Assignment, labels: "pd.Series[Any]", design: Design, source: str
) -> None:
    found = ", ".join(sorted(repr(str(label)) for label in labels.unique())) or "none"
    kept = assignment.is_treated[assignment.is_kept]
    problems = [
        Problem(
            source=source,
            field=design.variant,
            value=label,
            message=f"no unit is in the {role} alone; the variants are {found}",
        )
        for role, label, count in (
            ("control", design.control, (~kept).sum()),
            ("treatment", design.treatment, kept.sum()),
        )
        if count == 0
    ]
    if problems:
        raise InputError(problems)


def _sample(
    rows: "pd.DataFrame",
    design: Design,
    which: int,
    row_unit: "NDArray[np.intp]",
    row_day: "NDArray[np.int64]",
) -> Sample:
    import numpy as np

    value = rows[f"value{which}"].to_numpy(dtype=float)
    per = rows[f"per{which}"].to_numpy(dtype=float)
    known = np.isfinite(value) & np.isfinite(per)
    metric = design.metrics[which]
    is_binary = not metric.per and bool(np.isin(value[known], (0.0, 1.0)).all())
    if not metric.unit and metric.quantile is None and is_binary:
        metric = replace(metric, unit="share")
    return Sample(
        metric=metric,
        unit=row_unit[known],
        value=value[known],
        per=per[known],
        day=row_day[known] if row_day.size else row_day,
    )

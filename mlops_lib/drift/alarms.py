"""Which alarms are new and which repeat: the state of the last comparison, as a small JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mlops_lib.display import TableView
from mlops_lib.errors import InputError, Problem
from mlops_lib.verdict import Check, Outcome

FORMAT = "mlops drift alarms"
_LOUD = {Outcome.FAIL, Outcome.WARN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """The alarms of one run beside those of the run before.

    Attributes:
        profile: digest of the reference's cells; with another reference counting starts anew.
        runs: for each alarm in how many runs in a row it has been raised.
        over: alarms of the last run that are silent now.
    """

    profile: str
    runs: dict[str, int]
    over: tuple[str, ...] = ()

    @property
    def new(self) -> tuple[str, ...]:
        """Alarms that the last run did not raise."""
        return tuple(name for name, runs in self.runs.items() if runs == 1)

    @property
    def repeated(self) -> tuple[str, ...]:
        """Alarms that the last run raised as well."""
        return tuple(name for name, runs in self.runs.items() if runs > 1)

    def table(self) -> TableView:
        """One row an alarm, the new ones first."""
        rows = [(name, "new", 1) for name in self.new]
        rows += [(name, "repeats", self.runs[name]) for name in self.repeated]
        rows += [(name, "over", 0) for name in self.over]
        return TableView(
            caption=f"{len(self.new)} new alarms, {len(self.repeated)} repeat, "
            f"{len(self.over)} are over.",
            columns=("alarm", "state", "runs in a row"),
            rows=tuple(rows),
            numeric=("runs in a row",),
        )

    def _repr_html_(self) -> str:
        """The table."""
        return self.table()._repr_html_()


def follow(checks: Sequence[Check], last: Alarms | None, *, profile: str) -> Alarms:
    """The alarms among these checks, counted on from the last run.

    Args:
        checks: of this run.
        last: what the run before left; None for the first run.
        profile: digest of the reference.

    Example:
        >>> follow([], None, profile="abc").new
        ()
    """
    before = last.runs if last is not None and last.profile == profile else {}
    loud = [check.name for check in checks if check.outcome in _LOUD]
    return Alarms(
        profile=profile,
        runs={name: before.get(name, 0) + 1 for name in loud},
        over=tuple(name for name in before if name not in loud),
    )


def render_alarms(alarms: Alarms) -> str:
    """The state as JSON: the same bytes for the same alarms."""
    content = {"format": FORMAT, "profile": alarms.profile, "runs": alarms.runs}
    return json.dumps(content, indent=1, sort_keys=True) + "\n"


def parse_alarms(text: str, *, source: str = "state") -> Alarms:
    """Read the state of the last run.

    Raises:
        InputError: if it is no such state.
    """
    try:
        content: Any = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError.of("is no JSON, hence no state of alarms", source=source) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError.of("is no state of drift alarms; delete it to start anew", source=source)
    runs, profile = content.get("runs"), content.get("profile")
    if not isinstance(runs, dict) or not isinstance(profile, str):
        raise InputError.of("must hold a profile and runs", source=source)
    wrong = [name for name, each in runs.items() if type(each) is not int or each < 1]
    if wrong:
        raise InputError(
            Problem(
                source=source, field=name, value=runs[name], message="must be a positive number"
            )
            for name in wrong
        )
    return Alarms(profile=profile, runs=runs)

"""How the runs are shown: a live table for people, a line for each event in CI."""

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from rich.console import Console

COLOURS = {
    "pass": "green",
    "warn": "yellow",
    "fail": "red",
    "undecided": "magenta",
    "incomplete": "bold red",
}


class LineScreen:
    """One line when a notebook starts and one when it ends."""

    def __init__(self, console: "Console") -> None:
        """Print to this console."""
        self._console = console

    def started(self, name: str) -> None:
        """A notebook starts."""
        self._console.print(f"{name}: started", highlight=False, markup=False)

    def cell(self, name: str, number: int) -> None:
        """Cells are not worth a line."""

    def ended(self, result: dict[str, Any]) -> None:
        """A notebook ended, well or not."""
        self._console.print(ended_line(result), highlight=False, markup=False)

    def tick(self) -> None:
        """Nothing moves in a log."""

    def __enter__(self) -> Self:
        """Nothing to prepare."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing to clean up."""


class LiveScreen:
    """A bar for each notebook with its cells; refreshed by `tick`, without a thread."""

    def __init__(self, console: "Console", cells: Mapping[str, int]) -> None:
        """Show on this console; `cells` is how many cells each notebook has."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[state]}"),
            console=console,
            auto_refresh=False,
        )
        self._tasks = {
            name: self._progress.add_task(name, total=total, state="waiting", start=False)
            for name, total in cells.items()
        }

    def started(self, name: str) -> None:
        """A notebook starts."""
        self._progress.update(self._tasks[name], state="starting")

    def cell(self, name: str, number: int) -> None:
        """A cell starts."""
        self._progress.update(self._tasks[name], completed=number - 1, state="running")

    def ended(self, result: dict[str, Any]) -> None:
        """A notebook ended, well or not."""
        task = self._tasks[result["name"]]
        outcome = result["outcome"]
        total = self._progress.tasks[task].total if outcome != "incomplete" else None
        state = f"[{COLOURS[outcome]}]{outcome.upper()}[/] {_seconds(result)}"
        self._progress.update(task, state=state)
        if total:
            self._progress.update(task, completed=total)

    def tick(self) -> None:
        """Draw again."""
        self._progress.refresh()

    def __enter__(self) -> Self:
        """Start to draw."""
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the last state on the screen."""
        self._progress.refresh()
        self._progress.stop()


def ended_line(result: Mapping[str, Any]) -> str:
    """One line that says how a run ended; why stands in the table of verdicts."""
    return f"{result['name']}: {result['outcome'].upper()} in {_seconds(result)}"


def _seconds(result: Mapping[str, Any]) -> str:
    return f"{result['provenance']['seconds']:.1f} s" if "provenance" in result else "0 s"

"""How far an evaluation run is: a bar for people, a line now and then in CI."""

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.console import Console

    from mlops_lib.evaluation.running.progress import Standing

_LINE_EVERY = 15.0
"""Seconds between lines in CI: a log that shows life without drowning anybody."""

_DRAW_EVERY = 0.1


class Lines:
    """One line every few seconds, and one at the end."""

    def __init__(self, console: "Console") -> None:
        """Print on this console."""
        self._console = console
        self._said = time.monotonic()

    def update(self, standing: "Standing") -> None:
        """Say where it stands, if it is time."""
        now = time.monotonic()
        if now - self._said >= _LINE_EVERY or standing.done == standing.total:
            self._said = now
            self._console.print(_text(standing), highlight=False, soft_wrap=True)

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


class Bar:
    """A bar with answers, errors, money and time left."""

    def __init__(self, console: "Console") -> None:
        """Draw on this console."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._progress = Progress(
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.fields[state]}"),
            console=console,
            auto_refresh=False,
        )
        self._task = self._progress.add_task("", total=None, state="")
        self._drawn = 0.0

    def update(self, standing: "Standing") -> None:
        """Draw where it stands, ten times a second at most."""
        now = time.monotonic()
        if now - self._drawn < _DRAW_EVERY and standing.done != standing.total:
            return
        self._drawn = now
        state = _state(standing)
        self._progress.update(
            self._task, completed=standing.done, total=standing.total, state=state
        )
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
        self._progress.stop()


def screen_for(console: "Console") -> Bar | Lines:
    """A bar where a person looks, lines where none does."""
    return Bar(console) if console.is_terminal else Lines(console)


def _text(standing: "Standing") -> str:
    return f"{standing.done:,} of {standing.total:,} answers, {_state(standing)}"


def _state(standing: "Standing") -> str:
    errors = f", {standing.errors:,} errors" if standing.errors else ""
    left = standing.seconds_left
    time_left = "" if left is None or not left else f", {duration(left)} left"
    return f"{standing.cost_text}{errors}{time_left}"


_MINUTE, _HOUR = 60, 3600


def duration(seconds: float) -> str:
    """A time span in its largest unit.

    Example:
        >>> duration(42), duration(150), duration(5400)
        ('42 s', '2.5 min', '1.5 h')
    """
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / _MINUTE:.1f} min" if seconds < _HOUR else f"{seconds / _HOUR:.1f} h"

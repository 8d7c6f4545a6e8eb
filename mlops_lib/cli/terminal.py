"""The console of every command: wide enough to read, and nothing on it is a command to it."""

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from mlops_lib.reports.sanitise import clean_text

LEAST_WIDTH = 40
"""Columns; below this a table has no room for its words."""


class Terminal(Console):
    """A console that colours what it prints, and lets no text that it prints do so.

    Column names, answers and messages can hold sequences that clear a screen or turn text round.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        """Print to stdout or stderr."""
        super().__init__(stderr=stderr, emoji=False)
        if self.width < LEAST_WIDTH:  # noqa: PLR1730 - once set, it follows no window any more
            self.width = LEAST_WIDTH

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """What is drawn, as text that is only text."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=clean_text(segment.text))

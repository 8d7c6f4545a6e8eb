"""The options of commands that can ask in message batches."""

from typing import TYPE_CHECKING, Annotated

import typer

from mlops_lib.cli.screen import console, plain

if TYPE_CHECKING:
    from mlops_lib.evaluation.running.batching import Waiting

BATCH = Annotated[
    bool,
    typer.Option("--batch", help="Ask in message batches: half the price, within a day."),
]
POLL = Annotated[float, typer.Option(min=0.01, help="Seconds between looks at a batch.")]


def waiting(poll: float) -> "Waiting":
    """Batches whose fate is told on the screen."""
    from mlops_lib.evaluation.running.batching import Waiting

    screen = console(stderr=True)
    return Waiting(poll=poll, tell=lambda said: screen.print(plain(said), highlight=False))

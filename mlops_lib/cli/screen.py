"""Printing: what is not ours is never read as markup."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console


def console(*, stderr: bool = False) -> "Console":
    """The console that a command prints on."""
    from rich.console import Console

    return Console(stderr=stderr)


def plain(text: str) -> str:
    """Text that is not ours, without its markup being read."""
    from rich.markup import escape

    return escape(text)


def complain(text: str) -> None:
    """Say what is wrong, where people look for it."""
    typer.echo(text, err=True)

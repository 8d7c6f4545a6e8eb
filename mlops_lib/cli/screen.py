"""Printing: what is not ours is never read as markup, nor by the terminal as a command."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console


def console(*, stderr: bool = False) -> "Console":
    """The console that a command prints on."""
    from mlops_lib.cli.terminal import Terminal

    return Terminal(stderr=stderr)


def plain(text: str) -> str:
    r"""Text that is not ours, for a console: only text, whatever stands in it.

    Example:
        >>> print(plain("\x1b[2Jred \x07[b]\u202e"))
        red ⟨U+0007⟩\[b]⟨U+202E⟩
    """
    from rich.markup import escape

    from mlops_lib.reports.sanitise import clean_text

    return escape(clean_text(text))


def say(text: str) -> None:
    """Print lines as they are, without a console's width."""
    from mlops_lib.reports.sanitise import clean_text

    typer.echo(clean_text(text))


def complain(text: str) -> None:
    """Say what is wrong, where people look for it."""
    from mlops_lib.reports.sanitise import clean_text

    typer.echo(clean_text(text), err=True)

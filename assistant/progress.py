"""Where a long command says what it is doing."""

import sys


def silent(line: str) -> None:
    """Say nothing."""


def told(line: str) -> None:
    """Write a line to standard error, at once."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()

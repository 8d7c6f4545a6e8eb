"""What can go wrong, as values that name their cause.

A user's mistake is an `InputError` with every `Problem` found, never a traceback; a run that
broke is a `RunError`. The command line turns the first into exit status 2, the second into 4.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


class MlopsError(Exception):
    """Base of every error that this library raises on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with an input, with what is needed to find and mend it.

    Example:
        >>> print(
        ...     Problem(
        ...         source="cases.jsonl",
        ...         row=3,
        ...         field="kind",
        ...         value="odd",
        ...         message="must be one of edge, typical",
        ...     )
        ... )
        cases.jsonl, row 3, kind: must be one of edge, typical (got 'odd')
    """

    message: str
    source: str = ""
    row: int | None = None
    field: str = ""
    value: object = None

    def __str__(self) -> str:
        """The place, what is allowed, and what was found."""
        row = "" if self.row is None else f"row {self.row}"
        place = ", ".join(part for part in (self.source, row, self.field) if part)
        found = "" if self.value is None else f" (got {_shortened(self.value)})"
        return f"{place}: {self.message}{found}" if place else f"{self.message}{found}"


class InputError(MlopsError):
    """Bad input: a file, row, field, value or parameter; carries all problems at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems; there must be at least one."""
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def of(
        cls,
        message: str,
        *,
        source: str = "",
        row: int | None = None,
        field: str = "",
        value: object = None,
    ) -> Self:
        """An error with a single problem.

        Example:
            >>> raise InputError.of("no such file", source="log.parquet")
            Traceback (most recent call last):
            mlops_lib.errors.InputError: log.parquet: no such file
        """
        problem = Problem(message=message, source=source, row=row, field=field, value=value)
        return cls([problem])


class RunError(MlopsError):
    """A notebook or a service broke: what was asked for could not be produced."""


def is_utf8(text: str) -> bool:
    r"""Whether a file can hold the text; Python reads bytes that are no UTF-8 as half characters.

    Example:
        >>> is_utf8("naïve"), is_utf8(b"na\xefve".decode("utf-8", "surrogateescape"))
        (True, False)
    """
    return not any("\ud800" <= each <= "\udfff" for each in text)


_LONGEST_VALUE = 80


def _shortened(value: object) -> str:
    plain = getattr(value, "item", None)  # a numpy scalar says "np.int64(3)"
    try:
        text = repr(plain() if callable(plain) and getattr(value, "ndim", None) == 0 else value)
    except ValueError:  # Python writes out no number of more than 4,300 digits
        return "a number of thousands of digits"
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"

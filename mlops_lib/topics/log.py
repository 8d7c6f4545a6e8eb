"""What a log of queries is here: two windows of rows in one fixed order."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_lib.verdict import Source

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryLog:
    """The queries of the two windows, one row each, in an order that the input's does not change.

    Attributes:
        name: how messages speak of it.
        frame: columns `query` (text), `score` (float, NaN unknown), `user` (text), `time` (UTC),
            `named` (bool, whether its user counts as a distinct one: known, or no user at all is),
            `current` (bool), `days_ago` (int, whole days before the log's end), `no_answer`
            (bool), `refused` (bool), `feedback` (float, 1, -1 or NaN).
        current_days: length of the current window.
        reference_days: length of the window before it.
        has_users: whether any user is known; without, every request counts as a user of its own.
        has_outcome: whether it is known how requests ended.
        has_feedback: whether feedback is known.
        left_out: rows before both windows.
        skipped: rows of the windows without a query; left out.
        sources: fingerprint of the file, if there was one.
    """

    name: str
    frame: "pd.DataFrame"
    current_days: float
    reference_days: float
    has_users: bool
    has_outcome: bool
    has_feedback: bool
    left_out: int = 0
    skipped: int = 0
    sources: tuple[Source, ...] = ()

    @property
    def current(self) -> "NDArray[np.bool_]":
        """Which rows lie in the current window, shape (n,)."""
        flags: NDArray[np.bool_] = self.frame["current"].to_numpy(dtype=bool)
        return flags

    @property
    def anonymous(self) -> float:
        """Share of the requests without a user, in a log that knows users."""
        return float(1 - self.frame["named"].mean())

    def size(self, *, current: bool) -> int:
        """How many queries a window holds."""
        return int((self.current == current).sum())

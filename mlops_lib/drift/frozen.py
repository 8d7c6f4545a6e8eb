"""A frozen reference as values: the cells of each column and the rows in them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from mlops_lib.drift.cells import range_labels
from mlops_lib.drift.roles import Role
from mlops_lib.verdict import Source

Kind = Literal["number", "category", "empty"]


NOT_ASKED = "not among the columns asked for"
"""Why a column is left out when others were named."""

BY_REQUEST = "excluded by request"
"""Why a column is left out that was named for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A column that is not compared, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """The cells of one column and how many rows of the reference fall into each.

    Attributes:
        name: of the column.
        kind: "number", "category", or "empty" for a column without a value in the reference.
        edges: of a number: ascending, as `float.hex`; m edges make m + 1 cells.
        categories: of a category: the most frequent, most frequent first; OTHER follows.
        counts: rows per cell; the last cell holds missing values.
    """

    name: str
    kind: Kind
    edges: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    counts: tuple[int, ...]

    @property
    def limits(self) -> tuple[float, ...]:
        """The edges as numbers."""
        return tuple(float.fromhex(edge) for edge in self.edges)

    @property
    def labels(self) -> tuple[str, ...]:
        """Each cell in words, in the order of the counts."""
        if self.kind == "number":
            return (*range_labels(self.limits), "missing")
        return (*self.categories, "other", "missing")


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A reference, frozen: everything that a later comparison needs to know about it.

    Attributes:
        name: of the reference.
        rows: how many it has.
        columns: the compared columns.
        skipped: the columns that are not compared, each with its reason.
        sources: fingerprint of the file, if it was one.
        roles: whose doing a change of a column would be, where somebody said.
        versions: values of the columns that name an embedder, model, prompt or judge.
    """

    name: str
    rows: int
    columns: tuple[ColumnProfile, ...]
    skipped: tuple[Skipped, ...] = field(default=())
    sources: tuple[Source, ...] = field(default=())
    roles: Mapping[str, Role] = field(default_factory=dict)
    versions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """Hash of the cells; only counts with one digest can be compared or added."""
        cells = [[each.name, each.kind, each.edges, each.categories] for each in self.columns]
        return hashlib.sha256(json.dumps(cells).encode()).hexdigest()

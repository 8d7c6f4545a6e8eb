"""What the data source promises: types, ranges, categories, missing values; as a YAML file.

    columns:
      score:   {type: number, min: 0, max: 1, missing: 0.02}
      outcome: {type: text, categories: [answered, no_answer, refused, error]}
      note:    {type: text, required: false}
    others: false        # no further columns

A promise becomes a profile with the promised cells, so that `count` checks it on any engine.
"""

import math
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mlops_lib.drift.frozen import ColumnProfile, Profile
from mlops_lib.errors import InputError, Problem

Share = Annotated[float, Field(ge=0, le=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Promise(_Strict):
    """What one column promises.

    Attributes:
        type: number, text or time; booleans are the numbers 0 and 1.
        required: whether the column must be there.
        min: smallest allowed number.
        max: largest allowed number.
        categories: the allowed texts; None for any.
        missing: largest allowed share of missing values.
        outside: largest allowed share of rows outside range or categories.
    """

    type: Literal["number", "text", "time"]
    required: bool = True
    min: Annotated[float, Field(allow_inf_nan=False)] | None = None
    max: Annotated[float, Field(allow_inf_nan=False)] | None = None
    categories: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    missing: Share = 1.0
    outside: Share = 0.0

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.type != "number" and (self.min is not None or self.max is not None):
            message = "min and max are for numbers"
            raise ValueError(message)
        if self.type != "text" and self.categories is not None:
            message = "categories are for text"
            raise ValueError(message)
        if self.min is not None and self.max is not None and self.min > self.max:
            message = "min must not exceed max"
            raise ValueError(message)
        return self


class Contract(_Strict):
    """What a data source promises.

    Attributes:
        columns: each column's promise.
        others: whether further columns are allowed.
    """

    columns: Annotated[dict[str, Promise], Field(min_length=1)]
    others: bool = True


def parse_contract(text: str, *, source: str = "schema") -> Contract:
    """Read a contract from YAML, with all its problems at once.

    Raises:
        InputError: if it is no YAML, or says something that is not understood.

    Example:
        >>> parse_contract("columns: {score: {type: number, min: 0}}").columns["score"].min
        0.0
    """
    import yaml

    try:
        content: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError.of(f"is no YAML: {str(error).splitlines()[0]}", source=source) from error
    try:
        return Contract.model_validate(content)
    except ValidationError as error:
        problems = [
            Problem(
                source=source,
                field=".".join(str(part) for part in each["loc"]),
                value=None if each["type"] == "missing" else each["input"],
                message=each["msg"].removeprefix("Value error, ").lower(),
            )
            for each in error.errors()
        ]
        raise InputError(problems) from error


def cells_of(contract: Contract) -> Profile:
    """The promises as cells: below min, inside, above max, missing; the categories, other, missing.

    The lower edge is the number just below min, so that `<=` is all an engine has to do.
    """
    return Profile(
        name="the schema",
        rows=0,
        columns=tuple(
            _cells(name, promise)
            for name, promise in contract.columns.items()
            if promise.type != "time"
        ),
    )


def _cells(name: str, promise: Promise) -> ColumnProfile:
    if promise.type == "text":
        categories = promise.categories or ()
        counts = (0,) * (len(categories) + 2)
        return ColumnProfile(name=name, kind="category", categories=categories, counts=counts)
    edges = []
    if promise.min is not None:
        edges.append(math.nextafter(promise.min, -math.inf))
    if promise.max is not None:
        edges.append(promise.max)
    hexadecimal = tuple(edge.hex() for edge in edges)
    return ColumnProfile(
        name=name, kind="number", edges=hexadecimal, counts=(0,) * (len(edges) + 2)
    )

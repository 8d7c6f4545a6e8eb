"""A frozen reference as text: small, the same bytes for the same reference, checked when read."""

import hashlib
import json
import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mlops_lib.drift.frozen import ColumnProfile, Profile, Skipped
from mlops_lib.drift.roles import Role
from mlops_lib.errors import InputError, Problem
from mlops_lib.verdict import Source

FORMAT = "mlops drift profile"
VERSION = 1
"""Of the form; it grows when a reader of the old form would be misled."""

Count = Annotated[int, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Column(_Strict):
    name: str
    kind: Literal["number", "category", "empty"]
    edges: list[str] = []
    categories: list[str] = []
    counts: list[Count]


class _Skipped(_Strict):
    name: str
    reason: str


class _Source(_Strict):
    path: str
    rows: Count
    sha256: str


class _File(_Strict):
    format: Literal["mlops drift profile"]
    version: Literal[1]
    hash: str
    name: str
    rows: Annotated[int, Field(ge=1)]
    columns: Annotated[list[_Column], Field(min_length=1)]
    skipped: list[_Skipped]
    sources: list[_Source]
    roles: dict[str, Role]
    versions: dict[str, list[str]]


def render_profile(profile: Profile) -> str:
    """The profile as JSON, one line for each column, so that a review shows what changed.

    Example:
        >>> import pandas as pd
        >>> from mlops_lib.drift.profile import profile
        >>> frozen = profile(pd.DataFrame({"stars": [1, 1, 2, 5]}))
        >>> parse_profile(render_profile(frozen)) == frozen
        True
    """
    content = _content(profile)
    lines = [
        f'"format": {_json(FORMAT)}',
        f'"version": {VERSION}',
        f'"hash": {_json(_hash(content))}',
        *(
            f'"{key}": [\n  ' + ",\n  ".join(_json(each) for each in value) + "\n]"
            if key == "columns"
            else f'"{key}": {_json(value)}'
            for key, value in content.items()
        ),
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def parse_profile(text: str, *, source: str = "profile") -> Profile:
    """Read a profile from its JSON, with all its problems at once.

    Args:
        text: what `render_profile` wrote.
        source: how messages speak of it.

    Raises:
        InputError: if it is no profile, was changed by hand, or contradicts itself.
    """
    try:
        file = _File.model_validate(_mapping(text, source))
    except ValidationError as error:
        raise InputError(_problems(error, source)) from error
    profile = _profile(file)
    problems = [
        Problem(source=source, field=column.name, message=message)
        for column in file.columns
        for message in _contradictions(column, file.rows)
    ]
    if not problems and _hash(_content(profile)) != file.hash:
        problems.append(
            Problem(
                source=source,
                field="hash",
                value=file.hash,
                message="the content does not fit its hash: the file was changed; "
                "freeze the reference anew",
            )
        )
    if problems:
        raise InputError(problems)
    return profile


def _mapping(text: str, source: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError.of("is no JSON, hence no profile", source=source) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError.of(
            "is no drift profile; `mlops drift profile REFERENCE` writes one", source=source
        )
    return content


def _problems(error: ValidationError, source: str) -> Iterator[Problem]:
    for each in error.errors():
        place = ".".join(str(part) for part in each["loc"])
        yield Problem(source=source, field=place, value=each["input"], message=each["msg"].lower())


def _contradictions(column: _Column, rows: int) -> Iterator[str]:
    try:
        edges = [float.fromhex(edge) for edge in column.edges]
    except (ValueError, OverflowError):
        yield "edges must be hexadecimal numbers, as float.hex writes them"
        return
    if any(not math.isfinite(edge) for edge in edges):
        yield "edges must be finite"
    if any(low >= high for low, high in pairwise(edges)):
        yield "edges must ascend"
    if len(set(column.categories)) < len(column.categories):
        yield "categories must differ"
    cells = {"number": len(edges) + 2, "category": len(column.categories) + 2, "empty": 2}
    if len(column.counts) != cells[column.kind]:
        yield f"there must be {cells[column.kind]} counts, not {len(column.counts)}"
    if sum(column.counts) != rows:
        yield f"the counts add up to {sum(column.counts):,}, not to {rows:,} rows"


def _profile(file: _File) -> Profile:
    return Profile(
        name=file.name,
        rows=file.rows,
        columns=tuple(
            ColumnProfile(
                name=each.name,
                kind=each.kind,
                edges=tuple(each.edges),
                categories=tuple(each.categories),
                counts=tuple(each.counts),
            )
            for each in file.columns
        ),
        skipped=tuple(Skipped(name=each.name, reason=each.reason) for each in file.skipped),
        sources=tuple(Source(**each.model_dump()) for each in file.sources),
        roles=dict(file.roles),
        versions={name: tuple(values) for name, values in file.versions.items()},
    )


def _content(profile: Profile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "rows": profile.rows,
        "roles": dict(sorted(profile.roles.items())),
        "versions": {name: list(values) for name, values in sorted(profile.versions.items())},
        "sources": [
            {"path": each.path, "rows": each.rows, "sha256": each.sha256}
            for each in profile.sources
        ],
        "skipped": [{"name": each.name, "reason": each.reason} for each in profile.skipped],
        "columns": [_column(each) for each in profile.columns],
    }


def _column(column: ColumnProfile) -> dict[str, Any]:
    cells = {"edges": list(column.edges), "categories": list(column.categories)}
    return {
        "name": column.name,
        "kind": column.kind,
        **{key: values for key, values in cells.items() if values},
        "counts": list(column.counts),
    }


def _hash(content: dict[str, Any]) -> str:
    return hashlib.sha256(_json(content).encode()).hexdigest()


def _json(value: object) -> str:
    """ASCII, so that no editor changes it, and half a surrogate pair survives."""
    return json.dumps(value, ensure_ascii=True)

"""The one pointer: which version is live, and who moved it there, when and why."""

import getpass
import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from mlops_lib.errors import InputError
from mlops_lib.index.disk import to_json, write_whole
from mlops_lib.index.manifest import VERSION
from mlops_lib.index.store import Store

ACTOR_VARIABLES = ("MLOPS_ACTOR", "GITHUB_ACTOR")
"""Environment variables that name who acts; without them it is the user of the machine."""


_WAY_OUT = "; `mlops index rollback --to VERSION` replaces it; `mlops index history` names them"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One move of the pointer; the newest is the pointer itself.

    Attributes:
        version: what is live from here on.
        previous: what was live before; None for the first.
        number: counts the moves, from 1.
        event: how it came.
        at: UTC, ISO 8601.
        by: who.
        why: the reason that was given.
    """

    version: str
    previous: str | None
    number: int
    event: Literal["swap", "rollback"]
    at: str
    by: str
    why: str


def read_pointer(store: Store) -> Move | None:
    """What is live; None where nothing was ever swapped in.

    Raises:
        InputError: if the pointer is damaged.
    """
    try:
        text = store.pointer.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        content: Any = json.loads(text)
        move = Move(**content)
        sound = isinstance(move.number, int) and all(
            VERSION.fullmatch(each) for each in (move.version, move.previous) if each is not None
        )
    except (ValueError, TypeError) as error:
        raise InputError.of(f"is no pointer{_WAY_OUT}", source=str(store.pointer)) from error
    if not sound:
        raise InputError.of(
            f"names no version{_WAY_OUT}", source=str(store.pointer), value=move.version
        )
    return move


def live_version(store: Store) -> str | None:
    """Name of the live version, if there is one."""
    move = read_pointer(store)
    return None if move is None else move.version


def write_pointer(store: Store, move: Move) -> None:
    """Make a move real: one rename, flushed. The caller holds the store's lock."""
    write_whole(store.pointer, to_json(asdict(move)))


def actor() -> str:
    """Who acts, for the history."""
    for name in ACTOR_VARIABLES:
        if os.environ.get(name):
            return os.environ[name]
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


def now() -> str:
    """The time, for the history."""
    return datetime.now(tz=UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

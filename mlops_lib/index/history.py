"""What was built and what was live when: one JSON line an event, never rewritten."""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from mlops_lib.errors import InputError
from mlops_lib.index.pointer import Move, read_pointer
from mlops_lib.index.store import Store

_TAIL_BYTES = 65_536
"""Some 300 events: the newest move stands among them, or its line was never written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the history.

    Attributes:
        event: "build", "swap", "rollback" or "clean".
        version: that it is about.
        at: UTC, ISO 8601.
        by: who.
        why: the reason, or what was done.
        previous: what was live before a move.
        number: of the move; None for other events.
    """

    event: str
    version: str
    at: str
    by: str
    why: str
    previous: str | None = None
    number: int | None = None


def read_history(store: Store) -> tuple[Event, ...]:
    """Every event, oldest first.

    The pointer is the truth: a move whose line a killed process could not write any more is told
    from the pointer. A line that was cut off is passed over, and so is a damaged pointer: what
    stands here is the way out of it.
    """
    events = [event for line in _lines(store) if (event := _event(line)) is not None]
    try:
        move = read_pointer(store)
    except InputError:
        move = None
    if move is not None and all(event.number != move.number for event in events):
        events.append(of_move(move))
    return tuple(events)


def once_live(store: Store) -> frozenset[str]:
    """Versions that were live at some time, as far as history and pointer tell.

    Either may be missing or damaged: what the other says is enough.
    """
    known = {event.version for event in read_history(store) if event.number is not None}
    with suppress(InputError):
        move = read_pointer(store)
        known |= (
            set() if move is None else {move.version, *([move.previous] if move.previous else [])}
        )
    return frozenset(known)


def pointer_gone(store: Store) -> InputError:
    """The error that says that nothing tells which version is live, and the ways out."""
    return InputError.of(
        "is gone, so nothing tells which version is live: `mlops index rollback --to VERSION` or "
        "a swap writes it again; `mlops index history` names the versions",
        source=str(store.pointer),
    )


def record(store: Store, *events: Event) -> None:
    """Append events, flushed; the caller holds the store's lock.

    Before them comes what a killed process could not write: the move that the pointer shows.
    Called without events after a move of the pointer, it writes the move itself.
    """
    move = read_pointer(store)
    due = [] if move is None else [of_move(move)]
    reach = _TAIL_BYTES + sum(len(to_line(event).encode()) for event in due)  # however long it is
    handle = os.open(store.history, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        size = os.fstat(handle).st_size
        tail = os.pread(handle, reach, max(0, size - reach)).decode(errors="replace")
        known = tail.split("\n")  # a reason may hold other ends of lines
        text = "".join(f"{line}\n" for line in map(to_line, [*due, *events]) if line not in known)
        cut_off = bool(tail) and not tail.endswith("\n")
        os.write(handle, (("\n" if cut_off else "") + text).encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def of_move(move: Move) -> Event:
    """A move of the pointer as an event."""
    return Event(**asdict(move))


def to_line(event: Event) -> str:
    """An event as one line, without what it has not."""
    content = {name: value for name, value in asdict(event).items() if value is not None}
    return json.dumps(content, ensure_ascii=False)


def _lines(store: Store) -> list[str]:
    try:
        return store.history.read_text(encoding="utf-8", errors="replace").split("\n")
    except FileNotFoundError:
        return []


def _event(line: str) -> Event | None:
    try:
        content: Any = json.loads(line)
        return Event(**content)
    except (ValueError, TypeError):
        return None

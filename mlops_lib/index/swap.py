"""Move the pointer: forward to a version that passed, back to the one before."""

from dataclasses import asdict, dataclass

from mlops_lib.errors import InputError
from mlops_lib.index.history import once_live, read_history, record
from mlops_lib.index.manifest import broken_files, is_whole
from mlops_lib.index.pointer import Move, actor, now, read_pointer, write_pointer
from mlops_lib.index.store import Store
from mlops_lib.verdict import Outcome, Verdict

_ALLOWED = {Outcome.PASS, Outcome.WARN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who moves the pointer, and why; both go into the history.

    Attributes:
        why: the reason.
        by: who; by default the actor of CI, or the user of the machine.
    """

    why: str
    by: str = ""


def swap(store: Store, version: str, health: Verdict, signature: Signature) -> Move:
    """Make a version live.

    Args:
        store: that holds it.
        version: its name.
        health: its verdict, from `check_health`.
        signature: who and why.

    Returns:
        The move; the present pointer where the version is live already.

    Raises:
        InputError: if the verdict is neither PASS nor WARN or is of another version, the version
            does not exist, its files are not what its manifest says, or no reason is given.
    """
    if health.outcome not in _ALLOWED:
        raise InputError.of(
            f"is not swapped in: its health check says {health.outcome.upper()}. {health.sentence}",
            source=version,
        )
    if version not in {source.path.rsplit("/", 1)[-1] for source in health.sources}:
        raise InputError.of("the health check is not of this version", source=version)
    return _move(store, version, signature, is_rollback=False)


def rollback(store: Store, signature: Signature, *, to: str | None = None) -> Move:
    """Make the version live that was live before, or another that was once live.

    No probe is asked, because a rollback must work when everything else does not; only the files
    are checked. A second rollback returns to where the first began. Of pointer and history one is
    enough: with `to`, a pointer that is damaged or gone is replaced by what the history says.

    Args:
        store: with at least two moves behind it.
        signature: who and why.
        to: a version that was live at some time; by default the previous one.

    Raises:
        InputError: if nothing was live before, the version was never live or is gone, or its files
            are not what its manifest says.
    """
    target = to or _previous(store)
    known = once_live(store)
    if target is None:
        raise InputError.of(_no_way_back(store, known), source=str(store.root))
    if target not in known:
        raise InputError.of(
            "was never live, as far as is known; it can be swapped in. Once live: "
            f"{', '.join(sorted(known)) or 'none'}",
            source=target,
        )
    return _move(store, target, signature, is_rollback=True)


def _move(store: Store, version: str, signature: Signature, *, is_rollback: bool) -> Move:
    if not signature.why.strip():
        raise InputError.of("a reason is needed for the history", field="why")
    _require_text(why=signature.why, by=signature.by or actor())
    with store.locked():
        manifest = store.manifest(version)
        broken = broken_files(store.folder(version), manifest)
        if broken:
            raise InputError.of(
                f"is damaged: {', '.join(broken)} changed since it was built", source=version
            )
        before, is_lost = _last_move(store, is_rollback=is_rollback)
        if before is not None and before.version == version and not is_lost:
            return before
        move = Move(
            version=version,
            previous=_other(before, version),
            number=1 if before is None else before.number + 1,
            event="rollback" if is_rollback else "swap",
            at=now(),
            by=signature.by or actor(),
            why=signature.why,
        )
        if not is_lost:
            record(store)  # the move before, should its process have been killed
        write_pointer(store, move)
        record(store)
    return move


def _require_text(**given: str) -> None:
    """Refuse bytes of the command line that are no UTF-8: the history could not hold them."""
    for field, text in given.items():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InputError.of("is no UTF-8 text", field=field, value=text) from error


def _previous(store: Store) -> str | None:
    move = read_pointer(store)
    return None if move is None else move.previous


def _no_way_back(store: Store, known: frozenset[str]) -> str:
    if store.pointer.exists() or not known:
        return "nothing was live before: no way back"
    whole = [version for version in sorted(known) if is_whole(store.folder(version))]
    return (
        f"the pointer {store.pointer.name} is gone: name the version, with --to VERSION. "
        f"Once live and whole: {', '.join(whole) or 'none'}"
    )


def _other(before: Move | None, version: str) -> str | None:
    """What was live before a version: never that version itself."""
    if before is None:
        return None
    return before.previous if before.version == version else before.version


def _last_move(store: Store, *, is_rollback: bool) -> tuple[Move | None, bool]:
    """The last move, and whether the pointer is lost, so that the history had to tell it."""
    try:
        move = read_pointer(store)
    except InputError:
        if not is_rollback:
            raise
        move = None
    if move is not None:
        return move, False
    moves = [event for event in read_history(store) if event.number is not None]
    if not moves:
        return None, False
    return Move(**asdict(max(moves, key=lambda event: event.number or 0))), True

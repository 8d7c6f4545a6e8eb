"""What there is in a store, and what of it is damaged."""

from dataclasses import dataclass
from typing import Literal

from mlops_lib.errors import InputError
from mlops_lib.index.manifest import Manifest, broken_files, missing_files
from mlops_lib.index.pointer import read_pointer
from mlops_lib.index.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One version, as it lies on disk.

    Attributes:
        version: its name.
        role: what the pointer says of it; "" for nothing.
        manifest: None where it cannot be read.
        damage: what is wrong with its files; "" for nothing.
    """

    version: str
    role: Literal["live", "previous", ""]
    manifest: Manifest | None
    damage: str

    @property
    def words(self) -> str:
        """Role and damage, for people."""
        return ", ".join(part for part in (self.role, "damaged" if self.damage else "") if part)


def look(store: Store) -> tuple[State, ...]:
    """Every version, and the live one even if it is gone.

    The files of the live version are read and compared with its manifest; of the others it is only
    seen whether they are there, so that many large versions take no longer than one.

    Raises:
        InputError: if the pointer is damaged.
    """
    move = read_pointer(store)
    live, previous = (None, None) if move is None else (move.version, move.previous)
    names = {*store.versions(), *([] if live is None else [live])}
    roles: dict[str | None, Literal["live", "previous"]] = {previous: "previous", live: "live"}
    return tuple(_state(store, name, roles.get(name, "")) for name in sorted(names))


def damaged(state: State) -> InputError:
    """The error that says that the live version is damaged, and the ways out."""
    return InputError.of(
        f"is live and damaged ({state.damage}): `mlops index rollback` to one that is whole, or "
        "`mlops index build` it again from the pages it was built from",
        source=state.version,
    )


def _state(store: Store, version: str, role: Literal["live", "previous", ""]) -> State:
    try:
        manifest = store.manifest(version)
    except InputError:
        return State(version=version, role=role, manifest=None, damage="no sound manifest")
    check = broken_files if role == "live" else missing_files
    damage = ", ".join(check(store.folder(version), manifest))
    return State(version=version, role=role, manifest=manifest, damage=damage)

"""The journal of a run: paid work is on disk before the next call, and survives any kill.

One JSON line for each entry (an answer, a judgement), appended in one write and never touched
again. Each line carries the hash of its own bytes and the run that it belongs to, so that no line
needs another one: a torn tail is cut off, a damaged line is dropped and asked again, and a journal
of another run is refused. Memory holds only where each entry stands, so that a large run takes
hardly more of it than a small one.
"""

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from pydantic import ValidationError

from mlops_lib.errors import InputError, RunError
from mlops_lib.evaluation.running.asks import Key

SUFFIX = ".journal"
"""What the journal's name adds to that of the run."""

_HASH_LENGTH = 16
"""Hex digits: 64 bits, so that a damaged line goes unnoticed once in 10 ** 19."""

_SYNC_EVERY = 1.0
"""Seconds between syncs to the medium: a killed process loses nothing, a power cut one second."""


class Entry(Protocol):
    """What a journal needs to know of an entry, and how it is written and read."""

    @property
    def key(self) -> Key:
        """What it belongs to; the last entry of a key counts."""
        ...

    @property
    def error(self) -> str | None:
        """Why there is no result; None where there is one."""
        ...

    @property
    def cost_usd(self) -> float | None:
        """What it cost; None where unknown."""
        ...

    def model_dump_json(self, *, exclude_defaults: bool = False) -> str:
        """As JSON."""
        ...

    @classmethod
    def model_validate_json(cls, json_data: bytes) -> Self:
        """From JSON."""
        ...


E = TypeVar("E", bound=Entry)


class Journal(Generic[E]):
    """An open journal; one process at a time.

    Attributes:
        path: of the file.
        run_id: fingerprint of the run.
        damaged: lines that do not match their hash; what they held is asked again.
        torn: bytes of an unfinished last line, which were cut off.
        spent_usd: known cost of every entry, errors and what was asked again included.

    Example:
        >>> import tempfile
        >>> from mlops_lib.evaluation.runs import Answer
        >>> place = Path(tempfile.mkdtemp()) / "run.jsonl.journal"
        >>> with Journal(place, Answer, run_id="r1") as journal:
        ...     journal.append(Answer(case_id="a", output="Yes."))
        >>> with Journal(place, Answer, run_id="r1") as journal:
        ...     [answer.output for answer in journal.entries()]
        ['Yes.']
    """

    def __init__(self, path: str | Path, entry: type[E], *, run_id: str) -> None:
        """Open or make the journal, see what it holds, and cut off an unfinished line.

        Args:
            path: of the journal.
            entry: the model of its entries.
            run_id: fingerprint of the run; lines of another run are refused.

        Raises:
            InputError: if another process writes it, or it belongs to another run.
        """
        self.path = Path(path)
        self.damaged = self.torn = 0
        self.spent_usd = 0.0
        self._entry, self.run_id = entry, run_id
        self._places: dict[Key, int] = {}
        self._failed: set[Key] = set()
        self._end = 0
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            _lock(self._file, self.path)
            self._look()
        except BaseException:
            os.close(self._file)
            raise
        self._opened_at = self._end
        self._synced = time.monotonic()

    def __len__(self) -> int:
        """How many keys have an entry."""
        return len(self._places)

    def __contains__(self, key: Key) -> bool:
        """Whether there is an entry, be it an error."""
        return key in self._places

    def has_result(self, key: Key) -> bool:
        """Whether there is an entry that is no error."""
        return key in self._places and key not in self._failed

    def read(self, key: Key) -> E | None:
        """The last entry of a key; None where there is none."""
        place = self._places.get(key)
        if place is None:
            return None
        with self.path.open("rb") as file:
            return self._at(file, place)

    def entries(self) -> Iterator[E]:
        """The last entry of each key, in the order in which the keys came."""
        with self.path.open("rb") as file:
            for place in list(self._places.values()):
                yield self._at(file, place)

    def append(self, entry: E) -> None:
        """Write one entry; when this returns, a kill of the process cannot lose it.

        Raises:
            RunError: if the medium is full or broken; the journal is left as it was before.
        """
        line = _line(self.run_id, entry)
        try:
            written = 0
            while written < len(line):
                written += os.write(self._file, line[written:])
            if time.monotonic() - self._synced >= _SYNC_EVERY:
                self._sync()
        except OSError as error:
            os.ftruncate(self._file, self._end)
            reason = error.strerror or type(error).__name__
            message = f"the journal {self.path} cannot be written: {reason}"
            raise RunError(message) from error
        self._note(entry, len(line))

    def remove(self) -> None:
        """Delete it: the run that it led to is complete."""
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        """Already open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Sync and close."""
        try:
            if self._end != self._opened_at:
                self._sync()
        finally:
            os.close(self._file)

    def _look(self) -> None:
        """Go through what there is, line by line."""
        with self.path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    self.torn = len(line)
                    break
                found = _parse(line, self._entry)
                if found is None:
                    self.damaged += 1
                    self._end += len(line)
                    continue
                owner, entry = found
                self._refuse_other(owner)
                self._note(entry, len(line))
        os.ftruncate(self._file, self._end)

    def _refuse_other(self, owner: str) -> None:
        if owner != self.run_id:
            message = (
                "is the journal of another run (cases, target or model differ); "
                "finish that one, or start anew with --force"
            )
            raise InputError.of(message, source=str(self.path))

    def _note(self, entry: E, length: int) -> None:
        """Remember an entry that stands at the end."""
        self._places[entry.key] = self._end
        (self._failed.discard if entry.error is None else self._failed.add)(entry.key)
        self.spent_usd += entry.cost_usd or 0.0
        self._end += length

    def _at(self, file: "_Lines", place: int) -> E:
        file.seek(place)
        found = _parse(file.readline(), self._entry)
        if found is None:
            message = f"the journal {self.path} was damaged while it was in use"
            raise RunError(message)
        return found[1]

    def _sync(self) -> None:
        os.fsync(self._file)
        self._synced = time.monotonic()


class _Lines(Protocol):
    def seek(self, place: int, /) -> int: ...

    def readline(self) -> bytes: ...


def _line(run_id: str, entry: Entry) -> bytes:
    owner, body = run_id.encode(), entry.model_dump_json(exclude_defaults=True).encode()
    return b'{"sha256":"%s","run":"%s","entry":%s}\n' % (_digest(owner, body), owner, body)


def _digest(owner: bytes, body: bytes) -> bytes:
    return hashlib.sha256(owner + b" " + body).hexdigest()[:_HASH_LENGTH].encode()


def _parse(line: bytes, entry: type[E]) -> tuple[str, E] | None:
    """Run id and entry of a line; None when its hash does not match."""
    head, comma, rest = line.rstrip(b"\n").partition(b',"run":"')
    owner, quote, body = rest.partition(b'","entry":')
    if not (comma and quote and body.endswith(b"}")):
        return None
    body = body[:-1]
    if head != b'{"sha256":"%s"' % _digest(owner, body):
        return None
    try:
        return owner.decode(), entry.model_validate_json(body)
    except (ValidationError, UnicodeDecodeError):
        return None


def _lock(file: int, path: Path) -> None:
    try:
        import fcntl
    except ImportError:  # not on Windows, which refuses to delete an open file anyway
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise InputError.of("another process writes this run", source=str(path)) from None

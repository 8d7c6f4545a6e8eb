"""The journal of a run: paid work is on disk before the next call, and survives any kill.

One JSON line for each answer, appended in one write and never touched again. Each line carries the
hash of its own bytes and the run that it belongs to, so that no line needs another one: a torn
tail is cut off, a damaged line is dropped and asked again, and a journal of another run is refused.
"""

import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from mlops_lib.errors import InputError, RunError
from mlops_lib.evaluation.running.asks import Key
from mlops_lib.evaluation.runs import Answer

SUFFIX = ".journal"
"""What the journal's name adds to that of the run."""

_HASH_LENGTH = 16
"""Hex digits: 64 bits, so that a damaged line goes unnoticed once in 10 ** 19."""

_SYNC_EVERY = 1.0
"""Seconds between syncs to the medium: a killed process loses nothing, a power cut one second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a journal held when it was opened.

    Attributes:
        answers: the last one of each key.
        damaged: lines whose hash does not match; their answers are asked again.
        torn: bytes of an unfinished last line, which were cut off.
    """

    answers: dict[Key, Answer]
    damaged: int = 0
    torn: int = 0


class Journal:
    """An open journal; one process at a time.

    Example:
        >>> import tempfile
        >>> place = Path(tempfile.mkdtemp()) / "run.jsonl.journal"
        >>> with Journal(place, run_id="r1") as journal:
        ...     journal.append(Answer(case_id="a", output="Yes."))
        >>> with Journal(place, run_id="r1") as journal:
        ...     [answer.output for answer in journal.kept.answers.values()]
        ['Yes.']
    """

    def __init__(self, path: str | Path, *, run_id: str) -> None:
        """Open or make the journal, read what it holds, and cut off an unfinished line.

        Args:
            path: of the journal.
            run_id: fingerprint of the run; lines of another run are refused.

        Raises:
            InputError: if another process writes it, or it belongs to another run.
        """
        self.path = Path(path)
        self._run_id = run_id
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            _lock(self._file, self.path)
            content = self.path.read_bytes()
            whole = content.rfind(b"\n") + 1
            self.kept = _read(content[:whole], run_id, self.path, torn=len(content) - whole)
            os.ftruncate(self._file, whole)
        except BaseException:
            os.close(self._file)
            raise
        self._end = self._opened_at = whole
        self._synced = time.monotonic()

    def append(self, answer: Answer) -> None:
        """Write one answer; when this returns, a kill of the process cannot lose it.

        Raises:
            RunError: if the medium is full or broken; the journal is left as it was before.
        """
        line = _line(self._run_id, answer)
        try:
            written = 0
            while written < len(line):
                written += os.write(self._file, line[written:])
            self._end += len(line)
            if time.monotonic() - self._synced >= _SYNC_EVERY:
                self._sync()
        except OSError as error:
            os.ftruncate(self._file, self._end)
            reason = error.strerror or type(error).__name__
            message = f"the journal {self.path} cannot be written: {reason}"
            raise RunError(message) from error

    def read(self) -> Kept:
        """What it holds now."""
        return _read(self.path.read_bytes(), self._run_id, self.path, torn=0)

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

    def _sync(self) -> None:
        os.fsync(self._file)
        self._synced = time.monotonic()


def _line(run_id: str, answer: Answer) -> bytes:
    body = f"{run_id} {answer.model_dump_json(exclude_defaults=True)}".encode()
    return b'{"sha256":"%s","run":"%s","answer":%s}\n' % (
        _digest(body),
        run_id.encode(),
        body[len(run_id.encode()) + 1 :],
    )


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest()[:_HASH_LENGTH].encode()


def _read(content: bytes, run_id: str, path: Path, *, torn: int) -> Kept:
    answers: dict[Key, Answer] = {}
    damaged = 0
    for line in content.split(b"\n")[:-1]:
        found = _parse(line)
        if found is None:
            damaged += 1
            continue
        owner, answer = found
        if owner != run_id:
            message = (
                "is the journal of another run (cases, target or model differ); "
                "finish that one, or start anew with --force"
            )
            raise InputError.of(message, source=str(path))
        answers[answer.case_id, answer.repeat] = answer
    return Kept(answers=answers, damaged=damaged, torn=torn)


def _parse(line: bytes) -> tuple[str, Answer] | None:
    """Run id and answer of a line; None when its hash does not match."""
    head, comma, rest = line.partition(b',"run":"')
    run_id, quote, body = rest.partition(b'","answer":')
    if not (comma and quote and body.endswith(b"}")):
        return None
    body = body[:-1]
    if head != b'{"sha256":"%s"' % _digest(run_id + b" " + body):
        return None
    try:
        return run_id.decode(), Answer.model_validate_json(body)
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

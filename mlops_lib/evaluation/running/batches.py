"""Notes of the batches of a run: which were sent, and which are still to be collected."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from mlops_lib.errors import InputError
from mlops_lib.evaluation.running.asks import Key
from mlops_lib.evaluation.running.journal import SUFFIX, Journal


class Note(BaseModel):
    """One batch in the journal of batches.

    Attributes:
        number: of the batch within the run.
        begun: when it was about to be sent, in seconds since 1970.
        requests: in it.
        batch_id: as the service names it; empty until it was heard.
        state: sending, sent, or collected; lost when the service knows of no such batch.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    begun: float
    requests: int
    batch_id: str = ""
    state: Literal["sending", "sent", "collected", "lost"] = "sending"
    error: None = None
    cost_usd: None = None

    @property
    def key(self) -> Key:
        """Its number."""
        return "batch", self.number

    @property
    def is_open(self) -> bool:
        """Whether its results are still to be collected."""
        return self.state in {"sending", "sent"}


class Notes:
    """The journal of a run's batches; there is no file until one is sent.

    Example:
        >>> import tempfile
        >>> place = notes_path(Path(tempfile.mkdtemp()) / "run.jsonl")
        >>> with Notes(place, run_id="r1") as notes:
        ...     notes.add(Note(number=1, begun=0.0, requests=9, batch_id="b1", state="sent"))
        >>> with Notes(place, run_id="r1") as notes:
        ...     [note.batch_id for note in notes.open()]
        ['b1']
    """

    def __init__(self, path: Path, *, run_id: str) -> None:
        """Read what was noted down.

        Raises:
            InputError: if the notes are of another run.
        """
        self.run_id = run_id
        self._path = path
        self._journal = self._opened() if path.is_file() else None

    def __iter__(self) -> Iterator[Note]:
        """The last note of each batch."""
        return iter(() if self._journal is None else list(self._journal.entries()))

    def open(self) -> list[Note]:
        """Of batches that nobody has collected."""
        return [note for note in self if note.is_open]

    def add(self, note: Note) -> None:
        """Write a note; when this returns, a kill cannot lose it."""
        if self._journal is None:
            self._journal = self._opened()
        self._journal.append(note)

    def refuse_open(self) -> None:
        """Refuse to ask at once what a batch is paid to answer.

        Raises:
            InputError: if a batch is still to be collected.
        """
        names = [note.batch_id or "one whose id was not heard" for note in self.open()]
        if names:
            message = (
                f"a batch of this run is still to be collected ({', '.join(names)}); "
                "go on with --batch, or start anew with --force"
            )
            raise InputError.of(message, source=str(self._path))

    def __enter__(self) -> Self:
        """Already open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        if self._journal is not None:
            self._journal.__exit__(kind, error, trace)

    def _opened(self) -> Journal[Note]:
        return Journal(self._path, Note, run_id=self.run_id)


def notes_path(run: Path) -> Path:
    """Where the batches of a run are noted down.

    Example:
        >>> notes_path(Path("runs/candidate.jsonl")).name
        'candidate.jsonl.batches.journal'
    """
    return run.with_name(f"{run.name}.batches{SUFFIX}")

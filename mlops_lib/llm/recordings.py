"""The file of recordings: one JSON line for each request and repeat, in a stable order."""

import hashlib
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from mlops_lib.errors import InputError, Problem
from mlops_lib.llm.model import Completion

_KEY_LENGTH = 16
_SHOWN = 60
"""Characters of a message around the first that differs."""

_COMPARED = 2_000
"""Characters of a message that count for nearness; the comparison is slow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One answer with the request that it was given to.

    Attributes:
        request: model, system, messages and the longest answer.
        repeat: which time it was asked.
        answer: what came.
    """

    request: Mapping[str, Any]
    repeat: int
    answer: Completion

    @property
    def key(self) -> str:
        """Names request and repeat: equal requests have equal keys."""
        return _key(self.request, self.repeat)

    def line(self) -> str:
        """As it is written."""
        record = {
            "key": self.key,
            "repeat": self.repeat,
            "request": dict(self.request),
            "answer": asdict(self.answer),
        }
        return json.dumps(record, ensure_ascii=False)


@dataclass(slots=True)
class Recordings:
    """All recordings of a file; safe to use from several threads.

    Attributes:
        path: of the file.
        by_key: what it holds.
    """

    path: Path
    by_key: dict[str, Recording] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def find(self, request: Mapping[str, Any], repeat: int) -> Completion | None:
        """The answer to this request and repeat; None where there is none."""
        found = self.by_key.get(_key(request, repeat))
        return None if found is None else found.answer

    def add(self, recording: Recording) -> None:
        """Keep a recording, in the file before this returns."""
        with self._lock:
            self.by_key[recording.key] = recording
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(f"{recording.line()}\n")

    def sort(self) -> None:
        """Write the file anew in the order of its keys: equal recordings give equal bytes."""
        with self._lock:
            partial = self.path.with_name(f"{self.path.name}.{os.getpid()}.partial")
            lines = (f"{self.by_key[key].line()}\n" for key in sorted(self.by_key))
            partial.write_text("".join(lines), encoding="utf-8")
            partial.replace(self.path)

    def miss(self, request: Mapping[str, Any], repeat: int) -> InputError:
        """Why there is no answer, with the recording that comes nearest."""
        return InputError.of(
            f"has no recording of repeat {repeat} of this request; {self._nearest(request)}; "
            "record it with --record and a key",
            source=str(self.path),
        )

    def _nearest(self, request: Mapping[str, Any]) -> str:
        if not self.by_key:
            return "it holds none at all"
        said = _last(request)
        nearest = max(
            self.by_key.values(), key=lambda each: (_nearness(said, _last(each.request)), each.key)
        )
        for name in ("model", "system", "max_tokens", "messages"):
            if nearest.request.get(name) != request.get(name):
                return f"the nearest differs in {name}: {_difference(request, nearest, name)}"
        return f"the same request is recorded as repeat {nearest.repeat} only"


def read_recordings(path: str | Path, *, may_be_new: bool = False) -> Recordings:
    """Read a file of recordings.

    Args:
        path: of the file.
        may_be_new: whether it need not exist, as when recording begins.

    Raises:
        InputError: if it is missing or a line is broken or was edited; names every problem.
    """
    place = Path(path)
    if not place.is_file():
        if may_be_new:
            return Recordings(place)
        raise InputError.of("no such file of recordings; record it with --record", source=str(path))
    found, problems = Recordings(place), []
    for row, line in enumerate(place.read_bytes().split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            recording = _parse(line)
        except (ValueError, KeyError, TypeError) as error:
            message = f"is no recording: {error}"
            problems.append(Problem(message=message, source=str(path), row=row))
            continue
        found.by_key[recording.key] = recording
    if problems:
        raise InputError(problems)
    return found


def _key(request: Mapping[str, Any], repeat: int) -> str:
    canonical = json.dumps([request, repeat], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:_KEY_LENGTH]


def _parse(line: bytes) -> Recording:
    record = json.loads(line)
    recording = Recording(
        request=record["request"], repeat=record["repeat"], answer=Completion(**record["answer"])
    )
    if recording.key != record["key"]:
        message = "its key is not that of its request: it was edited"
        raise ValueError(message)
    return recording


def _last(request: Mapping[str, Any]) -> str:
    messages = request.get("messages") or [{}]
    return str(messages[-1].get("content", ""))


def _nearness(one: str, other: str) -> float:
    # The end of a message holds the question, its beginning what all of them share.
    return SequenceMatcher(None, one[-_COMPARED:], other[-_COMPARED:], autojunk=False).quick_ratio()


def _difference(request: Mapping[str, Any], nearest: Recording, name: str) -> str:
    if name == "messages":
        ours, theirs = _last(request), _last(nearest.request)
    else:
        ours, theirs = str(request.get(name)), str(nearest.request.get(name))
    pairs = enumerate(zip(ours, theirs, strict=False))
    first = next((i for i, (a, b) in pairs if a != b), min(len(ours), len(theirs)))
    start = max(first - _SHOWN // 3, 0)
    return (
        f"{theirs[start : start + _SHOWN]!r} is recorded, {ours[start : start + _SHOWN]!r} is asked"
    )

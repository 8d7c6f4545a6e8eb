"""Timing whole commands in turn, so that a busy machine is unfair to all of them alike."""

import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One thing to time: commands that run one after another.

    Attributes:
        name: what the table calls it.
        commands: each a list of words; statuses are not looked at beyond 4 (broken).
        folder: where they run.
        limit: seconds that it should take, if a limit was promised.
    """

    name: str
    commands: Sequence[Sequence[str]]
    folder: Path
    limit: float | None = None


BROKEN = 4


def seconds(subject: Subject) -> float:
    """Wall seconds of one run of all its commands.

    Raises:
        RuntimeError: if a command broke: a fast failure is no record.
    """
    started = time.perf_counter()
    for command in subject.commands:
        done = subprocess.run(
            command, cwd=subject.folder, capture_output=True, text=True, check=False
        )
        if done.returncode >= BROKEN or (done.returncode and command[0].endswith("jupyter")):
            message = f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-500:]}"
            raise RuntimeError(message)
    return time.perf_counter() - started


def medians(subjects: Sequence[Subject], *, rounds: int) -> dict[str, float]:
    """Median wall seconds of each subject over interleaved rounds, after one warm-up."""
    times: dict[str, list[float]] = {subject.name: [] for subject in subjects}
    for number in range(rounds + 1):
        for subject in subjects:
            took = seconds(subject)
            if number:
                times[subject.name].append(took)
    return {name: median(values) for name, values in times.items()}

"""The journal loses nothing: cut it anywhere, flip any bit, kill the writer at any time."""

import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from mlops_lib.errors import InputError, RunError
from mlops_lib.evaluation import Answer
from mlops_lib.evaluation.running.journal import Journal

ANSWERS = [
    Answer(case_id="a", output="Schritt für Schritt.\r\nThen wait.", latency_ms=3.5),
    Answer(case_id="a", repeat=1, output=None, error="Timeout"),
    Answer(case_id="b", output='{"forged": "]}"}\u2028', retrieved=(("x#y", 0.25),)),
    Answer(case_id="c", output="x" * 50, cost_usd=1e-7, prompt_version=2),
]
KEYS = [(answer.case_id, answer.repeat) for answer in ANSWERS]


@dataclass
class Kept:
    answers: list[Answer]
    damaged: int
    torn: int


def write(path: Path, answers: list[Answer] = ANSWERS, run_id: str = "run-1") -> bytes:
    with Journal(path, Answer, run_id=run_id) as journal:
        for answer in answers:
            journal.append(answer)
    return path.read_bytes()


def kept(path: Path) -> Kept:
    with Journal(path, Answer, run_id="run-1") as journal:
        return Kept(list(journal.entries()), journal.damaged, journal.torn)


def test_what_is_written_is_read_back_exactly(tmp_path: Path) -> None:
    write(tmp_path / "j")
    assert kept(tmp_path / "j") == Kept(ANSWERS, damaged=0, torn=0)


def test_a_cut_at_any_byte_keeps_every_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "j"
    content = write(path)
    ends = [place + 1 for place, byte in enumerate(content) if byte == ord("\n")]
    for cut in range(len(content) + 1):
        path.write_bytes(content[:cut])
        whole = sum(end <= cut for end in ends)
        found = kept(path)
        assert found.answers == ANSWERS[:whole], cut
        assert found.damaged == 0
        assert path.read_bytes() == content[: ends[whole - 1] if whole else 0]


def test_after_a_cut_the_rest_is_written_as_if_nothing_had_happened(tmp_path: Path) -> None:
    path = tmp_path / "j"
    content = write(path)
    for cut in range(0, len(content), 7):
        path.write_bytes(content[:cut])
        done = len(kept(path).answers)
        assert write(path, ANSWERS[done:]) == content


def test_a_flipped_bit_anywhere_is_noticed_and_costs_two_lines_at_most(tmp_path: Path) -> None:
    path = tmp_path / "j"
    content = write(path)
    rng = random.Random(5)
    for place in range(len(content) - 1):
        broken = bytearray(content)
        broken[place] ^= 1 << rng.randrange(8)
        path.write_bytes(broken)
        found = kept(path)
        intact = dict(zip(KEYS, ANSWERS, strict=True))
        assert all(intact[answer.key] == answer for answer in found.answers), place
        assert len(found.answers) >= len(ANSWERS) - 2
        assert found.damaged >= 1


def test_a_journal_of_another_run_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "j", run_id="run-2")
    with pytest.raises(InputError, match="another run"):
        kept(tmp_path / "j")


def test_two_processes_do_not_write_one_run(tmp_path: Path) -> None:
    with (
        Journal(tmp_path / "j", Answer, run_id="r"),
        pytest.raises(InputError, match="another process"),
        Journal(tmp_path / "j", Answer, run_id="r"),
    ):
        pass


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_a_full_disk_leaves_what_was_there(
    tmp_path: Path, nth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, calls, real = tmp_path / "j", [0], os.write

    def full(file: int, data: bytes) -> int:
        calls[0] += 1
        if calls[0] == nth:
            real(file, data[:5])
            raise OSError(28, "No space left on device")
        return real(file, data)

    with Journal(path, Answer, run_id="run-1") as journal, monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        for answer in ANSWERS[: nth - 1]:
            journal.append(answer)
        with pytest.raises(RunError, match="No space left"):
            journal.append(ANSWERS[nth - 1])
    assert kept(path).answers == ANSWERS[: nth - 1]


WRITER = """
import sys
from mlops_lib.evaluation import Answer
from mlops_lib.evaluation.running.journal import Journal
with Journal(sys.argv[1], Answer, run_id="run-1") as journal:
    number = len(journal)
    print("open", flush=True)
    while True:
        journal.append(Answer(case_id=f"case-{number}", output="x" * 300))
        print(number, flush=True)
        number += 1
"""


def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    path, rng = tmp_path / "j", random.Random(11)
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "open\n"
            time.sleep(rng.uniform(0, 0.03))
            writer.kill()
            acknowledged = [int(line) for line in writer.stdout.read().split("\n")[:-1]]
        found = kept(path)
        assert found.damaged == 0
        if acknowledged:
            assert {f"case-{number}" for number in range(acknowledged[-1] + 1)} <= {
                answer.case_id for answer in found.answers
            }

"""Run an evaluation: resume what was begun, ask what is left, write the run when it is whole."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from mlops_lib.errors import InputError
from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.read import read_run
from mlops_lib.evaluation.running.asking import Asking
from mlops_lib.evaluation.running.asks import Ask, Key, Repeats
from mlops_lib.evaluation.running.budget import Budget
from mlops_lib.evaluation.running.engine import CONCURRENCY, TIMEOUT, Finished, Work, work
from mlops_lib.evaluation.running.journal import SUFFIX, Journal
from mlops_lib.evaluation.running.progress import Progress, Silent
from mlops_lib.evaluation.running.record import Record, case_digests, read_record, record_path
from mlops_lib.evaluation.running.target import Target
from mlops_lib.evaluation.runs import NOT_ASKED, Answer

OUT_OF_MONEY = "the budget ended before everything was asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a run is made.

    Attributes:
        repeats: how often each case is asked.
        concurrency: asks at once.
        timeout: seconds that one ask may take.
        budget_usd: cap on what it costs; None for none.
        call_usd: the most that one call costs, where the target cannot tell.
        force: start anew, whatever was begun.
    """

    repeats: Repeats = field(default_factory=Repeats)
    concurrency: int = CONCURRENCY
    timeout: float = TIMEOUT
    budget_usd: float | None = None
    call_usd: float | None = None
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What became of a run.

    Attributes:
        path: of the run file.
        record: what the run was.
        finished: how this part of it ended.
        resumed: answers that were there before.
        damaged: lines of the journal that were damaged, and asked again.
    """

    path: Path
    record: Record
    finished: Finished
    resumed: int
    damaged: int


def run_evaluation(
    target: Target,
    cases: CaseSet,
    out: str | Path,
    options: Options | None = None,
    *,
    progress: Progress | None = None,
) -> RunResult:
    """Ask a target every case its repeats, and write the run.

    A run that was killed goes on where it was: only asks without an answer are made, and those
    that ended in an error. One that is whole already is not asked again, unless forced. The run
    file appears when everything was asked or the budget ended; in the second case what was not
    asked stands in it as an error that the gate knows, and the journal stays, so that the same
    command with more money goes on.

    Args:
        target: what is under test.
        cases: what is asked.
        out: path of the run.
        options: how.
        progress: is told where it stands.

    Raises:
        InputError: if the target is wired wrongly, or another run is at work there.
        RunError: if the journal cannot be written.
    """
    chosen = options or Options()
    path = Path(out)
    target.prepare(cases)
    record = _record(target, cases, chosen.repeats)
    place = path.with_name(path.name + SUFFIX)
    before = {} if chosen.force else _finished_before(path, record, cases)
    if chosen.force:
        place.unlink(missing_ok=True)
    with Journal(place, Answer, run_id=record.run_id) as journal:
        for key, answer in before.items():
            if key not in journal:
                journal.append(answer)
        part = _work(target, cases, chosen, journal)
        part.progress = progress or Silent()
        finished = work(part)
        record = _write(path, record, _ordered(journal, cases, chosen.repeats))
        if not record.incomplete:
            journal.remove()
        return RunResult(
            path=path,
            record=record,
            finished=finished,
            resumed=part.done,
            damaged=journal.damaged,
        )


def _work(
    target: Target, cases: CaseSet, options: Options, journal: Journal[Answer]
) -> Work[Ask, Answer]:
    """What is left: nothing is asked again but errors."""
    done = sum(journal.has_result(ask.key) for ask in options.repeats.asks(cases))
    return Work(
        job=Asking(target=target),
        tasks=(ask for ask in options.repeats.asks(cases) if not journal.has_result(ask.key)),
        total=options.repeats.total(cases),
        keep=journal.append,
        done=done,
        concurrency=options.concurrency,
        timeout=options.timeout,
        budget=Budget(
            limit_usd=options.budget_usd,
            call_usd=options.call_usd,
            spent_usd=journal.spent_usd,
        ),
    )


def _record(target: Target, cases: CaseSet, repeats: Repeats) -> Record:
    identity = target.identity
    return Record(
        target=identity.name,
        subject=dict(sorted(identity.parts.items())),
        cases=case_digests(cases),
        repeats=repeats.usual,
        critical_repeats=max(repeats.usual, repeats.critical),
    )


def _finished_before(path: Path, record: Record, cases: CaseSet) -> dict[Key, Answer]:
    """The answers of a run file that this same run wrote earlier; none without one.

    Raises:
        InputError: if the file holds another run: what was paid for is not overwritten unasked.
    """
    if not path.is_file():
        return {}
    earlier = read_record(path)
    if earlier is None or earlier.run_id != record.run_id or earlier.repeats > record.repeats:
        message = (
            "holds another run (other cases, target, model, or more repeats); "
            "write elsewhere, or replace it with --force"
        )
        raise InputError.of(message, source=str(path))
    return {
        (answer.case_id, answer.repeat): answer
        for answer in read_run(path, cases).answers
        if answer.error is None
    }


def _ordered(journal: Journal[Answer], cases: CaseSet, repeats: Repeats) -> Iterator[Answer]:
    """Every answer in the order of the cases; what was not asked as an error that says so."""
    for ask in repeats.asks(cases):
        case_id, repeat = ask.key
        found = journal.read(ask.key)
        missing = Answer(case_id=case_id, repeat=repeat, error=f"{NOT_ASKED}: {OUT_OF_MONEY}")
        yield found or missing


def _write(path: Path, record: Record, answers: Iterator[Answer]) -> Record:
    """Write run and record, each whole or not at all; the record last."""
    count = errors = unasked = 0
    cost: float | None = 0.0
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            for answer in answers:
                file.write(answer.model_dump_json().encode() + b"\n")
                unasked += answer.is_unasked
                count += not answer.is_unasked
                errors += answer.error is not None and not answer.is_unasked
                cost = _added(cost, answer)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()
    record = record.model_copy(
        update={
            "answers": count,
            "errors": errors,
            "cost_usd": None if cost is None else round(cost, 10),
            "incomplete": f"{OUT_OF_MONEY}: {unasked:,} of {count + unasked:,}" if unasked else "",
        }
    )
    write_whole(record_path(path), record.text())
    return record


def _added(cost: float | None, answer: Answer) -> float | None:
    """A sum that is unknown as soon as one part of it is; an error without a cost took nothing."""
    if answer.cost_usd is None:
        return cost if answer.error is not None else None
    return None if cost is None else cost + answer.cost_usd


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)

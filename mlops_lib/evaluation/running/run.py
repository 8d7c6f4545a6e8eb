"""Run an evaluation: resume what was begun, ask what is left, write the run when it is whole."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mlops_lib.errors import InputError
from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.read import read_run
from mlops_lib.evaluation.running.asking import Asking, BatchAsking
from mlops_lib.evaluation.running.asks import Ask, Key, Repeats
from mlops_lib.evaluation.running.batches import Notes, notes_path
from mlops_lib.evaluation.running.batching import Sending, Waiting, work_in_batches
from mlops_lib.evaluation.running.budget import Budget
from mlops_lib.evaluation.running.engine import CONCURRENCY, TIMEOUT, Finished, Work, work
from mlops_lib.evaluation.running.journal import SUFFIX, Journal
from mlops_lib.evaluation.running.progress import Progress, Silent
from mlops_lib.evaluation.running.prompt_target import PromptTarget
from mlops_lib.evaluation.running.record import Record, case_digests, read_record
from mlops_lib.evaluation.running.target import Target
from mlops_lib.evaluation.running.writing import write_run
from mlops_lib.evaluation.runs import NOT_ASKED, OUT_OF_MONEY, Answer


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
        in_batches: how message batches are awaited; None to ask at once.
    """

    repeats: Repeats = field(default_factory=Repeats)
    concurrency: int = CONCURRENCY
    timeout: float = TIMEOUT
    budget_usd: float | None = None
    call_usd: float | None = None
    force: bool = False
    in_batches: Waiting | None = None


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
        notes_path(path).unlink(missing_ok=True)
    with Journal(place, Answer, run_id=record.run_id) as journal:
        for key, answer in before.items():
            if key not in journal:
                journal.append(answer)
        part = _work(target, cases, chosen, journal)
        part.progress = progress or Silent()
        with Notes(notes_path(path), run_id=record.run_id) as notes:
            finished = _worked(target, part, notes, chosen.in_batches)
        record = write_run(path, record, _ordered(journal, cases, chosen.repeats))
        if not record.incomplete:
            journal.remove()
            notes_path(path).unlink(missing_ok=True)
        return RunResult(
            path=path,
            record=record,
            finished=finished,
            resumed=part.done,
            damaged=journal.damaged,
        )


def _worked(
    target: Target, part: Work[Ask, Answer], notes: Notes, waiting: Waiting | None
) -> Finished:
    """Ask at once, or in batches."""
    if waiting is None:
        notes.refuse_open()
        return work(part)
    if not isinstance(target, PromptTarget):
        message = "is for prompt versions only; a function or an endpoint is asked at once"
        raise InputError.of(message, field="batch", value=target.identity.name)
    job = BatchAsking(target=target)
    return work_in_batches(part, job, Sending(target.batches, notes, waiting))


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

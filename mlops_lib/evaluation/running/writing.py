"""Write a run and its record: each whole or not at all."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from mlops_lib.evaluation.judges.judgement import Judgements
from mlops_lib.evaluation.running.record import (
    JudgeRecord,
    Record,
    read_record,
    record_path,
    write_whole,
)
from mlops_lib.evaluation.runs import OUT_OF_MONEY, Answer


def write_run(path: Path, record: Record, answers: Iterable[Answer]) -> Record:
    """Write run and record, each whole or not at all; the record last.

    Args:
        path: of the run.
        record: of it, without the counts.
        answers: in order.

    Returns:
        The record with the counts and the cost.
    """
    count = errors = unasked = batched = 0
    cost: float | None = 0.0
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            for answer in answers:
                file.write(answer.model_dump_json().encode() + b"\n")
                unasked += answer.is_unasked
                count += not answer.is_unasked
                batched += answer.batched
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
            "batched": batched,
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


def note_judge(run: str | Path, found: Judgements) -> None:
    """Write into the record beside a run what a judge took; a run without a record stays so."""
    record = read_record(run)
    if record is None:
        return
    spent = found.spending
    judge = JudgeRecord(
        fingerprint=found.fingerprint,
        model=found.sentinels[0].model,
        calls=spent.calls,
        batched=spent.batched,
        input_tokens=spent.input_tokens,
        output_tokens=spent.output_tokens,
        cost_usd=spent.cost_usd,
        incomplete=found.unasked,
    )
    judges = dict(sorted({**record.judges, found.judge: judge}.items()))
    write_whole(record_path(run), record.model_copy(update={"judges": judges}).text())

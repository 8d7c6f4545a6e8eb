"""Judge a run file: what was judged before is not paid again, and a killed judging goes on."""

from collections.abc import Sequence
from dataclasses import replace

from mlops_lib.evaluation.judges import JudgeError, Judgement, Judgements
from mlops_lib.evaluation.judges.change import JudgeChange, judge_change
from mlops_lib.evaluation.judges.read import beside, write_judgements
from mlops_lib.evaluation.running.batches import Notes, notes_path
from mlops_lib.evaluation.running.journal import SUFFIX, Journal
from mlops_lib.evaluation.running.judging_part import (
    Judging,
    JudgingOptions,
    JudgingResult,
    Part,
)
from mlops_lib.evaluation.running.progress import Progress, Silent
from mlops_lib.evaluation.running.writing import note_judge

__all__ = ["Judging", "JudgingOptions", "JudgingResult", "judge_file"]


def judge_file(
    judging: Judging, options: JudgingOptions | None = None, *, progress: Progress | None = None
) -> JudgingResult:
    """Judge a run and write the judgements beside it; other judges' stay, its own are replaced.

    One that was killed goes on where it was, and what was judged before is not paid again as
    long as rubric, model and everything that the judge is shown are the same. When the budget
    ends, what was not judged stands in the file as such, and the gate decides nothing on it; the
    journal stays, so that the same command with more money goes on.

    Args:
        judging: what is judged.
        options: how.
        progress: who is told after each call.

    Raises:
        InputError: for what cannot be judged, and for judgements there that cannot be read.
        JudgeError: if the judge is not fit; what it said is kept in a file that nothing reads.
    """
    chosen = options or JudgingOptions()
    judging.check()
    earlier = beside(judging.run)
    place = judging.work_path.with_name(f"{judging.work_path.name}{SUFFIX}")
    notes = notes_path(judging.work_path)
    if chosen.force:
        place.unlink(missing_ok=True)
        notes.unlink(missing_ok=True)
    fingerprint = judging.grading.judge.fingerprint
    with (
        Journal(place, Judgement, run_id=fingerprint) as journal,
        Notes(notes, run_id=fingerprint) as batches,
    ):
        part = Part(judging, chosen, journal, progress or Silent())
        part.take_over([] if chosen.force else earlier)
        try:
            result = part.run(batches)
        except JudgeError as error:
            write_judgements(judging.refused_path, [error.judgements])
            if not error.judgements.items:  # it shall be tested anew, not condemned again
                journal.remove()
            raise
        _write(judging, result.judgements)
        if not result.incomplete:
            journal.remove()
            notes.unlink(missing_ok=True)
        return replace(result, change=_change(judging, earlier, result.judgements))


def _change(
    judging: Judging, earlier: Sequence[Judgements], found: Judgements
) -> JudgeChange | None:
    """The judge beside its former self, if its grades were replaced by those of another."""
    former = [
        each
        for each in earlier
        if each.judge == found.judge and each.fingerprint != found.fingerprint
    ]
    threshold = judging.rubric.threshold
    return judge_change(former[0], found, threshold=threshold) if former else None


def _write(judging: Judging, found: Judgements) -> None:
    """Judgements beside the run, and what they cost in its record."""
    if not found.items:
        return
    # Read anew: another judge may have written since.
    others = [each for each in beside(judging.run) if each.judge != judging.rubric.name]
    write_judgements(judging.path, [*others, found])
    note_judge(judging.run.name, found)

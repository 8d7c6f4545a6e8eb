"""Runs that another tool made: a record of what the answers themselves tell."""

from pathlib import Path

from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.running.record import Record, case_digests
from mlops_lib.evaluation.runs import Run


def record_of(run: Run, cases: CaseSet) -> Record:
    """The record of a run that another tool made: what the answers themselves tell."""
    counts = [len(run.of(case)) for case in cases.cases if not case.critical]
    critical = [len(run.of(case)) for case in cases.cases if case.critical]
    costs = [answer.cost_usd for answer in run.answers]
    known = [cost for cost in costs if cost is not None]
    return Record(
        target=Path(run.name).stem,
        subject={name: value for name, value in run.version.items() if value},
        cases=case_digests(cases),
        repeats=max(counts, default=0),
        critical_repeats=max(critical, default=0),
        answers=len(run.answers),
        errors=sum(answer.error is not None for answer in run.answers),
        cost_usd=round(sum(known), 10) if len(known) == len(costs) else None,
    )

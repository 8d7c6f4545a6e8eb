"""What a run was: a file beside it that names everything that its numbers depend on."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from mlops_lib.errors import InputError, Problem
from mlops_lib.evaluation.cases import Case, CaseSet
from mlops_lib.evaluation.jsonl import validation_problems
from mlops_lib.evaluation.runs import Amount, Count

SUFFIX = ".meta.json"
"""What replaces `.jsonl` in the name of the run."""

VERSION = 1
"""Of this file's form."""

_LENGTH = 16


class JudgeRecord(BaseModel):
    """What judging a run took; never part of what the run itself cost.

    Attributes:
        fingerprint: of rubric, model and wording.
        model: that judged.
        calls: to it, those with the known answers included.
        batched: of these, in a batch.
        input_tokens: read.
        output_tokens: written.
        cost_usd: known cost; None where some of it is unknown.
        incomplete: answers that nobody judged, because the budget ended.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    fingerprint: str
    model: str
    calls: Count
    batched: Count = 0
    input_tokens: Count
    output_tokens: Count
    cost_usd: Amount | None = None
    incomplete: Count = 0


class Record(BaseModel):
    """What a run was.

    Attributes:
        version: of the form.
        target: what was asked, as the user wrote it.
        subject: fingerprints of what was under test: prompt, model, corpus, code.
        yardstick: fingerprints of what it was measured with: judge, rubric; empty without them.
        cases: fingerprint of each case by its id.
        repeats: of a case.
        critical_repeats: of a critical case.
        answers: that there are.
        errors: of these, without an output.
        batched: of these, asked in a batch at a lower price.
        cost_usd: known cost; None where some of it is unknown.
        incomplete: why not everything was asked; empty for a whole run.
        judges: what each judge took, apart from the run's own cost.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    version: int = VERSION
    target: str
    subject: dict[str, str] = {}
    yardstick: dict[str, str] = {}
    cases: dict[str, str]
    repeats: Count
    critical_repeats: Count
    answers: Count = 0
    errors: Count = 0
    batched: Count = 0
    cost_usd: Amount | None = None
    incomplete: str = ""
    judges: dict[str, JudgeRecord] = {}

    @property
    def run_id(self) -> str:
        """Names the run: equal for equal cases, target, model and repeats."""
        parts = self.model_dump(include={"target", "subject", "cases"})
        return digest(json.dumps(parts, sort_keys=True))

    def text(self) -> str:
        """As it is written: equal records give equal bytes."""
        return f"{json.dumps(self.model_dump(), indent=1, ensure_ascii=False)}\n"


def digest(text: str) -> str:
    """Short SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]


def case_digests(cases: CaseSet) -> dict[str, str]:
    """Fingerprint of each case, without its place in the file."""
    return {case.case_id: _case_digest(case) for case in cases.cases}


def _case_digest(case: Case) -> str:
    return digest(case.model_dump_json(exclude_defaults=True))


def record_path(run: str | Path) -> Path:
    """Where the record of a run stands.

    Example:
        >>> record_path("data/runs/candidate.jsonl").name
        'candidate.meta.json'
    """
    path = Path(run)
    return path.with_name(f"{path.name.removesuffix('.jsonl')}{SUFFIX}")


def read_record(run: str | Path) -> Record | None:
    """Read the record beside a run; None where there is none, as for runs of other tools.

    Raises:
        InputError: if there is one and it cannot be read.
    """
    path = record_path(run)
    if not path.is_file():
        return None
    try:
        return Record.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise InputError(validation_problems(error, Record, source=str(path))) from None


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def differing(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Names whose fingerprints differ, or that only one side has.

    Example:
        >>> differing({"model": "a", "prompt": "b"}, {"model": "a", "prompt": "c"})
        ['prompt']
    """
    return sorted(name for name in {*before, *after} if before.get(name, "") != after.get(name, ""))


def cases_problem(before: Record, cases: CaseSet, *, source: str) -> Problem | None:
    """What differs between the cases of a baseline and those of today; None when nothing does."""
    now = case_digests(cases)
    kept = {name: value for name, value in before.cases.items() if name not in cases.left_out}
    if now == kept:
        return None
    counts = {
        "new": sorted(now.keys() - kept.keys()),
        "gone": sorted(kept.keys() - now.keys()),
        "changed": sorted(name for name in now.keys() & kept.keys() if now[name] != kept[name]),
    }
    told = "; ".join(f"{len(ids)} {word}: {_few(ids)}" for word, ids in counts.items() if ids)
    message = f"was made with other cases ({told}); run it again, then `mlops eval bless`"
    return Problem(message=message, source=source, field="cases")


_SHOWN = 5


def _few(ids: list[str]) -> str:
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return ", ".join(ids[:_SHOWN]) + more

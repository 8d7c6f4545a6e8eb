"""Run one version of the assistant on the evaluation cases, and write what it answered."""

import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.answer import Answer, Assistant
from assistant.files import replaced_when_complete
from assistant.latency import latency
from assistant.progress import silent
from assistant.release import Choice, is_claude, release
from assistant.retrieval import load_index
from assistant.simulate import CORPUS, PROMPTS
from mlops_lib.errors import InputError
from mlops_lib.evaluation import Case, CaseSet, read_cases
from mlops_lib.evaluation.running.record import (
    Record,
    case_digests,
    digest,
    record_path,
    write_whole,
)
from mlops_lib.index import Hit

CRITICAL_REPEATS = 3
"""A critical case is asked at least this often: one lucky answer proves little."""

_CLAUDE_AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What is evaluated, and how.

    Attributes:
        prompt_version: of the prompt.
        repeats: how often each case is asked.
        choice: of the model.
        corpus: the pages that the assistant knows, or a stored index of them.
        prompts: the prompt files.
    """

    prompt_version: int
    repeats: int = 2
    choice: Choice = "auto"
    corpus: str | Path = CORPUS
    prompts: str | Path = PROMPTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One case to ask once.

    Attributes:
        case: what is asked.
        repeat: which time.
        hits: sections that were found for it.
        assistant: that answers.
    """

    case: Case
    repeat: int
    hits: tuple[Hit, ...]
    assistant: Assistant


def evaluate(
    cases: str | Path,
    out: str | Path,
    version: Version,
    *,
    progress: Callable[[str], None] = silent,
) -> int:
    """Ask every case its repeats, and write one JSON line for each, in order, when all are there.

    Args:
        cases: path of the cases.
        out: path of the run.
        version: what is evaluated.
        progress: is told what happens.

    Returns:
        The number of lines.

    Raises:
        InputError: if cases, corpus or prompts are missing or bad.
    """
    if version.repeats < 1:
        raise InputError.of("must be at least 1", field="repeats", value=version.repeats)
    asked = read_cases(cases).cases
    questions = _questions(asked, version)
    progress(f"{len(asked)} cases, {len(questions)} answers of prompt v{version.prompt_version}")
    claude = is_claude(version.choice)
    with ThreadPoolExecutor(_CLAUDE_AT_ONCE if claude else 1) as pool:
        answers = list(pool.map(_answered, questions))
    lines = [
        line(ask, answer, is_measured=claude)
        for ask, answer in zip(questions, answers, strict=True)
    ]
    count = write_lines(out, lines)
    _write_record(Path(out), questions, lines)
    return count


def _write_record(out: Path, asks: Sequence[Ask], lines: Sequence[Mapping[str, Any]]) -> None:
    """What the run was, so that a baseline made of it knows what it may be compared with."""
    assistant = asks[0].assistant
    costs = [line["cost_usd"] for line in lines]
    record = Record(
        target=f"{assistant.prompt.name}@{assistant.prompt.version}",
        subject={
            "index": assistant.index.id,
            "model": assistant.model.id,
            "prompt": digest(assistant.prompt.model_dump_json()),
        },
        cases=case_digests(CaseSet(name="", cases=tuple(dict.fromkeys(ask.case for ask in asks)))),
        repeats=_most(asks, critical=False),
        critical_repeats=_most(asks, critical=True),
        answers=len(lines),
        errors=sum(line["error"] is not None for line in lines),
        cost_usd=None if None in costs else round(sum(costs), 10),
    )
    write_whole(record_path(out), record.text())


def _most(asks: Sequence[Ask], *, critical: bool) -> int:
    return max((ask.repeat + 1 for ask in asks if ask.case.critical is critical), default=0)


def write_lines(out: str | Path, records: Iterable[dict[str, Any]]) -> int:
    """Write records as JSON lines, all or none.

    Returns:
        Their number.
    """
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    with replaced_when_complete(out) as partial:
        partial.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return len(lines)


def _questions(cases: Sequence[Case], version: Version) -> list[Ask]:
    index = load_index(version.corpus)
    repeats = max(version.repeats, CRITICAL_REPEATS)
    by_repeat = [
        release(index, version.prompts, version.prompt_version, choice=version.choice, seed=repeat)
        for repeat in range(repeats)
    ]
    top_k = by_repeat[0].prompt.retrieval.top_k
    hits = index.search_many([case.input for case in cases], top_k)
    return [
        Ask(case=case, repeat=repeat, hits=found, assistant=by_repeat[repeat])
        for case, found in zip(cases, hits, strict=True)
        for repeat in range(repeats if case.critical else version.repeats)
    ]


def _answered(ask: Ask) -> Answer:
    return ask.assistant.answer(ask.case.input, hits=ask.hits)


def line(ask: Ask, answer: Answer, *, is_measured: bool) -> dict[str, Any]:
    """An answer as a line of a run.

    Args:
        ask: what was asked.
        answer: what came.
        is_measured: whether its latency was measured; the local model's is modelled.
    """
    completion, prompt = answer.completion, ask.assistant.prompt
    unknown = None if answer.outcome == "error" else 0
    return {
        "case_id": ask.case.case_id,
        "repeat": ask.repeat,
        "output": answer.text,
        "retrieved": [[section, score] for section, score in answer.retrieved],
        "input_tokens": completion.input_tokens if completion else unknown,
        "output_tokens": completion.output_tokens if completion else unknown,
        "cost_usd": completion.cost_usd if completion else unknown,
        "latency_ms": _latency_ms(ask, answer, is_measured=is_measured),
        "error": answer.error,
        "prompt_name": prompt.name,
        "prompt_version": prompt.version,
        "model": completion.model if completion else ask.assistant.model.id,
        "index_id": ask.assistant.index.id,
    }


def _latency_ms(ask: Ask, answer: Answer, *, is_measured: bool) -> float:
    """Measured with Claude; modelled with the local model, which is instant."""
    if is_measured:
        return round(answer.retrieval_ms + answer.model_ms, 1)
    key = f"case {ask.case.case_id} {ask.repeat} {ask.assistant.prompt.version}"
    return latency(answer, random.Random(key)).total  # noqa: S311

"""A run file as it is logged to MLflow: what was fixed, what came of it, and the files."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.compare import score
from mlops_lib.evaluation.critical import critical_cases
from mlops_lib.evaluation.judges.read import judgements_path
from mlops_lib.evaluation.levels import level_of
from mlops_lib.evaluation.read import read_cases, read_run, read_sections, read_settings
from mlops_lib.evaluation.running.default_cases import cases_of
from mlops_lib.evaluation.running.foreign import record_of
from mlops_lib.evaluation.running.journal import SUFFIX
from mlops_lib.evaluation.running.record import (
    Record,
    digest,
    read_record,
    record_path,
)
from mlops_lib.evaluation.running.totals import totals
from mlops_lib.evaluation.running.tracked_prompt import (
    as_text,
    known_digest,
    prompt_of,
    registered,
    settings_of,
)
from mlops_lib.evaluation.running.yardstick import corpus_part, judges, yardstick
from mlops_lib.evaluation.scorers import Evidence
from mlops_lib.evaluation.scoring import ScoredRun
from mlops_lib.evaluation.settings import Settings
from mlops_lib.prompts import Prompt
from mlops_lib.tracking import TrackedRun

ANSWERS, RECORD, GRADES, JOURNAL = (
    "run/answers.jsonl",
    "run/answers.meta.json",
    "run/answers.judgements.jsonl",
    "run/answers.jsonl.journal",
)
"""Where the files of a run stand among its artifacts, named so that they can be read as a run."""


_MANY = ("scoring", "scorer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What a run is read and scored with.

    Attributes:
        cases: path of the cases; None for those of the run's target.
        tags: only cases with one of these; empty for all.
        config: path of the settings; empty for the packaged defaults.
        corpus: directory of the pages; empty for none.
        prompts: directory of the prompts; it need not exist.
        experiment: name in MLflow; empty for that of the prompt or target.
    """

    cases: str | Path | None = None
    tags: str = ""
    config: str | Path = ""
    corpus: str | Path = ""
    prompts: str | Path = "prompts"
    experiment: str = ""


def tracked_run(path: str | Path, sources: Sources) -> TrackedRun:
    """Read, score and describe a run.

    Args:
        path: of the run.
        sources: what it is read and scored with.

    Raises:
        InputError: for every problem of a file.
    """
    asked = cases_of(path, sources.cases, sources.prompts)
    cases, settings = read_cases(asked, tags=sources.tags), read_settings(sources.config)
    run = read_run(path, cases)
    record = read_record(path) or record_of(run, cases)
    evidence = Evidence(sections=read_sections(sources.corpus), scoring=settings.scoring)
    scored = score(run, cases, evidence, settings)
    measured = yardstick(settings) | corpus_part(sources.corpus)
    prompt = prompt_of(run.version, record, sources.prompts)
    name = _name(run.version, record)
    return TrackedRun(
        experiment=sources.experiment or run.version["prompt"] or _subject(record),
        name=name,
        run_id=record.run_id,
        content=_content(Path(path), record, measured),
        is_whole=not record.incomplete,
        params={
            **_params(run.version, record, cases),
            **({} if prompt is None else settings_of(prompt)),
            **{f"fingerprint.{part}": value for part, value in record.subject.items()},
            **_measured(measured),
        },
        metrics=_metrics(scored, cases, settings),
        tags=_tags(record, prompt) | judges(scored.judgements),
        texts={
            "settings.json": f"{settings.model_dump_json(indent=1)}\n",
            "measured.json": f"{json.dumps(measured, indent=1)}\n",
            "scores.jsonl": "".join(_score_lines(scored)),
            **({} if prompt is None else {"prompt.txt": as_text(prompt)}),
        },
        files=_files(Path(path)),
        made_ms=_written_ms(Path(path)),
        measured_ms=max(_written_ms(place) for place in _files(Path(path)).values()),
        grades=_grades(Path(path)),
        prompt=None if prompt is None else registered(prompt, sources.prompts),
        summary=f"{name}: {record.answers:,} answers to {len(cases.cases):,} cases",
    )


def _subject(record: Record) -> str:
    return record.target.partition("@")[0]


def _name(version: Mapping[str, str], record: Record) -> str:
    known = version["prompt"] and version["prompt version"]
    return f"{version['prompt']} v{version['prompt version']}" if known else record.target


def _content(path: Path, record: Record, measured: Mapping[str, str]) -> str:
    """Digest of the answers, the cases, and all that they are measured with."""
    answers = digest(path.read_text(encoding="utf-8", errors="replace"))
    return digest(json.dumps([answers, record.cases, dict(measured)], sort_keys=True))


def _grades(path: Path) -> str:
    """Digest of what judges said of the run; empty without judges."""
    place = judgements_path(path)
    return digest(place.read_text(encoding="utf-8", errors="replace")) if place.is_file() else ""


def _written_ms(path: Path) -> int:
    return int(1000 * path.stat().st_mtime)


def _params(version: Mapping[str, str], record: Record, cases: CaseSet) -> dict[str, str]:
    return {
        "target": record.target,
        **{name.replace(" ", "_"): value for name, value in version.items() if value},
        "cases": Path(cases.name).as_posix(),
        "cases_count": str(len(cases.cases)),
        "cases_fingerprint": digest(json.dumps(dict(sorted(record.cases.items())))),
        "repeats": str(record.repeats),
        "critical_repeats": str(record.critical_repeats),
    }


def _measured(measured: Mapping[str, str]) -> dict[str, str]:
    """The corpus by name, and the many scorers as one digest, which is explained by their file."""
    few = {name: value for name, value in measured.items() if name.split()[0] not in _MANY}
    many = {name: value for name, value in measured.items() if name not in few}
    scorers = digest(json.dumps(many, sort_keys=True))
    return {"fingerprint.scorers": scorers, **{f"measured.{n}": v for n, v in few.items()}}


def _metrics(scored: ScoredRun, cases: CaseSet, settings: Settings) -> dict[str, float]:
    """Each score with its interval; a metric without a score is left out, and counted."""
    found: dict[str, float] = {}
    for name, scores in scored.metrics.items():
        estimate, interval = level_of(scores, cases, confidence=1 - settings.gate.alpha)
        if scores.scored:
            found[name] = estimate
        if interval.is_known:
            found[f"{name}.low"], found[f"{name}.high"] = interval
        if scores.scored < scores.expected:
            found[f"{name}.unscored"] = float(scores.expected - scores.scored)
    found["total.unscored"] = sum(v for name, v in found.items() if name.endswith(".unscored"))
    critical = critical_cases(scored, scored, cases, settings.metrics)
    if critical:
        found["critical_failed"] = float(sum(case.fails for case in critical))
    return found | totals(scored)


def _tags(record: Record, prompt: Prompt | None) -> dict[str, str]:
    """What a reader must know before believing the rest."""
    unsure = prompt is not None and not known_digest(record)
    notes = {
        "incomplete": record.incomplete,
        "prompt_text": "as the file is now; the run keeps no fingerprint of it" if unsure else "",
    }
    return {name: note for name, note in notes.items() if note}


def _score_lines(scored: ScoredRun) -> Iterator[str]:
    """One line for each case, repeat and metric: what a paired comparison needs later."""
    for name, scores in scored.metrics.items():
        for case_id, given in scores.by_case.items():
            for repeat, each in enumerate(given):
                line = {"case_id": case_id, "repeat": repeat, "metric": name, "value": each.value}
                if each.value is None:
                    line["why"] = each.explanation
                yield f"{json.dumps(line, ensure_ascii=True)}\n"


def _files(path: Path) -> dict[str, Path]:
    beside = {
        ANSWERS: path,
        RECORD: record_path(path),
        GRADES: judgements_path(path),
        JOURNAL: path.with_name(path.name + SUFFIX),
    }
    return {name: place for name, place in beside.items() if place.is_file()}

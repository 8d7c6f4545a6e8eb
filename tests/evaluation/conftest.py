"""Small evaluations made in memory or as files."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from mlops_lib.evaluation import Answer, Case, CaseSet, Run

PAGE = """# Deploy

A deployment moves a new version into production in small steps.

## Roll back

Roll back by setting the flag release to version 1. It takes 30 seconds.

## Gates

A gate compares the candidate with 5 % of the traffic before each stage.
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A corpus of one page with two sections."""
    folder = tmp_path / "corpus"
    (folder / "ops").mkdir(parents=True)
    (folder / "ops" / "deploy.md").write_text(PAGE, encoding="utf-8")
    return folder


@pytest.fixture
def case_set() -> Callable[..., CaseSet]:
    """Make n cases, each its own cluster unless told otherwise."""

    def make(n: int, **fields: Any) -> CaseSet:
        base = {"input": "How do I roll back?", "target": "Set the flag release to version 1."}
        cases = (Case(**{"case_id": f"case-{i:03}", **base, **fields}) for i in range(n))
        return CaseSet(name="cases", cases=tuple(cases))

    return make


@pytest.fixture
def run_of() -> Callable[..., Run]:
    """Make a run that gives each case the texts of its repeats."""

    def make(cases: CaseSet, outputs: Sequence[Sequence[str | None]], **fields: Any) -> Run:
        answers = (
            Answer(
                **{
                    "case_id": case.case_id,
                    "repeat": repeat,
                    "output": text,
                    "error": None if text is not None else "Timeout",
                    **fields,
                }
            )
            for case, texts in zip(cases.cases, outputs, strict=True)
            for repeat, text in enumerate(texts)
        )
        return Run(name="run", answers=tuple(answers))

    return make


@pytest.fixture
def jsonl(tmp_path: Path) -> Callable[..., Path]:
    """Write records as JSON lines; text and bytes are written as they are."""

    def write(name: str, lines: Sequence[Any]) -> Path:
        path = tmp_path / name
        content = b"".join(
            (
                line
                if isinstance(line, bytes)
                else (line if isinstance(line, str) else json.dumps(line)).encode()
            )
            + b"\n"
            for line in lines
        )
        path.write_bytes(content)
        return path

    return write

"""The whole application under test, guardrails and retrieval included, for `mlops eval run`.

Example:
    mlops eval run assistant.target:v2 --out data/runs/mine.jsonl
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from assistant.answer import Assistant
from assistant.evaluate import Ask, line
from assistant.release import release
from assistant.retrieval import load_index
from assistant.simulate import CORPUS, PROMPTS
from mlops_lib.evaluation import Case
from mlops_lib.evaluation.running.record import digest
from mlops_lib.index import Index

_OF_THE_ASK = ("case_id", "repeat")
"""What a target need not repeat."""


def _version(number: int) -> Callable[..., Mapping[str, Any]]:
    """One version of the prompt in the application, with the local model."""

    def answer(text: str, *, case: Case, repeat: int) -> Mapping[str, Any]:
        assistant = _assistant(number, repeat)
        hits = assistant.index.search(text, assistant.prompt.retrieval.top_k)
        ask = Ask(case=case, repeat=repeat, hits=hits, assistant=assistant)
        said = line(ask, assistant.answer(text, hits=hits), is_measured=False)
        return {name: value for name, value in said.items() if name not in _OF_THE_ASK}

    answer.fingerprint = lambda: _fingerprint(number)  # type: ignore[attr-defined]
    return answer


v1, v2, v3 = (_version(number) for number in (1, 2, 3))


def _fingerprint(number: int) -> dict[str, str]:
    assistant = _assistant(number, 0)
    return {
        "index": assistant.index.id,
        "model": assistant.model.id,
        "prompt": digest(assistant.prompt.model_dump_json()),
    }


@lru_cache
def _index() -> Index:
    return load_index(CORPUS)


@lru_cache
def _assistant(number: int, repeat: int) -> Assistant:
    return release(_index(), PROMPTS, number, choice="local", seed=repeat)

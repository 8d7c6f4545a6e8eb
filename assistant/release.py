"""Put a release together: index, prompt version and model."""

import os
from pathlib import Path
from typing import Literal

from assistant.answer import Assistant
from mlops_lib.index import Index
from mlops_lib.llm import KEY_VARIABLE, AnthropicModel, LocalModel, Model
from mlops_lib.prompts import Prompt, read_prompt

PROMPT = "answer"
"""The prompt's folder below `prompts/`."""

Choice = Literal["auto", "local", "claude"]
"""Which model answers; `auto` is Claude when there is a key."""


def release(
    index: Index, prompts: str | Path, version: int, *, choice: Choice = "auto", seed: int = 0
) -> Assistant:
    """One version of the assistant.

    Args:
        index: to retrieve from.
        prompts: directory of the prompt files.
        version: of the prompt.
        choice: of the model.
        seed: of the local model's variation; Claude varies by itself.

    Raises:
        InputError: if the prompt file is missing or bad.
    """
    prompt = read_prompt(prompts, PROMPT, version)
    return Assistant(index=index, prompt=prompt, model=_model(prompt, choice, seed))


def is_claude(choice: Choice) -> bool:
    """Whether Claude answers: by choice, or because there is a key."""
    return choice == "claude" or (choice == "auto" and bool(os.environ.get(KEY_VARIABLE)))


def _model(prompt: Prompt, choice: Choice, seed: int) -> Model:
    if is_claude(choice):
        return AnthropicModel(id=prompt.model)
    return LocalModel(
        max_sentences=prompt.local.max_sentences,
        temperature=prompt.local.temperature,
        cite_source=prompt.local.cite_source,
        seed=seed,
    )

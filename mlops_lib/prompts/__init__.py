"""Prompts as files: `prompts/<name>/v1.yaml` …, and `prompts/config.yaml` says which is active."""

from mlops_lib.prompts.prompt import PLACEHOLDERS, LocalSettings, Prompt, Retrieval
from mlops_lib.prompts.read import active_version, environments, read_prompt

__all__ = [
    "PLACEHOLDERS",
    "LocalSettings",
    "Prompt",
    "Retrieval",
    "active_version",
    "environments",
    "read_prompt",
]

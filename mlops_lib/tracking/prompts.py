"""A prompt in MLflow's registry: a copy to browse, with an alias for each environment.

Git stays the source of truth. An alias moves, where the stages of old were states; MLflow makes a
new version of equal text each time, so the digest of the version is kept as a tag and looked for.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mlops_lib.tracking.record import TrackedPrompt

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import PromptVersion

DIGEST, FILE_VERSION = "mlops.digest", "mlops.version"

LINKED, PROMPT_URI = "mlflow.linkedPrompts", "mlops.prompt"
"""Tags of a run: the first is what MLflow's page of a run shows as its prompt."""

NOT_REGISTERED = "not registered: MLflow would read other variables in it"

_VARIABLE = re.compile(r"\{\{\s*([a-zA-Z_]\w*)\s*\}\}")
_PLACES = re.compile(r"\{\{|\}\}|\{(\w+)\}")
"""What `str.format` reads: doubled braces are text, single ones name a variable."""


def register(client: "MlflowClient", prompt: TrackedPrompt) -> Mapping[str, str]:
    """Register a version once, and move its aliases.

    Args:
        client: of the store.
        prompt: the version.

    Returns:
        The tags that join a run to it. MLflow's own function for that writes to the default store
        of the process, whatever store the client has.

    A text that MLflow would read otherwise than the file is not registered, and the run says so.
    """
    messages = _messages(prompt)
    if variables_of(messages) != prompt.variables:
        return {PROMPT_URI: NOT_REGISTERED}
    found = _registered(client, prompt) or _new(client, prompt)
    for alias in prompt.aliases:
        client.set_prompt_alias(prompt.name, alias, found.version)
    joined = [{"name": prompt.name, "version": str(found.version)}]
    return {LINKED: json.dumps(joined), PROMPT_URI: f"prompts:/{prompt.name}/{found.version}"}


def _registered(client: "MlflowClient", prompt: TrackedPrompt) -> "PromptVersion | None":
    if client.get_prompt(prompt.name) is None:
        return None
    token = None
    while True:
        page = client.search_prompt_versions(prompt.name, max_results=100, page_token=token)
        for version in page:
            if version.tags.get(DIGEST) == prompt.digest:
                found: PromptVersion = version
                return found
        token = page.token
        if not token:
            return None


def _new(client: "MlflowClient", prompt: TrackedPrompt) -> "PromptVersion":
    made: PromptVersion = client.register_prompt(
        name=prompt.name,
        template=_messages(prompt),
        commit_message=prompt.description or None,
        tags={DIGEST: prompt.digest, FILE_VERSION: str(prompt.version)},
    )
    return made


def _messages(prompt: TrackedPrompt) -> list[dict[str, str]]:
    """The system's text as it is; the template with the other braces."""
    return [
        {"role": "system", "content": prompt.system},
        {"role": "user", "content": doubled(prompt.template)},
    ]


def variables_of(messages: Sequence[Mapping[str, str]]) -> frozenset[str]:
    """Names that MLflow reads as variables.

    Example:
        >>> sorted(variables_of([{"content": "{{a}} {b} {{ c }}"}]))
        ['a', 'c']
    """
    return frozenset(name for each in messages for name in _VARIABLE.findall(each["content"]))


def doubled(template: str) -> str:
    """A template of `str.format` as MLflow reads it.

    Example:
        >>> doubled("Answer {question} as {{json}}")
        'Answer {{question}} as {json}'
    """
    return _PLACES.sub(_as_mlflow, template)


def _as_mlflow(found: re.Match[str]) -> str:
    name = found.group(1)
    return found.group()[0] if name is None else "{{" + name + "}}"

"""The prompt of a run, as it is logged beside it and registered."""

from collections.abc import Mapping
from pathlib import Path

from mlops_lib.errors import InputError
from mlops_lib.evaluation.running.record import Record, digest
from mlops_lib.prompts import PLACEHOLDERS, Prompt, environments, read_prompt
from mlops_lib.tracking import TrackedPrompt


def prompt_of(version: Mapping[str, str], record: Record, folder: str | Path) -> Prompt | None:
    """The prompt that the run used; None where its file is gone or was edited since."""
    number = version["prompt version"]
    if not version["prompt"] or not number.isdigit() or not Path(folder).is_dir():
        return None
    try:
        prompt = read_prompt(folder, version["prompt"], int(number))
    except InputError:
        return None
    return prompt if known_digest(record) in {"", fingerprint_of(prompt)} else None


def known_digest(record: Record) -> str:
    """The digest of the prompt that a record keeps; empty where it keeps its name only."""
    return "" if "prompt version" in record.subject else record.subject.get("prompt", "")


def fingerprint_of(prompt: Prompt) -> str:
    """Digest of a version of a prompt, as it stands in the record of a run."""
    return digest(prompt.model_dump_json())


def as_text(prompt: Prompt) -> str:
    """Both texts of a prompt, to be read."""
    return f"# system\n{prompt.system}\n# user\n{prompt.template}"


def registered(prompt: Prompt, folder: str | Path) -> TrackedPrompt:
    """A prompt for the registry, with the environments that it serves."""
    return TrackedPrompt(
        name=prompt.name,
        version=prompt.version,
        system=prompt.system,
        template=prompt.template,
        variables=PLACEHOLDERS,
        digest=fingerprint_of(prompt),
        aliases=environments(folder, prompt.name, prompt.version),
        description=prompt.description,
    )


def settings_of(prompt: Prompt) -> dict[str, str]:
    """What of a prompt shapes an answer beside its text."""
    return {
        "max_tokens": str(prompt.max_tokens),
        "top_k": str(prompt.retrieval.top_k),
        "min_score": str(prompt.retrieval.min_score),
    }

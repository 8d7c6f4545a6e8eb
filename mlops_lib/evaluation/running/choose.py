"""From what a user writes to a target: a prompt version, a Python function or an address."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from mlops_lib.errors import InputError
from mlops_lib.evaluation.read import read_sections
from mlops_lib.evaluation.running.http_target import HttpTarget
from mlops_lib.evaluation.running.prompt_target import PromptTarget, parse_prompt_target
from mlops_lib.evaluation.running.python_target import python_target
from mlops_lib.evaluation.running.target import Target
from mlops_lib.llm import (
    DEFAULT_PRICES,
    AnthropicModel,
    LocalModel,
    Model,
    PriceTable,
    RecordedModel,
    RecordingModel,
    Recordings,
    RetryPolicy,
    Throttle,
    read_recordings,
)
from mlops_lib.llm.clients import BASE_URL, Platform
from mlops_lib.prompts import Prompt, read_prompt

LOCAL, RECORDED = "local", "recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How a target is asked.

    Attributes:
        model: `local`, `recorded`, `recorded:` and the id of what was recorded where it is not
            the prompt's, or an exact id with an optional `bedrock:` or `vertex:` before
            it; empty for the one that the prompt names.
        recordings: path of the recordings.
        record: whether to record what is not recorded yet.
        rate: calls per second; None: find out.
        prices: what tokens cost.
        prompts: folder of the prompts.
        corpus: folder of the pages that a prompt is given.
        base_url: address of the model's service.
    """

    model: str = ""
    recordings: Path = Path("eval/recordings/answers.jsonl")
    record: bool = False
    rate: float | None = None
    prices: PriceTable = field(default=DEFAULT_PRICES)
    prompts: str | Path = "prompts"
    corpus: str | Path = "corpus"
    base_url: str = BASE_URL


def choose_target(name: str, choice: Choice) -> Target:
    """Make the target of a name: `answer@2`, `module:function` or `https://…`.

    Raises:
        InputError: if the name has no such form, or what it names is not there.
    """
    if name.startswith(("http://", "https://")):
        return HttpTarget(url=name, throttle=Throttle(per_second=choice.rate))
    version = parse_prompt_target(name)
    if version is not None:
        return _prompt_target(read_prompt(choice.prompts, *version), choice)
    if ":" in name:
        return python_target(name)
    message = "must be PROMPT@VERSION, MODULE:FUNCTION or an http(s) address"
    raise InputError.of(message, field="target", value=name)


def _prompt_target(prompt: Prompt, choice: Choice) -> PromptTarget:
    return PromptTarget(
        prompt=prompt,
        model=_models(prompt, choice),
        sections=read_sections(choice.corpus) or {},
        prices=choice.prices,
        is_free=choice.model == LOCAL or is_recorded(choice.model),
    )


def is_recorded(model: str) -> bool:
    """Whether answers come from recordings only: `recorded`, or `recorded:ID` of another model.

    Example:
        >>> is_recorded("recorded"), is_recorded("recorded:local"), is_recorded("local")
        (True, True, False)
    """
    return model.partition(":")[0] == RECORDED


def _models(prompt: Prompt, choice: Choice) -> Callable[[int], Model]:
    if is_recorded(choice.model):
        kept = read_recordings(choice.recordings)
        name = choice.model.partition(":")[2] or prompt.model
        return lambda repeat: RecordedModel(id=name, recordings=kept, repeat=repeat)
    live = _live_models(prompt, choice)
    if not choice.record:
        return live
    new = read_recordings(choice.recordings, may_be_new=True)
    return lambda repeat: RecordingModel(model=live(repeat), recordings=new, repeat=repeat)


def _live_models(prompt: Prompt, choice: Choice) -> Callable[[int], Model]:
    if choice.model == LOCAL:
        return lambda repeat: LocalModel(**prompt.local.model_dump(), seed=repeat)
    platform, colon, name = choice.model.partition(":")
    if platform not in {"bedrock", "vertex"} or not colon:
        platform, name = "anthropic", choice.model
    claude = AnthropicModel(
        id=name or prompt.model,
        platform=cast("Platform", platform),
        base_url=choice.base_url,
        policy=RetryPolicy(),
        throttle=Throttle(per_second=choice.rate),
        prices=choice.prices,
    )
    return lambda _: claude


def recordings_of(target: Target) -> Recordings | None:
    """What a target records into; None for one that records nothing."""
    model = target.model(0) if isinstance(target, PromptTarget) else None
    return model.recordings if isinstance(model, RecordingModel) else None

"""Which cases are asked where nobody names them: a prompt's own set before the project's."""

from pathlib import Path

from mlops_lib.evaluation.running.prompt_target import parse_prompt_target
from mlops_lib.evaluation.running.record import read_record

PROJECT = Path("eval/cases.jsonl")
OF_A_PROMPT = "eval_set.jsonl"


def cases_for(
    target: str, given: str | Path | None = None, prompts: str | Path = "prompts"
) -> Path:
    """The cases of a target.

    Args:
        target: as the user wrote it.
        given: what the user named; None to find them.
        prompts: folder of the prompts.

    Example:
        >>> cases_for("app:answer").as_posix(), cases_for("app:answer", Path("mine.jsonl")).name
        ('eval/cases.jsonl', 'mine.jsonl')
    """
    if given is not None:
        return Path(given)
    prompt = parse_prompt_target(target)
    own = Path(prompts) / prompt[0] / OF_A_PROMPT if prompt else PROJECT
    return own if own.is_file() else PROJECT


def cases_of(
    run: str | Path, given: str | Path | None = None, prompts: str | Path = "prompts"
) -> Path:
    """The cases of the target that a run was made of, as its record names it.

    Raises:
        InputError: if the record cannot be read.
    """
    record = None if given is not None else read_record(run)
    return cases_for(record.target if record else "", given, prompts)

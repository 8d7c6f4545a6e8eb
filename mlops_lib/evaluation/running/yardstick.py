"""What a run is measured with: scorers, their constants, judges and rubrics, as readable values."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlops_lib.evaluation.judges import Judgements
from mlops_lib.evaluation.read import read_sections
from mlops_lib.evaluation.running.python_target import source_hash
from mlops_lib.evaluation.running.record import digest
from mlops_lib.evaluation.settings import Rule, Settings

CORPUS = "corpus"

LONGEST = 80
"""Characters of a value that is kept as it is; a longer one is kept as its hash."""


def yardstick(settings: Settings, judged: Sequence[Judgements] = ()) -> dict[str, str]:
    """Everything that shapes a score but the answer: a change makes numbers incomparable.

    Margins, limits and gates are not part of it: they shape the verdict, which is given anew.

    Args:
        settings: the scorers, in what they are asked, and their constants.
        judged: grades of the run, for their judges and rubrics.

    Example:
        >>> from mlops_lib.evaluation import read_settings
        >>> found = yardstick(read_settings())
        >>> found["scoring longest_answer"], found["scorer similarity"]
        ('150', 'similarity')
    """
    constants = settings.scoring.model_dump(mode="json")
    return {
        **{f"scoring {name}": readable(value) for name, value in constants.items()},
        **{f"scorer {name}": _scorer(name, rule) for name, rule in settings.metrics.items()},
        **judges(judged),
    }


def judges(judged: Sequence[Judgements]) -> dict[str, str]:
    """Model and rubric of each judge."""
    return {
        **{f"judge {each.judge}": each.sentinels[0].model for each in judged},
        **{f"rubric {each.judge}": each.fingerprint for each in judged},
    }


def corpus_part(corpus: str | Path) -> dict[str, str]:
    """Fingerprint of the pages that answers are checked against; empty without pages."""
    sections = read_sections(corpus)
    if sections is None:
        return {}
    return {CORPUS: digest("\0".join(f"{name}\0{text}" for name, text in sections.items()))}


def readable(value: object) -> str:
    """A value as one can read it in a diff, or its hash where it is long."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return text if len(text) <= LONGEST else digest(text)


def _scorer(name: str, rule: Rule) -> str:
    wanted = rule.scorer or name
    code = f" {_code(wanted)}" if ":" in wanted else ""
    options = f" {readable(_plain(rule.options))}" if rule.options else ""
    return f"{wanted}{code}{options}"


def _code(wanted: str) -> str:
    """Hash of the source of a scorer of one's own."""
    from importlib import import_module

    module, _, attribute = wanted.partition(":")
    try:
        return source_hash(getattr(import_module(module), attribute))
    except (ImportError, AttributeError):
        return "unknown"


def _plain(options: Mapping[str, Any]) -> Mapping[str, Any]:
    return json.loads(json.dumps(options, default=str))  # type: ignore[no-any-return]

"""From the settings to scorers: built in, made from options, or the user's own."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from pydantic import ValidationError

from mlops_lib.errors import InputError, Problem
from mlops_lib.evaluation.cases import Case
from mlops_lib.evaluation.jsonl import validation_problems
from mlops_lib.evaluation.scorers.amounts import BULLETS, WORDS
from mlops_lib.evaluation.scorers.builtin import SCORERS
from mlops_lib.evaluation.scorers.contains import CONTAINS
from mlops_lib.evaluation.scorers.exact import EXACT
from mlops_lib.evaluation.scorers.json_schema import JSON_SCHEMA
from mlops_lib.evaluation.scorers.judged import JUDGED
from mlops_lib.evaluation.scorers.language import LANGUAGE
from mlops_lib.evaluation.scorers.options import Factory
from mlops_lib.evaluation.scorers.own import entry_point_names, load_own
from mlops_lib.evaluation.scorers.regex import REGEX
from mlops_lib.evaluation.scorers.score import Scorer
from mlops_lib.evaluation.scorers.within import COST_LIMIT, LATENCY_LIMIT
from mlops_lib.evaluation.settings import Rule

FACTORIES: Mapping[str, Factory] = MappingProxyType(
    {
        factory.name: factory
        for factory in (
            EXACT,
            CONTAINS,
            REGEX,
            JSON_SCHEMA,
            WORDS,
            BULLETS,
            LANGUAGE,
            LATENCY_LIMIT,
            COST_LIMIT,
            JUDGED,
        )
    }
)
"""Scorers that are made from options, by the name that settings use."""


def choose_scorers(rules: Mapping[str, Rule], *, source: str = "") -> Mapping[str, Scorer]:
    """The scorer of each metric.

    Args:
        rules: of the metrics; a rule without `scorer` asks for the scorer of the metric's name.
        source: what messages call the settings.

    Raises:
        InputError: for each scorer that there is not, and each option that is wrong.

    Example:
        >>> list(choose_scorers({"short": Rule(scorer="words", options={"most": 80})}))
        ['short']
    """
    chosen: dict[str, Scorer] = {}
    problems: list[Problem] = []
    for name, rule in rules.items():
        try:
            chosen[name] = _scorer(name, rule, source)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return chosen


def _scorer(name: str, rule: Rule, source: str) -> Scorer:
    wanted = rule.scorer or name
    if wanted in FACTORIES:
        return _made(FACTORIES[wanted], name, rule, source)
    if rule.options:
        message = f"the scorer {wanted} has no options"
        raise InputError.of(message, source=source, field=f"metrics.{name}.options")
    if wanted in SCORERS:
        return SCORERS[wanted] if wanted == name else replace(SCORERS[wanted], name=name)
    try:
        return load_own(name, wanted)
    except ValueError as error:
        raise _no_such(name, rule, source, str(error)) from error


def _no_such(name: str, rule: Rule, source: str, why: str) -> InputError:
    known = ", ".join([*SCORERS, *FACTORIES, *entry_point_names()])
    if rule.scorer:
        message = f"{why}; there are {known}, and module:function for your own"
        return InputError.of(
            message, source=source, field=f"metrics.{name}.scorer", value=rule.scorer
        )
    message = f"is no known metric; there are {known}; others name their `scorer`"
    return InputError.of(message, source=source, field=f"metrics.{name}")


def _made(factory: Factory, name: str, rule: Rule, source: str) -> Scorer:
    try:
        options = factory.options.model_validate(_as_tuples(rule.options))
    except ValidationError as error:
        found = validation_problems(error, factory.options, source=source)
        raise InputError(_placed(problem, name) for problem in found) from error
    scorer = factory.make(name, options)
    if not options.tags:
        return scorer
    asked, wanted = scorer.applies, set(options.tags)

    def applies(case: Case) -> bool:
        return bool(wanted & set(case.tags)) and asked(case)

    return replace(scorer, applies=applies)


def _as_tuples(options: Mapping[str, object]) -> dict[str, object]:
    """YAML knows lists only, and strict models want tuples."""
    return {
        key: tuple(value) if isinstance(value, list) else value for key, value in options.items()
    }


def _placed(problem: Problem, name: str) -> Problem:
    place = f"metrics.{name}.options"
    return replace(problem, field=f"{place}.{problem.field}" if problem.field else place)

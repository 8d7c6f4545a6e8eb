"""Judge a run file: what it would take, how far it is, and what becomes of the judgements."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.judges import JudgeError, Judgements, Rubric, judge_run
from mlops_lib.evaluation.judges.flags import is_empty
from mlops_lib.evaluation.judges.judge import check_judging, material_of
from mlops_lib.evaluation.judges.prompt import Material, prompt_of
from mlops_lib.evaluation.judges.read import beside, judgements_path, write_judgements
from mlops_lib.evaluation.judges.sentinels import sentinels_of
from mlops_lib.evaluation.running.forecast import Forecast
from mlops_lib.evaluation.running.progress import Progress, Silent, Standing
from mlops_lib.evaluation.runs import Run
from mlops_lib.llm import DEFAULT_PRICES, Completion, Message, Model, ModelError, PriceTable, Usage

_CHARACTERS_PER_TOKEN = 3
"""Fewer than the four of English text, so that an estimate is an upper bound."""

_MESSAGE_TOKENS = 50
"""For roles and wrapping of the messages."""


@dataclass(frozen=True, kw_only=True)
class Judging:
    """A run with the rubric to judge it by.

    Attributes:
        run: the answers.
        cases: what was asked.
        rubric: the question to the judge.
        sections: text of what was retrieved by id; None without a corpus.
    """

    run: Run
    cases: CaseSet
    rubric: Rubric
    sections: Mapping[str, str] | None = None

    @property
    def path(self) -> Path:
        """Where the judgements belong."""
        return judgements_path(self.run.name)

    @property
    def refused_path(self) -> Path:
        """Where judgements of a judge that is not fit are kept for a look; nothing reads it."""
        return self.path.with_name(f"{self.path.name}.refused")


def forecast_judging(
    judging: Judging, model: Model, *, prices: PriceTable = DEFAULT_PRICES
) -> Forecast:
    """Calls, tokens and money at most, the known answers included.

    Args:
        judging: what would be judged.
        model: that would judge; it is not called.
        prices: what tokens cost.

    Raises:
        InputError: as judging itself would.
    """
    _check(judging, model)
    materials = list(_calls(judging))
    prompts = [prompt_of(judging.rubric, material) for material in materials]
    read = [
        math.ceil((len(system) + len(message)) / _CHARACTERS_PER_TOKEN) + _MESSAGE_TOKENS
        for system, message in prompts
    ]
    longest = judging.rubric.max_tokens
    costs = [prices.cost(model.id, Usage(input=tokens, output=longest)) for tokens in read]
    known = [cost for cost in costs if cost is not None]
    return Forecast(
        calls=len(materials),
        cases=len(judging.cases.cases),
        input_tokens=sum(read),
        output_tokens=longest * len(materials),
        cost_usd=math.fsum(known) if len(known) == len(costs) else None,
    )


def judge_file(
    judging: Judging, model: Model, *, progress: Progress | None = None, at_once: int = 4
) -> Judgements:
    """Judge a run and write the judgements beside it; other judges' stay, its own are replaced.

    Args:
        judging: what is judged.
        model: that judges.
        progress: who is told after each call.
        at_once: calls at the same time.

    Raises:
        InputError: for what cannot be judged, and for judgements there that cannot be read.
        JudgeError: if the judge is not fit; what it said is kept in a file that nothing reads.
    """
    _check(judging, model)
    others = [each for each in beside(judging.run) if each.judge != judging.rubric.name]
    total = sum(1 for _ in _calls(judging))
    watched = _Watched(model=model, total=total, progress=progress or Silent())
    try:
        found = judge_run(
            judging.run,
            judging.cases,
            judging.rubric,
            watched,
            sections=judging.sections,
            at_once=at_once,
        )
    except JudgeError as error:
        write_judgements(judging.refused_path, [error.judgements])
        raise
    write_judgements(judging.path, [*others, found])
    return found


def _check(judging: Judging, model: Model) -> None:
    check_judging(judging.run, judging.cases, judging.rubric, model, judging.sections)


def _calls(judging: Judging) -> Iterator[Material]:
    """What the judge is shown, call by call; an empty answer needs no call."""
    yield from (material for _, _, material in sentinels_of(judging.rubric))
    for case in judging.cases.cases:
        for answer in judging.run.of(case):
            asked = answer.error is None and judging.rubric.applies(case)
            if asked and not is_empty(answer.text):
                yield material_of(case, answer, judging.sections or {})


@dataclass(kw_only=True)
class _Watched:
    """A model whose calls are counted and told."""

    model: Model
    total: int
    progress: Progress
    _began: float = field(default_factory=time.monotonic)
    _costs: list[float | None] = field(default_factory=list)
    _errors: int = 0
    _lock: Lock = field(default_factory=Lock)

    @property
    def id(self) -> str:
        return self.model.id

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int, system: str = ""
    ) -> Completion:
        try:
            completion = self.model.complete(messages, max_tokens=max_tokens, system=system)
        except ModelError:
            self._tell(None, failed=True)
            raise
        self._tell(completion.cost_usd)
        return completion

    def _tell(self, cost: float | None, *, failed: bool = False) -> None:
        with self._lock:
            self._costs.append(cost)
            self._errors += failed
            done = len(self._costs)
            self.progress.update(
                Standing(
                    done=done,
                    total=self.total,
                    errors=self._errors,
                    spent_usd=math.fsum(cost or 0.0 for cost in self._costs),
                    unknown_cost=self._costs.count(None),
                    seconds=time.monotonic() - self._began,
                    asked=done,
                )
            )

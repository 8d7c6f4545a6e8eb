"""Runs: what one version of the application answered, case by case and repeat by repeat."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mlops_lib.evaluation.cases import Case, Text
from mlops_lib.verdict import Source

_MOST = 10**12
"""Dollars, milliseconds (thirty years) or tokens of one answer: more is a slip."""

Count = Annotated[int, Field(ge=0)]
Tokens = Annotated[int, Field(ge=0, le=_MOST)]
Amount = Annotated[float, Field(ge=0, le=_MOST, allow_inf_nan=False)]


NOT_ASKED = "not asked"
"""How the error of an answer begins that nobody asked for, because the run had to stop."""

OUT_OF_MONEY = "the budget ended before everything was asked"


class Answer(BaseModel):
    """What the application said to one repeat of one case.

    Attributes:
        case_id: the case that was asked.
        repeat: which time it was asked; any whole number, unique per case.
        output: the answer; None only when there is an error.
        retrieved: (section id, retrieval score), best first; None where not recorded.
        input_tokens: None where not recorded.
        output_tokens: None where not recorded.
        cost_usd: None where unknown; never 0 for an unknown price.
        latency_ms: None where not recorded.
        error: why there is no answer.
        prompt_name: of the version under test.
        prompt_version: of the version under test.
        model: that answered.
        index_id: fingerprint of the retrieval index.
        batched: whether it was asked in a batch, at a lower price.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    case_id: Text
    repeat: Count = 0
    output: str | None = None
    retrieved: tuple[tuple[str, Annotated[float, Field(allow_inf_nan=False)]], ...] | None = None
    input_tokens: Tokens | None = None
    output_tokens: Tokens | None = None
    cost_usd: Amount | None = None
    latency_ms: Amount | None = None
    error: str | None = None
    prompt_name: str = ""
    prompt_version: str | int = ""
    model: str = ""
    index_id: str | None = None
    batched: bool = False

    @model_validator(mode="after")
    def _output_or_error(self) -> Self:
        if self.output is None and not self.error:
            message = "needs an output, or an error that says why there is none"
            raise ValueError(message)
        return self

    @property
    def key(self) -> tuple[str, int]:
        """Case and repeat: what it answers."""
        return self.case_id, self.repeat

    @property
    def is_unasked(self) -> bool:
        """Whether the run stopped before this ask."""
        return (self.error or "").startswith(NOT_ASKED)

    @property
    def text(self) -> str:
        """The output; empty when there is none."""
        return self.output or ""

    @property
    def version(self) -> Mapping[str, str]:
        """What was under test, in words."""
        return {
            "prompt": self.prompt_name,
            "prompt version": str(self.prompt_version),
            "model": self.model,
            "index": self.index_id or "",
        }


@dataclass(frozen=True, kw_only=True)
class Run:
    """All answers of one version.

    Attributes:
        name: how messages speak of it: the path.
        answers: at least one; (case_id, repeat) unique.
        source: fingerprint of the file; None for a run made in memory.
    """

    name: str
    answers: tuple[Answer, ...]
    source: Source | None = None

    @property
    def sources(self) -> tuple[Source, ...]:
        """The fingerprint as a tuple, empty for a run made in memory."""
        return () if self.source is None else (self.source,)

    @property
    def version(self) -> Mapping[str, str]:
        """What was under test; one version per run, as the reader ensures."""
        return next((a for a in self.answers if a.error is None), self.answers[0]).version

    @cached_property
    def by_case(self) -> Mapping[str, tuple[Answer, ...]]:
        """The answers of each case, in order of their repeat."""
        grouped: dict[str, list[Answer]] = {}
        for answer in sorted(self.answers, key=lambda answer: answer.repeat):
            grouped.setdefault(answer.case_id, []).append(answer)
        return {case_id: tuple(answers) for case_id, answers in grouped.items()}

    def of(self, case: Case) -> tuple[Answer, ...]:
        """The answers to a case; none when the run lacks it."""
        return self.by_case.get(case.case_id, ())

    def missing(self, cases: tuple[Case, ...]) -> Iterator[tuple[Case, int]]:
        """Cases with fewer answers than this run usually gives, and how many they lack.

        The usual number of repeats is counted apart for critical cases, which are often asked
        more often than the rest.

        Example:
            >>> cases = tuple(Case(case_id=name, input="?") for name in "abc")
            >>> run = Run(
            ...     name="r",
            ...     answers=(Answer(case_id="a", output="x"), Answer(case_id="b", output="y")),
            ... )
            >>> [(case.case_id, lacks) for case, lacks in run.missing(cases)]
            [('c', 1)]
        """
        usual = {flag: self._usual_repeats(cases, critical=flag) for flag in (False, True)}
        for case in cases:
            lacks = usual[case.critical] - len(self.of(case))
            if lacks > 0:
                yield case, lacks

    def _usual_repeats(self, cases: tuple[Case, ...], *, critical: bool) -> int:
        counts = Counter(len(self.of(case)) for case in cases if case.critical is critical)
        counts.pop(0, None)
        return max(counts, key=lambda repeats: (counts[repeats], repeats)) if counts else 1

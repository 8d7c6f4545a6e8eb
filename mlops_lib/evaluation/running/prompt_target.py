"""A version of a prompt with a model under test, over the sections of a corpus."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from mlops_lib.errors import InputError
from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.running.asks import Ask
from mlops_lib.evaluation.running.record import digest
from mlops_lib.evaluation.running.target import Estimate, Identity, Reply, Section
from mlops_lib.llm import DEFAULT_PRICES, Message, Model, ModelError, PriceTable, Usage
from mlops_lib.prompts import Prompt

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlops_lib.embeddings import LsaEmbedder

_CHARACTERS_PER_TOKEN = 3
"""Fewer than the four of English text, so that an estimate is an upper bound."""

_MESSAGE_TOKENS = 50
"""For roles and wrapping of the messages."""

_DECIMALS = 4


@dataclass(frozen=True, kw_only=True)
class PromptTarget:
    """Retrieves sections, fills in the prompt's template, and asks the model.

    Attributes:
        prompt: the version under test.
        model: makes the model of a repeat: recordings and the local model know their repeat.
        sections: text by id; of a page itself, its whole text, which is not retrieved.
        prices: what tokens cost.
        is_free: whether the model's answers cost nothing, as recordings do.
    """

    prompt: Prompt
    model: Callable[[int], Model]
    sections: Mapping[str, str] = field(default_factory=dict, repr=False)
    prices: PriceTable = DEFAULT_PRICES
    is_free: bool = False
    is_async: bool = field(default=False, init=False)

    @property
    def identity(self) -> Identity:
        """Prompt, model and corpus."""
        return Identity(
            name=f"{self.prompt.name}@{self.prompt.version}",
            parts={
                "prompt": digest(self.prompt.model_dump_json()),
                "model": self._model_id,
                "corpus": self._corpus_id,
            },
        )

    def prepare(self, cases: CaseSet) -> None:
        """Retrieve for all cases at once, which is faster than one by one."""
        names = [case.input for case in cases.cases if case.input not in self._found]
        if self._names and names:
            self._found.update(zip(names, self._search(names), strict=True))

    def estimate(self, ask: Ask) -> Estimate:
        """Tokens and money at most: the whole request, and the longest answer allowed."""
        messages = self._messages(ask, self._retrieved(ask.case.input))
        letters = len(self.prompt.system) + sum(len(each.content) for each in messages)
        read = math.ceil(letters / _CHARACTERS_PER_TOKEN) + _MESSAGE_TOKENS
        usage = Usage(input=read, output=self.prompt.max_tokens)
        cost = 0.0 if self.is_free else self.prices.cost(self._model_id, usage)
        return Estimate(input_tokens=read, output_tokens=usage.output, cost_usd=cost)

    def ask(self, ask: Ask) -> Reply:
        """Ask once; a model that fails is an answer with an error.

        Raises:
            InputError: if a recording is missing, or there is no key.
        """
        found = self._retrieved(ask.case.input)
        facts = {
            "retrieved": found,
            "prompt_name": self.prompt.name,
            "prompt_version": self.prompt.version,
            "index_id": self._corpus_id,
        }
        try:
            answer = self._models(ask.repeat).complete(
                self._messages(ask, found),
                max_tokens=self.prompt.max_tokens,
                system=self.prompt.system,
            )
        except ModelError as error:
            text = f"{type(error).__name__}: {error}"[:500]
            return Reply.model_validate({**facts, "error": text, "model": self._model_id})
        return Reply.model_validate(
            {
                **facts,
                "output": answer.text,
                "input_tokens": answer.input_tokens,
                "output_tokens": answer.output_tokens,
                "cost_usd": answer.cost_usd,
                "latency_ms": answer.latency_ms,
                "model": self._model_id,
            }
        )

    def _messages(self, ask: Ask, found: Sequence[Section]) -> list[Message]:
        context = "\n".join(
            f'<section id="{name}">\n{self.sections[name]}\n</section>' for name, _ in found
        )
        before = [Message(role=turn.role, content=turn.content) for turn in ask.case.history]
        content = self.prompt.render(question=ask.case.input, context=context)
        return [*before, Message(role="user", content=content)]

    def _models(self, repeat: int) -> Model:
        if repeat not in self._made:
            self._made[repeat] = self.model(repeat)
        return self._made[repeat]

    @cached_property
    def _made(self) -> dict[int, Model]:
        return {}

    @cached_property
    def _model_id(self) -> str:
        return self._models(0).id

    @cached_property
    def _corpus_id(self) -> str:
        return digest("\0".join(f"{name}\0{text}" for name, text in self.sections.items()))

    @cached_property
    def _found(self) -> dict[str, tuple[Section, ...]]:
        return {}

    def _retrieved(self, question: str) -> tuple[Section, ...]:
        if not self._names:
            return ()
        if question not in self._found:
            self._found[question] = self._search([question])[0]
        return self._found[question]

    @cached_property
    def _names(self) -> list[str]:
        return [name for name in self.sections if "#" in name]

    @cached_property
    def _vectors(self) -> "tuple[LsaEmbedder, NDArray[np.float32]]":
        from mlops_lib.embeddings import fit_lsa

        texts = [self.sections[name] for name in self._names]
        embedder = fit_lsa(texts)
        return embedder, embedder.embed(texts)

    def _search(self, questions: Sequence[str]) -> list[tuple[Section, ...]]:
        embedder, vectors = self._vectors
        scores = embedder.embed(questions) @ vectors.T
        best = (-scores).argsort(axis=1, kind="stable")[:, : self.prompt.retrieval.top_k]
        return [
            tuple((self._names[i], round(float(row[i]), _DECIMALS)) for i in order)
            for row, order in zip(scores, best, strict=True)
        ]


def parse_prompt_target(name: str) -> tuple[str, int] | None:
    """Name and version of `answer@2`; None where the text has another form.

    Raises:
        InputError: if the version is no whole number above 0.

    Example:
        >>> parse_prompt_target("answer@2")
        ('answer', 2)
    """
    prompt, at, version = name.partition("@")
    if not at or "/" in name or ":" in name:
        return None
    if not version.removeprefix("v").isdigit() or int(version.removeprefix("v")) < 1:
        raise InputError.of("must be PROMPT@VERSION, such as answer@2", field="target", value=name)
    return prompt, int(version.removeprefix("v"))

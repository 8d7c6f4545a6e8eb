"""A version of a prompt with a model under test, over the sections of a corpus."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from mlops_lib.errors import InputError
from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.running.asks import Ask
from mlops_lib.evaluation.running.record import digest
from mlops_lib.evaluation.running.target import Estimate, Identity, Reply, Section
from mlops_lib.llm import (
    DEFAULT_PRICES,
    Completion,
    Message,
    Model,
    ModelError,
    PriceTable,
    Request,
)
from mlops_lib.llm.batches import Batches, batches_of
from mlops_lib.prompts import Prompt

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlops_lib.embeddings import LsaEmbedder

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
        usage = self.request(ask).usage
        cost = 0.0 if self.is_free else self.prices.cost(self._model_id, usage)
        return Estimate(input_tokens=usage.input, output_tokens=usage.output, cost_usd=cost)

    def ask(self, ask: Ask) -> Reply:
        """Ask once; a model that fails is an answer with an error.

        Raises:
            InputError: if a recording is missing, or there is no key.
        """
        try:
            found: Completion | ModelError = self.request(ask).send(self._models(ask.repeat))
        except ModelError as error:
            found = error
        return self.reply(ask, found)

    def request(self, ask: Ask) -> Request:
        """What the model is asked."""
        return Request(
            messages=self._messages(ask, self._retrieved(ask.case.input)),
            max_tokens=self.prompt.max_tokens,
            system=self.prompt.system,
        )

    def reply(self, ask: Ask, found: Completion | ModelError) -> Reply:
        """What the model said, or why it said nothing."""
        facts = {
            "retrieved": self._retrieved(ask.case.input),
            "prompt_name": self.prompt.name,
            "prompt_version": self.prompt.version,
            "index_id": self._corpus_id,
            "model": self._model_id,
        }
        if isinstance(found, ModelError):
            text = f"{type(found).__name__}: {found}"[:500]
            return Reply.model_validate({**facts, "error": text})
        return Reply.model_validate(
            {
                **facts,
                "output": found.text,
                "input_tokens": found.input_tokens,
                "output_tokens": found.output_tokens,
                "cost_usd": found.cost_usd,
                "latency_ms": found.latency_ms,
            }
        )

    @property
    def batches(self) -> Batches:
        """The batches of the model.

        Raises:
            InputError: if the model is none of Claude's.
        """
        return batches_of(self._models(0))

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

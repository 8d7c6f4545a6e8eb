"""What is under test, behind one protocol: it is asked, and it replies."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from mlops_lib.errors import InputError
from mlops_lib.evaluation.cases import CaseSet
from mlops_lib.evaluation.running.asks import Ask
from mlops_lib.evaluation.runs import Amount, Count

Section = tuple[str, float]


class Reply(BaseModel):
    """What a target says to one ask; fields as those of `Answer`.

    Strict like everything that enters from outside: an unknown field is refused, not dropped.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    output: str | None = None
    retrieved: tuple[Section, ...] | None = None
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    cost_usd: Amount | None = None
    latency_ms: Amount | None = None
    error: str | None = None
    prompt_name: str = ""
    prompt_version: str | int = ""
    model: str = ""
    index_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What one ask takes at most, known before it is made.

    Attributes:
        input_tokens: None where unknown.
        output_tokens: at most; None where unknown.
        cost_usd: at most; None where unknown, never 0 for unknown.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None


UNKNOWN = Estimate()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which version of what is under test; part of a run's fingerprint.

    Attributes:
        name: as the user wrote it.
        parts: fingerprints by what they are of: prompt, model, corpus, code.
    """

    name: str
    parts: Mapping[str, str] = field(default_factory=dict)


class Target(Protocol):
    """Anything that can be asked.

    `ask` returns its reply, or an awaitable of it; one that only blocks is called in a thread.
    What goes wrong with one ask is a reply with an error; an `InputError` ends the run.
    """

    @property
    def identity(self) -> Identity:
        """Which version of what is under test."""
        ...

    @property
    def is_async(self) -> bool:
        """Whether `ask` returns an awaitable."""
        ...

    def prepare(self, cases: CaseSet) -> None:
        """Do what is done once for all cases, before the first ask."""
        ...

    def ask(self, ask: Ask) -> Reply | Awaitable[Reply]:
        """Ask once."""
        ...

    def estimate(self, ask: Ask) -> Estimate:
        """What that would take at most."""
        ...


def bad_reply(what: str, found: object, source: str) -> InputError:
    """A target broke its contract: no answer of the application, but a mistake in its wiring."""
    return InputError.of(what, source=source, value=found)

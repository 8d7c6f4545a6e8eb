"""Cases: what is asked, what a right answer says, and where it stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from mlops_lib.errors import InputError, Problem
from mlops_lib.verdict import Source

UNANSWERABLE = "unanswerable"
"""Tag of a case whose right answer is to say that there is none."""

SAFETY = "safety"
"""Tag of a case about safety; without gold context it is hostile: it asks for what must not be."""

Text = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, pattern=r"\S")]
"""Text that is not blank."""


class Kind(StrEnum):
    """Why a case is in the set."""

    TYPICAL = "typical"
    EDGE = "edge"
    REGRESSION = "regression"
    DOMAIN = "domain"


class Turn(BaseModel):
    """One message of the conversation before a question."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    role: Literal["user", "assistant"]
    content: Text


class Case(BaseModel):
    """One evaluation example.

    Attributes:
        case_id: unique and stable, so that runs can be compared over time.
        input: what the user asks; of a conversation the last message.
        history: what was said before, oldest first; empty for a single question.
        target: what a right answer says; empty where no reference answer exists.
        context: ids of the sections that hold the answer; empty where unknown or none.
        tags: free labels; `unanswerable` and `safety` (a hostile case, when it has no context)
            change how a case is scored.
        kind: why it is in the set.
        critical: whether a wrong answer would hurt production.
        cluster: cases that share it (one document, one author) do not count as independent.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    case_id: Text
    input: Text
    history: tuple[Turn, ...] = ()
    target: str = ""
    context: tuple[Text, ...] = ()
    tags: tuple[Text, ...] = ()
    kind: Kind = Kind.TYPICAL
    critical: bool = False
    cluster: str = ""

    @model_validator(mode="after")
    def _declines_without_context(self) -> Self:
        if UNANSWERABLE in self.tags and self.context:
            message = f"a case tagged {UNANSWERABLE!r} has no gold context: drop one of the two"
            raise ValueError(message)
        return self

    @property
    def messages(self) -> tuple[Turn, ...]:
        """The whole conversation; its last message is the input."""
        return (*self.history, Turn(role="user", content=self.input))

    @property
    def is_hostile(self) -> bool:
        """Whether it tries to make the application do what it must not."""
        return SAFETY in self.tags and not self.context

    @property
    def is_unanswerable(self) -> bool:
        """Whether the right answer is to say that there is none."""
        return UNANSWERABLE in self.tags

    @property
    def group(self) -> str:
        """The cluster, or the case itself when it stands alone."""
        return self.cluster.strip() or self.case_id


def split_conversation(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """A record whose input is a list of messages, as one with a history and a last question.

    Args:
        record: of a cases file, unchecked; one with a plain input stays as it is.

    Raises:
        ValueError: if the conversation does not end with a message of the user.

    Example:
        >>> said = [{"role": "assistant", "content": "Hi."}, {"role": "user", "content": "Why?"}]
        >>> split = split_conversation({"case_id": "a", "input": said})
        >>> split["input"], split["history"]
        ('Why?', [{'role': 'assistant', 'content': 'Hi.'}])
    """
    turns = record.get("input")
    if not isinstance(turns, list):
        return record
    last = turns[-1] if turns else None
    if not isinstance(last, dict) or last.get("role") != "user" or set(last) != {"role", "content"}:
        message = "a conversation must end with a message of the user: role and content"
        raise ValueError(message)
    if record.get("history"):
        message = "a conversation stands in input or in history, not in both"
        raise ValueError(message)
    return {**record, "history": turns[:-1], "input": last["content"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSet:
    """Cases in the order of their file.

    Attributes:
        name: how messages speak of it: the path.
        cases: at least one; ids unique.
        left_out: ids that the file holds and a filter removed.
        source: fingerprint of the file; None for cases made in memory.
    """

    name: str
    cases: tuple[Case, ...]
    left_out: frozenset[str] = frozenset()
    source: Source | None = None

    def __post_init__(self) -> None:
        """Refuse an empty set and duplicate ids.

        Raises:
            InputError: nothing can be judged on no cases, or on a case that is two.
        """
        if not self.cases:
            raise InputError.of("holds no cases: nothing can be judged", source=self.name)
        first: dict[str, int] = {}
        problems = []
        for position, case in enumerate(self.cases, start=1):
            if case.case_id in first:
                problems.append(duplicate(self.name, position, case.case_id, first[case.case_id]))
            first.setdefault(case.case_id, position)
        if problems:
            raise InputError(problems)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The fingerprint as a tuple, empty for cases made in memory."""
        return () if self.source is None else (self.source,)

    def tagged(self, tags: str) -> "CaseSet":
        """The cases that carry at least one of the tags.

        Args:
            tags: separated by commas; a kind or `critical` counts as a tag; empty keeps all.

        Raises:
            InputError: for each tag that no case carries, with the tags there are.

        Example:
            >>> cases = [Case(case_id=name, input="?", tags=(name,)) for name in ("a", "b")]
            >>> [case.case_id for case in CaseSet(name="two", cases=tuple(cases)).tagged("b").cases]
            ['b']
        """
        wanted = {tag.strip() for tag in tags.split(",") if tag.strip()}
        if not wanted:
            return self
        known = {label for case in self.cases for label in labels(case)}
        problems = [self._no_such_tag(tag, known) for tag in sorted(wanted - known)]
        if problems:
            raise InputError(problems)
        kept = tuple(case for case in self.cases if wanted & labels(case))
        dropped = {case.case_id for case in self.cases} - {case.case_id for case in kept}
        return CaseSet(
            name=f"{self.name} ({', '.join(sorted(wanted))})",
            cases=kept,
            left_out=self.left_out | dropped,
            source=self.source,
        )

    def _no_such_tag(self, tag: str, known: Iterable[str]) -> Problem:
        names = sorted(known)
        near = get_close_matches(tag, names, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        return Problem(
            source=self.name,
            field="tags",
            value=tag,
            message=f"matches no case; {hint}there are {', '.join(names)}",
        )


def labels(case: Case) -> frozenset[str]:
    """Everything that a case can be selected or sliced by: tags, kind, `critical`.

    Example:
        >>> sorted(labels(Case(case_id="a", input="?", tags=("short",), critical=True)))
        ['critical', 'short', 'typical']
    """
    extra = {"critical"} if case.critical else set()
    return frozenset({*case.tags, str(case.kind), *extra})


def duplicate(source: str, row: int, case_id: str, first_row: int) -> Problem:
    """The problem of an id that was used before."""
    return Problem(
        source=source,
        row=row,
        field="case_id",
        value=case_id,
        message=f"is used before, in row {first_row}; every case needs its own id",
    )

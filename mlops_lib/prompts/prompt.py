"""One version of a prompt: the text, the model and the settings that shape an answer.

Strict: YAML reads `1.10` as 1.1 and `no` as False, and neither may pass for a version or a name.
"""

import re
import string
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

PLACEHOLDERS = frozenset({"question", "context"})
"""What the application fills in; a template names exactly these."""

_OWN_TAGS = re.compile(r"<(?=\s*/?\s*(?:question|context|section)\b)", re.IGNORECASE)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Retrieval(_Strict):
    """What the model gets to read.

    Attributes:
        top_k: sections put into the context.
        min_score: best score below which the application says that the guide does not cover it.
    """

    top_k: int = Field(ge=1, le=20)
    min_score: float = Field(ge=0, le=1)


class LocalSettings(_Strict):
    """How the offline model answers; Claude reads the system text instead.

    Attributes:
        max_sentences: sentences of an answer.
        temperature: size of the random part of a sentence's score; 0 is none.
        cite_source: whether the answer ends with the id of its section.
    """

    max_sentences: int = Field(ge=1, le=12)
    temperature: float = Field(ge=0, le=2)
    cite_source: bool = False


class Prompt(_Strict):
    """One immutable version of a prompt.

    Attributes:
        name: the task, which is the folder.
        version: a whole number, which is the file's name.
        description: what this version is for.
        model: the exact identifier of the model.
        max_tokens: the longest answer.
        system: the instructions.
        template: the user's message, with `{question}` and `{context}`.
        retrieval: what the model gets to read.
        local: how the offline model answers.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    version: int = Field(ge=1)
    description: str = Field(min_length=1)
    model: str = Field(min_length=1)
    max_tokens: int = Field(ge=1)
    system: str = Field(min_length=1)
    template: str = Field(min_length=1)
    retrieval: Retrieval
    local: LocalSettings

    @model_validator(mode="after")
    def _names_its_placeholders(self) -> Self:
        found = {name for _, name, _, _ in _parsed(self.template) if name is not None}
        if found != PLACEHOLDERS:
            allowed = ", ".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS))
            message = f"template must name exactly {allowed}, not {sorted(found)}"
            raise ValueError(message)
        return self

    def render(self, *, question: str, context: str) -> str:
        """Fill in the template, in one pass: braces and tags in the question stay text.

        Args:
            question: what the user typed; its own `<context>` or `<section>` tags lose their
                angle bracket, so that a question cannot pose as a source.
            context: the retrieved sections.
        """
        values = {"question": _OWN_TAGS.sub("‹", question), "context": context}
        return "".join(
            text if name is None else text + values[name]
            for text, name, _, _ in _parsed(self.template)
        )


def _parsed(template: str) -> list[tuple[str, str | None, str | None, str | None]]:
    return list(string.Formatter().parse(template))

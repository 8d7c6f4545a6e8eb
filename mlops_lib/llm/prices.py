"""What tokens cost. A price that is not known is None, never zero."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from mlops_lib.errors import InputError, Problem

PRICES_AS_OF = "2026-10-24"
"""The day on which the prices of the Claude models were checked."""

BATCH_SHARE = 0.5
"""Of the price of a call, that the same call costs in a batch; as of the same day."""

_TOKENS_PER_PRICE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars per million tokens.

    Attributes:
        input: of tokens read.
        output: of tokens written.
        cache_read: of tokens read from a cache; None where unknown.
        cache_write: of tokens put into one; None where unknown.
        longest_prompt: input tokens up to which the price holds; None for any length.
    """

    input: float
    output: float
    cache_read: float | None = None
    cache_write: float | None = None
    longest_prompt: int | None = None


LOCAL_PRICE = Price(input=0.25, output=1.25)
"""Nominal: the offline model costs nothing. A price makes cost a signal in the demo, as it is in
production: an answer of twice the length costs twice as much."""

PRICES = {
    "claude-fable-5-1": Price(input=10.0, output=50.0),
    "claude-opus-5-5": Price(input=4.0, output=20.0),
    "claude-opus-5": Price(input=5.0, output=25.0),
    "claude-sonnet-5-5": Price(input=2.0, output=10.0),
    "claude-sonnet-5": Price(input=2.0, output=10.0),
    "claude-haiku-5-5": Price(input=0.10, output=0.50, longest_prompt=100_000),
    "claude-haiku-4-5": Price(input=1.0, output=5.0),
    "local": LOCAL_PRICE,
}
"""By exact model id; what caches cost is left to a table of the user's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one call.

    Attributes:
        input: read, without those from or to a cache.
        output: written.
        cache_read: read from a cache.
        cache_write: put into one.
    """

    input: int
    output: int
    cache_read: int = 0
    cache_write: int = 0

    @property
    def read(self) -> int:
        """All tokens read, wherever from."""
        return self.input + self.cache_read + self.cache_write


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTable:
    """Prices by exact model id, and the day on which they held.

    Example:
        >>> table = PriceTable()
        >>> table.cost("claude-sonnet-5-5", Usage(input=1_000_000, output=100_000))
        3.0
        >>> table.cost("some-new-model", Usage(input=10, output=10)) is None
        True
    """

    as_of: str = PRICES_AS_OF
    prices: Mapping[str, Price] = field(default_factory=lambda: PRICES)

    def cost(self, model: str, usage: Usage) -> float | None:
        """Cost of one call, or None where a price that it needs is not known."""
        price = self.prices.get(model)
        if price is None or _is_too_long(price, usage.read):
            return None
        parts = (
            (usage.input, price.input),
            (usage.output, price.output),
            (usage.cache_read, price.cache_read),
            (usage.cache_write, price.cache_write),
        )
        total = 0.0
        for tokens, each in parts:
            if tokens and each is None:
                return None
            total += tokens * (each or 0.0)
        return total / _TOKENS_PER_PRICE


def _is_too_long(price: Price, tokens: int) -> bool:
    return price.longest_prompt is not None and tokens > price.longest_prompt


DEFAULT_PRICES = PriceTable()


def shared(cost: float | None, share: float) -> float | None:
    """A share of a cost; unknown stays unknown.

    Example:
        >>> shared(0.5, BATCH_SHARE), shared(None, BATCH_SHARE)
        (0.25, None)
    """
    return None if cost is None else cost * share


def cost_usd(model: str, input_tokens: int, output_tokens: int) -> float | None:
    """Cost of one call by the shipped table, or None where the price is not known.

    Args:
        model: the exact id.
        input_tokens: tokens read, none of them from or to a cache.
        output_tokens: tokens written.

    Example:
        >>> cost_usd("claude-sonnet-5-5", 1_000_000, 100_000)
        3.0
        >>> cost_usd("some-new-model", 10, 10) is None
        True
    """
    return DEFAULT_PRICES.cost(model, Usage(input=input_tokens, output=output_tokens))


def read_prices(path: str | Path) -> PriceTable:
    """The shipped prices with those of a YAML file in their place.

    The file holds `as_of: <date>` and `models: {<id>: {input: …, output: …}}`, in US dollars per
    million tokens, with `cache_read`, `cache_write` and `longest_prompt` where they are known.

    Raises:
        InputError: with every problem of the file.
    """
    import yaml
    from pydantic import BaseModel, ConfigDict, Field, ValidationError

    amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]

    class _Price(BaseModel):
        model_config = ConfigDict(extra="forbid")
        input: amount
        output: amount
        cache_read: amount | None = None
        cache_write: amount | None = None
        longest_prompt: Annotated[int, Field(gt=0)] | None = None

    class _Table(BaseModel):
        model_config = ConfigDict(extra="forbid")
        as_of: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
        models: Annotated[dict[str, _Price], Field(min_length=1)]

    try:
        loaded: Any = yaml.load(Path(path).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - it makes text only
        table = _Table.model_validate(loaded)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise InputError.of(f"cannot be read: {reason}", source=str(path)) from None
    except ValidationError as error:
        raise InputError(
            Problem(message=found["msg"], source=str(path), field=".".join(map(str, found["loc"])))
            for found in error.errors()
        ) from None
    own = {name: Price(**price.model_dump()) for name, price in table.models.items()}
    return PriceTable(as_of=table.as_of, prices=PRICES | own)

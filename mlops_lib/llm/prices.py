"""What tokens cost. A price that is not known is None, never zero."""

from dataclasses import dataclass

PRICES_AS_OF = "2026-10-24"
"""The day on which the prices of the Claude models were checked."""

_TOKENS_PER_PRICE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars per million tokens.

    Attributes:
        input: of tokens read.
        output: of tokens written.
        longest_prompt: input tokens up to which the price holds; None for any length.
    """

    input: float
    output: float
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
"""By exact model id; without caching and batches, whose tokens are not priced here."""


def cost_usd(model: str, input_tokens: int, output_tokens: int) -> float | None:
    """Cost of one call, or None where the price is not known.

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
    price = PRICES.get(model)
    if price is None or (price.longest_prompt is not None and input_tokens > price.longest_prompt):
        return None
    return (input_tokens * price.input + output_tokens * price.output) / _TOKENS_PER_PRICE

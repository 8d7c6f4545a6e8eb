"""Modelled times of a served request.

The offline model answers at once, so the simulation and the demo's evaluation draw the times of a
hosted one: time to the first token grows with what is read, the rest with what is written, and
both are skewed as waiting times are. Retrieval and refusals take no model time.
"""

import random
from dataclasses import dataclass

from assistant.answer import Answer

_SEARCH_MS = 45.0
_FIRST_TOKEN_MS = 320.0
_READ_MS_PER_TOKEN = 0.12
_WRITE_MS_PER_TOKEN = 9.0
_SEARCH_SPREAD = 0.35
_FIRST_TOKEN_SPREAD = 0.30
_WRITE_SPREAD = 0.18
"""Standard deviations of the logarithms."""

_TIMEOUT_MS = 30_000.0
_TIMEOUT_SPREAD = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Times of one request in milliseconds.

    Attributes:
        total: until the answer was complete.
        first_token: until its first token; None where there was none.
    """

    total: float
    first_token: float | None


def latency(answer: Answer, rng: random.Random) -> Latency:
    """Draw the times of a request that ended as `answer` says.

    Args:
        answer: with the tokens that were read and written.
        rng: of the weather.
    """
    search = _SEARCH_MS * rng.lognormvariate(0.0, _SEARCH_SPREAD)
    first_factor = rng.lognormvariate(0.0, _FIRST_TOKEN_SPREAD)
    write_factor = rng.lognormvariate(0.0, _WRITE_SPREAD)
    if answer.outcome == "error":
        waited = _TIMEOUT_MS * rng.lognormvariate(0.0, _TIMEOUT_SPREAD)
        return Latency(total=round(search + waited, 1), first_token=None)
    if answer.completion is None:
        return Latency(total=round(search, 1), first_token=round(search, 1))
    reading = _READ_MS_PER_TOKEN * answer.completion.input_tokens
    first = search + (_FIRST_TOKEN_MS + reading) * first_factor
    writing = _WRITE_MS_PER_TOKEN * answer.completion.output_tokens * write_factor
    return Latency(total=round(first + writing, 1), first_token=round(first, 1))

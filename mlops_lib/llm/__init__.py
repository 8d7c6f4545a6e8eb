"""Language models behind one protocol: Claude over HTTP, recordings, an offline one that quotes.

Example:
    >>> from mlops_lib.llm import LocalModel, Message
    >>> text = "<section id='a#b'>A canary gets 5 %.</section><question>canary?</question>"
    >>> LocalModel().complete([Message(role="user", content=text)], max_tokens=100).text
    'A canary gets 5 %.'
"""

from mlops_lib.llm.anthropic import KEY_VARIABLE, AnthropicModel
from mlops_lib.llm.errors import (
    BrokenAnswerError,
    ModelError,
    ModelUnavailableError,
    RejectedRequestError,
)
from mlops_lib.llm.local import LocalModel
from mlops_lib.llm.model import Completion, Message, Model
from mlops_lib.llm.prices import (
    DEFAULT_PRICES,
    PRICES_AS_OF,
    PriceTable,
    Usage,
    cost_usd,
    read_prices,
)
from mlops_lib.llm.recorded import RecordedModel, RecordingModel
from mlops_lib.llm.recordings import Recordings, read_recordings
from mlops_lib.llm.request import Request
from mlops_lib.llm.retry import RetryPolicy
from mlops_lib.llm.throttle import Throttle

__all__ = [
    "DEFAULT_PRICES",
    "KEY_VARIABLE",
    "PRICES_AS_OF",
    "AnthropicModel",
    "BrokenAnswerError",
    "Completion",
    "LocalModel",
    "Message",
    "Model",
    "ModelError",
    "ModelUnavailableError",
    "PriceTable",
    "RecordedModel",
    "RecordingModel",
    "Recordings",
    "RejectedRequestError",
    "Request",
    "RetryPolicy",
    "Throttle",
    "Usage",
    "cost_usd",
    "read_prices",
    "read_recordings",
]

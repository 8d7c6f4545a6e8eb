"""What can go wrong with a model, by what the caller can do about it."""

from mlops_lib.errors import RunError


class ModelError(RunError):
    """A model gave no usable answer."""


class ModelUnavailableError(ModelError):
    """Overloaded, unreachable or too slow, also after retries: try again later."""


class RejectedRequestError(ModelError):
    """The service refused the request itself, such as a wrong key or model: mend it first."""


class BrokenAnswerError(ModelError):
    """The service said success, but its answer is not one: never read it as an empty answer."""

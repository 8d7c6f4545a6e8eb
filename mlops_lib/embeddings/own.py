"""An embedder of your own: any callable from texts to rows of numbers, by its name."""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, cast

from mlops_lib.embeddings.protocol import Embedder, digest_of, embedder_id, unit_rows
from mlops_lib.errors import InputError, MlopsError, RunError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GROUP = "mlops_lib.embedders"
"""Entry points of this group are embedders that an installed package brings."""


Embed = Callable[[list[str]], Any]
"""A plain function: one row of numbers for each text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallableEmbedder:
    """A callable as an embedder; its answers are checked and brought to length 1.

    Attributes:
        name: of the embedder.
        version: raise it when the same text gives another vector: the cache cannot know.
        function: from texts to one row of numbers each.
    """

    name: str
    version: str
    function: Embed

    @property
    def fingerprint(self) -> str:
        """Hash of name and version: what a callable computes cannot be hashed."""
        return digest_of([self.name, self.version])

    @property
    def id(self) -> str:
        """Name and the start of the fingerprint."""
        return embedder_id(self.name, self.fingerprint)

    def embed(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """One row per text, of length 1.

        Raises:
            InputError: if the callable gives no table of finite numbers, one row per text.
            RunError: if the callable raises.
        """
        import numpy as np

        if not texts:
            return np.zeros((0, 1), dtype=np.float32)
        try:
            given = self.function(list(texts))
        except MlopsError:
            raise
        except Exception as error:  # whatever a stranger's code may raise
            said = f"{type(error).__name__}: {error}".removesuffix(": ")
            raise RunError(
                f"embedder {self.name!r} broke on {len(texts):,} texts: {said}"
            ) from error
        try:
            rows = np.asarray(given, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise self._bad(f"gave no table of numbers ({error})") from error
        if rows.ndim != 2 or len(rows) != len(texts) or not np.isfinite(rows).all():  # noqa: PLR2004
            raise self._bad(
                f"must give {len(texts)} rows of finite numbers, one per text; gave the shape "
                f"{rows.shape}"
            )
        return unit_rows(rows).astype(np.float32)

    def _bad(self, message: str) -> InputError:
        return InputError.of(message, source=f"embedder {self.name!r}")


def as_embedder(given: "Embedder | Embed") -> Embedder:
    """An embedder as it is, or a plain function as one, named by its place.

    Args:
        given: a function may have an attribute `version`, as in `own_embedder`.

    Raises:
        InputError: if it is neither.

    Example:
        >>> def lengths(texts):
        ...     return [[len(text), 1] for text in texts]
        >>> as_embedder(lengths).embed(["four"]).shape
        (1, 2)
    """
    if hasattr(given, "embed"):
        return cast("Embedder", given)
    if not callable(given):
        raise InputError.of(
            "must be a name, an embedder, or a function from texts to rows of numbers",
            field="embedder",
            value=given,
        )
    kind = type(given)
    module, name = (
        getattr(given, each, getattr(kind, each)) for each in ("__module__", "__qualname__")
    )
    version = str(getattr(given, "version", "0"))
    return CallableEmbedder(name=f"{module}:{name}", version=version, function=given)


def own_embedder(name: str) -> CallableEmbedder | None:
    """Load an embedder by entry point ("voyage") or by place ("package.module:function").

    An optional attribute `version` of the callable is its version; an entry point's is else that
    of its package.

    Returns:
        None if no entry point has this name and it is no place.

    Raises:
        InputError: if it cannot be imported or called.
    """
    found = {point.name: point for point in entry_points(group=GROUP)}
    point = found.get(name)
    if point is None and ":" not in name:
        return None
    target = _load(name) if point is None else point.load()
    if not callable(target):
        raise InputError.of("is not callable", source=f"embedder {name!r}", value=target)
    package = "0" if point is None or point.dist is None else point.dist.version
    return CallableEmbedder(
        name=name, version=str(getattr(target, "version", package)), function=target
    )


def installed() -> tuple[str, ...]:
    """Names of the embedders that installed packages bring."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def _load(place: str) -> Any:  # noqa: ANN401
    module, _, attribute = place.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError.of(f"cannot be imported: {error}", source=f"embedder {place!r}") from error
